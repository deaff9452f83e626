// Rows of a recommender that has started: a warm recommend() beside JavaScript that does the same; with reasons; many at once; shards.

import { ask, history, inTurn, recommenderOf, urlOf } from "./common.js";
import { expert, readArrays } from "./expert.js";
import { usual } from "./usual.js";

/** A function that sends a message to a worker and waits for its answer. */
function roundTrips() {
  const worker = new Worker(new URL("./echo-worker.js", import.meta.url));
  const once = () =>
    new Promise((resolve) => {
      worker.onmessage = resolve;
      worker.postMessage(0);
    });
  return { once, end: () => worker.terminate() };
}

/**
 * recommend() for histories of these lengths, each beside the usual JavaScript, an expert's, and a bare round trip to a worker.
 * @param {{ items: number, events: number[], repeats: number }} options
 */
export async function warm({ items, events, repeats }) {
  const catalog = await (await fetch(urlOf(items, "catalog.json"))).json();
  const arrays = readArrays(await (await fetch(urlOf(items, "arrays.bin"))).arrayBuffer());
  const peers = { usual: usual(catalog, arrays), expert: expert(catalog, arrays) };
  const recommender = await recommenderOf(items);
  const { once, end } = roundTrips();
  const found = [];
  let recorded = 0;
  for (const length of events) {
    const all = history(items, length);
    await recommender.record(all.slice(recorded));
    recorded = length;
    // Each item once, where it was last.
    const own = [...new Set(all.map(({ item }) => item).reverse())].reverse();
    const ids = own.map(String);
    const places = Int32Array.from(own);
    const { weights } = await ask(recommender);
    const given = { genre: weights.genre ?? 0, popularity: weights.popularity ?? 0 };
    /** @type {{ ours: string[], usual: string[], expert: string[] }} */
    const lists = { ours: [], usual: [], expert: [] };
    const times = await inTurn(repeats, {
      ours: async () => void (lists.ours = (await ask(recommender)).items.map(({ id }) => id)),
      expert: () => void (lists.expert = peers.expert(places, given).map((/** @type {any} */ { id }) => id)),
      "round trip": once,
      usual: () => void (lists.usual = peers.usual(ids, given).map(({ item }) => item.id)),
    });
    const shared = (/** @type {string[]} */ list) => list.filter((id) => lists.ours.includes(id)).length;
    // What counts in short histories alone (how many watch a title, what it is about, a genre's part of a screen) the peers leave out or do plainly.
    if (length >= 300 && Math.min(shared(lists.usual), shared(lists.expert)) < 18) throw new Error(`the lists are not alike: ${JSON.stringify(lists)}`);
    found.push({ events: length, times });
  }
  end();
  await recommender.close();
  return found;
}

/** recommend() with reasons and without. @param {{ items: number, repeats: number }} options */
export async function explain({ items, repeats }) {
  const recommender = await recommenderOf(items);
  await recommender.record(history(items, 300));
  const times = await inTurn(repeats, { plain: () => ask(recommender), explained: () => ask(recommender, { explain: true }) });
  await recommender.close();
  return times;
}

/** 64 requests one after another, and at once, with two workers a scorer. @param {{ items: number, repeats: number }} options */
export async function concurrent({ items, repeats }) {
  const recommender = await recommenderOf(items, { workers: 2 });
  await recommender.record(history(items, 300));
  const all = Array.from({ length: 64 });
  const times = await inTurn(
    repeats,
    {
      "one after another": async () => {
        for (const _ of all) await ask(recommender);
      },
      "at once": () => Promise.all(all.map(() => ask(recommender))),
    },
    1,
  );
  await recommender.close();
  return times;
}

/** recommend() with one worker for the history's scorer, and with two that share each request. @param {{ items: number, repeats: number }} options */
export async function shards({ items, repeats }) {
  const [one, two] = [await recommenderOf(items), await recommenderOf(items, { workers: { history: 2 } })];
  for (const recommender of [one, two]) await recommender.record(history(items, 300));
  const times = await inTurn(repeats, { "one worker": () => ask(one), "two workers": () => ask(two) });
  await Promise.all([one.close(), two.close()]);
  return times;
}

Object.assign(globalThis, { warm, explain, concurrent, shards });
