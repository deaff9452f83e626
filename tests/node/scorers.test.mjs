// Scorers of the page's own, where the engine runs in this thread: the examples, and modules that do what they must not.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { root } from "../../scripts/workspace.mjs";

/** @type {typeof import("../../dist/node.js")} */
const { WatchnextError, createRecommender } = await import(pathToFileURL(join(root, "dist", "node.js")).href);

const HOURS = 3_600_000;
const CATALOG = [
  { id: 1, title: "Heat", genres: ["Crime"], popularity: 50, services: [] },
  { id: 2, title: "Ronin", genres: ["Crime"], popularity: 40, services: ["Arte"] },
  { id: 3, title: "Up", genres: ["Animation"], popularity: 90 },
  { id: 4, title: "Playtime", genres: ["Comedy"], popularity: 10, services: ["Mubi", "Arte"], added: new Date(Date.now() - HOURS).toISOString() },
  { id: 5, title: "Ran", genres: ["Drama"], popularity: 20, added: new Date(Date.now() - 24 * 40 * HOURS).toISOString() },
];

/** @param {string} name */
const example = (name) => pathToFileURL(join(root, "examples", "scorers", name)).href;
const hostile = pathToFileURL(join(root, "tests", "scorers", "hostile.js")).href;

/** @param {NonNullable<import("../../dist/node.js").RecommenderOptions["scorers"]>} scorers @param {object} [options] */
const start = (scorers, options) => createRecommender({ catalog: CATALOG, scorers, ...options });

// Node's fetches no files.
const { fetch } = globalThis;
globalThis.fetch = async (input, init) =>
  String(input).startsWith("file:") ? new Response(await readFile(new URL(String(input)))) : fetch(input, init);

test("the examples score, say why, and are weighed by name", async () => {
  const recommender = await start({
    newThisWeek: { url: example("new-this-week.js"), columns: ["added"], weight: 2 },
    onMyServices: { url: `${example("on-my-services.js")}?has=Arte`, columns: ["services"], weight: 0 },
    friends: { url: example("friends.js"), columns: ["id"], weight: 0 },
  });
  const first = await recommender.recommend({ limit: 1, explain: true });
  assert.equal(first.complete, true);
  assert.deepEqual(first.items.map(({ id }) => id), ["4"]);
  const { explanation, score } = /** @type {any} */ (first.items[0]);
  assert.deepEqual(explanation.said, { newThisWeek: "New this week" });
  assert.equal(explanation.reason.kind, "newThisWeek");
  assert.equal(explanation.reason.text, "New this week");
  assert.ok(Math.abs(explanation.parts.newThisWeek + explanation.parts.popularity - score) < 1e-9, "the parts add up");
  assert.ok(explanation.parts.newThisWeek > 1.9, String(explanation.parts.newThisWeek));

  const weights = /** @type {any} */ ({ newThisWeek: 0, onMyServices: 1, friends: 3, popularity: 0 });
  const social = await recommender.recommend({ limit: 3, explain: true, weights });
  assert.deepEqual(social.items.map(({ id }) => id), ["2", "4", "1"]);
  assert.deepEqual(social.items.map(({ explanation }) => explanation?.said), [
    { onMyServices: "On Arte, which you have", friends: "Ada and Grace watched it" },
    { onMyServices: "On Arte, which you have", friends: "Grace watched it" },
    undefined,
  ]);
  assert.deepEqual((await recommender.stats()).queues.map(({ name }) => name), ["history", "genre", "popularity", "newThisWeek", "onMyServices", "friends"]);
  // With a history the page's scores are added to what taste says.
  await recommender.record({ item: 1, type: "watch" });
  const after = await recommender.recommend({ limit: 4, explain: true, weights: /** @type {any} */ ({ newThisWeek: 0.001, popularity: 0 }) });
  assert.equal(after.items[0]?.id, "2", "what goes with Heat");
  assert.equal(after.items[1]?.id, "4", "then what is new");
  await recommender.close();
});

test("a scorer sees the history and the columns", async () => {
  const code = `export function score({ profile, columns, items }) {
    const { id, title, genres, year, popularity, "note.kept[]": kept } = columns;
    globalThis.seen = { profile, id, title, genres, year, popularity, kept, items, same: globalThis.columns === columns };
    globalThis.columns = columns;
    return new Array(items).fill(0);
  }`;
  const columns = ["id", "title", "genres", "year", "popularity", "note.kept[]"];
  const catalog = [{ id: 1, title: "A", genres: ["X"], year: 1999, note: { kept: [1, 2] } }, { id: "b", title: "B", popularity: 2 }, { id: "c", title: "C" }];
  const recommender = await createRecommender({ catalog, scorers: { own: { url: `data:text/javascript,${encodeURIComponent(code)}`, columns } } });
  await recommender.record([{ item: 1, type: "like" }, { item: "b", type: "dislike" }]);
  for (let time = 0; time < 2; time += 1) assert.equal((await recommender.recommend()).complete, true);
  const { profile, same, ...seen } = /** @type {any} */ (globalThis).seen;
  assert.ok(same, "columns are the same object each time");
  assert.deepEqual([profile.items, profile.averse], [Uint32Array.of(0), Uint32Array.of(1)]);
  assert.ok(profile.weights[0] > 0.5 && profile.averseWeights[0] > 0);
  assert.deepEqual(seen, {
    id: ["1", "b", "c"],
    title: ["A", "B", "C"],
    genres: [["X"], [], []],
    year: Float32Array.of(1999, NaN, NaN),
    popularity: Float32Array.of(NaN, 2, NaN),
    kept: [[1, 2], [], []],
    items: 3,
  });
  await recommender.close();
});

