// Where histories are kept: order, batches, trouble, and the file store of Node.

import assert from "node:assert/strict";
import { appendFile, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { root } from "../../scripts/workspace.mjs";
import { openHistories } from "../../pkg/history.js";

/** @type {typeof import("../../dist/node.js")} */
const { createRecommender, fileStore, WatchnextError } = await import(pathToFileURL(join(root, "dist", "node.js")).href);

const catalog = ["Heat", "Ronin", "Toy Story"].map((title, id) => ({ id, title, genres: ["Drama"] }));
const decoder = new TextDecoder();

/** A store that remembers, and does what `trouble` says before. */
function pageStore() {
  /** @type {Map<string, string[]>} */
  const kept = new Map();
  const store = {
    kept,
    /** @type {(call: string) => Promise<void> | void} */
    trouble: () => undefined,
    async read(/** @type {string} */ user) {
      await store.trouble("read");
      return kept.get(user) ?? [];
    },
    async append(/** @type {string} */ user, /** @type {string} */ lines) {
      await store.trouble("append");
      kept.set(user, [...(kept.get(user) ?? []), lines]);
    },
    async replace(/** @type {string} */ user, /** @type {string} */ lines) {
      await store.trouble("replace");
      kept.set(user, lines ? [lines] : []);
    },
  };
  return store;
}

/** @param {readonly (string | Uint8Array)[]} parts @returns {any[]} */
const events = (parts) => parts.map((part) => (typeof part === "string" ? part : decoder.decode(part))).join("").split("\n").filter(Boolean).map((line) => JSON.parse(line));

/** A recommender with this store, and the codes of its trouble. @param {any} store */
async function start(store) {
  const recommender = await createRecommender({ catalog, history: { store } });
  /** @type {string[]} */
  const codes = [];
  recommender.addEventListener("history-error", ({ detail }) => codes.push(detail.code));
  return { recommender, codes, count: async () => (await recommender.stats()).history.events };
}

test("a burst is one batch, or two, in order; each event has an identity", async () => {
  const store = pageStore();
  const { recommender } = await start(store);
  const recorded = await Promise.all(Array.from({ length: 1000 }, (_, time) => recommender.record({ item: 0, type: "watch", time })));
  assert.ok(recorded.every(({ durable }) => durable));
  const batches = store.kept.get("") ?? [];
  assert.ok(batches.length <= 2, `${batches.length} batches`);
  const all = events(batches);
  assert.deepEqual(all.map(({ time, sequence }) => [time, sequence]), all.map((_, place) => [place, place + 1]));
  assert.equal(new Set(all.map(({ origin }) => origin)).size, 1);
  await recommender.close();
  const again = await start(store);
  assert.equal(await again.count(), 1000);
  await again.recommender.record({ item: 1, type: "like" });
  assert.notEqual(events(store.kept.get("") ?? []).at(-1).origin, all[0].origin);
  await again.recommender.close();
});

test("a batch waits for what is on its way, but not for ever", async () => {
  const store = pageStore();
  let coming = 3;
  const isMoreComing = () => {
    if (coming > 0) void histories.append("", `${coming}\n`);
    return (coming -= 1) >= 0;
  };
  const histories = openHistories({ store }, () => assert.fail("no trouble"), isMoreComing, () => undefined);
  assert.equal(await histories.append("", "first\n"), true);
  assert.deepEqual(store.kept.get(""), ["first\n3\n2\n1\n"]);
  const always = openHistories({ store }, () => assert.fail("no trouble"), () => true, () => undefined);
  assert.equal(await always.append("kim", "one\n"), true);
  assert.deepEqual(store.kept.get("kim"), ["one\n"]);
});

test("what comes again by its identity changes nothing", async () => {
  const { recommender, count } = await start("memory");
  const event = { item: 0, type: /** @type {const} */ ("watch"), time: 5, origin: "file", sequence: 7 };
  assert.equal((await recommender.record([event, { ...event, sequence: 8 }])).recorded, 2);
  assert.deepEqual(await recommender.record([event, { ...event, item: 1 }]), { recorded: 0, unknown: [], durable: false });
  assert.equal(await count(), 2);
  await recommender.close();
});

test("what a store does not take stays in memory, and goes with the next events", async () => {
  const store = pageStore();
  const { recommender, codes, count } = await start(store);
  for (const [name, code] of [["QuotaExceededError", "HISTORY_FULL"], ["Other", "HISTORY_STORE"]]) {
    store.trouble = () => Promise.reject(Object.assign(new Error("planted"), { name }));
    assert.equal((await recommender.record({ item: 0, type: "watch" })).durable, false);
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(codes.at(-1), code);
  }
  assert.equal(await count(), 2, "the session goes on");
  store.trouble = () => undefined;
  assert.equal((await recommender.record({ item: 1, type: "like" })).durable, true);
  assert.deepEqual(events(store.kept.get("") ?? []).map(({ sequence }) => sequence), [1, 2, 3]);
  await recommender.close();
});

test("a store that cannot be read costs the start nothing", async () => {
  const store = pageStore();
  store.trouble = (call) => (call === "read" ? Promise.reject(new Error("planted")) : undefined);
  const { recommender, codes, count } = await start(store);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual([await count(), codes], [0, ["HISTORY_STORE"]]);
  await recommender.close();
});

test("what is recorded while something is forgotten is kept, and what was waiting for the store is forgotten with it", async () => {
  const store = pageStore();
  const { recommender, count } = await start(store);
  await recommender.record([{ item: 0, type: "watch" }, { item: 1, type: "watch" }]);
  /** @type {(() => void)[]} */
  const waiting = [];
  store.trouble = (call) => (call === "replace" ? new Promise((resolve) => void waiting.push(resolve)) : undefined);
  const forgetting = recommender.forget(0);
  while (waiting.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  const recording = recommender.record({ item: 2, type: "like" });
  await recommender.stats();
  await new Promise((resolve) => setTimeout(resolve, 20));
  store.trouble = () => undefined;
  for (const go of waiting) go();
  assert.deepEqual([await forgetting, (await recording).durable], [1, true]);
  assert.deepEqual(events(store.kept.get("") ?? []).map(({ item }) => item), ["1", "2"]);
  // What no store has taken is forgotten as well.
  store.trouble = (call) => (call === "append" ? Promise.reject(new Error("planted")) : undefined);
  assert.equal((await recommender.record([{ item: 0, type: "watch" }, { item: 1, type: "like" }])).durable, false);
  await recommender.forget(0);
  store.trouble = () => undefined;
  await recommender.record({ item: 2, type: "watch" });
  assert.deepEqual(events(store.kept.get("") ?? []).map(({ item, type }) => `${type} ${item}`), ["watch 1", "like 2", "like 1", "watch 2"]);
  assert.equal(await count(), 4);
  await recommender.close();
});

test("what a store may have still is not said to be forgotten", async () => {
  const store = pageStore();
  const { recommender, codes, count } = await start(store);
  await recommender.record([{ item: 0, type: "watch" }, { item: 1, type: "watch" }]);
  let changes = 0;
  recommender.addEventListener("history-change", () => (changes += 1));
  store.trouble = (call) => (call === "replace" ? Promise.reject(new Error("planted")) : undefined);
  const refused = (/** @type {unknown} */ error) => error instanceof WatchnextError && error.code === "HISTORY_STORE" && error.message.includes("forget it again");
  await assert.rejects(recommender.forget(0), refused);
  await assert.rejects(recommender.clearHistory(), refused);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual([codes, changes, await count()], [["HISTORY_STORE", "HISTORY_STORE"], 2, 0], "lists follow all the same");
  assert.equal(events(store.kept.get("") ?? []).length, 2);
  store.trouble = () => undefined;
  // What comes after it is kept, and what stayed goes when it is asked for again.
  assert.equal((await recommender.record({ item: 2, type: "like" })).durable, true);
  assert.equal(await recommender.forget(0), 0, "the engine had forgotten it");
  assert.deepEqual(events(store.kept.get("") ?? []).map(({ item }) => item), ["1", "2"]);
  await recommender.close();
});

test("lines that are no events cost no other one, and stay where they are", async () => {
  const store = pageStore();
  const line = JSON.stringify({ item: "1", type: "watch", time: 1, origin: "a", sequence: 1 });
  const bad = ["{", "damaged", JSON.stringify({ item: "", type: "watch", time: 1 }), JSON.stringify({ item: "1", type: "eat", time: 1 })];
  store.kept.set("", [[...bad, line, line, ""].join("\n")]);
  const { recommender, codes, count } = await start(store);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual([await count(), codes], [1, ["HISTORY_DAMAGED"]]);
  await recommender.record({ item: 1, type: "like" });
  assert.ok(store.kept.get("")?.[0]?.startsWith(bad.join("\n")));
  await recommender.close();
});

test("options that are no store are refused", async () => {
  for (const history of /** @type {any[]} */ ([{ store: "indexeddb" }, { store: "disk" }, { store: {} }, { store: null }, { name: "" }, { name: 3 }])) {
    await assert.rejects(createRecommender({ catalog, history }), (error) => error instanceof WatchnextError && error.code === "OPTION" && error.message.includes("option history."), JSON.stringify(history));
  }
});

test("a file for each user; a line that a crash has cut off goes with the next append", async () => {
  const folder = await mkdtemp(join(tmpdir(), "watchnext-"));
  try {
    const store = fileStore(folder);
    const { recommender } = await start(store);
    for (const item of [0, 1, 2]) assert.equal((await recommender.record({ item, type: "watch" })).durable, true);
    await recommender.close();
    const [file] = await readdir(folder);
    const path = join(folder, file ?? "");
    await appendFile(path, '{"item":"cut');
    const again = await start(fileStore(folder));
    assert.deepEqual([await again.count(), again.codes], [3, []]);
    await again.recommender.record({ item: 0, type: "like" });
    await again.recommender.close();
    assert.deepEqual(events([await readFile(path)]).map(({ item, type }) => `${type} ${item}`), ["watch 0", "watch 1", "watch 2", "like 0"]);
    const other = fileStore(folder);
    await other.append("Kim", "a\n");
    await other.append("kim", "b\n");
    assert.deepEqual([events(await other.read("")).length, decoder.decode(/** @type {any} */ ((await other.read("kim"))[0]))], [4, "b\n"]);
    await other.replace("", "");
    assert.deepEqual([events(await other.read("")), (await readdir(folder)).length], [[], 2]);
    await writeFile(join(folder, "unrelated.txt"), "");
  } finally {
    await rm(folder, { recursive: true });
  }
});
