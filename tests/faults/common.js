// What both pages of the fault runs need.

/** @type {import("../../js/types.js").WatchEvent[]} */
export const HISTORY = [{ item: "1", type: "watch" }, { item: "318", type: "like" }, { item: "296", type: "watch" }];

/**
 * Until they are, others stand in for them, which no fault reaches. @param {import("../../js/types.js").Recommender} recommender
 */
export async function workersReady(recommender) {
  while ((await recommender.stats()).queues.some(({ workers }) => workers.some(({ state }) => state === "starting")));
}

/** @param {number[]} values @param {number} part from 0 to 1 */
export const percentile = (values, part) => [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * part)] ?? 0;

/** How many of the library's workers live, when as many do as expected, or after a time that a busy machine does not need. @param {number} expected */
export async function living(expected) {
  const until = performance.now() + 20_000;
  for (;;) {
    const { held = [] } = await navigator.locks.query();
    const count = held.filter(({ name }) => name?.startsWith("watchnext")).length;
    if (count === expected || performance.now() > until) return count;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
