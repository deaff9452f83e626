// The viewer's history as the library keeps it. The page has no list of its own: it reads this one whenever something has changed.

/** @typedef {import("./items.js").Item} Item */
/** @typedef {import("../js/types.js").User<Item>} User */
/** @typedef {import("../js/types.js").HistoryEntry<Item>} Entry */
/** @typedef {import("../js/types.js").WatchEvent} WatchEvent */
/** @typedef {"watch" | "like" | "dislike" | "skip"} Mark */
/**
 * What is known of a title: the events that count, the latest last, and what they come to. `item` is absent where this catalog does not have it.
 * @typedef {{ id: string, item?: Item, events: WatchEvent[], types: Mark[], rating?: number, time: number }} Title
 */

/** How many events are asked for at a time: as many as the library gives. */
const PAGE = 1000;

/** Which marks of the same title each takes the place of. Watched and liked are independent. @type {Partial<Record<WatchEvent["type"], Mark[]>>} */
const REPLACES = { watch: ["skip"], click: ["skip"], like: ["dislike", "skip"], dislike: ["like", "skip"], rate: ["like", "dislike", "skip"] };

/**
 * All that is kept of somebody, by title, the latest first.
 * @param {User} viewer
 * @returns {Promise<Map<string, Title>>}
 */
export async function readTitles(viewer) {
  /** @type {Entry[]} */
  const entries = [];
  for (let from = 0, more = true; more; from += PAGE) {
    const page = await viewer.history({ from, limit: PAGE });
    entries.push(...page);
    more = page.length === PAGE;
  }
  /** By title, its item and the events that count, each with its place among all. @type {Map<string, { item?: Item, told: [number, WatchEvent][] }>} */
  const titles = new Map();
  for (const [place, { id, item, type, time, progress, rating }] of entries.reverse().entries()) {
    if (type === "impression") continue;
    const title = titles.get(id) ?? { told: [], ...(item && { item }) };
    titles.set(id, title);
    // It takes back the last one, and leaves those before it.
    if (type === "remove") title.told.pop();
    else title.told.push([place, { item: id, type, time, ...(progress !== undefined && { progress }), ...(rating !== undefined && { rating }) }]);
  }
  const last = (/** @type {{ told: [number, WatchEvent][] }} */ { told }) => told.at(-1)?.[0] ?? -1;
  const known = [...titles].filter(([, title]) => title.told.length > 0).sort(([, one], [, other]) => last(other) - last(one));
  return new Map(known.map(([id, { told, ...title }]) => {
    const events = told.map(([, event]) => event);
    return [id, { id, ...title, events, time: Number(events.at(-1)?.time), ...marks(events) }];
  }));
}

/**
 * How a title is marked after these events.
 * @param {readonly WatchEvent[]} events
 * @returns {Pick<Title, "types" | "rating">}
 */
function marks(events) {
  /** @type {Mark[]} */
  let types = [];
  /** @type {number | undefined} */
  let rating;
  for (const { type, rating: rated } of events) {
    types = types.filter((mark) => mark !== type && !REPLACES[type]?.includes(mark));
    if (type === "watch" || type === "like" || type === "dislike" || type === "skip") types.push(type);
    if (type === "rate") rating = rated;
    else if (type === "like" || type === "dislike") rating = undefined;
  }
  return { types, ...(rating !== undefined && { rating }) };
}

/**
 * Makes a title's events these and no others, in one step: a window that is closed meanwhile leaves the one or the other. What stays keeps its time,
 * since weights fade with what came later; what came after something that goes is told anew.
 * @param {User} viewer
 * @param {Title | undefined} title as it is now
 * @param {readonly WatchEvent[]} events
 */
export async function retell(viewer, title, events) {
  const now = title?.events ?? [];
  const differs = now.findIndex((event, place) => JSON.stringify(event) !== JSON.stringify(events[place]));
  const stays = differs < 0 ? now.length : differs;
  /** @type {WatchEvent[]} */
  const back = now.slice(stays).map(({ item }) => ({ item, type: "remove" }));
  const anew = events.slice(stays).map(({ time, ...event }) => ({ ...event, ...(back.length === 0 && time !== undefined && { time }) }));
  await viewer.record([...back, ...anew]);
}
