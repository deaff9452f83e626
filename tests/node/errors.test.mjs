// Every code that a page can get: documented, in the type, and made here as a page would make it; what goes wrong while something starts, in
// tests/e2e/starts.test.mjs, too.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../../scripts/workspace.mjs";
import { golden } from "../golden.mjs";
import { createRecommender as onPage } from "../../dist/index.js";
import { createRecommender } from "../../dist/node.js";
import { train } from "../../dist/train.js";
import { localEngine } from "../../pkg/local-engine.js";

const FILMS = [
  { id: 1, title: "Heat", genres: ["Crime"] },
  { id: 2, title: "Ronin", genres: ["Crime"] },
];
/** Told by an event, of a store that does this. @type {Record<string, Partial<import("../../dist/node.js").HistoryStore>>} */
const STORES = {
  HISTORY_DAMAGED: { read: async () => ["no event\n"] },
  HISTORY_FULL: { read: () => Promise.reject(Object.assign(new Error("planted"), { name: "QuotaExceededError" })) },
  HISTORY_STORE: { read: () => Promise.reject(new Error("planted")) },
};
/** It takes a browser's database; the test that makes it. */
const ELSEWHERE = { HISTORY_LOST: "tests/e2e/history.test.mjs" };
/** Of the command line. */
const COMMAND_LINE = ["CATALOG_TABLE", "FILE"];

const model = await readFile(join(golden, "model.wnm"));
/** @param {number} at @param {number} byte */
const changed = (at, byte) => Buffer.from(model).fill(byte, at, at + 1);
/** @param {string} text */
const bytes = (text) => new TextEncoder().encode(text);

let origin = "";
const server = createServer((request, response) => {
  if (request.url === "/never") return;
  response.writeHead(404).end();
});
before(async () => {
  await once(server.listen(0, "127.0.0.1"), "listening");
  origin = `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}`;
});
after(() => (server.closeAllConnections(), server.close()));

/** Starts, and closes what should not have started. @param {any} options */
async function start(options) {
  const recommender = await createRecommender({ catalog: FILMS, ...options });
  await recommender.close();
}

/** @param {(recommender: import("../../dist/node.js").Recommender<any>) => Promise<unknown>} use @param {any} [options] */
async function started(use, options) {
  const recommender = await createRecommender({ catalog: FILMS, ...options });
  try {
    await use(recommender);
  } finally {
    await recommender.close();
  }
}

/** @param {string} items */
const strict = (items) => start({ catalog: bytes(items), onBadItem: "strict" });
/** @param {Buffer} bytes */
const needed = (bytes) => start({ model: bytes, onModelError: "fail" });
const one = '{"id":1,"title":"A"}';

/** A worker that says what it is told to, in this order. @param {unknown[]} says @returns {any} */
function worker(...says) {
  const it = { onmessage: (/** @type {any} */ _) => undefined, postMessage: () => setImmediate(say), terminate: () => undefined };
  const say = () => says.length > 0 && it.onmessage({ data: JSON.stringify(says.shift()) });
  setImmediate(say);
  return it;
}

/** @param {string} code */
const module = (code) => `data:text/javascript,${encodeURIComponent(code)}`;

