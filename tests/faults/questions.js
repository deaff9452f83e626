// What a fault run records and asks, turn by turn, from a seed. No two turns send a scorer the same bytes: each records an item that
// none before it has recorded, and a message to a scorer carries the profile.

/** @typedef {import("../../js/types.js").WatchEvent} WatchEvent */
/** @typedef {import("../../js/types.js").Filter} Filter */
/** @typedef {import("../../js/types.js").Recommender} Recommender */
/** @typedef {import("../../js/types.js").RecommendOptions} RecommendOptions */
/** @typedef {{ id: string | number, title?: string, genres?: string[], popularity?: number }} Item */

/**
 * @typedef {object} Turn
 * @property {WatchEvent[]} events
 * @property {string} [similar] the item, where it is asked what is like one
 * @property {RecommendOptions} options
 */

/** Events come a minute apart whatever the clock says: the same seed gives the same lists. */
const FIRST_EVENT = Date.UTC(2020, 0, 1);
const MINUTE = 60_000;

/** Of an item's first event: each puts it among what was seen. @type {Omit<WatchEvent, "item">[]} */
const FIRST = [{ type: "watch" }, { type: "watch", progress: 0.4 }, { type: "like" }, { type: "rate", rating: 4 }, { type: "dislike" }];
/** Of what is said of it turns later. @type {Omit<WatchEvent, "item">[]} */
const LATER = [{ type: "watch" }, { type: "like" }, { type: "dislike" }, { type: "rate", rating: 1.5 }, { type: "remove" }];

/**
 * @param {number} seed
 * @param {Item[]} items the catalog's
 * @param {number} count
 * @returns {Turn[]}
 */
export function turns(seed, items, count) {
  if (items.length < count) throw new Error(`${count} turns need as many items; the catalog has ${items.length}`);
  const random = randomNumbers(seed);
  const below = (/** @type {number} */ limit) => Math.floor(random() * limit);
  const upTo = (/** @type {number} */ most) => Math.round(random() * most * 100) / 100;
  /** @template T @param {T[]} list */
  const pick = (list) => /** @type {T} */ (list[below(list.length)]);
  const order = items.map((item) => ({ item, place: random() })).sort((a, b) => a.place - b.place);
  const withGenres = items.filter(({ genres }) => genres?.length);
  const idAt = (/** @type {number} */ place) => String(order.at(place)?.item.id);

  return Array.from({ length: count }, (_, turn) => {
    const time = FIRST_EVENT + turn * MINUTE;
    const events = [{ item: idAt(turn), time, ...pick(FIRST) }];
    if (turn > 5 && random() < 0.5) events.push({ item: idAt(below(turn - 5)), time, ...pick(LATER) });
    const { genres = [] } = pick(withGenres);
    /** @type {Filter} */
    const filter = pick([{}, {}, { genres: { any: genres } }, { genres: { none: genres } }, { year: { min: 1990 } }, { year: { max: 2000 }, seen: "include" }]);
    const options = { limit: 5 + below(16), filter: { ...filter, ids: { deny: [mark(turn)] } } };
    if (random() < 0.25) return { events, similar: idAt(-1 - turn), options };
    const weights = pick([{ genre: upTo(1.5) }, { popularity: upTo(0.5) }, { history: upTo(2), genre: 0 }]);
    const mix = pick([{}, {}, { diversity: upTo(0.5), calibration: upTo(0.5) }]);
    return { events, options: { ...options, weights, ...mix, explain: random() < 0.4 } };
  });
}

/** No item has this id. Where it may not be in the list, it changes nothing, and says at the page's port what a call asks. @param {number} turn */
const mark = (turn) => `turn ${turn}`;

/** Which turn's question a command is, which is JSON text; none where it asks for no list. @param {string} command */
export function turnOf(command) {
  const turn = /"turn (\d+)"/.exec(command)?.[1];
  return turn === undefined ? undefined : Number(turn);
}

/** Asks a turn's question. @param {Recommender} recommender @param {Turn} turn @param {RecommendOptions} more */
export function ask(recommender, { similar, options }, more) {
  if (similar === undefined) return recommender.recommend({ ...options, ...more });
  const { limit, filter, deadline } = { ...options, ...more };
  return recommender.similar(similar, { limit, filter, deadline });
}

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). @param {number} seed */
export function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
