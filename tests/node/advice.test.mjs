// What an error says to do, by the addresses that bundlers give the package's script and files.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { cspHint, whatToDo } from "../../pkg/advice.js";

const WORKER = "http://localhost/assets/worker.js";

/** By bundler: the file's address, the script's, and what is said. @type {Record<string, [string, string, RegExp]>} */
const BUNDLERS = {
  "Vite, in development": ["http://localhost:5173/node_modules/.vite/deps/worker.js", "http://localhost:5173/node_modules/.vite/deps/advice-4XSZ.js?v=1", /vite\.config/],
  "Next.js with webpack": ["https://example.org/_next/static/media/worker.0f3a.js", "file:///app/node_modules/watchnext/dist/advice.js", /assetPrefix/],
  "Next.js with Turbopack": ["https://example.org/_next/static/media/worker.0f3a.js", "file:///ROOT/node_modules/watchnext/dist/advice.js", /assetPrefix/],
  "Vite, in development, outside of the project": ["http://localhost:5173/@fs/app/node_modules/watchnext/dist/worker.js", "http://localhost:5173/@fs/app/node_modules/watchnext/dist/advice.js", /fs: \{ allow/],
  "Vite's build": ["https://example.org/assets/worker-BvbKvx6J.js", "https://example.org/assets/advice-4XSZ.js", /^Serve all that the bundler has written, of the same build, in https:\/\/example\.org\/assets\/ .*with Vite: base/],
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

test("what is missing in a page's CSP is said as it is to be added", () => {
  Object.assign(globalThis, { origin: "https://example.org" });
  const says = (/** @type {string} */ effectiveDirective, /** @type {string} */ blockedURI) => cspHint({ effectiveDirective, blockedURI }).replace(/^.*by /, "");
  assert.equal(says("script-src", "wasm-eval"), "script-src: add script-src 'wasm-unsafe-eval'.");
  assert.equal(says("worker-src", "https://example.org/worker.js"), "worker-src: add worker-src 'self'.");
  assert.equal(says("connect-src", "https://cdn.example.com"), "connect-src: add connect-src https://cdn.example.com.");
  assert.equal(says("worker-src", "blob"), "worker-src: add worker-src blob:.");
  assert.equal(says("require-trusted-types-for", "trusted-types-sink"), "require-trusted-types-for.");
  delete (/** @type {any} */ (globalThis).origin);
});
