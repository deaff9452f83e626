// wasm-bindgen's glue around src/trainer.rs, of which scripts/build.mjs makes pkg/trainer/.

export function initSync(module: { module: WebAssembly.Module }): unknown;
/** `[Uint8Array, string]`: the model's bytes, and the report as JSON. Throws an `Error` with a `code`. */
export function train(
  names: string[],
  files: Uint8Array[],
  catalog: Uint8Array | undefined,
  options: string,
  progress: (phase: "together" | "next", share: number) => void,
): unknown[];
