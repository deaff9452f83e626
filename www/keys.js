// The keyboard's ways: one stop of Tab for each card, arrows among its buttons and on to the next card, / to search.

import { byId } from "./dom.js";

const CONTROLS = "button, summary";

/** @param {HTMLElement} list of cards */
export function arrows(list) {
  list.addEventListener("focusin", ({ target }) => {
    if (!(target instanceof HTMLElement)) return;
    for (const control of controlsOf(target.closest("[data-item]"))) control.tabIndex = control === target ? 0 : -1;
  });
  list.addEventListener("keydown", (event) => {
    const heir = event.target instanceof HTMLElement && !event.ctrlKey && !event.altKey && !event.metaKey ? next(event.key, event.target) : undefined;
    if (!heir) return;
    event.preventDefault();
    heir.focus();
  });
}

/** @param {Element | null | undefined} card @returns {HTMLElement[]} */
const controlsOf = (card) => [...(card?.querySelectorAll(CONTROLS) ?? [])].filter((control) => control instanceof HTMLElement);

/**
 * Where a key leads from a control.
 * @param {string} key
 * @param {HTMLElement} from
 */
function next(key, from) {
  const card = from.closest("[data-item]");
  if (!(card instanceof HTMLElement)) return undefined;
  const controls = controlsOf(card);
  const place = controls.indexOf(from);
  const same = (/** @type {Element | null | undefined} */ other) => controlsOf(other)[place];
  const cards = [...(card.parentElement?.children ?? [])].filter((other) => other instanceof HTMLElement);
  const column = cards.filter(({ offsetLeft }) => offsetLeft === card.offsetLeft);
  switch (key) {
    case "ArrowRight":
      return controls[place + 1] ?? controlsOf(card.nextElementSibling)[0];
    case "ArrowLeft":
      return controls[place - 1] ?? controlsOf(card.previousElementSibling).at(-1);
    case "ArrowDown":
      return same(column[column.indexOf(card) + 1]);
    case "ArrowUp":
      return same(column[column.indexOf(card) - 1]);
    case "Home":
      return same(cards[0]);
    case "End":
      return same(cards.at(-1));
  }
}

/** / leads to the search, from wherever nobody types. */
export function slashSearches() {
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof Element && event.target.closest("input, select, textarea");
    if (event.key !== "/" || event.ctrlKey || event.altKey || event.metaKey || typing || byId("similar").open) return;
    event.preventDefault();
    byId("search").focus();
  });
}
