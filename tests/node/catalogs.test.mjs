// Catalogs as they are, through the package: what a page says of them, and what it is told.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { root } from "../../scripts/workspace.mjs";

/** Types are what these tests break. @type {any} */
const { createRecommender } = await import(pathToFileURL(join(root, "dist", "node.js")).href);

/** @param {string} text */
const bytes = (text) => new TextEncoder().encode(text);
/** @param {string} code */
const coded = (code) => (/** @type {any} */ error) => error.code === code;

/** The warnings that are told of a recommender, and on the console. @param {any} options */
async function warnings(options) {
  /** @type {string[]} */
  const said = [];
  const { warn } = console;
  console.warn = (text) => said.push(text);
  try {
    const recommender = await createRecommender(options);
    /** @type {any[]} */
    const told = [];
    recommender.addEventListener("warning", (/** @type {any} */ { detail }) => told.push(detail));
    await recommender.recommend();
    await new Promise((resolve) => setTimeout(resolve));
    await recommender.close();
    assert.deepEqual(said, told.map(({ code, message }) => `watchnext: ${message} (${code})`));
    return told;
  } finally {
    console.warn = warn;
  }
}

test("paths, presets and places say what is where, and stats() what was taken for what", async () => {
  const catalog = bytes('{"data": {"films": {"edges": [{"node": {"ids": {"own": 7}, "title": "Heat", "kinds": [{"name": "Crime"}]}}]}}}');
  const recommender = await createRecommender({
    catalog,
    items: "data.films.edges[].node",
    fields: { id: "ids.own", genres: ["kinds[].name"] },
  });
  const { items } = await recommender.recommend();
  assert.deepEqual(items.map((/** @type {any} */ { id, item }) => [id, item]), [["7", { ids: { own: 7 }, title: "Heat", kinds: [{ name: "Crime" }] }]]);
  const { fields, unknown } = (await recommender.stats()).catalog;
  assert.deepEqual(fields.genres, { from: ["kinds[].name"], by: "options", items: 1, unread: 0 });
  assert.deepEqual(fields.title, { from: ["title"], by: "guess", items: 1, unread: 0 });
  assert.deepEqual(unknown, []);
  await recommender.close();

  const tmdb = await createRecommender({ catalog: [{ id: 9, name: "Show", genre_ids: [18, 99999] }], fields: "tmdb", genreNames: { 99999: "Mine" } });
  assert.deepEqual((await tmdb.recommend({ filter: { genres: { all: ["drama", "mine"] } } })).items.length, 1);
  await tmdb.close();
});

test("functions make what an array of objects does not have, and items come back without it", async () => {
  const films = [{ key: "a", names: ["Heat", "Hitze"] }, { key: "b", names: ["Ronin"] }, {}];
  const recommender = await createRecommender({
    catalog: films,
    fields: {
      id: (/** @type {any} */ { key }) => key && `film ${key}`,
      title: (/** @type {any} */ { names }) => names?.[0],
      year: () => new Date(Date.UTC(1995, 1)),
    },
  });
  const { items } = await recommender.recommend({ filter: { year: { min: 1995, max: 1995 } } });
  assert.deepEqual(items.map((/** @type {any} */ { id, item }) => [id, item]), [["film a", films[0]], ["film b", films[1]]]);
  const { skipped, fields } = (await recommender.stats()).catalog;
  assert.deepEqual([skipped, fields.title.from], [1, ["title()"]]);
  await recommender.close();

  const thrower = () => assert.fail("planted");
  await assert.rejects(createRecommender({ catalog: films, fields: { id: thrower } }), /option fields\.id: has thrown for catalog\[0\]/);
  await assert.rejects(createRecommender({ catalog: bytes("[]"), fields: { id: thrower } }), /option fields\.id: a function is for a catalog that is an array/);
});

test("JSON lines, a byte order mark and NaN are read", async () => {
  const recommender = await createRecommender({ catalog: bytes('\ufeff{"id": 1, "title": "A", "x": NaN}\n{"id": 2, "title": "B"}\n') });
  const { items } = await recommender.recommend();
  assert.deepEqual(items.map((/** @type {any} */ { item }) => item), [{ id: 1, title: "A", x: null }, { id: 2, title: "B" }]);
  await recommender.close();
});

test("what cannot be used says what would help", async () => {
  await assert.rejects(createRecommender({ catalog: [{ title: "Heat", year: 1995 }] }), (/** @type {any} */ error) => {
    assert.equal(error.code, "CATALOG_EMPTY");
    assert.match(error.message, /The first is \{"title":"Heat","year":1995\}: has no "id"\. This would read it: fields: \{ id: \["title", "year"\] \}$/);
    return true;
  });
  await assert.rejects(createRecommender({ catalog: [318, 356] }), /\(2 were skipped\)\. The first is 318: not an object$/);
  await assert.rejects(createRecommender({ catalog: bytes('{"a": {"b": [{"id": 1}]}}') }), /items: "a\.b"/);
  for (const fields of ["tmbd", { preset: "x" }, { year: "a..b" }, 5]) {
    await assert.rejects(createRecommender({ catalog: [{ id: 1, title: "A" }], fields }), coded("OPTION"));
  }
});

test("a field that no item has, and a model of other items, are told of", async () => {
  const films = [{ id: "tt1", title: "A" }];
  const model = new Uint8Array(await readFile(join(root, "tests", "golden", "model.wnm")));
  assert.deepEqual(await warnings({ catalog: films }), []);
  const told = await warnings({ catalog: films, fields: { year: "releaseYear" }, model });
  assert.deepEqual(told.map(({ code }) => code), ["FIELD_UNKNOWN", "MODEL_UNMATCHED"]);
  assert.match(told[0].message, /"releaseYear", which the option fields\.year names/);
  await assert.rejects(createRecommender({ catalog: films, model, strictModel: true }), coded("MODEL_UNMATCHED"));
  await (await createRecommender({ catalog: [{ id: 1, title: "A" }], model, strictModel: true })).close();
});
