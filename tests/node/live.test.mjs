// Live lists, several people over one engine, and histories that come and go, where there is no Worker.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { root } from "../../scripts/workspace.mjs";

/** @type {typeof import("../../dist/node.js")} */
const { createRecommender, lastList, WatchnextError } = await import(pathToFileURL(join(root, "dist", "node.js")).href);

/** Two genres, which what is watched tells apart. */
const catalog = Array.from({ length: 40 }, (_, id) => ({ id, title: `Number ${id}`, genres: [id % 2 ? "War" : "Comedy"], popularity: 100 - id, at: { home: id } }));
const ids = (/** @type {{ items: { id: string }[] } | void} */ list) => list?.items.map(({ id }) => id);
/** @param {string} code */
const coded = (code) => (/** @type {unknown} */ error) => error instanceof WatchnextError && error.code === code;

test("a live list comes again when it is another one, and says what has moved and why", { timeout: 20_000 }, async () => {
  const recommender = await createRecommender({ catalog });
  const lists = recommender.live({ limit: 5 });
  const first = (await lists.next()).value;
  assert.deepEqual([first?.added, first?.removed, first?.moved, first?.events], [ids(first), [], [], []]);
  const next = lists.next();
  await recommender.record({ item: 1, type: "like", time: 1 });
  const second = (await next).value;
  assert.deepEqual(ids(second), ids(await recommender.recommend({ limit: 5 })));
  const kept = (ids(first) ?? []).filter((id) => ids(second)?.includes(id));
  assert.deepEqual([...kept, ...(second?.added ?? [])].sort(), ids(second)?.sort());
  assert.deepEqual(second?.removed, (ids(first) ?? []).filter((id) => !kept.includes(id)));
  assert.deepEqual(second?.events.map(({ item, type }) => [item, type]), [["1", "like"]]);
  await lists.return();
  await recommender.close();
});

