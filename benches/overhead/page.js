// Runs in a page: warm requests to the library as it is, and to the same scorers without anything that watches over them, in turn.

import { createRecommender } from "/dist/index.js";

const CATALOG = new URL("/data/catalog.json", location.href).href;
const MODEL = new URL("/data/model.wnm", location.href).href;
const HISTORY = ["541", "2571", "1214", "5618", "924", "7361"].map((item, time) => ({ item, type: "watch", time }));

/** The least that can talk to an engine: no deadline, no lock that is waited for, no second attempt. */
async function bare() {
  const worker = new Worker("/bare/worker.js", { type: "module" });
  const said = () => new Promise((resolve) => (worker.onmessage = ({ data }) => resolve(data)));
  const loaded = said();
  const module = await WebAssembly.compileStreaming(fetch("/bare/watchnext.wasm"));
  await loaded;
  const alive = said();
  worker.postMessage({ module, engine: "bare" });
  await alive;
  /** @type {Map<number, (value: any) => void>} */
  const calls = new Map();
  let next = 1;
  const ready = new Promise((resolve) => {
    worker.onmessage = ({ data }) => {
      const { loaded, answer } = JSON.parse(data);
      if (loaded) resolve(undefined);
      if (!answer) return;
      calls.get(answer.call)?.(answer.value);
      calls.delete(answer.call);
    };
  });
  worker.postMessage(['{"configure":{}}']);
  worker.postMessage([JSON.stringify({ load: { catalog: { url: CATALOG }, model: { url: MODEL } } })]);
  await ready;
  const call = (/** @type {object} */ command) =>
    new Promise((resolve) => {
      calls.set(next, resolve);
      worker.postMessage([JSON.stringify({ call: [next++, command] })]);
    });
  await call({ record: HISTORY });
  return () => call({ recommend: {} });
}

/** @param {{ rounds: number, requests: number }} options */
async function overhead({ rounds, requests }) {
  const recommender = await createRecommender({ catalog: CATALOG, model: MODEL, history: { store: "memory" } });
  await recommender.record(/** @type {any} */ (HISTORY));
  const ask = { supervised: () => recommender.recommend(), bare: await bare() };
  const names = /** @type {(keyof typeof ask)[]} */ (Object.keys(ask));
  const [first, second] = await Promise.all(names.map((name) => ask[name]()));
  if (JSON.stringify(first) !== JSON.stringify(second)) throw new Error("the two do not answer the same");
  /** @type {Record<string, number[]>} */
  const means = { supervised: [], bare: [] };
  for (let round = -3; round < rounds; round += 1) {
    for (const name of round % 2 ? names : [...names].reverse()) {
      const began = performance.now();
      for (let turn = 0; turn < requests; turn += 1) await ask[name]();
      if (round >= 0) means[name]?.push((performance.now() - began) / requests);
    }
  }
  const { catalog } = await recommender.stats();
  return { items: catalog.items, means };
}

Object.assign(globalThis, { overhead });
