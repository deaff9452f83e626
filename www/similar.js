// The dialog "More like this".

import { deadline } from "./address.js";
import { card } from "./cards.js";
import { byId } from "./dom.js";
import { fill, headingOf } from "./fill.js";
import { inWords } from "./status.js";
import { tell } from "./news.js";

/** @typedef {import("./cards.js").Item} Item */

const LIMIT = 12;
/** Before an incomplete list is asked for again, in milliseconds. */
const PAUSE = 500;

/** Where it was opened from: a card, which may have gone since. @type {{ list: HTMLElement, place: number, id: string } | undefined} */
let opened;
/** The question that is open; a newer one takes its place. @type {AbortController | undefined} */
let asking;

/**
 * @param {import("../js/types.js").User<Item>} recommender
 * @param {Item} item
 * @param {import("./cards.js").Actions} actions
 */
export async function showSimilar(recommender, item, actions) {
  asking?.abort();
  const { signal } = (asking = new AbortController());
  const dialog = byId("similar");
  byId("similar-heading").textContent = `More like ${item.title}`;
  byId("similar-summary").textContent = "";
  byId("similar-list").replaceChildren();
  if (dialog.open) byId("similar-heading").focus();
  else {
    remember(document.activeElement);
    tell("");
    dialog.showModal();
  }
  dialog.scrollTop = 0;
  for (;;) {
    try {
      const { items, complete, missing } = await recommender.similar(item.id, { limit: LIMIT, ...(deadline !== undefined && { deadline }), signal });
      const entries = items.map(({ id, item }) => ({ id, make: () => card(item, actions) }));
      if (!(await fill(byId("similar-list"), entries)) || signal.aborted) return;
      byId("similar-summary").textContent = complete ? "" : `Without ${missing.join(" and ")} so far.`;
      if (complete) return;
    } catch (error) {
      if (signal.aborted) return;
      byId("similar-summary").textContent = inWords(error);
      if (!(error instanceof Error && "code" in error && error.code === "DEADLINE")) return;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    if (signal.aborted) return;
  }
}

export function startSimilar() {
  const dialog = byId("similar");
  byId("similar-close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    asking?.abort();
    tell("");
    // Where there is nothing to give the focus back to, it stays in the dialog until that is no longer drawn.
    const focused = document.activeElement;
    if (focused === null || focused === document.body || dialog.contains(focused)) comeBack();
  });
}

/** @param {Element | null} opener */
function remember(opener) {
  const card = opener?.closest("[data-item]");
  const list = card?.parentElement;
  opened = card && list ? { list, place: [...list.children].indexOf(card), id: card.getAttribute("data-item") ?? "" } : undefined;
}

/** The browser gives the focus back to what opened the dialog; where that has gone meanwhile, what is in its place gets it. */
function comeBack() {
  if (!opened) return byId("for-you-heading").focus();
  const { list, place, id } = opened;
  const card = list.querySelector(`[data-item="${CSS.escape(id)}"]`) ?? list.children[Math.min(place, list.children.length - 1)];
  const heir = card?.querySelector('[data-testid="more"]') ?? headingOf(list);
  if (heir instanceof HTMLElement) heir.focus({ preventScroll: true });
}
