// What a mark has changed, in a line at the window's lower edge that is also read out, and the way back.

import { byId } from "./dom.js";

/** How long a line stays, in milliseconds, unless somebody is about to use it. */
const STAYS = 12_000;

/** Takes the last mark back. @type {(() => void) | undefined} */
let undo;
/** What had the focus before. @type {HTMLElement | undefined} */
let origin;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let leaving;

/** Where it is seen and can be used: nothing but a dialog can, while one is open. */
const outlet = () => byId(byId("similar").open ? "similar-news" : "news");

/**
 * @param {string} text
 * @param {() => void} [back] what Undo does, if there is something to take back
 */
export function tell(text, back) {
  undo = back;
  const focused = document.activeElement;
  if (focused instanceof HTMLElement && focused !== document.body && !focused.closest(".news")) origin = focused;
  const now = outlet();
  for (const element of [byId("news"), byId("similar-news")]) {
    const button = element.querySelector("button");
    if (element !== now || !back) letGo(button);
    button.hidden = !back;
    element.dataset.shown = String(element === now && text !== "");
    const line = element.querySelector("[role=status]");
    const says = element === now ? text : "";
    if (line.textContent !== says) line.textContent = says;
  }
  clearTimeout(leaving);
  leaving = setTimeout(leave, STAYS);
}

export function startNews() {
  for (const id of ["news", "similar-news"]) byId(id).querySelector("button").addEventListener("click", takeBack);
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof Element && event.target.closest("input, select, textarea");
    if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || typing || !undo) return;
    event.preventDefault();
    takeBack();
  });
}

function takeBack() {
  const back = undo;
  tell("");
  back?.();
}

function leave() {
  if (outlet().matches(":hover, :focus-within")) leaving = setTimeout(leave, STAYS);
  else tell("", undefined);
}

/** Focus is not lost with a button that goes. @param {HTMLElement} button */
function letGo(button) {
  if (button !== document.activeElement) return;
  const heading = byId(byId("similar").open ? "similar-heading" : "for-you-heading");
  (origin?.isConnected && origin.checkVisibility?.() !== false ? origin : heading).focus({ preventScroll: true });
}
