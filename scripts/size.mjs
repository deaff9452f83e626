// How large the package is, what its bytes are, and the budget it has to keep: `npm run size`, with `-- --json` for programs.

import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { sizeParts } from "./size-parts.mjs";
import { filesUnder } from "./up-to-date.mjs";
import { Problem, root, script, targetDir } from "./workspace.mjs";

/**
 * @typedef {Record<string, { raw: number, gzip: number, brotli: number }>} Sizes bytes, by path in the repository
 */

/** What a page with workers and the default options loads besides the core; what keeps its history in IndexedDB is among it. */
const PAGE = "a page's JavaScript";
const WASM = "dist/watchnext.wasm";

/** The least part of its budget that a file takes up: a budget that leaves more room than that holds nothing any more. */
const RATCHET = 0.95;

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

/** Prints what the core consists of. @param {ReturnType<typeof sizeParts>} parts */
function printParts({ crates, kinds }) {
  for (const [title, sizes] of Object.entries({ "by crate": crates, "by kind": kinds })) {
    const total = Object.values(sizes).reduce((sum, size) => sum + size, 0);
    console.log(`\nthe core before wasm-opt, ${title}`);
    for (const [name, size] of Object.entries(sizes)) {
      if (size / total >= 0.005) console.log(`${name.padEnd(22)}${String(size).padStart(8)}${`${((100 * size) / total).toFixed(1)} %`.padStart(8)}`);
    }
  }
}

/**
 * Compares with scripts/size-budget.json: the most bytes that a file may have, by path and kind. A budget is a ratchet: what has become
 * smaller has to stay so.
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
      if (actual > limit) return [`${file} has ${actual} bytes (${kind}), its budget is ${limit}`];
      const lower = 100 * Math.ceil(actual / 100);
      return actual < RATCHET * limit ? [`${file} shrank to ${actual} bytes (${kind}): lower its budget from ${limit} to ${lower}`] : [];
    });
  });
  if (problems.length > 0) throw new Problem(problems.join("\n"));
}

if (process.argv[1] === import.meta.filename) {
  await script(async () => {
    const sizes = await measureSizes();
    if (!sizes[WASM]) throw new Problem(`there is no ${WASM}; npm run build makes it`);
    const parts = sizeParts(await readFile(join(targetDir, "wasm32-unknown-unknown", "wasm", "watchnext.wasm")));
    if (process.argv.includes("--json")) {
      console.log(JSON.stringify({ wasm_brotli: sizes[WASM].brotli, page_js_brotli: sizes[PAGE]?.brotli, files: sizes, ...parts }));
      return;
    }
    printSizes(sizes);
    printParts(parts);
    await checkSizes(sizes);
  });
}
