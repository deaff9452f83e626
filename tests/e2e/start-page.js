// What the page of starts.test.mjs does: each function answers with what became of it.

import { workersReady } from "/faults/common.js";
import { createRecommender } from "/dist/index.js";

/** @typedef {import("../../js/types.js").RecommenderOptions} Options */
/** How a source is given that is not given as an address. @typedef {Partial<Record<"catalog" | "model", "request" | "response">>} As */

/** A start may take ten minutes: what a test waits for comes of what happened, and not of the time. */
const options = { catalog: "/catalog.json", broker: { startTimeout: 600_000 } };

/** @param {Partial<Options>} given @param {As} [as] @returns {Promise<Options>} */
async function complete(given, as = {}) {
  /** @type {Options} */
  const all = { ...options, ...given };
  for (const [name, how] of Object.entries(as)) {
    const request = new Request(String(all[/** @type {"catalog"} */ (name)]));
    Object.assign(all, { [name]: how === "request" ? request : await fetch(request) });
  }
  return all;
}

/** @param {unknown} error */
const told = (error) => {
  const { code, message } = /** @type {import("/dist/index.js").WatchnextError} */ (error);
  return { code, message };
};

/** Starts, and asks for a list. @param {Partial<Options>} given @param {As} [as] */
async function start(given, as) {
  try {
    const recommender = await createRecommender(await complete(given, as));
    await recommender.record({ item: 1, type: "watch" });
    const { complete: whole } = await recommender.recommend();
    await workersReady(recommender);
    const { mode, queues } = await recommender.stats();
    await recommender.close();
    return { code: "started", whole, mode, restarts: queues.map(({ restarts }) => restarts) };
  } catch (error) {
    return told(error);
  }
}

/** Starts where there is no memory to compile the core. @param {Partial<Options>} given */
async function startStarved(given) {
  WebAssembly.compileStreaming = () => Promise.reject(new RangeError("WebAssembly.compileStreaming(): Out of memory"));
  return start(given);
}

/** Three recommenders, one after the other. */
async function thrice() {
  return [await start({}), await start({}), await start({})].map(({ code }) => code);
}

/** Starts, and changes its mind when the server says so. @param {Partial<Options>} given @param {As} [as] */
async function startAndAbort(given, as) {
  const abort = new AbortController();
  const outcome = createRecommender({ ...(await complete(given, as)), signal: abort.signal }).then(() => ({ code: "started" }), told);
  await fetch("/until-it-hangs");
  abort.abort();
  return outcome;
}

/** Starts without its model, then loses its engine. @param {Partial<Options>} given @param {As} [as] */
async function startWithoutModel(given, as) {
  const RealWorker = globalThis.Worker;
  /** @type {Worker[]} */
  const engines = [];
  globalThis.Worker = class extends RealWorker {
    /** @param {string | URL} url @param {WorkerOptions} [options] */
    constructor(url, options) {
      super(url, options);
      engines.push(this);
    }
  };
  const recommender = await createRecommender(await complete(given, as));
  /** @type {string[]} */
  const events = [];
  const heard = (/** @type {string} */ type) => new Promise((resolve) => recommender.addEventListener(type, resolve, { once: true }));
  for (const type of ["model-error", "engine-restart"]) {
    recommender.addEventListener(type, (event) => events.push([type, /** @type {CustomEvent} */ (event).detail.code].join(" ").trim()));
  }
  const look = async () => {
    await new Promise((resolve) => setTimeout(resolve));
    return (await recommender.stats()).model?.error?.code ?? "none";
  };
  const before = await look();
  const restart = heard("engine-restart");
  engines.at(-1)?.terminate();
  await restart;
  const after = await look();
  await look();
  await recommender.close();
  return { events, before, after };
}

Object.assign(globalThis, { start, startStarved, thrice, startAndAbort, startWithoutModel });
