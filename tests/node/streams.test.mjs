// What a streaming page records: events as a stream, and what the viewer goes on with.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { root } from "../../scripts/workspace.mjs";

/** @type {typeof import("../../dist/node.js")} */
const { createRecommender, WatchnextError } = await import(pathToFileURL(join(root, "dist", "node.js")).href);

const catalog = [
  { id: 1, title: "Film", genres: ["War"], popularity: 9 },
  { id: 2, title: "Other", genres: ["War"], popularity: 8 },
  ...[1, 2, 3].map((episode) => ({ id: `s${episode}`, title: `Part ${episode}`, series: "S", season: 1, episode, genres: ["Crime"], popularity: 20 - episode })),
];
/** @param {string} code */
const coded = (code) => (/** @type {unknown} */ error) => error instanceof WatchnextError && error.code === code;
const watch = (/** @type {number} */ time) => ({ item: 1, type: /** @type {const} */ ("watch"), time });
const turn = () => new Promise((resolve) => setTimeout(resolve));

/** A store that keeps when the test lets it. */
function slowStore() {
  const store = {
    /** @type {string[]} */
    batches: [],
    /** @type {(() => void)[]} */
    waiting: [],
    isSlow: true,
    read: async () => [],
    append: async (/** @type {string} */ _, /** @type {string} */ lines) => {
      store.batches.push(lines);
      if (store.isSlow) await new Promise((resolve) => store.waiting.push(() => resolve(undefined)));
    },
    replace: async () => undefined,
    times: () => store.batches.flatMap((lines) => lines.split("\n").filter(Boolean).map((line) => JSON.parse(line).time)),
  };
  return store;
}

test("a stream is recorded in its order, and waits as the store does", { timeout: 20_000 }, async () => {
  const store = slowStore();
  const recommender = await createRecommender({ catalog, history: { store } });
  let taken = 0;
  const ended = recommender.ingest((async function* () {
    for (; taken < 5000; taken += 1) yield watch(taken);
  })());
  while (store.waiting.length === 0) await turn();
  for (let turns = 0; turns < 50; turns += 1) await turn();
  assert.ok(taken > 500 && taken <= 2100, `${taken} taken while the store keeps the first batch`);
  store.isSlow = false;
  store.waiting.forEach((go) => go());
  assert.deepEqual(await ended, { recorded: 5000, durable: true, unknown: [] });
  assert.deepEqual(store.times(), Array.from({ length: 5000 }, (_, time) => time));
  assert.ok(store.batches.length < 50, `${store.batches.length} batches`);
  await recommender.close();
});

test("lists of events count as those in them, in another's history as in one's own", async () => {
  const recommender = await createRecommender({ catalog });
  const kim = recommender.user("kim");
  assert.deepEqual(await kim.ingest([[watch(1), watch(2)], watch(3), [], [{ ...watch(4), item: "gone" }]]), { recorded: 4, durable: false, unknown: ["gone"] });
  assert.deepEqual([(await kim.stats()).history.events, (await recommender.stats()).history.events], [4, 0]);
  await recommender.close();
});

test("a bad event ends it with its place; those before it count, the stream is told", async () => {
  const recommender = await createRecommender({ catalog });
  let returned = 0;
  const stream = (async function* () {
    try {
      for (let time = 0; ; time += 1) yield time === 7 ? /** @type {any} */ ({ item: 1, type: "eat" }) : watch(time);
    } finally {
      returned += 1;
    }
  })();
  await assert.rejects(recommender.ingest(stream), (error) => coded("EVENT")(error) && /^event 7: type/.test(/** @type {Error} */ (error).message));
  await turn();
  assert.deepEqual([(await recommender.stats()).history.events, returned], [7, 1]);
  await assert.rejects(recommender.ingest((async function* () {
    yield watch(8);
    throw new Error("the page's own");
  })()), /the page's own/);
  assert.equal((await recommender.stats()).history.events, 8);
  await recommender.close();
});

test("an abort, and a recommender that is closed, end a stream that brings nothing", { timeout: 20_000 }, async () => {
  const recommender = await createRecommender({ catalog });
  /** A stream that brings one event, and then nothing. */
  const silent = () => {
    let count = 0;
    const stream = {
      returned: 0,
      [Symbol.asyncIterator]: () => ({
        next: () => ((count += 1) === 1 ? Promise.resolve({ done: false, value: watch(1) }) : new Promise(() => undefined)),
        return: async () => ({ done: true, value: void (stream.returned += 1) }),
      }),
    };
    return /** @type {any} */ (stream);
  };
  const [first, second, third] = [silent(), silent(), silent()];
  const controller = new AbortController();
  const ended = assert.rejects(recommender.ingest(first, { signal: controller.signal }), coded("ABORTED"));
  while ((await recommender.stats()).history.events < 1) await turn();
  controller.abort();
  await ended;
  await assert.rejects(recommender.ingest(second, { signal: controller.signal }), coded("ABORTED"));
  const closed = assert.rejects(recommender.ingest(third), coded("CLOSED"));
  while ((await recommender.stats()).history.events < 2) await turn();
  await recommender.close();
  await closed;
  assert.deepEqual([first.returned, second.returned, third.returned], [1, 1, 1]);
});

test("what was begun continues where it was left; of a series the next episode does, and lists have it once", async () => {
  const recommender = await createRecommender({ catalog });
  const ids = async () => (await recommender.recommend()).items.map(({ id }) => id);
  assert.deepEqual(await ids(), ["s1", "1", "2"]);
  await recommender.record([
    { item: 1, type: "watch", progress: 0.4, position: 2400.5, time: 1 },
    { item: "s1", type: "watch", time: 2 },
  ]);
  const begun = await recommender.continueWatching();
  assert.deepEqual(begun.map(({ id, time, progress, position, item }) => [id, time, progress, position, item["title"]]), [["s2", 2, undefined, undefined, "Part 2"], ["1", 1, 0.4, 2400.5, "Film"]]);
  assert.deepEqual((await recommender.continueWatching({ from: 1, limit: 1 })).map(({ id }) => id), ["1"]);
  assert.equal((await recommender.history()).at(-1)?.position, 2400.5);
  assert.deepEqual(await ids(), ["2"], "neither another episode nor what was begun");
  const why = await recommender.why("s3");
  assert.deepEqual([why.excluded, why.text], ["episode", "Its series is recommended as a whole"]);
  assert.deepEqual(await recommender.user("kim").continueWatching(), []);
  await assert.rejects(recommender.continueWatching({ limit: 0 }), coded("OPTION"));
  await assert.rejects(recommender.record({ item: 1, type: "like", position: 3 }), coded("EVENT"));
  await recommender.close();
});
