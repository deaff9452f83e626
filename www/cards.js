// Posters set in type, and the cards around them: why an item is here, and what the viewer can say of it.

import { bar, el, frame, icon } from "./dom.js";

/** @typedef {{ id: string | number, title: string, year?: number, genres?: string[] }} Item */
/** @typedef {import("../js/types.js").Explanation} Explanation */
/** @typedef {{ act: (type: string, item: Item) => void, more: (item: Item) => void, markOf: (id: string) => string | undefined }} Actions */

/**
 * What a viewer can do, in the order of the buttons: event type, label, what the history says.
 * @type {["watch" | "like" | "dislike" | "skip", string, string][]}
 */
export const ACTIONS = [
  ["watch", "Watched", "Watched"],
  ["like", "Like", "Liked"],
  ["dislike", "Dislike", "Disliked"],
  ["skip", "Not now", "Passed over"],
];

/** Hues that are told apart well; a genre keeps its own. */
const HUES = { Action: 12, Adventure: 38, Animation: 196, Children: 172, Comedy: 48, Crime: 350, Documentary: 140, Drama: 262, Fantasy: 290, "Film-Noir": 222, Horror: 0, IMAX: 205, Musical: 318, Mystery: 245, Romance: 335, "Sci-Fi": 212, Thriller: 228, War: 82, Western: 28 };
const PATTERNS = 6;

/**
 * A number that is the same for the same text.
 * @param {string} text
 */
function hash(text) {
  let value = 7;
  for (const char of text) value = (value * 31 + /** @type {number} */ (char.codePointAt(0))) % 1_000_003;
  return value;
}

/** @param {Item} item */
function poster(item) {
  const seed = hash(String(item.id));
  const genres = item.genres ?? [];
  const genre = genres[seed % genres.length] ?? "";
  const hue = /** @type {Record<string, number>} */ (HUES)[genre] ?? hash(genre) % 360;
  const [, name = "", more] = /^(.+?)(?: (\(.*\)))?$/s.exec(item.title) ?? [, item.title];
  const longest = Math.max(...name.split(/[\s-]+/).map((word) => word.length));
  const element = el(
    "div",
    { class: `poster pattern-${seed % PATTERNS}${name.length > 30 ? " long" : ""}` },
    el("span", { class: "year" }, String(item.year ?? "")),
    el("h3", { dir: "auto" }, name, more && el("small", {}, ` ${more}`)),
    el("span", { class: "genre" }, genre),
  );
  element.style.setProperty("--hue", String(hue + (seed % 17) - 8));
  element.style.setProperty("--turn", `${(seed % 12) * 15}deg`);
  element.style.setProperty("--longest", String(Math.max(longest, 4)));
  return element;
}

/**
 * The strongest reason in words.
 * @param {Explanation} explanation
 */
function reason({ items, genres }) {
  if (items[0] && items[0].part >= (genres[0]?.part ?? 0)) return ["Because you watched ", el("b", { dir: "auto" }, items[0].title)];
  if (genres[0]) return ["You often watch ", el("b", {}, genres[0].genre)];
  return ["Many people watch it"];
}

/**
 * Each scorer's part and what caused it, made when somebody asks.
 * @param {Explanation} explanation
 */
function details(explanation) {
  const element = el("details", { class: "why" }, el("summary", {}, "Why this?"));
  element.addEventListener("toggle", () => element.append(...why(explanation)), { once: true });
  return element;
}

/** @param {Explanation} explanation */
function why({ parts, items, genres }) {
  const most = Math.max(...Object.values(parts).map(Math.abs), Number.MIN_VALUE);
  const rows = Object.entries(parts).map(([name, part]) =>
    el("div", {}, el("dt", {}, name), el("dd", {}, bar(part / most), el("span", { class: "number" }, part.toFixed(3)))),
  );
  const causes = [...items.map(({ title }) => title), ...genres.map(({ genre }) => genre)];
  return [el("dl", { class: "parts" }, ...rows), el("p", {}, causes.length > 0 ? `From ${causes.join(", ")}.` : "What many people watch.")];
}

/**
 * A card of an item.
 * @param {Item} item
 * @param {Actions} actions
 * @param {Explanation} [explanation]
 */
export function card(item, actions, explanation) {
  const mark = actions.markOf(String(item.id));
  const button = (/** @type {Parameters<typeof icon>[0]} */ name, /** @type {string} */ label, /** @type {() => void} */ on) =>
    el(
      "button",
      {
        type: "button",
        title: label,
        "data-testid": name,
        "aria-label": `${label}: ${item.title}`,
        "aria-pressed": name === "more" ? undefined : String(mark === name),
        on,
      },
      icon(name),
    );
  return el(
    "li",
    { class: "card", "data-testid": "card", "data-item": String(item.id) },
    poster(item),
    explanation && el("p", { class: "reason" }, ...reason(explanation)),
    el(
      "div",
      { class: "actions" },
      ...ACTIONS.map(([type, label]) =>
        button(type, label, () => actions.act(type, item)),
      ),
      button("more", "More like this", () => actions.more(item)),
    ),
    explanation && details(explanation),
  );
}

/**
 * Shows which of a card's buttons is pressed, in every list the item is in.
 * @param {string} id
 * @param {string | undefined} mark
 */
export function showMark(id, mark) {
  for (const element of document.querySelectorAll(`[data-testid="card"][data-item="${CSS.escape(id)}"] [aria-pressed]`)) {
    element.setAttribute("aria-pressed", String(element.getAttribute("data-testid") === mark));
  }
}

/** So many cards are made and laid out at a time: a longer task would keep the page from answering. */
const AT_ONCE = 6;
/** Who fills a list; a newer one takes it over. @type {WeakMap<HTMLElement, object>} */
const turns = new WeakMap();

/**
 * Puts new cards into a list, a few with each frame, in the places of the old ones; keeps the keyboard's place.
 * @param {HTMLElement} list
 * @param {(() => HTMLElement)[]} cards each makes one
 * @returns {Promise<boolean>} whether the list is these cards now; false where a newer list took over
 */
export async function fill(list, cards) {
  const turn = {};
  turns.set(list, turn);
  for (let start = 0; start < cards.length; start += AT_ONCE) {
    if (start > 0) await frame();
    if (turns.get(list) !== turn) return false;
    for (const [place, make] of cards.slice(start, start + AT_ONCE).entries()) {
      put(list, list.children[start + place], make());
    }
  }
  while (list.children.length > cards.length) list.lastElementChild?.remove();
  return true;
}

/**
 * Puts a card where an old one was, or at the end.
 * @param {HTMLElement} list
 * @param {Element | undefined} old
 * @param {HTMLElement} card
 */
function put(list, old, card) {
  const focused = document.activeElement;
  const name = focused instanceof HTMLElement && old?.contains(focused) ? focused.dataset["testid"] : undefined;
  if (old) old.replaceWith(card);
  else list.append(card);
  const heir = name && card.querySelector(`[data-testid="${name}"]`);
  if (heir instanceof HTMLElement) heir.focus({ preventScroll: true });
}
