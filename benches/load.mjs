// How long a large catalog takes to load in the built package (in this thread, in Node.js), beside JSON.parse of the same bytes.
//
//   node benches/load.mjs [items, default 1000000]

import { createRecommender } from "../dist/node.js";

const count = Number(process.argv[2] ?? 1_000_000);
const genres = ["Action", "Comedy", "Crime", "Drama", "Horror", "Romance", "Sci-Fi", "Thriller", "War", "Western"];
const words = ["night", "river", "stone", "glass", "summer", "winter", "king", "road", "house", "mirror", "garden", "storm"];

/** A generator of the same numbers each time (Lehmer). */
let state = 1;
const next = (/** @type {number} */ below) => (state = (state * 48271) % 2147483647) % below;
const pick = (/** @type {string[]} */ list) => list[next(list.length)];

/** @param {number} id */
const item = (id) =>
  JSON.stringify({
    id: String(id),
    title: `The ${pick(words)} of ${pick(words)} ${id}`,
    year: 1920 + next(105),
    genres: [...new Set([pick(genres), pick(genres)])],
    popularity: next(10000),
  });

const chunks = [];
for (let id = 0; id < count; id++) chunks.push(Buffer.from(`${id ? "," : "["}${item(id)}`));
const bytes = Buffer.concat([...chunks, Buffer.from("]")]);
chunks.length = 0;

/** @param {string} name @param {() => Promise<unknown> | unknown} work */
async function time(name, work) {
  const start = performance.now();
  const result = await work();
  console.log(`${name.padEnd(42)} ${(performance.now() - start).toFixed(0).padStart(6)} ms`);
  return result;
}

console.log(`${count.toLocaleString()} items, ${(bytes.length / 1e6).toFixed(0)} MB of JSON`);
await time("JSON.parse", () => JSON.parse(bytes.toString()).length);
const recommender = /** @type {import("../dist/node.js").Recommender} */ (
  await time("createRecommender", () => createRecommender({ catalog: new Uint8Array(bytes) }))
);
await recommender.record([{ item: "5", type: "watch" }, { item: "99", type: "like" }]);
await time("recommend, first", () => recommender.recommend());
await time("recommend, second", () => recommender.recommend());
const { catalog } = await recommender.stats();
console.log(`${catalog.items.toLocaleString()} items loaded, ${catalog.skipped} skipped; resident ${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB`);
await recommender.close();
