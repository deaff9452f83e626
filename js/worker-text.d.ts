// Made by scripts/bundle.mjs.

/** The text of worker.js. */
export const worker: string;
