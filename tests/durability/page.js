// Runs in a page whose browser is killed: says what its history has, then records in bursts, and says of which events that was acknowledged.

import { createRecommender } from "/dist/index.js";

/** Events of a burst, at most. */
const BURST = 40;

/** What is in the database, as it stands there. @returns {Promise<{ item: string, origin: string, sequence: number }[]>} */
function kept() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("watchnext");
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const all = request.result.transaction("batches").objectStore("batches").getAll();
      all.onerror = () => reject(all.error);
      all.onsuccess = () => {
        request.result.close();
        const lines = all.result.map(({ lines }) => new TextDecoder().decode(lines)).join("");
        resolve(lines.split("\n").filter(Boolean).map((line) => JSON.parse(line)));
      };
    };
  });
}

/** @param {string} path @param {unknown} body */
const say = (path, body) => fetch(path, { method: "POST", body: JSON.stringify(body) });

async function run() {
  const recommender = await createRecommender({ catalog: [{ id: 1, title: "Heat" }], workers: false });
  /** @type {string[]} */
  const trouble = [];
  recommender.addEventListener("history-error", ({ detail }) => trouble.push(`${detail.code} ${detail.message}`));
  const { history } = await recommender.stats();
  const events = (await kept()).map(({ item, origin, sequence }) => [Number(item), `${origin} ${sequence}`]);
  /** Where to begin, and the seed; nothing where it has only to be looked at. */
  const { first, seed } = await (await say("/history", { known: history.events, events, trouble })).json();
  if (first === undefined) return;
  let state = seed;
  const below = (/** @type {number} */ most) => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32) * most;
  for (let number = first; ;) {
    const size = 1 + Math.floor(below(BURST));
    const burst = Array.from({ length: size }, async () => {
      const item = number++;
      const { durable } = await recommender.record({ item, type: "watch" });
      if (durable) await say("/acknowledged", item);
    });
    if (below(2) < 1) await Promise.all(burst);
    else await new Promise((resolve) => setTimeout(resolve, below(20)));
  }
}

run().catch((error) => say("/failed", String(error?.stack ?? error)));
