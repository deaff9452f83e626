// What a bundler has made of the package: each of its files once.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { filesUnder } from "../../scripts/up-to-date.mjs";

/** In worker.js and nowhere else. */
const WORKER = "the core cannot run here (";
const WASM = Buffer.from([0, 0x61, 0x73, 0x6d]);

/** @param {string} folder @param {{ inline: boolean }} options */
export async function checkEmitted(folder, { inline }) {
  /** @type {{ wasm: string[], workers: string[] }} */
  const found = { wasm: [], workers: [] };
  for (const file of await filesUnder(folder)) {
    if (file.endsWith(".map")) continue;
    const bytes = await readFile(file);
    if (bytes.subarray(0, 4).equals(WASM)) found.wasm.push(relative(folder, file));
    if (bytes.includes(WORKER)) found.workers.push(relative(folder, file));
  }
  const counts = { wasm: found.wasm.length, workers: found.workers.length };
  assert.deepEqual(counts, { wasm: inline ? 0 : 1, workers: 1 }, JSON.stringify(found));
}