test("a burst makes few lists, the last of them with all of it; what changes nothing makes none", { timeout: 20_000 }, async () => {
  const recommender = await createRecommender({ catalog });
  const controller = new AbortController();
  /** @type {any[]} */
  const lists = [];
  const ended = (async () => {
    for await (const list of recommender.live({ limit: 5, signal: controller.signal })) lists.push(list);
  })();
  while (lists.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  await Promise.all(Array.from({ length: 200 }, (_, time) => recommender.record({ item: (time * 2 + 1) % 9, type: "watch", time })));
  const expected = ids(await recommender.recommend({ limit: 5 }));
  while (String(ids(lists.at(-1))) !== String(expected)) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.ok(lists.length < 20, `${lists.length} lists`);
  const count = lists.length;
  // Another of the same click on something that is not in the catalog.
  await recommender.record({ item: "elsewhere", type: "click", time: 300 });
  await recommender.recommend();
  assert.equal(lists.length, count, "the same list is no news");
  controller.abort();
  await ended;
  await recommender.record({ item: 0, type: "like" });
  await recommender.recommend();
  assert.equal(lists.length, count, "nothing after its end");
  await recommender.close();
});

test("a thousand events at once are one batch, and one list", { timeout: 20_000 }, async () => {
  /** @type {number[]} */
  const batches = [];
  const store = { read: async () => [], append: async (/** @type {string} */ _, /** @type {string} */ lines) => void batches.push(lines.split("\n").length - 1), replace: async () => undefined };
  const recommender = await createRecommender({ catalog, history: { store } });
  const lists = recommender.live({ limit: 5 });
  await lists.next();
  const next = lists.next();
  await Promise.all(Array.from({ length: 1000 }, (_, time) => recommender.record({ item: (time * 2 + 1) % 9, type: "watch", time })));
  const { value } = await next;
  assert.deepEqual([value?.events.length, ids(value)], [1000, ids(await recommender.recommend({ limit: 5 }))]);
  assert.deepEqual(batches, [1000]);
  await lists.return();
  await recommender.close();
});

test("a live list ends with the recommender, and refuses bad options", { timeout: 20_000 }, async () => {
  const recommender = await createRecommender({ catalog });
  await assert.rejects(recommender.live({ limit: 0 }).next(), coded("OPTION"));
  const lists = recommender.live();
  await lists.next();
  const next = assert.rejects(lists.next(), coded("CLOSED"));
  await recommender.close();
  await next;
});

test("a page that is called with lists changes what it asks for, and stops", { timeout: 20_000 }, async () => {
  const recommender = await createRecommender({ catalog });
  /** @type {any[]} */
  const lists = [];
  const until = async (/** @type {() => boolean} */ is) => {
    while (!is()) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  const live = recommender.live({ limit: 5, name: "home" }, (list) => lists.push(list));
  await until(() => lists.length === 1);
  live.update({ limit: 5, filter: { genres: { any: ["War"] } } });
  await until(() => lists.length === 2);
  assert.ok(ids(lists[1])?.every((id) => Number(id) % 2 === 1), "the other filter");
  assert.deepEqual(lists[1].events, [], "no event made it");
  await recommender.record({ item: 1, type: "watch" });
  await until(() => lists.length === 3);
  assert.ok(!ids(lists[2])?.includes("1"));
  // As where the catalog is another one: the same list is no news.
  recommender.dispatchEvent(new CustomEvent("catalog-change"));
  await recommender.recommend();
  assert.equal(lists.length, 3);
  live.stop();
  await live.ended;
  await recommender.record({ item: 3, type: "watch" });
  await recommender.recommend();
  assert.equal(lists.length, 3, "nothing after its end");

  const never = () => assert.fail("no list");
  await assert.rejects(recommender.live(/** @type {any} */ ({ name: 5 }), never).ended, coded("OPTION"));
  await assert.rejects(recommender.live({ limit: 0 }, never).ended, coded("OPTION"));
  const other = recommender.user("kim").live(undefined, () => undefined);
  await recommender.profile();
  await recommender.close();
  // Nobody need wait for it.
  await other.ended;
  assert.equal(await lastList("home"), undefined, "without IndexedDB nothing is kept");
});

test("each person has a history, lists and a profile of their own", { timeout: 20_000 }, async () => {
  /** @type {Map<string, string>} */
  const kept = new Map();
  const store = {
    read: async (/** @type {string} */ user) => [kept.get(user) ?? ""],
    append: async (/** @type {string} */ user, /** @type {string} */ lines) => void kept.set(user, (kept.get(user) ?? "") + lines),
    replace: async (/** @type {string} */ user, /** @type {string} */ lines) => void kept.set(user, lines),
  };
  const recommender = await createRecommender({ catalog, history: { store } });
  const [kim, alex] = [recommender.user("kim"), recommender.user("alex")];
  await kim.record([{ item: 1, type: "like" }, { item: 3, type: "like" }]);
  const lists = alex.live({ limit: 5 });
  const before = ids((await lists.next()).value);
  await kim.record({ item: 5, type: "watch" });
  await alex.record([{ item: 0, type: "like" }, { item: 2, type: "like" }]);
  const after = (await lists.next()).value;
  assert.notDeepEqual(before, ids(after));
  assert.equal(after?.events.length, 2, "alex's own");
  await lists.return();
  assert.deepEqual([(await kim.profile()).genres[0]?.genre, (await alex.profile()).genres[0]?.genre], ["War", "Comedy"]);
  assert.deepEqual([(await kim.stats()).history.events, (await recommender.stats()).history.events], [3, 0]);
  await recommender.close();
  const again = await createRecommender({ catalog, history: { store } });
  assert.deepEqual(ids(await again.user("alex").recommend({ limit: 5 })), ids(after), "known again");
  assert.equal((await again.user("kim").stats()).history.events, 3);
  await again.close();
});

test("a history is listed, exported, imported once, and forgotten", { timeout: 20_000 }, async () => {
  const recommender = await createRecommender({ catalog });
  await recommender.record([{ item: 1, type: "watch", progress: 0.5, time: 1 }, { item: 2, type: "rate", rating: 4, time: 3 }, { item: "gone", type: "like", time: 2 }]);
  const entries = await recommender.history();
  assert.deepEqual(entries.map(({ id, type, time }) => [id, type, time]), [["2", "rate", 3], ["gone", "like", 2], ["1", "watch", 1]]);
  assert.deepEqual([entries[0]?.item, entries[1]?.item, entries[0]?.rating, entries[2]?.progress], [catalog[2], undefined, 4, 0.5]);
  assert.deepEqual((await recommender.history({ from: 1, limit: 1 })).map(({ id }) => id), ["gone"]);
  await assert.rejects(recommender.history({ limit: 0 }), coded("OPTION"));

  const file = await recommender.exportHistory();
  assert.deepEqual([file.format, file.version, file.events.length], ["watchnext-history", 1, 3]);
  assert.equal((await recommender.importHistory(file)).recorded, 0);
  const other = recommender.user("other");
  assert.equal((await other.importHistory(JSON.stringify(file))).recorded, 3);
  assert.deepEqual(ids(await other.recommend()), ids(await recommender.recommend()));

  assert.deepEqual([await recommender.forget(2), await recommender.forget(2)], [1, 0]);
  assert.deepEqual((await recommender.history()).map(({ id }) => id), ["gone", "1"]);
  assert.deepEqual((await recommender.exportHistory()).events.map(({ item }) => item), ["1", "gone"]);
  assert.equal(await recommender.clearHistory(), 2);
  assert.deepEqual([await recommender.history(), (await recommender.exportHistory()).events], [[], []]);
  assert.equal((await recommender.importHistory(file)).recorded, 3, "what is cleared may come again");
  for (const bad of ["no JSON", "{}", "", { format: "watchnext-history", version: 2, events: [] }, [], null]) {
    await assert.rejects(recommender.importHistory(/** @type {any} */ (bad)), coded("OPTION"), JSON.stringify(bad));
  }
  await recommender.close();
});