/** @type {Record<string, () => Promise<unknown>>} */
const made = {
  CATALOG_SYNTAX: () => start({ catalog: bytes(`[{"id" 1}]`) }),
  CATALOG_HTML: () => start({ catalog: bytes("<!doctype html>") }),
  CATALOG_TRUNCATED: () => start({ catalog: bytes(`[${one},`) }),
  CATALOG_SHAPE: () => start({ catalog: bytes("7") }),
  CATALOG_EMPTY: () => start({ catalog: [] }),
  CATALOG_TOO_LARGE: () => start({ limits: { catalog: { maxItems: 1 } } }),
  ITEM_NOT_AN_OBJECT: () => strict(`[${one},7]`),
  ITEM_FIELD_MISSING: () => strict(`[${one},{"id":2}]`),
  ITEM_FIELD_INVALID: () => strict(`[${one},{"id":{},"title":"B"}]`),
  ITEM_ID_DUPLICATE: () => strict(`[${one},${one}]`),
  ITEM_TOO_DEEP: () => start({ catalog: bytes(`[{"id":1,"title":"A","x":[[[[1]]]]}]`), onBadItem: "strict", limits: { catalog: { maxDepth: 3 } } }),
  ITEM_TOO_LONG: () => start({ onBadItem: "strict", limits: { catalog: { maxItemBytes: 10 } } }),
  MODEL_FORMAT: () => needed(Buffer.from("<!doctype html><title>a start page, long enough</title>")),
  MODEL_VERSION: () => needed(changed(8, 250)),
  MODEL_CHECKSUM: () => needed(changed(model.length - 1, (model.at(-1) ?? 0) ^ 1)),
  MODEL_TRUNCATED: () => needed(model.subarray(0, 1000)),
  MODEL_UNMATCHED: () => start({ catalog: [{ id: "none", title: "None" }], model, strictModel: true }),
  INTERACTIONS: () => train({ interactions: bytes("[]") }),
  MODEL_TOO_LARGE: () => start({ model, onModelError: "fail", limits: { modelBytes: 1000 } }),
  MEMORY: () => start({ catalog: Array.from({ length: 20_000 }, (_, id) => ({ id, title: `A title that takes some bytes, number ${id}` })), limits: { engineMemory: 3 << 20 } }),
  HTTP: () => start({ catalog: `${origin}/missing` }),
  NETWORK: () => start({ catalog: "http://127.0.0.1:1/catalog.json" }),
  TIMEOUT: () => start({ catalog: `${origin}/never`, idleTimeout: 20 }),
  OPTION: () => start({ worker: 1 }),
  EVENT: () => started((recommender) => recommender.record(/** @type {any} */ ({ item: undefined, type: "watch" }))),
  ITEM_UNKNOWN: () => started((recommender) => recommender.similar("none")),
  OVERLOADED: () => started((recommender) => Promise.all(Array.from({ length: 10 }, () => recommender.recommend())), { broker: { queueLimit: 1 } }),
  DEADLINE: () => started((recommender) => recommender.recommend({ wait: "all", deadline: 20 }), { scorers: { never: { url: module("await new Promise(() => undefined)") } } }),
  SCORERS_FAILED: () => started((recommender) => recommender.recommend({ wait: "all" }), { scorers: { bad: { url: module("export const score = () => 7") } } }),
  ABORTED: () => start({ signal: AbortSignal.abort() }),
  CLOSED: () => started(async (recommender) => (await recommender.close(), recommender.recommend())),
  WASM_LOAD: () => start({ wasm: bytes("<!doctype html>") }),
  WORKER_LOAD: () => onPage({ catalog: FILMS, wasm: modules, createWorker: () => worker("hello") }),
  ENGINE_DIED: () => onPage({ catalog: FILMS, wasm: modules, createWorker: () => worker("loaded", { died: { code: "ENGINE_DIED", message: "planted" } }) }),
  // Our own client never forgets to configure.
  INTERNAL: () =>
    new Promise((_, reject) => {
      const message = (/** @type {any} */ { loadFailed }) => reject(loadFailed);
      void modules.then((module) => localEngine(module, { message, died: reject }, "").post({ load: { catalog: { bytes: bytes("[]") } } }));
    }),
};

const modules = readFile(join(root, "dist", "watchnext.wasm")).then((file) => WebAssembly.compile(file));

for (const [code, make] of Object.entries(made)) {
  test(code, { timeout: 60_000 }, async () => {
    await assert.rejects(make(), (/** @type {any} */ error) => {
      assert.equal(error.code, code, error.message);
      return error.message.length > 10;
    });
  });
}

for (const [code, store] of Object.entries(STORES)) {
  test(code, { timeout: 60_000 }, async () => {
    const nothing = async () => undefined;
    await started(async (recommender) => {
      const { detail } = await new Promise((resolve) => recommender.addEventListener("history-error", resolve));
      assert.equal(detail.code, code, detail.message);
      assert.ok(detail.message.length > 10);
    }, { history: { store: { read: async () => [], append: nothing, replace: nothing, ...store } } });
  });
}

test("what is made elsewhere is", async () => {
  for (const [code, path] of Object.entries(ELSEWHERE)) {
    // Not in a comment, and not as something that is not to be.
    assert.match(await readFile(join(root, path), "utf8"), new RegExp(`^\\s+\\w+: \\{.*codes: \\["${code}"\\]`, "m"), path);
  }
});

test("the documentation, the type, the core and this file know the same codes", async () => {
  const read = (/** @type {string} */ path) => readFile(join(root, path), "utf8");
  const [docs, types, core] = await Promise.all(["docs/errors.md", "js/errors.ts", "src/error.rs"].map(read));
  const all = (/** @type {string | undefined} */ text, /** @type {RegExp} */ pattern) => [...(text ?? "").matchAll(pattern)].map(([, code]) => code).sort();
  const known = [made, STORES, ELSEWHERE].flatMap(Object.keys).sort();
  assert.deepEqual(all(types, /^ {2}\| "([A-Z_]+)"/gm), known);
  assert.deepEqual(all(docs, /^\| `([A-Z_]+)` \|/gm), known);
  const ofCore = all(core, /=> "([A-Z_]+)"/g).filter((code) => !COMMAND_LINE.includes(String(code)));
  assert.deepEqual(ofCore.filter((code) => !known.includes(String(code))), []);
});
