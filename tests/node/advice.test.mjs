// What an error says to do, by the addresses that bundlers give the package's script and files.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { whatToDo } from "../../pkg/advice.js";

const WORKER = "http://localhost/assets/worker.js";

/** By bundler: the file's address, the script's, and what is said. @type {Record<string, [string, string, RegExp]>} */
const BUNDLERS = {
  "Vite, in development": ["http://localhost:5173/node_modules/.vite/deps/worker.js", "http://localhost:5173/node_modules/.vite/deps/advice-4XSZ.js?v=1", /vite\.config/],
  "Next.js with webpack": ["https://example.org/_next/static/media/worker.0f3a.js", "file:///app/node_modules/watchnext/dist/advice.js", /assetPrefix/],
  "Next.js with Turbopack": ["https://example.org/_next/static/media/worker.0f3a.js", "file:///ROOT/node_modules/watchnext/dist/advice.js", /assetPrefix/],
  "webpack": [WORKER, "file:///app/node_modules/watchnext/dist/advice.js", /output\.publicPath/],
  "esbuild": [WORKER, "http://localhost/assets/chunk-ABCD2345.js", /^Copy worker\.js and watchnext\.wasm of node_modules\/watchnext\/dist to http:\/\/localhost\/assets\/, or import "watchnext\/inline"\.$/],
  "a frame without an address": ["about:srcdoc", "about:srcdoc", /to where the script is/],
};

for (const [name, [address, script, says]] of Object.entries(BUNDLERS)) {
  test(name, () => assert.match(whatToDo(address, script), says));
}

afterEach(() => delete (/** @type {any} */ (globalThis).document));
test("Angular, which leaves its mark in the page", () => {
  Object.assign(globalThis, { document: { querySelector: (/** @type {string} */ selector) => selector === "[ng-version]" } });
  assert.match(whatToDo("http://localhost/worker.js", "http://localhost/chunk-ABCD2345.js"), /assets in angular\.json/);
});
