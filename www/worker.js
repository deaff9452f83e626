// The demo's worker: the package's own, with a listener before it that makes trouble when the page asks for it (trouble.js).

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
addEventListener("message", function begin({ data }) {
  if (data.module) removeEventListener("message", begin);
  if (!data.scorer) return;
  ({ scorer } = JSON.parse(data.scorer[0]));
  addEventListener("message", delay);
});
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
