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
  /** @type {Map<string, Title>} */
  const titles = new Map();
  for (const { id, item, type, time, progress, rating } of entries.reverse()) {
    if (type === "impression") continue;
    const title = titles.get(id) ?? { id, events: [], types: [], time, ...(item && { item }) };
    if (type === "remove") title.events.pop();
    else title.events.push({ item: id, type, time, ...(progress !== undefined && { progress }), ...(rating !== undefined && { rating }) });
    titles.delete(id);
    if (title.events.length > 0) titles.set(id, { ...title, time });
  }
  return new Map([...titles].reverse().map(([id, title]) => [id, { ...title, ...marks(title.events) }]));
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
 * Makes a title's events these and no others. They keep their times: weights fade with what came later.
 * @param {User} viewer
 * @param {Title | undefined} title as it is now
 * @param {readonly WatchEvent[]} events
 */
export async function retell(viewer, title, events) {
  if (title) await viewer.forget(title.id);
  if (events.length > 0) await viewer.record(events);
}
