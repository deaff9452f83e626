// What scripts/build.mjs takes of lzma1, whose types are its TypeScript sources; those do not pass this repository's stricter options.

/** Packed with LZMA. `mode` is from 1 (fast) to 9 (small). */
export function compress(data: Uint8Array, mode?: number): Uint8Array;
