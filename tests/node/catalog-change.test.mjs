// Catalogs that change while the recommender is there: histories stay, what is asked is answered over one catalog or the other, and an engine
// that is started anew has the last one.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { golden } from "../golden.mjs";
import { root } from "../../scripts/workspace.mjs";
import { createRecommender, WatchnextError } from "../../dist/node.js";
import { connect } from "../../pkg/client.js";
import { localEngine } from "../../pkg/local-engine.js";

/** @typedef {Record<string, any>} Film */
/** @type {Film[]} */
const FILMS = [
  { id: 1, title: "Heat", genres: ["Crime"], popularity: 5 },
  { id: 2, title: "Ronin", genres: ["Crime"], popularity: 4 },
  { id: 3, title: "Up", genres: ["Animation"], popularity: 9 },
];
/** @type {Film[]} */
const OTHERS = [
  { id: 2, title: "Ronin", genres: ["Crime"], popularity: 4 },
  { id: 4, title: "Thief", genres: ["Crime"], popularity: 3 },
  { id: 5, title: "Toy Story", genres: ["Animation"], popularity: 8 },
];

/** @param {{ items: { id: string }[] }} list */
const ids = ({ items }) => items.map(({ id }) => id);

/** @param {string} code @param {RegExp} [says] */
const coded = (code, says = /./) => (/** @type {any} */ error) => error instanceof WatchnextError && error.code === code && says.test(error.message);

test("another catalog: the history stays, lists and calls are over the new one, and it is told", async () => {
  const recommender = await createRecommender({ catalog: FILMS });
  /** @type {any[]} */
  const told = [];
  recommender.addEventListener("catalog-change", ({ detail }) => told.push(detail));
  await recommender.record([{ item: 1, type: "watch" }, { item: 4, type: "like" }]);
  assert.deepEqual((await recommender.stats()).history, { events: 2, unknown: 1 });
  const before = ids(await recommender.recommend());
  assert.deepEqual(before.sort(), ["2", "3"]);

  const change = await recommender.setCatalog(OTHERS);
  assert.deepEqual(change, { items: 3, skipped: 0, added: 2, removed: 2 });
  assert.deepEqual(told, [change]);
  const { history, catalog } = await recommender.stats();
  assert.deepEqual([history, catalog.items], [{ events: 2, unknown: 1 }, 3], "of another item now");
  const list = await recommender.recommend({ explain: true });
  assert.deepEqual(ids(list), ["2", "5"], "what was liked counts, now that it is there");
  assert.equal(list.items[0]?.explanation?.items[0]?.title, "Thief");
  assert.deepEqual((await recommender.history()).map(({ id, item }) => [id, item?.["title"]]), [["4", "Thief"], ["1", undefined]]);
  await assert.rejects(recommender.similar(1), coded("ITEM_UNKNOWN"));
  // And back.
  await recommender.setCatalog(FILMS);
  assert.deepEqual(ids(await recommender.recommend()).sort(), before);
  await recommender.close();
});

