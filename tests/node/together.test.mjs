// A list for several people.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { root } from "../../scripts/workspace.mjs";

/** @type {typeof import("../../dist/node.js")} */
const { createRecommender, WatchnextError } = await import(pathToFileURL(join(root, "dist", "node.js")).href);

/** Two genres, which tell two people apart, and one that both have. */
const catalog = Array.from({ length: 90 }, (_, id) => ({ id, title: `Number ${id}`, genres: [["War", "Comedy", "Crime"][id % 3]], popularity: 100 - id }));
const gain = (/** @type {number} */ place) => 1 / Math.log2(1 + place);
/** @param {{ items: { id: string }[] }} list */
const ids = ({ items }) => items.map(({ id }) => id);
const coded = (/** @type {unknown} */ error) => error instanceof WatchnextError && error.code === "OPTION";

async function people() {
  const recommender = await createRecommender({ catalog });
  await recommender.user("kim").record([0, 3, 6, 9].map((item) => ({ item, type: "like", time: item })));
  await recommender.user("alex").record([...[1, 4, 7, 10, 13, 16, 19, 22].map((item) => ({ item, type: /** @type {const} */ ("like"), time: item })), { item: 2, type: "dislike", time: 99 }]);
  return recommender;
}

test("a list for two has as much for the one as for the other, and nothing that either has seen or dislikes", async () => {
  const recommender = await people();
  const list = await recommender.together(["kim", "alex"]).recommend({ limit: 12 });
  assert.equal(list.items.length, 12);
  assert.ok(list.complete);
  for (const id of [0, 3, 6, 9, 1, 4, 7, 10, 13, 16, 19, 22, 2]) assert.ok(!ids(list).includes(String(id)), `${id} is known to one of them`);
  const own = { kim: ids(await recommender.user("kim").recommend({ limit: 1000 })), alex: ids(await recommender.user("alex").recommend({ limit: 1000 })) };
  const best = Array.from({ length: 12 }, (_, place) => gain(place + 1)).reduce((sum, gain) => sum + gain);
  for (const [name, mine] of Object.entries(own)) {
    assert.deepEqual(list.items.map(({ members }) => members[name]?.place), ids(list).map((id) => mine.indexOf(id) + 1));
    const share = ids(list).reduce((sum, id) => sum + gain(mine.indexOf(id) + 1), 0) / best;
    assert.ok(Math.abs(share - (list.shares[name] ?? 0)) < 1e-9, `${name} has ${share}`);
  }
  const smallest = Math.min(...Object.values(list.shares));
  assert.ok(Math.max(...Object.values(list.shares)) - smallest < 0.15, JSON.stringify(list.shares));
  // What each alone would get is unfair to the other, and so is the sum of places.
  /** @param {string[]} chosen */
  const least = (chosen) => Math.min(...Object.values(own).map((mine) => chosen.reduce((sum, id) => sum + (mine.includes(id) ? gain(mine.indexOf(id) + 1) : 0), 0) / best));
  const borda = own.kim.filter((id) => own.alex.includes(id)).sort((one, other) => own.kim.indexOf(one) + own.alex.indexOf(one) - own.kim.indexOf(other) - own.alex.indexOf(other)).slice(0, 12);
  for (const other of [own.kim.slice(0, 12), own.alex.slice(0, 12), borda]) assert.ok(smallest >= least(other), `${smallest} against ${least(other)}`);
  // Every beginning of it is: of two titles one is nobody's alone.
  for (const length of [2, 4, 8]) {
    const { shares } = await recommender.together(["kim", "alex"]).recommend({ limit: length });
    assert.ok(Math.abs((shares["kim"] ?? 0) - (shares["alex"] ?? 0)) < 0.25, `${length}: ${JSON.stringify(shares)}`);
  }
  await recommender.close();
});

