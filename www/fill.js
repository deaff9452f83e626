// Lists of cards that stay what they are while the list changes: a card that is in the old list and the new one is the same element.

import { frame } from "./dom.js";

/** @typedef {{ id: string, make: () => HTMLElement, update?: (card: HTMLElement) => void }} Entry */

/** So many cards are made and laid out at a time: a longer task would keep the page from answering. */
const AT_ONCE = 4;
/** How long a card that has come to another place takes no press, in milliseconds: it was meant for the one that was there. */
const SETTLES = 400;

/** Who fills a list; a newer one takes it over. @type {WeakMap<HTMLElement, object>} */
const turns = new WeakMap();
/** @type {WeakMap<HTMLElement, ReturnType<typeof setTimeout>>} */
const settling = new WeakMap();

const idOf = (/** @type {Element | undefined} */ card) => card?.getAttribute("data-item") ?? "";

/**
 * Makes a list be these cards, a few new ones with each frame; keeps the keyboard's place.
 * @param {HTMLElement} list
 * @param {Entry[]} entries
 * @returns {Promise<HTMLElement[] | undefined>} the cards that are new to it; undefined where a newer list took over
 */
export async function fill(list, entries) {
  const turn = {};
  turns.set(list, turn);
  clearTimeout(settling.get(list));
  const old = new Map([...list.children].map((card, place) => [idOf(card), { card, place }]));
  const wanted = new Set(entries.map(({ id }) => id));
  /** @type {HTMLElement[]} */
  const made = [];
  for (const [place, { id, make, update }] of entries.entries()) {
    const known = old.get(id);
    if (!known && made.length > 0 && made.length % AT_ONCE === 0) {
      await frame();
      if (turns.get(list) !== turn) return undefined;
    }
    if (known) dropBefore(list, place, wanted);
    const here = list.children[place];
    const card = known?.card instanceof HTMLElement ? known.card : make();
    if (!known) made.push(card);
    if (known?.place !== place && old.size > 0) card.dataset.moving = "";
    if (here !== card) {
      const focused = focusIn(list);
      if (here && !known && !wanted.has(idOf(here))) here.replaceWith(card);
      else list.insertBefore(card, here ?? null);
      keepFocus(list, focused);
    }
    if (known) update?.(card);
  }
  const focused = focusIn(list);
  while (list.children.length > entries.length) list.lastElementChild?.remove();
  keepFocus(list, focused);
  settle(list);
  return made;
}

/**
 * Takes away the cards at a place that are not to stay, so that those behind them come there without being moved one by one.
 * @param {HTMLElement} list
 * @param {number} place
 * @param {ReadonlySet<string>} wanted
 */
function dropBefore(list, place, wanted) {
  for (let here = list.children[place]; here && !wanted.has(idOf(here)); here = list.children[place]) {
    const focused = focusIn(list);
    here.remove();
    keepFocus(list, focused);
  }
}

/**
 * Keeps presses from cards that have only just come to where they are.
 * @param {HTMLElement} list
 */
export function guard(list) {
  list.addEventListener(
    "click",
    (event) => {
      if (!(event.target instanceof Element) || !event.target.closest("[data-moving]")) return;
      event.preventDefault();
      event.stopPropagation();
      settle(list);
    },
    { capture: true },
  );
}

/** @param {HTMLElement} list */
function settle(list) {
  clearTimeout(settling.get(list));
  const still = () => list.querySelectorAll("[data-moving]").forEach((card) => card.removeAttribute("data-moving"));
  settling.set(list, setTimeout(still, SETTLES));
}

/** @param {HTMLElement} list */
function focusIn(list) {
  const focused = document.activeElement;
  const card = focused instanceof HTMLElement ? focused.closest("[data-item]") : null;
  if (!(focused instanceof HTMLElement) || !card || card.parentElement !== list) return undefined;
  return { focused, place: [...list.children].indexOf(card), name: focused.dataset["testid"] };
}

/**
 * Gives the focus back to what had it, or to what is in its place; where nothing is left, to the list's heading.
 * @param {HTMLElement} list
 * @param {ReturnType<typeof focusIn>} before
 */
function keepFocus(list, before) {
  if (!before || document.activeElement === before.focused) return;
  const { focused, place, name } = before;
  const card = list.children[Math.min(place, list.children.length - 1)];
  const heir = focused.isConnected ? focused : (card?.querySelector(name ? `[data-testid="${name}"]` : "summary") ?? headingOf(list));
  if (heir instanceof HTMLElement) heir.focus({ preventScroll: true });
}

/** @param {HTMLElement} list */
export const headingOf = (list) => document.getElementById(list.getAttribute("aria-labelledby") ?? "");
