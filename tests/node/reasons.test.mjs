// Why something is in a list, in words.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ENGLISH, WatchnextError, createRecommender, reasonText, whyText } from "watchnext";

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

test("why says where a title stands that is not in the list, and what keeps it out", async () => {
  const genres = [["Horror"], ["Horror"], ["Horror"], ["Comedy"], ["Comedy"], ["Comedy"]];
  const catalog = genres.map((genres, place) => ({ id: place, title: `T${place}`, genres, popularity: place, year: 1990 + place }));
  const recommender = await createRecommender({ catalog });
  await recommender.record([{ item: 0, type: "like" }, { item: 5, type: "dislike" }]);
  const { items, weights } = await recommender.recommend({ explain: true });
  for (const [place, item] of items.entries()) {
    const { text, place: found, complete, missing, weights: used, ...why } = await recommender.why(item.id);
    assert.deepEqual([why, found, complete, missing, used], [item, place + 1, true, [], weights]);
    assert.equal(text, item.explanation?.reason?.text ?? ENGLISH.nothing);
  }
  assert.ok(items.length === 4, "all but what was liked and disliked");
  const seen = await recommender.why("0");
  assert.deepEqual([seen.excluded, seen.place, seen.text, seen.item["title"]], ["seen", undefined, "You have seen it", "T0"]);
  assert.equal((await recommender.why(5, { filter: { year: { max: 1992 } } })).excluded, "disliked", "the first of several things");
  const late = await recommender.why(4, { filter: { year: { max: 1992 } } });
  assert.deepEqual([late.excluded, late.text], ["year", ENGLISH.excluded.year]);
  assert.equal(whyText(late, { ...ENGLISH, excluded: { ...ENGLISH.excluded, year: "Zu neu" } }), "Zu neu");
  assert.equal((await recommender.why(4, { filter: { ids: { deny: [4] } } })).excluded, "ids");
  await assert.rejects(recommender.why("nowhere"), (error) => error instanceof WatchnextError && error.code === "ITEM_UNKNOWN");
  await recommender.close();
});