test("who is named first does not matter; one alone gets their own list; filters and reasons are each one's", async () => {
  const recommender = await people();
  const [one, other] = [await recommender.together(["kim", "alex"]).recommend(), await recommender.together(["alex", "kim"]).recommend()];
  assert.deepEqual(ids(one), ids(other));
  assert.deepEqual(ids(await recommender.together(["kim"]).recommend({ limit: 20 })), ids(await recommender.user("kim").recommend({ limit: 20 })));
  assert.deepEqual((await recommender.together(["kim", "kim"]).recommend({ limit: 5 })).shares, { kim: 1 });
  const nobody = await recommender.together(["", "kim"]).recommend({ limit: 3 });
  assert.deepEqual(Object.keys(nobody.shares), ["", "kim"]);
  const explained = await recommender.together(["kim", "alex"]).recommend({ limit: 6, explain: true, filter: { genres: { none: ["Crime"] } } });
  assert.ok(explained.items.every(({ item }) => !String(item["genres"]).includes("Crime")));
  assert.ok(explained.items.some(({ members }) => members["kim"]?.explanation?.reason) && explained.items.some(({ members }) => members["alex"]?.explanation?.reason));
  const none = await recommender.together(["kim", "alex"]).recommend({ filter: { genres: { any: ["None"] } }, explain: true });
  assert.deepEqual([none.items, none.shares], [[], { kim: 0, alex: 0 }]);
  await assert.rejects(recommender.together(["kim"]).recommend({ limit: 0 }), coded);
  await assert.rejects(recommender.together(["kim"]).recommend(/** @type {any} */ ({ filters: {} })), coded);
  for (const bad of /** @type {any[]} */ ([[], undefined, "kim", [5], [null]])) assert.throws(() => recommender.together(bad), coded);
  await recommender.close();
});

test("a live list for two follows what either does, and nobody else", { timeout: 20_000 }, async () => {
  const recommender = await people();
  const group = recommender.together(["kim", "alex"]);
  const lists = group.live({ limit: 6 });
  const first = (await lists.next()).value;
  assert.deepEqual([first?.added, first?.removed, first?.events], [ids(first ?? { items: [] }), [], []]);
  for (const name of ["alex", "kim"]) {
    const next = lists.next();
    const [seen] = ids(await group.recommend({ limit: 6 }));
    await recommender.user("robin").record({ item: seen ?? "", type: "watch" });
    await recommender.user(name).record({ item: seen ?? "", type: "watch", time: 1000 });
    const { value } = await next;
    assert.deepEqual(ids(value ?? { items: [] }), ids(await group.recommend({ limit: 6 })));
    assert.ok(value?.removed.includes(seen ?? ""), name);
    assert.deepEqual(value?.events.map(({ item }) => item), [seen], name);
    assert.deepEqual(Object.keys(value?.shares ?? {}), ["kim", "alex"]);
  }
  await lists.return();
  /** @type {any[]} */
  const heard = [];
  const live = group.live(undefined, (list) => heard.push(list));
  while (heard.length < 1) await new Promise((resolve) => setTimeout(resolve, 1));
  live.update({ filter: { genres: { none: ["Crime"] } } });
  while (heard.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.ok(heard[1].items.every((/** @type {any} */ { item }) => !item.genres.includes("Crime")));
  live.stop();
  await live.ended;
  // A name would keep what one member may have forgotten.
  await assert.rejects(group.live(/** @type {any} */ ({ name: "ours" })).next(), coded);
  await assert.rejects(group.live({ limit: 0 }).next(), coded);
  await recommender.close();
});

test("two of one taste do not outvote the third", async () => {
  const recommender = await people();
  await recommender.user("robin").record([0, 3, 6, 12].map((item) => ({ item, type: "like", time: item })));
  const names = ["kim", "robin", "alex"];
  const { shares } = await recommender.together(names).recommend({ limit: 8 });
  const own = await Promise.all(names.map(async (name) => ids(await recommender.user(name).recommend({ limit: 1000 }))));
  const common = (own[0] ?? []).filter((id) => own.every((mine) => mine.includes(id)));
  const worth = (/** @type {string} */ id) => own.reduce((sum, mine) => sum + gain(mine.indexOf(id) + 1), 0);
  const byMean = common.sort((one, other) => worth(other) - worth(one)).slice(0, 8);
  const best = byMean.reduce((sum, _, place) => sum + gain(place + 1), 0);
  const least = Math.min(...own.map((mine) => byMean.reduce((sum, id) => sum + gain(mine.indexOf(id) + 1), 0) / best));
  const smallest = Math.min(...Object.values(shares));
  assert.ok(smallest > least + 0.001, `the smallest share is ${smallest}, by the mean alone ${least}: ${JSON.stringify(shares)}`);
  await recommender.close();
});
