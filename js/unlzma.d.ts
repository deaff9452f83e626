// scripts/unlzma.mjs, which scripts/bundle.mjs makes pkg/unlzma.js of.

/** The bytes that were packed with LZMA. */
export function unpacked(packed: Uint8Array): Uint8Array<ArrayBuffer>;
