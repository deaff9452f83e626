// Posters set in type, and the cards around them: why an item is here, and what the viewer can say of it.

import { bar, el, icon } from "./dom.js";
import { genresOf } from "./items.js";

/** @typedef {import("./items.js").Item} Item */
/** @typedef {import("./history.js").Mark} Mark */
/** The reason is there where the library gives one. @typedef {import("../js/types.js").Explanation & { reason?: { text?: string } }} Explanation */
/** @typedef {{ act: (type: Mark, item: Item) => void, more: (item: Item) => void, marksOf: (id: string) => ReadonlySet<string> }} Actions */

/**
 * What a viewer can do, in the order of the buttons: event type, label, what the history says, what is said when it is taken back.
 * @type {[Mark, string, string, string][]}
 */
export const ACTIONS = [
  ["watch", "Watched", "Watched", "No longer watched:"],
  ["like", "Like", "Liked", "No longer liked:"],
  ["dislike", "Dislike", "Disliked", "No longer disliked:"],
  ["skip", "Not now", "Passed over", "No longer passed over:"],
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
  const genres = genresOf(item);
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

/** What each card's "Why this?" has to say, once somebody asks. @type {WeakMap<Element, Explanation>} */
const explanations = new WeakMap();

/**
 * Each scorer's part and what caused it, made when somebody asks.
 * @param {Item} item
 */
function details(item) {
  const element = el("details", { class: "why" }, el("summary", { "aria-label": `Why this? ${item.title}` }, "Why this?"));
  element.addEventListener("toggle", () => showWhy(element));
  return element;
}

/** @param {HTMLDetailsElement} element */
function showWhy(element) {
  const explanation = explanations.get(element);
  while (element.children.length > 1) element.lastElementChild?.remove();
  if (element.open && explanation) element.append(...why(explanation));
}

/** @param {Explanation} explanation */
function why({ parts, items, genres }) {
  const whole = Object.values(parts).reduce((sum, part) => sum + Math.abs(part), 0) || 1;
  const percent = (/** @type {number} */ part) => {
    const share = (part / whole) * 100;
    return part !== 0 && Math.abs(share) < 1 ? "under 1 %" : `${Math.round(share)} %`.replace("-", "−");
  };
  const rows = Object.entries(parts).map(([name, part]) =>
    el("div", {}, el("dt", {}, name), el("dd", {}, bar(part / whole), el("span", { class: "number" }, percent(part)))),
  );
  const causes = [...items.map(({ title, part }) => ({ name: title, part })), ...genres.map(({ genre, part }) => ({ name: genre, part }))];
  const list = causes.map(({ name, part }) => `${name} (${percent(part)})`).join(", ");
  return [el("dl", { class: "parts" }, ...rows), el("p", {}, list === "" ? "Nothing that you marked is behind it." : `Of that from ${list}.`)];
}

/**
 * A card of an item. Of its buttons one can be reached with Tab, the others with the arrow keys (keys.js).
 * @param {Item} item
 * @param {Actions} actions
 * @param {Explanation} [explanation]
 * @returns {HTMLElement}
 */
export function card(item, actions, explanation) {
  const marks = actions.marksOf(String(item.id));
  const button = (/** @type {Parameters<typeof icon>[0]} */ name, /** @type {string} */ label, /** @type {() => void} */ on) =>
    el(
      "button",
      {
        type: "button",
        title: label,
        "data-testid": name,
        "aria-label": `${label}: ${item.title}`,
        "aria-pressed": name === "more" ? undefined : String(marks.has(name)),
        on,
      },
      icon(name),
    );
  const element = el(
    "li",
    { class: "card", "data-testid": "card", "data-item": String(item.id) },
    poster(item),
    explanation && el("p", { class: "reason", dir: "auto" }),
    el(
      "div",
      { class: "actions", role: "toolbar", "aria-label": item.title },
      ...ACTIONS.map(([type, label]) => button(type, label, () => actions.act(type, item))),
      button("more", "More like this", () => actions.more(item)),
    ),
    explanation && details(item),
  );
  for (const [place, control] of element.querySelectorAll("button, summary").entries()) control.tabIndex = place === 0 ? 0 : -1;
  if (explanation) explain(element, explanation);
  return element;
}

/**
 * Says why a card is in the list now: the library's reason in words, and no other.
 * @param {HTMLElement} card
 * @param {Explanation} explanation
 */
export function explain(card, explanation) {
  const [reason, details] = [card.querySelector(".reason"), card.querySelector("details")];
  if (!(reason instanceof HTMLElement) || !details) return;
  const text = explanation.reason?.text;
  reason.textContent = typeof text === "string" ? text : "";
  reason.hidden = reason.textContent === "";
  explanations.set(details, explanation);
  showWhy(details);
}

/**
 * Shows which buttons of an item's cards are pressed, in every list the item is in.
 * @param {string} id
 * @param {ReadonlySet<string>} marks
 */
export function showMarks(id, marks) {
  for (const element of document.querySelectorAll(`[data-testid="card"][data-item="${CSS.escape(id)}"] [aria-pressed]`)) {
    element.setAttribute("aria-pressed", String(marks.has(element.getAttribute("data-testid") ?? "")));
  }
}
