// What the pages of ways.test.mjs do: each function starts a recommender in its way, and answers with the list and where it was made.

import { workersReady } from "/faults/common.js";

const BASE = new URL(import.meta.url).origin;
const DIST = `${BASE}/dist/`;

/** @typedef {import("../../js/types.js").RecommenderOptions<any>} Options */
/** @typedef {{ ids: string[], mode: string, reason?: string, events: string[] }} Report */

/** Starts, and asks for a list. @param {any} library @param {Partial<Options>} [options] @returns {Promise<Report>} */
export async function list({ createRecommender }, options) {
  const recommender = await createRecommender({ catalog: `${BASE}/golden/catalog.json`, history: { store: "memory" }, ...options });
  /** @type {string[]} */
  const events = [];
  recommender.addEventListener("in-process", (/** @type {CustomEvent} */ { detail }) => events.push(`${detail.queue}: ${detail.reason}`));
  await recommender.record({ item: "1", type: "watch", time: 0 });
  const { items } = await recommender.recommend({ limit: 5, deadline: 60_000 });
  const { mode, reason } = await recommender.stats();
  await recommender.close();
  return { ids: items.map((/** @type {{ id: string }} */ { id }) => id), mode, ...(reason && { reason }), events };
}

/** @type {Record<string, () => Promise<any>>} */
const WAYS = {
  plain: async () => list(await import(`${DIST}index.js`)),
  inline: async () => list(await import(`${DIST}inline.js`)),
  createWorker: async () => list(await import(`${DIST}index.js`), { createWorker: () => new Worker(`${DIST}worker.js`, { type: "module" }) }),
  // What bundlers make of it: a classic script that loads its parts as no module can.
  classic: async () => {
    const url = URL.createObjectURL(new Blob([`importScripts("${DIST}worker.js");`], { type: "text/javascript" }));
    return list(await import(`${DIST}index.js`), { createWorker: () => new Worker(url) });
  },
  // What no classic script could be.
  modular: async () => {
    const url = URL.createObjectURL(new Blob([`await undefined; import("${DIST}worker.js");`], { type: "text/javascript" }));
    return list(await import(`${DIST}index.js`), { createWorker: () => new Worker(url, { type: "module" }) });
  },
  // A worker that can start none, as in some browsers; a module's parts cannot be loaded by it.
  childless: async () => {
    const script = `self.Worker = undefined; import("${DIST}worker.js");`;
    const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    return list(await import(`${DIST}index.js`), { createWorker: () => new Worker(url, { type: "module" }) });
  },
  bytes: async () => list(await import(`${DIST}index.js`), { wasm: await (await fetch(`${DIST}watchnext.wasm`)).arrayBuffer() }),
  response: async () => list(await import(`${DIST}index.js`), { wasm: fetch(`${DIST}watchnext.wasm`) }),
  module: async () => list(await import(`${DIST}index.js`), { wasm: await WebAssembly.compileStreaming(fetch(`${DIST}watchnext.wasm`)) }),
  address: async () => list(await import(`${DIST}index.js`), { wasm: new URL(`${DIST}watchnext.wasm`) }),
  /** Which addresses the page's own function is asked for. */
  fetch: async () => {
    /** @type {string[]} */
    const asked = [];
    const own = (/** @type {any} */ input, /** @type {any} */ init) => {
      asked.push(new URL(input.url ?? input).pathname);
      return fetch(input, { ...init, headers: { authorization: "yes" } });
    };
    return { ...(await list(await import(`${DIST}index.js`), { catalog: `${BASE}/guarded/catalog.json`, fetch: own })), asked };
  },
  // Scorers that never answer, and scorers that die of every message.
  silent: async () => failing(await import(`${DIST}index.js`), "", 50),
  dying: async () => failing(await import(`${DIST}index.js`), "close()", 60_000),
  /** From a dedicated worker of the page's. */
  worker: () => inWorker(new Worker(`${BASE}/page/ways-worker.js`, { type: "module" })),
  sharedWorker: () => {
    const { port } = new SharedWorker(`${BASE}/page/ways-worker.js`, { type: "module" });
    port.start();
    return inWorker(port);
  },
  serviceWorker: async () => {
    const registration = await navigator.serviceWorker.register("/page/ways-worker.js?inline", { type: "module" });
    const worker = registration.active ?? registration.waiting ?? registration.installing;
    const { port1, port2 } = new MessageChannel();
    worker?.postMessage("start", [port2]);
    try {
      return await inWorker(port1);
    } finally {
      await registration.unregister();
    }
  },
};

/** The code of the error where scorers do this when they get a message. @param {any} library @param {string} what @param {number} deadline */
async function failing({ createRecommender }, what, deadline) {
  const sabotage = `addEventListener("message", (event) => { event.stopImmediatePropagation(); ${what} })`;
  const script = `addEventListener("message", ({ data }) => { if (data.scorer) ${sabotage}; }, { once: true }); import("${DIST}worker.js");`;
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const recommender = await createRecommender({ catalog: `${BASE}/golden/catalog.json`, history: { store: "memory" }, createWorker: () => new Worker(url, { type: "module" }) });
  try {
    // Until the workers are, others stand in for them.
    await workersReady(recommender);
    return await recommender.recommend({ deadline });
  } catch (/** @type {any} */ error) {
    return error.code;
  } finally {
    await recommender.close();
  }
}

/** @param {Worker | MessagePort} worker */
function inWorker(worker) {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data));
    if ("onerror" in worker) worker.onerror = (event) => reject(new Error(`the worker failed: ${/** @type {ErrorEvent} */ (event).message}`));
  });
}

/** @param {string} name */
export const go = (name) => /** @type {() => Promise<any>} */ (WAYS[name])();
Object.assign(globalThis, { go });