test("functions of the page's are scorers like modules", async () => {
  /** @type {any[]} */
  const seen = [];
  const own = {
    columns: ["id", "added"],
    weight: 2,
    /** @param {any} input */
    score(input) {
      seen.push(input, this);
      return input.columns.added.map((/** @type {string | null} */ added) => (added === null ? 0 : 1));
    },
    /** @param {any} input */
    explain: ({ columns, item }) => (columns.added[item] === null ? undefined : `Number ${columns.id[item]} has a date`),
  };
  const recommender = await start({ dated: own }, { workers: 2 });
  const { items, complete } = await recommender.recommend({ limit: 3, explain: true });
  assert.deepEqual([complete, items.map(({ id, explanation }) => [id, explanation?.said?.["dated"]])], [
    true,
    [["5", "Number 5 has a date"], ["4", "Number 4 has a date"], ["3", undefined]],
  ]);
  await recommender.recommend();
  assert.equal(seen[0].items, 5);
  assert.equal(seen[0].columns, seen[2].columns, "columns are the same object each time");
  assert.equal(seen[1], own, "and `this` is what the page has given");
  // Of another catalog they get other columns.
  await recommender.patchCatalog({ remove: ["5"] });
  assert.deepEqual((await recommender.recommend({ limit: 1, weights: /** @type {any} */ ({ dated: 1 }) })).items.map(({ id }) => id), ["4"]);
  assert.deepEqual(seen.at(-2).columns.id, ["1", "2", "3", "4"]);
  await recommender.close();
});

test("a function is for a catalog of 10,000 items at most", async () => {
  const catalog = (/** @type {number} */ items) => Array.from({ length: items }, (_, id) => ({ id, title: `${id}` }));
  const scorers = { mine: { score: (/** @type {any} */ { items }) => new Float32Array(items) } };
  const refused = (/** @type {any} */ error) =>
    error.code === "OPTION" && /option scorers\.mine\.score: a function .* 10000 items at most, found 10001; a module/.test(error.message);
  const recommender = await createRecommender({ catalog: catalog(10_000), scorers });
  await assert.rejects(recommender.setCatalog(catalog(10_001)), refused);
  assert.equal((await recommender.recommend()).complete, true, "and the one before is still there");
  await recommender.close();
  await assert.rejects(createRecommender({ catalog: catalog(10_001), scorers }), refused);
});

/** What is said of each, and where. */
const REFUSED = {
  nan: /finite numbers from -1000 to 1000; that of item 0 is NaN/,
  infinite: /Infinity/,
  large: /1000000000/,
  short: /one number an item, 5; found an array of 4/,
  long: /must give an array or a typed array/,
  text: /must give an array or a typed array/,
  nothing: /must give an array or a typed array/,
  promise: /not a promise/,
  holes: /item 0 is NaN/,
  objects: /(cannot be read|has thrown): from within/,
  proxy: /(cannot be read|has thrown): a trap/,
  throws: /score\(\) has thrown: not today/,
  throwsNothing: /score\(\) has thrown/,
};

for (const [kind, does, says] of ["module", "function"].flatMap((kind) => Object.entries(REFUSED).map((entry) => /** @type {const} */ ([kind, ...entry])))) {
  test(`what must not be given is refused, and the list made without it: ${kind}, ${does}`, async () => {
    const url = `${hostile}?does=${does}`;
    const recommender = await start({ bad: kind === "module" ? { url } : { score: (await import(url)).score } });
    const letters = /** @type {any[]} */ ([]);
    recommender.addEventListener("dead-letter", ({ detail }) => letters.push(detail));
    const { items, missing, complete } = await recommender.recommend();
    assert.deepEqual([items.length, missing, complete], [5, ["bad"], false]);
    assert.deepEqual(letters.map(({ queue, reason }) => [queue, reason]), [["bad", "rejected"]]);
    assert.match(letters[0].cause, says);
    await assert.rejects(recommender.recommend({ wait: "all" }), (error) => error instanceof WatchnextError && error.code === "SCORERS_FAILED" && says.test(error.message));
    assert.equal((await recommender.stats()).queues[3]?.restarts, 0, "and nothing died of it");
    await recommender.close();
  });
}

