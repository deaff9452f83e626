// The catalog for searching and browsing, off the main thread. Recommendations do not come from here.

/** @typedef {{ id: string | number, title: string, year?: number, genres?: string[], popularity?: number }} Item */

/** @type {{ item: Item, words: string[] }[]} */
let entries = [];

/** @param {string} text without case and accents */
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
/** @param {string} text */
const wordsOf = (text) => plain(text).split(/[^\p{L}\p{N}]+/u).filter(Boolean);

const ORDERS = {
  popularity: (/** @type {Item} */ a, /** @type {Item} */ b) => (b.popularity ?? 0) - (a.popularity ?? 0),
  year: (/** @type {Item} */ a, /** @type {Item} */ b) => (b.year ?? 0) - (a.year ?? 0),
  title: (/** @type {Item} */ a, /** @type {Item} */ b) => a.title.localeCompare(b.title),
};

const answers = {
  /** @param {{ url: string }} question */
  async load({ url }) {
    const json = await (await fetch(url)).json();
    /** @type {Item[]} */
    const items = Array.isArray(json) ? json : json.items;
    entries = items.map((item) => ({ item, words: wordsOf(item.title) }));
    const genres = [...new Set(items.flatMap(({ genres }) => genres ?? []))].sort();
    const decades = [...new Set(items.flatMap(({ year }) => (year ? [Math.floor(year / 10) * 10] : [])))].sort((a, b) => b - a);
    return { items: items.length, genres, decades };
  },

  /** @param {{ text: string, genre: string, decade: number, order: keyof typeof ORDERS, limit: number }} question */
  find({ text, genre, decade, order, limit }) {
    const wanted = wordsOf(text);
    const found = entries.filter(
      ({ item, words }) =>
        wanted.every((start) => words.some((word) => word.startsWith(start))) &&
        (!genre || item.genres?.includes(genre)) &&
        (!decade || (item.year ?? 0) - (((item.year ?? 0) % 10) + 10) % 10 === decade),
    );
    // A title that is what was typed comes before those that only contain it.
    const exact = wanted.join(" ");
    const rank = (/** @type {string[]} */ words) => (exact && words.join(" ") === exact ? 0 : 1);
    found.sort((a, b) => rank(a.words) - rank(b.words) || ORDERS[order](a.item, b.item));
    return { total: found.length, items: found.slice(0, limit).map(({ item }) => item) };
  },

  /** @param {{ ids: string[] }} question */
  byIds({ ids }) {
    return ids.flatMap((id) => entries.find(({ item }) => String(item.id) === id)?.item ?? []);
  },
};

addEventListener("message", async ({ data: { call, name, question } }) => {
  try {
    postMessage({ call, answer: await /** @type {any} */ (answers)[name](question) });
  } catch (error) {
    postMessage({ call, error: String(error) });
  }
});
