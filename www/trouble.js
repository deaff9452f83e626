// Kills, hangs and slows down workers, and shows what becomes of the list meanwhile.

import { byId, el } from "./dom.js";
import { areStarting } from "./panels.js";
import { inWords } from "./status.js";

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

/** Who the trouble is made for. @type {Recommender | undefined} */
let recommender;

/**
 * Tells of what happens to a recommender's workers, and makes trouble for them from now on.
 * @param {Recommender} next
 */
export function troubleFor(next) {
  recommender = next;
  able(true);
  next.addEventListener("worker-restart", ({ detail }) => log(`A worker of ${detail.queue} is replaced: ${detail.cause}`));
  next.addEventListener("dead-letter", ({ detail }) => log(`A message to ${detail.queue} is given up (${detail.reason}): ${detail.cause}`));
  next.addEventListener("circuit", ({ detail }) => log(`The circuit of ${detail.queue} is ${detail.circuit}`));
  next.addEventListener("engine-restart", ({ detail }) => log(`The engine is replaced: ${detail.cause}`));
}

/** @param {boolean} may */
function able(may) {
  for (const kind of Object.keys(DONE)) byId(`trouble-${kind}`).disabled = !may;
}

/**
 * Wires the buttons.
 * @param {() => object} options of the list on the page
 * @param {() => Promise<void>} refresh
 */
export function startTrouble(options, refresh) {
  const channel = new BroadcastChannel("watchnext demo");
  for (const kind of Object.keys(DONE)) {
    byId(`trouble-${kind}`).addEventListener("click", (/** @type {Event} */ { currentTarget }) => {
      if (recommender) void make(kind, recommender, /** @type {HTMLElement} */ (currentTarget));
    });
  }

  /**
   * @param {string} kind
   * @param {Recommender} recommender
   * @param {HTMLElement} button
   */
  async function make(kind, recommender, button) {
    const scorer = byId("trouble-scorer").value;
    byId("trouble").dataset.state = "busy";
    able(false);
    try {
      // What has not started hears nothing.
      for (const until = performance.now() + AMPLE; performance.now() < until && areStarting(await recommender.stats(), scorer); ) await new Promise((resolve) => setTimeout(resolve, PAUSE));
      const [all, rest] = [await recommender.recommend({ ...options(), deadline: AMPLE }), await without(recommender, scorer)];
      const right = new Map([["", ids(all)], [scorer, ids(rest)]]);
      channel.postMessage({ scorer, kind });
      // What is read out: how it begins, and how it has ended. The figures between are for the eye.
      byId("trouble-outcome").textContent = `The worker of ${scorer} ${DONE[kind]}. The lists of the next ${LASTS / 1000} seconds are counted.`;
      const count = { complete: 0, partial: 0, wrong: 0, slowest: 0 };
      const until = performance.now() + LASTS;
      while (performance.now() < until) {
        const began = performance.now();
        const list = await recommender.recommend({ ...options(), deadline: DEADLINE });
        count.slowest = Math.max(count.slowest, performance.now() - began);
        count[list.complete ? "complete" : "partial"] += 1;
        if (ids(list) !== right.get(list.missing.join())) count.wrong += 1;
        byId("trouble-counts").textContent = `${count.complete} complete, ${count.partial} without ${scorer}, ${count.wrong} wrong`;
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
      }
      byId("trouble-counts").textContent = "";
      byId("trouble-outcome").textContent =
        `The worker of ${scorer} ${DONE[kind]}. Lists since then: ${count.complete} complete, ${count.partial} without ${scorer}, ` +
        `which had not answered in ${DEADLINE} ms, ${count.wrong} wrong. The slowest took ${Math.round(count.slowest)} ms.`;
      await refresh();
    } catch (error) {
      byId("trouble-counts").textContent = "";
      byId("trouble-outcome").textContent = inWords(error);
    } finally {
      able(true);
      // A button that cannot be pressed loses the focus.
      if (document.activeElement === document.body) button.focus({ preventScroll: true });
      byId("trouble").dataset.state = "done";
    }
  }

  /**
   * The list as it is when one scorer is missing.
   * @param {Recommender} recommender
   * @param {string} scorer
   * @returns {Promise<List>}
   */
  function without(recommender, scorer) {
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
