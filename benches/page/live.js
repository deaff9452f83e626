// Rows of a history that changes and is kept: how soon a list follows an event, and what a long history costs a start.

import { ask, history, importPackage, inTurn, recommenderOf, urlOf } from "./common.js";

/** A history of its own in IndexedDB, where it is by default. @param {string} name */
const kept = (name) => ({ history: { name: `${name} ${Math.random()}` } });

/**
 * From an event to the live list that it makes, and a recommend() of the same recommender. Each event is about the first of the list, so that the
 * list is always another one.
 * @param {{ items: number, repeats: number }} options
 */
export async function live({ items, repeats }) {
  const recommender = await recommenderOf(items, kept("live"));
  await recommender.record(history(items, 300));
  const lists = recommender.live({ limit: 20, deadline: 60_000, wait: "all" });
  const next = async () => {
    const { value } = await lists.next();
    if (!value) throw new Error("no list comes any more");
    return value;
  };
  let list = await next();
  /** @type {Promise<unknown>[]} */
  const recorded = [];
  const times = await inTurn(repeats, {
    ours: async () => {
      recorded.push(recommender.record({ item: list.items[0]?.id ?? "", type: "watch" }));
      list = await next();
    },
    recommend: () => ask(recommender),
  });
  await Promise.all(recorded);
  await lists.return();
  await recommender.close();
  return times;
}

/**
 * createRecommender() to the first list with so many events in the store, and with none.
 * @param {{ items: number, repeats: number }} options
 */
export async function stored({ items, repeats }) {
  const { createRecommender } = await importPackage();
  const sources = { catalog: urlOf(items, "catalog.json"), model: urlOf(items, "model.wnm") };
  const [long, none] = [{ ...sources, ...kept("long") }, { ...sources, ...kept("none") }];
  const first = async (/** @type {import("../../js/types.js").RecommenderOptions} */ options) => {
    const recommender = await createRecommender(options);
    await ask(recommender);
    return recommender;
  };
  const filled = await first(long);
  await filled.record(history(items, 100_000));
  await filled.close();
  /** @type {{ ours: number[], none: number[] }} */
  const times = { ours: [], none: [] };
  for (let round = -1; round < repeats; round += 1) {
    for (const [name, options] of /** @type {const} */ ([["none", none], ["ours", long]])) {
      const began = performance.now();
      const recommender = await first(options);
      if (round >= 0) times[name].push(performance.now() - began);
      await recommender.close();
    }
  }
  return times;
}

Object.assign(globalThis, { live, stored });
