// The demo's worker: the package's own, with a listener before it that makes trouble when the page asks for it (trouble.js).

const SCORERS = ["history", "genre", "popularity"];
const SLOW = 1000;

let scorer = "";
let slow = false;

/** @type {Record<string, () => void>} */
const TROUBLE = {
  kill: () => close(),
  hang: () => { for (;;); },
  slow: () => void (slow = true),
};

new BroadcastChannel("watchnext demo").onmessage = ({ data }) => void (data.scorer === scorer && TROUBLE[data.kind]?.());
addEventListener("message", ({ data }) => {
  if (!data.role.scorer) return;
  scorer = SCORERS[data.role.scorer.scorer] ?? "";
  addEventListener("message", delay);
}, { once: true });
// Only now, so that our listeners hear every message before the package's.
import(/** @type {string} */ ("/dist/worker.js")).catch((error) => {
  // Nobody outside hears of a rejection; an error that nobody catches is told to the page at once.
  setTimeout(() => {
    throw error;
  });
});

/** @param {MessageEvent & { late?: boolean }} event */
function delay(event) {
  if (!slow || event.late) return;
  event.stopImmediatePropagation();
  const { data } = event;
  setTimeout(() => dispatchEvent(Object.assign(new MessageEvent("message", { data }), { late: true })), SLOW);
}
