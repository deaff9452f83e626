// Runs in a page for simulated hours: people who record an event a minute, and live lists that have to follow each of them.

import { createRecommender } from "/dist/index.js";

const GENRES = ["Action", "Comedy", "Crime", "Drama", "Fantasy", "Horror", "Romance", "Thriller", "War", "Western"];
const TYPES = /** @type {const} */ (["watch", "watch", "watch", "like", "rate", "dislike", "skip", "click", "impression", "remove"]);
/** How long a live list may take to follow, in ms. */
const LIMIT = 10_000;
/** What is left behind each hour, where that is asked for: bytes. */
const LEAK = 8_000_000;

const idsOf = (/** @type {{ items: { id: string }[] } | undefined} */ list) => list?.items.map(({ id }) => id).join() ?? "";

/**
 * What outlives a call, which may have loaded this anew. `listeners`: of the recommender's, those that were added and not taken away. `followed`: by person, or both, the
 * last list, and how many there were.
 * @typedef {object} State
 * @property {(below: number) => number} random
 * @property {import("/dist/index.js").Recommender} recommender
 * @property {number} listeners
 * @property {Record<string, { list?: any, count: number }>} followed
 * @property {number} time
 * @property {unknown[]} leaked
 */
const page = /** @type {{ state: State }} */ (/** @type {unknown} */ (window));

/** @param {{ seed: number, items: number }} options */
async function begin({ seed, items }) {
  let state = seed >>> 0;
  const random = (/** @type {number} */ below) => Math.floor(((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32) * below);
  const catalog = Array.from({ length: items }, (_, id) => ({ id, title: `Number ${id}`, genres: [GENRES[random(10)], GENRES[random(10)]], year: 1950 + random(70), popularity: random(1000) }));
  const recommender = await createRecommender({ catalog: new Response(JSON.stringify(catalog)), history: { name: "soak" } });
  /** @type {State} */
  const found = (page.state = { random, recommender, listeners: 0, followed: {}, time: Date.UTC(2026, 0, 1), leaked: [] });
  const { addEventListener, removeEventListener } = recommender;
  recommender.addEventListener = (/** @type {[any, any]} */ ...given) => void ((found.listeners += 1), addEventListener.apply(recommender, given));
  recommender.removeEventListener = (/** @type {[any, any]} */ ...given) => void ((found.listeners -= 1), removeEventListener.apply(recommender, given));
  const follow = (/** @type {string} */ name) => {
    const of = (found.followed[name] = { count: 0 });
    return (/** @type {any} */ list) => void Object.assign(of, { list, count: of.count + 1 });
  };
  recommender.live({ limit: 20, name: "home", explain: true }, follow(""));
  recommender.user("kim").live({ limit: 20 }, follow("kim"));
  recommender.together(["", "kim"]).live({ limit: 10 }, follow("both"));
}

/** Until the live list of this person, or of both, is this one. @param {string} who @param {{ items: { id: string }[] }} list */
async function until(who, list) {
  const { followed } = page.state;
  const end = performance.now() + LIMIT;
  while (idsOf(followed[who]?.list) !== idsOf(list)) {
    if (performance.now() > end) throw new Error(`the live list of "${who}" does not follow: ${idsOf(followed[who]?.list)} instead of ${idsOf(list)}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** @param {{ items: number, plant: boolean }} options */
async function hour({ items, plant }) {
  const { random, recommender, followed, leaked } = page.state;
  const people = { "": recommender, kim: recommender.user("kim") };
  for (let minute = 0; minute < 60; minute += 1) {
    const who = random(3) > 0 ? "" : "kim";
    const type = TYPES[random(TYPES.length)] ?? "watch";
    // What is in the list, mostly: an event about anything else may leave it as it is.
    const shown = followed[who]?.list?.items ?? [];
    const item = random(3) > 0 && shown.length > 0 ? shown[random(shown.length)].id : random(items);
    const time = (page.state.time += 60_000);
    await people[who].record({ item, type, time, ...(type === "rate" && { rating: 1 + random(5) }) });
    await until(who, await people[who].recommend({ limit: 20 }));
  }
  await until("both", await recommender.together(["", "kim"]).recommend({ limit: 10 }));
  // One is looked at for a while and left, another is aborted.
  const genre = GENRES[random(10)] ?? "";
  const passing = people.kim.live({ limit: 50, explain: true, filter: { genres: { any: [genre] } } });
  await passing.next();
  if (!plant) await passing.return();
  const controller = new AbortController();
  const { ended } = recommender.live({ limit: 50, signal: controller.signal }, () => controller.abort());
  await ended;
  if (plant) leaked.push(passing, new Uint8Array(LEAK).fill(1));
  return { listeners: page.state.listeners, lists: Object.values(followed).reduce((sum, { count }) => sum + count, 0), locks: (await navigator.locks.query()).held?.length };
}

async function end() {
  await page.state.recommender.close();
  return (await navigator.locks.query()).held?.length;
}

/** Time to give back what is not needed. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 1000));

Object.assign(globalThis, { begin, hour, end, settle });
