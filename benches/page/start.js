// Rows of a start: how long it takes, how long it holds the page up, and what is held in memory, beside fetch and JSON.parse.

import { history, importPackage, pause, urlOf, workersReady } from "./common.js";

/** From nothing to a first list. @param {string} catalog */
async function first(catalog, { createRecommender } = /** @type {any} */ (undefined), options = {}) {
  const recommender = await createRecommender({ catalog, ...options });
  const { items } = await recommender.recommend({ deadline: 60_000 });
  if (items.length !== 20) throw new Error("no list");
  return recommender;
}

/** @param {string} catalog */
const parse = async (catalog) => JSON.parse(await (await fetch(catalog)).text());

/** createRecommender() to the first list, with the HTTP cache warm. @param {{ items: number, repeats: number }} options */
export async function start({ items, repeats }) {
  const catalog = urlOf(items, "catalog.json");
  const library = await importPackage();
  /** @type {{ ours: number[], "fetch and JSON.parse": number[] }} */
  const times = { ours: [], "fetch and JSON.parse": [] };
  for (let round = -2; round < repeats; round += 1) {
    let began = performance.now();
    const recommender = await first(catalog, library);
    if (round >= 0) times.ours.push(performance.now() - began);
    await recommender.close();
    began = performance.now();
    if ((await parse(catalog)).length !== items) throw new Error("not the catalog");
    if (round >= 0) times["fetch and JSON.parse"].push(performance.now() - began);
  }
  return times;
}

/** The longest time for which the page's thread does not come to anything else while `work` goes on. @param {() => Promise<unknown>} work */
async function longestGap(work) {
  const { port1, port2 } = new MessageChannel();
  let [last, longest, goes] = [performance.now(), 0, true];
  port1.onmessage = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (goes) port2.postMessage(0);
  };
  port2.postMessage(0);
  await work();
  await new Promise((resolve) => setTimeout(resolve));
  goes = false;
  port1.close();
  return longest;
}

/** The longest task on the page from import to the first list. @param {{ items: number, repeats: number }} options */
export async function task({ items, repeats }) {
  const catalog = urlOf(items, "catalog.json");
  /** @type {{ ours: number[], "JSON.parse": number[], idle: number[] }} */
  const gaps = { ours: [], "JSON.parse": [], idle: [] };
  for (let round = 0; round < repeats; round += 1) {
    /** @type {any} */
    let recommender;
    gaps.ours.push(await longestGap(async () => (recommender = await first(catalog, await import(/** @type {any} */ (`/dist/index.js?${round}`))))));
    await recommender.close();
    gaps.idle.push(await longestGap(() => pause(200)));
    gaps["JSON.parse"].push(await longestGap(() => parse(catalog)));
  }
  return gaps;
}

/** What a recommender that is held has of workers. */
const WORKERS = { all: {}, history: { workers: { genre: 0, popularity: 0 } }, none: { workers: 0 } };

/**
 * Holds a recommender with all its workers, with that of the history's scorer, or with none but the engine's; or the parsed objects; until the page goes.
 * @param {{ items: number, what: keyof typeof WORKERS | "objects" }} options
 */
export async function hold({ items, what }) {
  const catalog = urlOf(items, "catalog.json");
  if (what === "objects") Object.assign(globalThis, { held: await parse(catalog) });
  else {
    const recommender = await first(catalog, await importPackage(), WORKERS[what]);
    await recommender.record(history(items, 10));
    await workersReady(recommender);
    await recommender.recommend({ deadline: 60_000, wait: "all" });
    Object.assign(globalThis, { held: recommender });
  }
}

/** Makes so many recommenders, one after another, and closes each when it has made a list. @param {{ items: number, times: number }} options */
export async function cycle({ items, times }) {
  const library = await importPackage();
  for (let time = 0; time < times; time += 1) await (await first(urlOf(items, "catalog.json"), library)).close();
}

/** Waits until a browser that has nothing to do has cleared away what was left. Rubbish of ours would leave room for what is measured afterwards. */
export const settle = () => pause(3000);

Object.assign(globalThis, { start, task, hold, cycle, settle });
