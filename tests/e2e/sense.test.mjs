// The named viewers of tests/sense, through the page: what somebody did, and what has to be in their list.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { serve } from "../../scripts/serve.mjs";
import { root } from "../../scripts/workspace.mjs";
import { browserNames, emptyPage, withBrowser } from "./browser.mjs";

/**
 * @typedef {{ title: string, genres: string[], year?: number, popularity?: number, id: string }} Item
 * @typedef {object} Expected
 * @property {number} first
 * @property {string[]} [all]
 * @property {[number, number]} [years]
 * @property {string[]} [titles]
 * @property {string} [unlike]
 * @property {number} [least]
 * @property {number} [most]
 * @typedef {{ viewer: string, watched?: string[], liked?: string[], disliked?: string[], skipped?: string[], rated?: string[], rating?: number, expect: Expected[] }} Case
 */

/** For each viewer a recommender of their own, and its list. */
const MAKE_LISTS = `
  const [viewers, done] = arguments;
  (async () => {
    const { createRecommender } = await import("/dist/index.js");
    const lists = [];
    for (const events of viewers) {
      const recommender = await createRecommender({ catalog: "/data/catalog.json", model: "/data/model.wnm", history: { store: "memory" } });
      await recommender.record(events);
      const { complete, items } = await recommender.recommend({ wait: "all" });
      if (!complete) throw new Error("the list is not complete");
      lists.push(items.map(({ item }) => item));
      await recommender.close();
    }
    return lists;
  })().then((lists) => done({ lists }), (error) => done({ error: String(error) + " " + error.code }));`;

/** @param {Item} item @param {Expected} expected @param {Item[]} popular */
function holds(item, { all = [], years, titles = [], unlike }, popular) {
  const { title, genres, year = 0 } = item;
  return (
    all.every((genre) => genres.includes(genre)) &&
    (!years || (year >= years[0] && year <= years[1])) &&
    (titles.length === 0 || titles.some((named) => title.startsWith(named))) &&
    (!unlike || !popular.some(({ id }) => id === item.id))
  );
}

for (const name of browserNames()) {
  test(`${name}: viewers find themselves in the list`, { timeout: 120_000 }, async () => {
    /** @type {Case[]} */
    const cases = JSON.parse(await readFile(join(root, "tests", "sense", "viewers.json"), "utf8"));
    /** @type {{ items: Item[] } | Item[]} */
    const catalog = JSON.parse(await readFile(join(root, "www", "data", "catalog.json"), "utf8"));
    const all = Array.isArray(catalog) ? catalog : catalog.items;
    const idOf = (/** @type {string} */ title) => {
      const named = all.filter((item) => item.title === title || item.title.startsWith(`${title} (`));
      return String(named.sort((a, b) => (b.popularity ?? 0) - (a.popularity ?? 0))[0]?.id);
    };
    const events = cases.map(({ watched = [], liked = [], disliked = [], skipped = [], rated = [], rating }) =>
      Object.entries({ watch: watched, like: liked, dislike: disliked, skip: skipped, rate: rated }).flatMap(([type, titles]) =>
        titles.map((title) => ({ item: idOf(title), type, time: 0, ...(type === "rate" && { rating }) })),
      ),
    );
    const server = await serve({
      routes: new Map([["/", emptyPage]]),
      folders: { "/dist/": join(root, "dist"), "/data/": join(root, "www", "data") },
    });
    try {
      await withBrowser(name, async (driver) => {
        await driver.manage().setTimeouts({ script: 100_000 });
        await driver.get(`${server.origin}/`);
        /** @type {{ error?: string, lists: Item[][] }} */
        const { error, lists } = await driver.executeAsyncScript(MAKE_LISTS, [...events, []]);
        assert.equal(error, undefined);
        const popular = lists.at(-1) ?? [];
        for (const [place, { viewer, expect }] of cases.entries()) {
          for (const expected of expect) {
            const first = (lists[place] ?? []).slice(0, expected.first);
            const found = first.filter((item) => holds(item, expected, popular)).length;
            const what = `${viewer}: ${found} of ${JSON.stringify(expected)}: ${first.map(({ title }) => title).join(" | ")}`;
            assert.ok(found >= (expected.least ?? 0) && found <= (expected.most ?? Infinity), what);
          }
        }
      });
    } finally {
      await server.close();
    }
  });
}
