// The catalog for searching and browsing, off the main thread. Recommendations do not come from here.

import { genresOf } from "./items.js";

/** @typedef {import("./items.js").Item} Item */

/** The items, and what of them is searched, in one form. @type {{ item: Item, words: string[], genres: string[], year: number }[]} */
let entries = [];

/** @param {string} text without case and accents */
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
/** @param {string} text */
const wordsOf = (text) => plain(text).split(/[^\p{L}\p{N}]+/u).filter(Boolean);

const ORDERS = {
  popularity: (/** @type {Item} */ a, /** @type {Item} */ b) => (b.popularity ?? 0) - (a.popularity ?? 0),
  year: (/** @type {Item} */ a, /** @type {Item} */ b) => Number(b.year ?? 0) - Number(a.year ?? 0),
  title: (/** @type {Item} */ a, /** @type {Item} */ b) => String(a.title).localeCompare(String(b.title)),
};

const answers = {
  /** @param {{ bytes: ArrayBuffer }} question the catalog's JSON */
  load({ bytes }) {
    const json = JSON.parse(new TextDecoder().decode(bytes));
    const list = Array.isArray(json) ? json : json?.items;
    if (!Array.isArray(list)) throw new Error("the catalog has no list of items");
    // What the library leaves out (docs/catalog.md) is not browsed either; of items with one id, the first counts.
    const items = new Map();
    for (const item of list) {
      const isGood = [item?.id, item?.title].every((value) => typeof value === "string" || typeof value === "number");
      if (isGood && !items.has(String(item.id))) items.set(String(item.id), item);
    }
    entries = [...items.values()].map((item) => ({
      item,
      words: wordsOf(String(item.title)),
      genres: genresOf(item),
      year: Number(item.year ?? 0) || 0,
    }));
    const genres = [...new Set(entries.flatMap(({ genres }) => genres))].sort();
    const decades = [...new Set(entries.flatMap(({ year }) => (year ? [Math.floor(year / 10) * 10] : [])))].sort((a, b) => b - a);
    return { items: entries.length, genres, decades };
  },

  /** @param {{ text: string, genre: string, decade: number, order: keyof typeof ORDERS, limit: number }} question */
  find({ text, genre, decade, order, limit }) {
    const wanted = wordsOf(text);
    const found = entries.filter(
      ({ year, words, genres }) =>
        wanted.every((start) => words.some((word) => word.startsWith(start))) &&
        (!genre || genres.includes(genre)) &&
        (!decade || Math.floor(year / 10) * 10 === decade),
    );
    // A title that is what was typed comes before those that only contain it.
    const exact = wanted.join(" ");
    const rank = (/** @type {string[]} */ words) => (exact && words.join(" ") === exact ? 0 : 1);
    found.sort((a, b) => rank(a.words) - rank(b.words) || ORDERS[order](a.item, b.item));
    return { total: found.length, items: found.slice(0, limit).map(({ item }) => item) };
  },
};

addEventListener("message", ({ data: { call, name, question } }) => {
  try {
    postMessage({ call, answer: /** @type {any} */ (answers)[name](question) });
  } catch (error) {
    postMessage({ call, error: error instanceof Error ? error.message : String(error) });
  }
});
