// Runs a program for WASI in Node: the core's unit tests where a usize has 32 bits. Cargo's runner for wasm32-wasip1.
//
//   node scripts/wasi.mjs program.wasm [arguments]

import { readFile } from "node:fs/promises";
import { WASI } from "node:wasi";

const [program = "", ...args] = process.argv.slice(2);
const wasi = new WASI({ version: "preview1", args: [program, ...args], env: process.env, preopens: { "/": "/" }, returnOnExit: true });
const module = await WebAssembly.compile(await readFile(program));
/** What the browser's shell would call; the tests do not. @type {WebAssembly.Imports} */
const imports = { ...(/** @type {WebAssembly.Imports} */ (wasi.getImportObject())) };
for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
  if (from in wasi.getImportObject() || kind !== "function") continue;
  imports[from] = { ...imports[from], [name]: () => { throw new Error(`${from}.${name} is not there`); } };
}
process.exitCode = wasi.start(await WebAssembly.instantiate(module, imports));