test("reasons are a string or nothing, and not without end", async () => {
  for (const [does, unexplained, length] of /** @type {[string, string[] | undefined, number | undefined][]} */ ([
    ["saysObjects", ["bad"], undefined],
    ["saysThrows", ["bad"], undefined],
    ["saysMuch", undefined, 500],
    ["saysNothing", undefined, undefined],
  ])) {
    const url = `${hostile}?does=${does}`;
    for (const bad of [{ url }, { ...(await import(url)) }]) {
      const recommender = await start({ bad: { ...bad, weight: 2 } });
      const list = await recommender.recommend({ limit: 1, explain: true });
      assert.deepEqual(list.unexplained, unexplained, does);
      assert.equal(list.items[0]?.explanation?.said?.["bad"]?.length, length, does);
      if (does === "saysNothing") assert.equal(list.items[0]?.explanation?.reason?.text, "bad", "by its name, where it says nothing");
      await recommender.close();
    }
  }
});

test("reasons may be items of the history: what is none, or has no part, is refused", async () => {
  /** What is unexplained, and of the title's explanation the items, what is said, and the sentence. @type {[string, any][]} */
  const cases = [
    ["saysItems", [undefined, [["1", 2]], undefined, "Because you watched Heat"]],
    ["saysBoth", [undefined, [["1", 2]], "As you like Heat", "As you like Heat"]],
    ...["saysAPromise", "saysOtherItems", "saysUnwatchedItems", "saysNaN", "saysLargeParts", "saysNoPairs", "saysManyItems", "saysItemsOfText", "saysNumbers", "saysTraps"].map(
      (does) => /** @type {[string, any]} */ ([does, [["mine"], [], undefined, "mine"]]),
    ),
  ];
  for (const [does, expected] of cases) {
    const url = `${hostile}?does=${does}`;
    for (const [kind, mine] of Object.entries({ module: { url }, function: { ...(await import(url)) } })) {
      const recommender = await start({ mine: { ...mine, weight: 2 } });
      await recommender.record({ item: 1, type: "watch" });
      const weights = /** @type {any} */ ({ history: 0, genre: 0, popularity: 0, mine: 2 });
      const list = await recommender.recommend({ limit: 1, explain: true, weights });
      const { items = [], said, reason } = list.items[0]?.explanation ?? {};
      assert.deepEqual([list.unexplained, items.map(({ id, part }) => [id, part]), said?.["mine"], reason?.text], expected, `${kind}, ${does}`);
      await recommender.close();
    }
  }
});

test("a module that is not there, or is no scorer, is missing and says why", async () => {
  for (const [url, says] of /** @type {[string, RegExp][]} */ ([
    [`${hostile}.nowhere`, /could not be imported/],
    ["data:text/javascript,export const other = 1", /exports no function score/],
    ["data:text/javascript,throw new Error('at start')", /at start/],
  ])) {
    const recommender = await start({ bad: { url } }, { broker: { restartDelay: 1, openFor: 60_000 } });
    const { missing } = await recommender.recommend({ deadline: 5_000 });
    assert.deepEqual(missing, ["bad"]);
    assert.match((await recommender.stats()).deadLetters[0]?.cause ?? "", says);
    await recommender.close();
  }
});

test("bad options are named", async () => {
  for (const [scorers, says] of /** @type {[any, RegExp][]} */ ([
    [5, /option scorers: must be an object/],
    [{ own: 5 }, /option scorers\.own: must be an object/],
    [{ own: { weight: 1 } }, /option scorers\.own.*url/],
    [{ own: { url: "a.js", weight: -1 } }, /option scorers\.own\.weight: must be from 0 to 10/],
    [{ own: { url: "a.js", columns: "id" } }, /option scorers\.own\.columns/],
    [{ own: { url: "a.js", wieght: 1 } }, /wieght/],
    [{ own: { score: 5 } }, /option scorers\.own\.score: must be a function, found 5/],
    [{ own: { score: () => [], explain: "why" } }, /option scorers\.own\.explain: must be a function, found "why"/],
    [{ own: { url: "a.js", explain: () => "why" } }, /option scorers\.own\.explain: must be a string, .* found a function/],
    [{ own: { url: "a.js", score: () => [] } }, /option scorers\.own: is a module, .* not both/],
    [{ own: { score: () => [], wieght: 1 } }, /wieght/],
    [{ history: { score: () => [] } }, /option scorers\.history: .*no other/],
    [{ history: { url: "a.js" } }, /option scorers\.history: .*no other/],
  ])) {
    await assert.rejects(start(scorers), (error) => error instanceof WatchnextError && error.code === "OPTION" && says.test(error.message), String(says));
  }
  await assert.rejects(start({ own: { score: () => [] } }, { workers: { own: 2 } }), /option workers\.own: is a function/);
  const recommender = await start({ own: { url: hostile } }, { workers: { own: 2 } });
  await assert.rejects(recommender.recommend({ weights: /** @type {any} */ ({ other: 1 }) }), /there are history, genre, popularity, own/);
  await recommender.close();
});
