// Made by scripts/bundle.mjs.

/** watchnext.wasm, compressed with gzip, as Base64. */
export const core: string;
