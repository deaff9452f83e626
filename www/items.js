// What the page takes from a catalog's items, which may be written in more than one way (docs/catalog.md).

/** @typedef {{ id: string | number, title: string, year?: number, genres?: string[] | string, popularity?: number }} Item */

/**
 * @param {Item} item
 * @returns {string[]}
 */
export function genresOf({ genres = [] }) {
  return typeof genres === "string" ? genres.split("|").map((genre) => genre.trim()).filter(Boolean) : genres;
}

/**
 * A count with its noun.
 * @param {number} count
 * @param {string} noun
 */
export const plural = (count, noun) => `${count.toLocaleString()} ${noun}${count === 1 ? "" : "s"}`;
