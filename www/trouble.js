// Kills, hangs and slows down workers, and shows what becomes of the list meanwhile.

import { byId, el } from "./dom.js";

/** @typedef {import("../js/types.js").Recommender<any>} Recommender */
/** @typedef {import("../js/types.js").Recommendations<any>} List */

const LASTS = 3000;
const PAUSE = 50;
const DEADLINE = 300;
/** What others are compared with has to be complete. */
const AMPLE = 30_000;
const MAX_EVENTS = 12;

/** @type {Record<string, string>} */
const DONE = { kill: "was killed", hang: "hangs", slow: "takes a second for each message" };

/** @param {List} list */
const ids = (list) => list.items.map(({ id }) => id).join();

/**
 * @param {Recommender} recommender
 * @param {() => object} options of the list on the page
 * @param {() => Promise<void>} refresh
 */
export function startTrouble(recommender, options, refresh) {
  const channel = new BroadcastChannel("watchnext demo");
  const buttons = Object.keys(DONE).map((kind) => byId(`trouble-${kind}`));
  const able = (/** @type {boolean} */ may) => buttons.forEach((button) => (button.disabled = !may));
  Object.keys(DONE).forEach((kind) => byId(`trouble-${kind}`).addEventListener("click", () => void make(kind)));
  able(true);
  recommender.addEventListener("worker-restart", ({ detail }) => log(`A worker of ${detail.queue} is replaced: ${detail.cause}`));
  recommender.addEventListener("dead-letter", ({ detail }) => log(`A message to ${detail.queue} is given up (${detail.reason}): ${detail.cause}`));
  recommender.addEventListener("circuit", ({ detail }) => log(`The circuit of ${detail.queue} is ${detail.circuit}`));
  recommender.addEventListener("engine-restart", ({ detail }) => log(`The engine is replaced: ${detail.cause}`));

  /** @param {string} kind */
  async function make(kind) {
    const scorer = byId("trouble-scorer").value;
    const right = new Map([["", ids(await recommender.recommend({ ...options(), deadline: AMPLE }))], [scorer, ids(await without(scorer))]]);
    const count = { complete: 0, partial: 0, wrong: 0 };
    let slowest = 0;
    byId("trouble").dataset.state = "busy";
    able(false);
    channel.postMessage({ scorer, kind });
    const until = performance.now() + LASTS;
    while (performance.now() < until) {
      const began = performance.now();
      const list = await recommender.recommend({ ...options(), deadline: DEADLINE });
      slowest = Math.max(slowest, performance.now() - began);
      count[list.complete ? "complete" : "partial"] += 1;
      if (ids(list) !== right.get(list.missing.join())) count.wrong += 1;
      byId("trouble-outcome").textContent =
        `The worker of ${scorer} ${DONE[kind]}. Lists since then: ${count.complete} complete, ${count.partial} without ${scorer}, ` +
        `which had not answered in ${DEADLINE} ms, ${count.wrong} wrong. The slowest took ${Math.round(slowest)} ms.`;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
    await refresh();
    able(true);
    byId("trouble").dataset.state = "done";
  }

  /** The list as it is when one scorer is missing. @param {string} scorer @returns {Promise<List>} */
  function without(scorer) {
    const { weights, ...rest } = /** @type {{ weights?: object }} */ (options());
    return recommender.recommend({ ...rest, deadline: AMPLE, weights: { ...weights, [scorer]: 0 } });
  }
}

/** @param {string} text */
function log(text) {
  const events = byId("events");
  const time = new Date().toLocaleTimeString();
  events.prepend(el("li", {}, el("span", { class: "number" }, time), el("span", {}, text)));
  while (events.children.length > MAX_EVENTS) events.lastElementChild?.remove();
}
