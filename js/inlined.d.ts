// Made by scripts/build.mjs.

/** The text of worker.js. */
export const worker: string;

/** watchnext.wasm, compressed with gzip, as Base64. */
export const core: string;
