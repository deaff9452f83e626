import { readFileSync } from "node:fs";

/** The trainer in Node, where it is a file. */
export const packedTrainer = (): Uint8Array => readFileSync(new URL("./trainer.wasm.lzma", import.meta.url));
