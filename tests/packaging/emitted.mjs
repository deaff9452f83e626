// What a bundler has made of the package: each of its files once.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { filesUnder } from "../../scripts/up-to-date.mjs";

/** In worker.js and nowhere else. */
const WORKER = "the core cannot run here (";
const WASM = Buffer.from([0, 0x61, 0x73, 0x6d]);

/** How many files are, or have in them, the core and the worker's script. @typedef {{ wasm: number, workers: number }} Emitted */

/** @param {string} folder @param {Emitted} expected */
export async function checkEmitted(folder, expected) {
  /** @type {{ wasm: string[], workers: string[] }} */
  const found = { wasm: [], workers: [] };
  for (const file of await filesUnder(folder)) {
    if (file.endsWith(".map")) continue;
    const bytes = await readFile(file);
    if (bytes.subarray(0, 4).equals(WASM)) found.wasm.push(relative(folder, file));
    if (bytes.includes(WORKER)) found.workers.push(relative(folder, file));
  }
  const counts = { wasm: found.wasm.length, workers: found.workers.length };
  assert.deepEqual(counts, expected, JSON.stringify(found));
}
