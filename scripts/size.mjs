// How large the package is, and the budget it has to keep.

import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { filesUnder } from "./up-to-date.mjs";
import { Problem, root } from "./workspace.mjs";

/**
 * @typedef {Record<string, { raw: number, gzip: number, brotli: number }>} Sizes bytes, by path in the repository
 */

/** What a page with workers loads besides the core. */
const PAGE = "a page's JavaScript";

/** The sizes of what a page loads: the WebAssembly module and every script of dist/. */
export async function measureSizes() {
  /** @type {Sizes} */
  const sizes = {};
  for (const file of await filesUnder(join(root, "dist"))) {
    if (!/\.(js|wasm)$/.test(file)) continue;
    const bytes = await readFile(file);
    sizes[relative(root, file)] = {
      raw: bytes.length,
      gzip: gzipSync(bytes, { level: 9 }).length,
      brotli: brotliCompressSync(bytes).length,
    };
  }
  sizes[PAGE] = sum(sizes["dist/index.js"], sizes["dist/worker.js"]);
  return sizes;
}

/** @param {(Sizes[string] | undefined)[]} parts */
function sum(...parts) {
  const total = { raw: 0, gzip: 0, brotli: 0 };
  for (const kind of /** @type {const} */ (["raw", "gzip", "brotli"])) for (const part of parts) total[kind] += part?.[kind] ?? 0;
  return total;
}

/** @param {Sizes} sizes */
export function printSizes(sizes) {
  const kilobytes = (/** @type {number} */ bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(10);
  const width = Math.max(...Object.keys(sizes).map((file) => file.length));
  console.log(`${"".padEnd(width)}${["raw", "gzip", "brotli"].map((name) => name.padStart(10)).join("")}`);
  for (const [file, { raw, gzip, brotli }] of Object.entries(sizes)) {
    console.log(file.padEnd(width) + kilobytes(raw) + kilobytes(gzip) + kilobytes(brotli));
  }
}

/**
 * Compares with scripts/size-budget.json: the most bytes that a file may have, by path and kind.
 * @param {Sizes} sizes
 */
export async function checkSizes(sizes) {
  /** @type {Record<string, Partial<Sizes[string]>>} */
  const budget = JSON.parse(await readFile(join(root, "scripts", "size-budget.json"), "utf8"));
  const problems = Object.entries(budget).flatMap(([file, limits]) => {
    const size = sizes[file];
    if (!size) return [`${file} was not built`];
    return Object.entries(limits).flatMap(([kind, limit]) => {
      const actual = size[/** @type {keyof typeof size} */ (kind)];
      return actual <= limit ? [] : [`${file} has ${actual} bytes (${kind}), its budget is ${limit}`];
    });
  });
  if (problems.length > 0) throw new Problem(problems.join("\n"));
}
