// Without a model: do viewers of different genres get different lists, and does a mixed history get a mixed list?
//
// On catalogs of different shapes, each with its popularity and without. `npm run bench:quality -- collapse`.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../../scripts/workspace.mjs";
import { chance, madeUp } from "./catalogs.mjs";

/** @typedef {import("./catalogs.mjs").Made} Made */
/** @type {typeof import("../../dist/node.js")} */
const { createRecommender } = await import(pathToFileURL(join(root, "dist", "node.js")).href);

const LIST = 20;
/** So many viewers of each genre, and so many with a mixed history. */
const VIEWERS = 3;
const MIXED = 60;
/** A history is of the so many most popular items; of all where nobody knows. */
const KNOWN = 300;
/** Genres with fewer items are no genre to be a viewer of; so many genres are taken, the largest. */
const LEAST = 60;
const GENRES = 12;

/**
 * The demo's catalog, as `npm run build` makes it.
 * @returns {Promise<Made>}
 */
async function demo() {
  const { items } = JSON.parse(await readFile(join(root, "www", "data", "catalog.json"), "utf8"));
  return { name: "the demo's catalog", items, fields: {} };
}

/**
 * The films of the npm package vega-datasets, under numbers of their own.
 * @param {string} folder the package's
 * @returns {Promise<Made>}
 */
async function vega(folder) {
  /** @type {Record<string, any>[]} */
  const items = JSON.parse(await readFile(join(folder, "data", "movies.json"), "utf8"));
  const year = (/** @type {string} */ date) => Number(/\d{4}/.exec(date ?? "")?.[0] ?? NaN) || undefined;
  return {
    name: "vega-datasets' films",
    items: items.filter((item) => item["Title"] !== null).map((item, id) => ({ ...item, id, Title: String(item["Title"]), year: year(item["Release Date"]) })),
    fields: { title: "Title", genres: "Major Genre", popularity: "IMDB Votes", tags: "Creative Type" },
  };
}

/** @param {Made} made @param {boolean} popular */
async function measure({ name, items, fields }, popular) {
  const of = (/** @type {Record<string, any>} */ item, /** @type {keyof Made["fields"]} */ field) => item[fields[field] ?? field];
  const genresOf = (/** @type {Record<string, any>} */ item) => /** @type {string[]} */ ([of(item, "genres") ?? []].flat());
  const random = chance(1);
  const shuffled = items.map((item) => ({ item, key: random() })).sort((a, b) => a.key - b.key).map(({ item }) => item);
  const known = popular ? [...items].sort((a, b) => (of(b, "popularity") ?? 0) - (of(a, "popularity") ?? 0)) : shuffled;
  /** @type {Map<string, Record<string, any>[]>} */
  const byGenre = new Map();
  for (const item of known) for (const genre of genresOf(item)) byGenre.set(genre, [...(byGenre.get(genre) ?? []), item]);
  const large = [...byGenre].filter(([, of]) => of.length >= LEAST).sort(([, a], [, b]) => b.length - a.length).slice(0, GENRES);
  const { popularity = "popularity", ...others } = fields;
  const bare = items.map((item) => ({ ...item, [popularity]: undefined }));
  const recommender = await createRecommender(popular ? { catalog: items, fields } : { catalog: bare, fields: others });
  let time = 0;
  /** @param {Record<string, any>[]} history */
  const list = async (history) => {
    const ids = history.map((item) => of(item, "id"));
    await recommender.record(ids.map((id) => ({ item: id, type: "watch", time: (time += 1) })));
    const list = (await recommender.recommend({ limit: LIST })).items;
    await recommender.record(ids.map((id) => ({ item: id, type: "remove", time: (time += 1) })));
    return list;
  };
  const three = (/** @type {Record<string, any>[]} */ from) => {
    /** @type {Set<Record<string, any>>} */
    const drawn = new Set();
    while (drawn.size < 3) drawn.add(/** @type {Record<string, any>} */ (from[Math.floor(random() * from.length)]));
    return [...drawn];
  };

  /** @type {number[]} */
  const shares = [];
  for (let viewer = 0; viewer < VIEWERS; viewer += 1) {
    /** @type {Set<string>[]} */
    const lists = [];
    for (const [, of] of large) lists.push(new Set((await list(three(of.slice(0, KNOWN / 10)))).map(({ id }) => id)));
    for (const [place, a] of lists.entries()) for (const b of lists.slice(0, place)) shares.push([...a].filter((id) => b.has(id)).length / LIST);
  }
  let collapsed = 0;
  for (let viewer = 0; viewer < MIXED; ) {
    const history = three(known.slice(0, KNOWN));
    const [first = [], ...others] = history.map(genresOf);
    // Mixed: every item has genres, and none is in all three.
    if (history.some((item) => genresOf(item).length === 0) || first.some((genre) => others.every((genres) => genres.includes(genre)))) continue;
    viewer += 1;
    /** @type {Map<string, number>} */
    const counts = new Map();
    for (const { item } of await list(history)) for (const genre of new Set(genresOf(item))) counts.set(genre, (counts.get(genre) ?? 0) + 1);
    collapsed += Number(Math.max(...counts.values()) >= LIST - 2);
  }
  await recommender.close();
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  const percent = (/** @type {number} */ share) => `${Math.round(share * 100)} %`;
  console.log(`| ${name} | ${items.length} | ${large.length} | ${popular ? "yes" : "no"} | ${percent(mean)} | ${percent(Math.max(...shares))} | ${collapsed} of ${MIXED} |`);
}

console.log(`
Without a model: ${VIEWERS} viewers of each of the largest genres, who have watched three items of it, and ${MIXED} with three items of no common genre

| catalog | items | genres | popularity | two viewers of different genres share, of ${LIST} | at most | one genre in ${LIST - 2} or more of ${LIST} |
|---|---|---|---|---|---|---|`);
for (const made of [await demo(), await vega(process.argv[2] ?? ""), ...madeUp()]) {
  for (const popular of [true, false]) await measure(made, popular);
}
