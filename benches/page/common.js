// What every row of the bench needs in the page: the package, made-up histories, and time taken in turn.

export const urlOf = (/** @type {number} */ items, /** @type {string} */ file) => new URL(`/data/${items}/${file}`, location.href).href;

/** The built package. @returns {Promise<typeof import("/dist/index.js")>} */
export const importPackage = () => import("/dist/index.js");

/** The watches of a viewer, within half of the catalog, so that there is always something left to recommend. @param {number} items @param {number} events */
export function history(items, events) {
  const half = Math.floor(items / 2);
  return Array.from({ length: events }, (_, place) => ({ item: (place * 7919) % half, type: /** @type {const} */ ("watch"), time: 1.6e12 + place * 3.6e6 }));
}

/**
 * A recommender over made-up data, with a model, that has answered once.
 * @param {number} items
 * @param {Partial<import("../../js/types.js").RecommenderOptions>} [options]
 */
export async function recommenderOf(items, options = {}) {
  const { createRecommender } = await importPackage();
  const recommender = await createRecommender({ catalog: urlOf(items, "catalog.json"), model: urlOf(items, "model.wnm"), onModelError: "fail", ...options });
  await ask(recommender);
  await workersReady(recommender);
  return recommender;
}

/** When no worker starts any more. @param {import("../../js/types.js").Recommender} recommender */
export async function workersReady(recommender) {
  while ((await recommender.stats()).queues.some(({ workers }) => workers.some(({ state }) => state === "starting"))) await pause(20);
}

/** @param {import("../../js/types.js").Recommender} recommender @param {import("../../js/types.js").RecommendOptions} [options] */
export async function ask(recommender, options) {
  const list = await recommender.recommend({ deadline: 60_000, wait: "all", ...options });
  if (!list.complete || list.items.length !== 20) throw new Error("not the list that was asked for");
  return list;
}

export const pause = (/** @type {number} */ milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Milliseconds of each of these, all in turn, so that whatever else the machine does meets all alike.
 * @template {string} Name
 * @param {number} repeats
 * @param {Record<Name, () => unknown>} works
 * @param {number} [warmUp] so many rounds do not count at least, and those of the first second, in which browsers still compile
 */
export async function inTurn(repeats, works, warmUp = 3) {
  const names = /** @type {Name[]} */ (Object.keys(works));
  const times = /** @type {Record<Name, number[]>} */ (Object.fromEntries(names.map((name) => [name, /** @type {number[]} */ ([])])));
  const warm = performance.now() + 1000;
  for (let round = -warmUp; round < repeats; round += 1) {
    if (round === 0 && performance.now() < warm) round = -1;
    for (const name of names) {
      const start = performance.now();
      await works[name]();
      if (round >= 0) times[name].push(performance.now() - start);
    }
  }
  return times;
}