test("a change is all or nothing, and refused for a reason", async () => {
  const server = createServer((_, response) => void response.writeHead(404).end()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const recommender = await createRecommender({ catalog: FILMS, onBadItem: "strict" });
  let told = 0;
  recommender.addEventListener("catalog-change", () => (told += 1));
  await recommender.record({ item: 1, type: "watch" });
  const before = JSON.stringify(await recommender.recommend({ explain: true }));
  const detached = new TextEncoder().encode("[]");
  structuredClone(detached.buffer, { transfer: [detached.buffer] });
  for (const [catalog, code] of /** @type {[any, string][]} */ ([
    [undefined, "OPTION"],
    [7, "OPTION"],
    [() => FILMS, "OPTION"],
    [`http://127.0.0.1:${port}/none.json`, "HTTP"],
    ["nowhere.json", "NETWORK"],
    [[], "CATALOG_EMPTY"],
    [detached, "CATALOG_"],
    [[...FILMS, { id: 9 }], "ITEM_FIELD_MISSING"],
    [new TextEncoder().encode("[{"), "CATALOG_TRUNCATED"],
  ])) {
    await assert.rejects(recommender.setCatalog(catalog), (/** @type {any} */ error) => error instanceof WatchnextError && error.code.startsWith(code), code);
  }
  for (const [patch, code, says] of /** @type {[any, string, RegExp?][]} */ ([
    [undefined, "OPTION", /patch: must be an object, found undefined/],
    [[], "OPTION", /patch: must be an object, found an array/],
    [{ add: [] }, "OPTION", /patch\.add: is unknown; known are put, remove/],
    [{ put: {} }, "OPTION", /patch\.put: must be an array/],
    [{ remove: "1" }, "OPTION", /patch\.remove: must be an array/],
    [{ remove: [1, {}] }, "OPTION", /patch\.remove\[1\]: must be a string or a whole number/],
    [{ put: [{ id: 5n, title: "A" }] }, "OPTION", /patch\.put\[0\]: cannot be written as JSON/],
    [{ put: [, { id: 5, title: "A" }] }, "ITEM_NOT_AN_OBJECT"],
    [{ put: [{ id: 5 }] }, "ITEM_FIELD_MISSING"],
    [{ put: [{ id: 5, title: "A" }, { id: "5", title: "B" }] }, "ITEM_ID_DUPLICATE"],
    [{ remove: [1, 2, 3] }, "CATALOG_EMPTY"],
  ])) {
    await assert.rejects(async () => recommender.patchCatalog(patch), coded(code, says), JSON.stringify(patch, (_, value) => (typeof value === "bigint" ? "n" : value)));
  }
  for (const options of [5, { signl: 1 }, { signal: "stop" }, []]) {
    await assert.rejects(async () => recommender.setCatalog(FILMS, /** @type {any} */ (options)), coded("OPTION"));
    await assert.rejects(async () => recommender.patchCatalog({}, /** @type {any} */ (options)), coded("OPTION"));
  }
  assert.equal(JSON.stringify(await recommender.recommend({ explain: true })), before, "everything is as it was");
  assert.equal(told, 0);
  await recommender.close();
  await assert.rejects(recommender.setCatalog(FILMS), coded("CLOSED"));
  server.close();
});

test("patches: items come, change and go; functions among the fields make them, too", async () => {
  const fields = { title: (/** @type {Film} */ film) => film.names[0] };
  const named = (/** @type {Film} */ { title, ...film }) => ({ ...film, names: [title] });
  const recommender = await createRecommender({ catalog: FILMS.map(named), fields });
  assert.deepEqual(await recommender.patchCatalog({ put: OTHERS.map(named), remove: [3, "7"] }), { items: 4, skipped: 0, added: 2, changed: 1, removed: 1, unknown: ["7"] });
  assert.deepEqual(ids(await recommender.recommend()), ["5", "1", "2", "4"]);
  assert.deepEqual((await recommender.recommend({ limit: 1 })).items[0]?.item, named(/** @type {Film} */ (OTHERS[2])), "as the page has it");
  assert.deepEqual(await recommender.patchCatalog({}), { items: 4, skipped: 0, added: 0, changed: 0, removed: 0, unknown: [] });
  await assert.rejects(async () => recommender.setCatalog("/catalog.json"), coded("OPTION", /fields\.title: a function is for a catalog that is an array/));
  await recommender.close();
});

test("items that the model knows are where they were in it", async () => {
  const [catalog, model] = await Promise.all([readFile(join(golden, "catalog.json"), "utf8"), readFile(join(golden, "model.wnm"))]);
  /** @type {{ items: Film[] }} */
  const { items } = JSON.parse(catalog);
  const list = async (/** @type {import("../../dist/node.js").Recommender} */ recommender) => {
    const { items } = await recommender.recommend({ limit: 10, explain: true });
    return JSON.stringify(items);
  };
  const watched = items.slice(0, 5).map(({ id }, time) => ({ item: String(id), type: /** @type {const} */ ("watch"), time }));
  const plain = await createRecommender({ catalog: items, model });
  await plain.record(watched);
  const expected = await list(plain);
  const matched = (await plain.stats()).model?.matched;
  await plain.close();

  const recommender = await createRecommender({ catalog: items.slice(0, 20), model });
  await recommender.record(watched);
  assert.notEqual(await list(recommender), expected);
  await recommender.setCatalog(items);
  assert.equal(await list(recommender), expected, "bit by bit as if it had been so from the beginning");
  await recommender.patchCatalog({ remove: items.slice(20, 40).map(({ id }) => String(id)) });
  assert.ok(((await recommender.stats()).model?.matched ?? 0) < (matched ?? 0));
  await recommender.patchCatalog({ put: items.slice(20) });
  assert.equal((await recommender.stats()).model?.matched, matched);
  // Those that went and came again are the last now.
  await recommender.setCatalog(items);
  assert.equal(await list(recommender), expected);
  await recommender.close();
});

test("a live list follows, and an abort takes a change back", async () => {
  const recommender = await createRecommender({ catalog: FILMS });
  const live = recommender.live();
  assert.deepEqual(ids((await live.next()).value ?? { items: [] }), ["3", "1", "2"]);
  const next = live.next();
  await recommender.setCatalog(OTHERS);
  const { value } = await next;
  assert.deepEqual([ids(value ?? { items: [] }), value?.added, value?.removed], [["5", "2", "4"], ["5", "4"], ["3", "1"]]);
  const signal = AbortSignal.abort();
  await assert.rejects(recommender.setCatalog(FILMS, { signal }), coded("ABORTED"));
  await assert.rejects(recommender.patchCatalog({ remove: [2] }, { signal }), coded("ABORTED"));
  // A body that never ends.
  const controller = new AbortController();
  const endless = new Response(new ReadableStream({ pull: () => controller.abort() }, { highWaterMark: 0 }));
  await assert.rejects(recommender.setCatalog(endless, { signal: controller.signal }), coded("ABORTED"));
  assert.deepEqual(ids(await recommender.recommend()), ["5", "2", "4"]);
  await live.return();
  const closing = recommender.setCatalog(new Response(new ReadableStream({ pull: () => void recommender.close() }, { highWaterMark: 0 })));
  await assert.rejects(closing, coded("CLOSED"));
});

test("changes are done in their order, and an engine that is started anew has what they have made", { timeout: 30_000 }, async () => {
  const module = await WebAssembly.compile(await readFile(join(root, "dist", "watchnext.wasm")));
  /** @type {((reason: import("../../pkg/protocol.js").EngineError) => void)[]} */
  const kill = [];
  const recommender = await connect({ catalog: FILMS, history: { store: "memory" } }, async (listener) => {
    kill.push((reason) => listener.died(reason));
    return localEngine(module, listener, "in a test");
  }, { base: undefined });
  await recommender.record({ item: 1, type: "watch" });
  const put = (/** @type {number} */ id, popularity = 1) => ({ id, title: `Film ${id}`, genres: ["Crime"], popularity });
  await Promise.all([
    recommender.setCatalog([...OTHERS, /** @type {Film} */ (FILMS[0])]),
    recommender.patchCatalog({ put: [put(6), put(7)] }),
    recommender.patchCatalog({ put: [put(6, 2)], remove: [7, 4] }),
    recommender.patchCatalog({ put: [put(4), put(7, 3)] }),
  ]);
  const before = await recommender.recommend({ explain: true });
  const { catalog } = await recommender.stats();
  assert.deepEqual(ids(before).sort(), ["2", "4", "5", "6", "7"]);
  kill[0]?.({ code: "ENGINE_DIED", message: "planted" });
  const after = await recommender.recommend({ explain: true });
  assert.equal(kill.length, 2, "another engine");
  assert.equal(JSON.stringify(after), JSON.stringify(before));
  assert.deepEqual((await recommender.stats()).catalog, catalog);
  // What is open when an engine dies is done by the next.
  const changing = recommender.patchCatalog({ remove: [5] });
  await new Promise(setImmediate);
  kill[1]?.({ code: "ENGINE_DIED", message: "planted" });
  await changing;
  assert.deepEqual(ids(await recommender.recommend()).sort(), ["2", "4", "6", "7"]);
  await recommender.close();
});
