// Why something is in a list, in words.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ENGLISH, createRecommender, reasonText } from "watchnext";

/** @param {Partial<import("watchnext").Reason>} reason @returns {import("watchnext").Reason} */
const reason = (reason) => ({ kind: "history", shares: { history: 1, genre: 0, popularity: 0 }, items: [], genres: [], text: "", ...reason });

test("a reason says what the viewer did, and names nothing where nothing is named", () => {
  /** @type {import("watchnext").Reason["items"]} */
  const items = [
    { id: "1", title: "Alien", verb: "liked", share: 0.5 },
    { id: "2", title: "Heat", verb: "watched", share: 0.2 },
  ];
  const genres = ["Horror", "Crime"];
  assert.equal(reasonText(reason({ items })), "Because you liked Alien and you watched Heat");
  const both = items.map((item) => ({ ...item, verb: /** @type {const} */ ("watched") }));
  assert.equal(reasonText(reason({ items: both })), "Because you watched Alien and Heat");
  assert.equal(reasonText(reason({})), "Goes with what you have watched");
  assert.equal(reasonText(reason({ kind: "genre", genres })), "Because you watch Horror and Crime");
  assert.equal(reasonText(reason({ kind: "genre", genres, items: items.slice(0, 1) })), "Because you watch Horror and Crime, and you liked Alien");
  assert.equal(reasonText(reason({ kind: "popularity" })), "Many people watch it");
  const acts = { ...ENGLISH.acts, liked: (/** @type {string} */ title) => `${title} dir gefällt` };
  const german = { ...ENGLISH, acts, history: (/** @type {string | undefined} */ acts) => `Weil ${acts}` };
  assert.equal(reasonText(reason({ items: items.slice(0, 1) }), german), "Weil Alien dir gefällt");
});

test("a list says its reasons in words, and the weights it was made with", async () => {
  const genres = [["Horror"], ["Horror"], ["Horror"], ["Comedy"], ["Comedy"], ["Comedy"]];
  const catalog = genres.map((genres, place) => ({ id: String(place), title: `T${place}`, genres, popularity: place }));
  const bytes = new TextEncoder().encode(JSON.stringify(catalog));
  const recommender = await createRecommender({ catalog: bytes });
  const empty = await recommender.recommend({ explain: true });
  assert.deepEqual(empty.weights, { history: 0, genre: 0, popularity: 1 });
  assert.equal(empty.items[0]?.explanation?.reason?.text, "Many people watch it");
  assert.equal(empty.items[5]?.explanation?.reason, undefined, "nothing speaks for what nobody watches");
  await recommender.record({ item: "0", type: "like" });
  const { items } = await recommender.recommend({ explain: true, weights: { popularity: 0 } });
  const first = items[0]?.explanation?.reason;
  assert.equal(first?.text, "Because you liked T0");
  assert.equal(first?.shares.popularity, 0);
  await recommender.record({ item: "1", type: "dislike" });
  assert.deepEqual((await recommender.profile()).avoided.titles, ["T1"]);
  await recommender.close();
});
