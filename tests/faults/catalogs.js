// Catalogs that take each other's place in a fault run, from a seed: all of it, or a patch that removes, changes and brings items.

import { randomNumbers } from "./questions.js";

/** @typedef {import("./questions.js").Item} Item */
/** @typedef {import("./questions.js").Turn} Turn */
/** @typedef {import("../../js/types.js").Recommender} Recommender */
/** @typedef {import("../../js/types.js").CatalogChange} CatalogChange */

/**
 * @typedef {object} Change
 * @property {Item[]} [set] the whole catalog
 * @property {{ remove: string[], put: Item[] }} [patch] or what becomes other in it
 * @property {Item[]} items what there is then
 * @property {Pick<CatalogChange, "items" | "added" | "removed">} says what has to be told of it
 */

/** So many items a patch removes, changes and brings. */
const SOME = 30;

/**
 * By the turn before which each is asked for. What turns to come record first stays, or they would send scorers what those before them have
 * sent; and so does what they want something similar to. What was recorded may go, come again, or be another item under its id.
 * @param {number} seed
 * @param {Item[]} items the first catalog's
 * @param {Turn[]} script
 * @param {number} every so many turns there is one; 0: none
 * @returns {Map<number, Change>}
 */
export function changes(seed, items, script, every) {
  const random = randomNumbers(seed ^ 0x0ca7a109);
  const below = (/** @type {number} */ limit) => Math.floor(random() * limit);
  const asked = new Set(script.map(({ similar }) => similar));
  /** The turn before which it may not go. */
  const needed = new Map(script.map(({ events: [first] }, turn) => [String(first?.item), turn]));
  const all = new Map(items.map((item) => [String(item.id), item]));
  const found = new Map();
  let there = items;
  for (let turn = every; every > 0 && turn < script.length; turn += every) {
    const number = found.size + 1;
    const mayGo = (/** @type {Item} */ { id }) => !asked.has(String(id)) && (needed.get(String(id)) ?? -1) < turn;
    const other = (/** @type {Item} */ item) => ({ ...items[below(items.length)], id: item.id, title: `${item.title} (${number})`, popularity: below(300) });
    const comes = () => ({ ...other(/** @type {Item} */ (items[0])), id: `new ${number} ${below(1e6)}` });
    const before = new Set(there.map(({ id }) => String(id)));
    const isSet = number % 3 === 0;
    /** @type {Item[]} */
    let after;
    /** @type {Change["patch"]} */
    let patch;
    if (isSet) {
      const kept = there.filter((item) => !mayGo(item) || random() < 0.9).map((item) => (random() < 0.1 ? other(item) : item));
      after = [...kept, ...Array.from({ length: SOME }, comes)];
    } else {
      // Half of them what lists are likely to have.
      const popular = [...there].sort((a, b) => (b.popularity ?? 0) - (a.popularity ?? 0)).slice(0, 3 * SOME);
      const going = (/** @type {number} */ count) => /** @type {Item} */ (count % 2 ? popular[below(popular.length)] : there[below(there.length)]);
      const remove = new Set(Array.from({ length: SOME }, (_, count) => going(count)).filter(mayGo).map(({ id }) => String(id)));
      const gone = [...all.values()].filter(({ id }) => !before.has(String(id)));
      const put = new Map(Array.from({ length: SOME }, () => other(/** @type {Item} */ (there[below(there.length)]))).map((item) => [String(item.id), item]));
      for (let count = 0; count < SOME; count += 1) {
        const item = gone.length > 0 && random() < 0.5 ? other(/** @type {Item} */ (gone[below(gone.length)])) : comes();
        put.set(String(item.id), item);
      }
      patch = { remove: [...remove], put: [...put.values()] };
      after = there.filter(({ id }) => !remove.has(String(id))).map((item) => put.get(String(item.id)) ?? item);
      const left = new Set(after.map(({ id }) => String(id)));
      after.push(...patch.put.filter(({ id }) => !left.has(String(id))));
    }
    for (const item of after) all.set(String(item.id), item);
    const ids = new Set(after.map(({ id }) => String(id)));
    // An item that a patch removes and puts has gone, and come.
    const removed = patch ? patch.remove.length : [...before].filter((id) => !ids.has(id)).length;
    const says = { items: after.length, added: after.length - before.size + removed, removed };
    found.set(turn, { ...(patch ? { patch } : { set: after }), items: after, says });
    there = after;
  }
  return found;
}

/** What is wrong with what was told when it was made; nothing if it is as it should be. @param {Recommender} recommender @param {Change} change */
export async function change(recommender, { set, patch, says }) {
  // An address is read by the engine while it goes on with what it is asked.
  const address = () => URL.createObjectURL(new Blob([JSON.stringify(set)]));
  const { items, added, removed } = await (set ? recommender.setCatalog(address()) : recommender.patchCatalog(/** @type {NonNullable<Change["patch"]>} */ (patch)));
  const told = JSON.stringify({ items, added, removed });
  return told === JSON.stringify(says) ? "" : `${told} instead of ${JSON.stringify(says)}`;
}
