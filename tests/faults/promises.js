// Runs in a page: what docs/reliability.md promises, one by one, with figures.

import { createRecommender } from "/dist/index.js";
import { HISTORY, living, percentile, workersReady } from "./common.js";

/** @typedef {import("../../js/types.js").Recommender} Recommender */
/** @typedef {import("../../js/types.js").RecommenderOptions} Options */

const CATALOG = "/data/catalog.json";

const channel = new BroadcastChannel("faults");
/** @type {Record<string, object>} */
let orders = {};
/** The messages that reached a scorer. @type {{ request: number, worker: string, at: number }[]} */
let ran = [];
/** A worker has its orders. @type {(who: { scorer: string, orders: object }) => void} */
let obeys = () => undefined;
channel.onmessage = ({ data }) => {
  if (data.hello) channel.postMessage({ orders });
  if (data.ran) ran.push(data.ran);
  if (data.obeys) obeys(data.obeys);
};

/** From now on this happens to each message of these scorers. @param {Record<string, object>} what */
function order(what) {
  orders = what;
  channel.postMessage({ orders });
}

/** The same, when the history scorer's worker knows: orders and requests go different ways. @param {{ history: object }} what */
async function orderHistory(what) {
  const known = new Promise((resolve) => {
    obeys = ({ scorer, orders }) => void (scorer === "history" && JSON.stringify(orders) === JSON.stringify(what) && resolve(undefined));
  });
  order(what);
  await known;
}

/** This happens to the workers of a scorer at once. @param {string} scorer @param {string} kind */
const strike = (scorer, kind) => channel.postMessage({ now: { scorer, kind } });

/** @param {Partial<Options>} [options] */
async function commanded(options = {}) {
  order({});
  const recommender = await createRecommender({ catalog: CATALOG, workerUrl: "/faults/commanded.js", history: { store: "memory" }, ...options });
  await recommender.record(HISTORY);
  await workersReady(recommender);
  ran = [];
  return recommender;
}

/** The deadline of what is not about deadlines, in milliseconds: a busy machine is to have time for a complete list. */
const AMPLE = 60_000;
/** How far the clocks of a page and its workers may be apart, in milliseconds. */
const SKEW = 5;

const wait = (/** @type {number} */ milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const now = () => performance.now();
/** To a tenth of a millisecond. @param {number[]} values @param {number} part */
const tenths = (values, part) => Number(percentile(values, part).toFixed(1));
const codeOf = (/** @type {any} */ error) => String(error.code ?? error);
/** @param {Recommender} recommender @param {import("../../js/types.js").RecommendOptions} [options] */
const codeFor = (recommender, options) => recommender.recommend({ deadline: AMPLE, ...options }).then((list) => (list.complete ? "ok" : `without ${list.missing}`), codeOf);

/** How long each of so many requests takes, one after the other. @param {() => Promise<unknown>} ask @param {number} count */
async function times(ask, count) {
  const took = [];
  for (let turn = 0; turn < count; turn += 1) {
    const began = now();
    await ask();
    took.push(now() - began);
  }
  return took;
}

/** @param {string[]} words */
const tally = (words) => Object.fromEntries([...new Set(words)].map((word) => [word, words.filter((other) => other === word).length]));
/** A catalog of so many items, as JSON. @param {number} size */
function catalogOf(size) {
  const item = (/** @type {number} */ id) => `{"id":${id},"title":"Number ${id}","genres":["Drama","Genre ${id % 40}"],"year":${1950 + (id % 75)}}`;
  /** @type {string[]} */
  const parts = [];
  for (let start = 0; start < size; start += 10_000) {
    const slice = Array.from({ length: Math.min(10_000, size - start) }, (_, place) => item(start + place)).join();
    parts.push(start === 0 ? "[" : ",", slice);
  }
  return new Blob([...parts, "]"]);
}

/** The next event of a kind. @param {Recommender} recommender @param {"worker-restart" | "engine-restart"} type */
const next = (recommender, type) => new Promise((resolve) => recommender.addEventListener(type, resolve, { once: true }));

/** 3: silent death is noticed. */
async function detection({ deaths = 100 }) {
  const recommender = await commanded();
  const scorers = [];
  const answers = [];
  for (let death = 0; death < deaths; death += 1) {
    const open = codeFor(recommender);
    const told = next(recommender, "worker-restart");
    const began = now();
    strike("history", "close");
    await told;
    scorers.push(now() - began);
    answers.push(await open, await codeFor(recommender));
  }
  await recommender.close();

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
  const supervised = await createRecommender({ catalog: CATALOG });
  const engine = [];
  for (let death = 0; death < deaths / 5; death += 1) {
    const told = next(supervised, "engine-restart");
    const began = now();
    engines.at(-1)?.terminate();
    await told;
    engine.push(now() - began);
    answers.push(await codeFor(supervised));
  }
  globalThis.Worker = RealWorker;
  await supervised.close();
  return { scorer_p50: tenths(scorers, 0.5), scorer_p95: tenths(scorers, 0.95), engine_p50: tenths(engine, 0.5), engine_p95: tenths(engine, 0.95), answers: tally(answers) };
}

/** 4: a hang costs one deadline. Who started this page measures what the machine does after it. */
async function hang({ deadline = 300, kind = "loop" }) {
  const recommender = await commanded();
  order({ history: { kind } });
  let answer = "ok";
  /** @type {number | undefined} */
  let settled;
  // The order and the request go different ways: one or two may come before it.
  while (answer === "ok") [settled] = await times(async () => (answer = await codeFor(recommender, { deadline })), 1);
  order({});
  const stopped = next(recommender, "worker-restart");
  // The spare takes over at once; the worker that hangs is stopped after two seconds.
  const after = await codeFor(recommender);
  await stopped;
  return { deadline, kind, settled: Math.round(settled ?? NaN), after };
}

/** 4, as a page asks that says nothing of deadlines and does not try again. */
async function unhelped({ kind = "loop" }) {
  const recommender = await commanded();
  const ask = () => recommender.recommend().then(({ missing }) => (missing.length > 0 ? `without ${missing}` : "ok"), codeOf);
  // Until there was a list, it would be given more time.
  let answer = await codeFor(recommender, { deadline: 60_000 });
  order({ history: { kind } });
  /** @type {number | undefined} */
  let settled;
  // The order and the request go different ways: one or two may come before it.
  while (answer === "ok") [settled] = await times(async () => (answer = await ask()), 1);
  order({});
  const [took] = await times(async () => (answer = await codeFor(recommender, { deadline: 60_000 })), 1);
  await recommender.close();
  return { settled: Math.round(settled ?? NaN), next: answer, next_settled: Math.round(took ?? NaN) };
}

/** 4, with the loops of our own: closed in the middle of scoring a large catalog. */
async function busy({ size = 500_000 }) {
  const recommender = await createRecommender({ catalog: new Response(catalogOf(size)) });
  const open = Array.from({ length: 3 }, () => codeFor(recommender));
  // The next one is with the scorers when the first one has been answered.
  await open[0];
  await recommender.close();
  return { size, answer: await open[2] };
}

/** 6: scorers are bulkheads. */
async function bulkheads({ seconds = 5 }) {
  const recommender = await commanded();
  const others = () => codeFor(recommender, { weights: { history: 0 } });
  const during = async (/** @type {number} */ until, enough = () => true) => {
    const took = [];
    while (now() < until || !enough()) took.push(...(await times(others, 10)));
    return tenths(took, 0.95);
  };
  await times(others, 50);
  const before = await during(now() + seconds * 1000);
  let opened = 0;
  recommender.addEventListener("circuit", ({ detail }) => (opened += detail.circuit === "open" ? 1 : 0));
  order({ history: { kind: "close" } });
  /** @type {string[]} */
  const answers = [];
  const full = (async () => {
    const until = now() + seconds * 1000;
    while (now() < until || opened === 0) {
      answers.push(await codeFor(recommender));
      await wait(100);
    }
  })();
  const p95 = await during(now() + seconds * 1000, () => opened > 0);
  await full;
  order({});
  const recovered = now();
  while ((await codeFor(recommender)) !== "ok") await wait(50);
  const recovery = Math.round(now() - recovered);
  await recommender.close();
  return { p95_before: before, p95, opened, answers: tally(answers), recovery_ms: recovery };
}

/** 7: the turtle holds nobody up. */
async function turtle({ count = 300 }) {
  const recommender = await commanded();
  const others = () => codeFor(recommender, { weights: { genre: 0 } });
  await times(others, 50);
  const before = tenths(await times(others, count), 0.95);
  const fast = tenths(await times(() => codeFor(recommender), count), 0.5);
  order({ genre: { kind: "slow", milliseconds: Math.max(1000, 100 * fast) } });
  // The order and the request go different ways: one or two may come before it.
  while ((await codeFor(recommender, { deadline: 50 })) === "ok");
  /** @type {string[]} */
  const answers = [];
  const took = await times(async () => void answers.push(await codeFor(recommender, { deadline: 50 })), count);
  const p95 = tenths(await times(others, count), 0.95);
  await recommender.close();
  return { deadline: 50, p50: tenths(took, 0.5), p99: tenths(took, 0.99), others_p95_before: before, others_p95: p95, answers: tally(answers) };
}

/** 8: memory is bounded under overload. */
async function overload({ count = 100_000 }) {
  const recommender = await commanded();
  await times(() => recommender.recommend(), 20);
  let refusedHere = 0;
  const refused = (/** @type {any} */ error) => {
    // By the page, before it was put to the engine.
    if (/are open/.test(error.message)) refusedHere += 1;
    return codeOf(error);
  };
  const ask = () => recommender.recommend({ limit: 1, deadline: 60_000 }).then(({ complete }) => (complete ? "ok" : "partial"), refused);
  const answers = await Promise.all(Array.from({ length: count }, ask));
  const { requests } = await recommender.stats();
  await recommender.close();
  return { count, answers: tally(answers), refused_by_the_page: refusedHere, open: requests.open };
}

/** 9: abort is clean. */
async function aborted({ count = 400, seed = 1 }) {
  const recommender = await commanded();
  await orderHistory({ history: { kind: "slow", milliseconds: 10 } });
  let state = seed;
  const random = () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) / 2 ** 32;
  let [listeners, timers] = [0, 0];
  const { setTimeout: set, clearTimeout: clear } = globalThis;
  /** @type {Set<unknown>} */
  const pending = new Set();
  /** Each with the time at which the engine knew of it. @type {{ request: number, known: Promise<number> }[]} */
  const aborts = [];
  const asked = Array.from({ length: count }, (_, request) => {
    const controller = new AbortController();
    const { signal } = controller;
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    Object.assign(signal, {
      addEventListener: (/** @type {[any, any, any]} */ ...all) => ((listeners += 1), add(...all)),
      removeEventListener: (/** @type {[any, any, any]} */ ...all) => ((listeners -= 1), remove(...all)),
    });
    const abortAt = random() < 0.5 ? random() * 2000 : undefined;
    if (abortAt !== undefined) {
      set(() => {
        controller.abort();
        // The engine takes what comes in its order.
        aborts.push({ request, known: recommender.stats().then(() => performance.timeOrigin + now()) });
      }, abortAt);
    }
    return { signal, request };
  });
  Object.assign(globalThis, {
    setTimeout: (/** @type {() => void} */ run, /** @type {number} */ after) => {
      const id = set(() => (pending.delete(id), run()), after);
      pending.add(id);
      return id;
    },
    clearTimeout: (/** @type {any} */ id) => (pending.delete(id), clear(id)),
  });
  const answers = await Promise.all(asked.map(({ signal }) => recommender.recommend({ signal, deadline: 60_000 }).then(({ complete }) => (complete ? "ok" : "partial"), codeOf)));
  // Who aborts from now on aborts what has been answered.
  const heard = aborts.splice(0);
  const known = await Promise.all(heard.map(({ known }) => known));
  Object.assign(globalThis, { setTimeout: set, clearTimeout: clear });
  timers = pending.size;
  const { requests } = await recommender.stats();
  await recommender.close();
  // Requests are numbered as they come. What a worker had when the engine heard of the abort is not stopped. It has one message at a
  // time: what it runs after another one it did not have.
  const late = heard.filter(({ request }, abort) => ran.some((mine, place) => {
    const after = (/** @type {{ worker: string, at: number }} */ { worker, at }) => worker === mine.worker && at > Number(known[abort]) + SKEW;
    return mine.request === request && ran.slice(0, place).some(after);
  })).length;
  return { count, seed, aborts: heard.length, answers: tally(answers), aborted_then_executed: late, open: requests.open, listeners_left: listeners, timers_left: timers };
}

/** 10: expired work is not run. */
async function expired({ count = 100, deadline = 100 }) {
  const recommender = await commanded();
  await orderHistory({ history: { kind: "slow", milliseconds: 40 } });
  const answers = await Promise.all(Array.from({ length: count }, () => codeFor(recommender, { deadline, weights: { genre: 0, popularity: 0 } })));
  const answered = performance.timeOrigin + now();
  // Long enough for a dozen of them to run, if they did.
  await wait(750);
  await recommender.close();
  // One was with the worker when its time was up, and may have come to it late where the machine is busy.
  const late = ran.filter(({ at }) => at > answered + 40).length;
  return { count, deadline, answers: tally(answers), ran: ran.length, run_late: Math.max(0, late - 1) };
}

/** 13: the memory cap holds. */
async function memory({ sizes = [10_000, 100_000, 500_000, 2_000_000], step = 64 << 10 }) {
  const load = async (/** @type {Blob} */ blob, /** @type {number} */ engineMemory) => {
    const began = now();
    try {
      const recommender = await createRecommender({ catalog: new Response(blob), limits: { engineMemory } });
      const { items } = await recommender.recommend({ limit: 3 });
      await recommender.close();
      return { code: items.length === 3 ? "ok" : "no list", ms: Math.round(now() - began) };
    } catch (error) {
      return { code: codeOf(error), ms: Math.round(now() - began) };
    }
  };
  const capped = [];
  for (const size of sizes) {
    const blob = catalogOf(size);
    const cap = Math.max(2 << 20, Math.floor(blob.size * 0.9));
    capped.push({ size, cap, ...(await load(blob, cap)), next: await load(catalogOf(1000), 64 << 20) });
  }
  // Wherever the memory ends: at every page between too little for anything and enough.
  const small = catalogOf(2000);
  /** @type {string[]} */
  const codes = [];
  for (let cap = 1 << 20; codes.at(-1) !== "ok"; cap += step) codes.push((await load(small, cap)).code);
  // A scorer that has too little runs where the engine runs.
  const recommender = await createRecommender({ catalog: new Response(small), limits: { scorerMemory: 1 << 20 } });
  await workersReady(recommender);
  const [answer, { mode, queues }] = [await codeFor(recommender), await recommender.stats()];
  await recommender.close();
  return { capped, steps: tally(codes), scorers: { answer, mode, restarts: queues.map(({ restarts }) => restarts) } };
}

/** 14: nothing leaks. */
async function leaks({ cycles = 1000, restarts = 200 }) {
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    const recommender = await createRecommender({ catalog: CATALOG });
    await recommender.recommend();
    await recommender.close();
  }
  const recommender = await commanded();
  for (let death = 0; death < restarts; death += 1) {
    const told = next(recommender, "worker-restart");
    strike("genre", "close");
    await told;
    await codeFor(recommender);
  }
  const held = await living(4);
  const { queues } = await recommender.stats();
  await recommender.close();
  return { cycles, restarts, workers: queues.map(({ workers }) => workers.length), locks: held, locks_left: await living(0) };
}

/** Beside 14: as many workers within a worker that hold some memory, without anything of ours. */
async function nested({ cycles = 1000 }) {
  const address = (/** @type {string} */ text) => URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const inner = address("new Uint8Array(new WebAssembly.Memory({ initial: 60 }).buffer).fill(1); postMessage(0);");
  const outer = address(`let left = 3; for (let turn = 0; turn < 3; turn += 1) new Worker("${inner}").onmessage = () => --left || postMessage(0);`);
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    const worker = new Worker(outer);
    await new Promise((resolve) => (worker.onmessage = resolve));
    worker.terminate();
  }
  return {};
}

/** Hedging: one message in fifty takes long. Measured, not promised. */
async function hedging({ count = 1000, hedgeAfter = 15, straggler = 100 }) {
  /** @param {number} [after] */
  const run = async (after) => {
    const recommender = await commanded({ workers: 2, broker: after === undefined ? {} : { hedgeAfter: after } });
    await times(() => recommender.recommend(), 20);
    order({ history: { kind: "straggle", milliseconds: straggler } });
    const took = [];
    for (let turn = 0; turn < count; turn += 1) {
      took.push(...(await times(() => recommender.recommend(), 1)));
      await wait(3);
    }
    const { queues } = await recommender.stats();
    await recommender.close();
    return { p50: tenths(took, 0.5), p95: tenths(took, 0.95), p99: tenths(took, 0.99), hedged: queues.reduce((sum, { hedged }) => sum + hedged, 0) };
  };
  return { count, straggler, without: await run(), hedgeAfter, with: await run(hedgeAfter) };
}

/** @type {Record<string, (options: any) => Promise<object>>} */
const PROMISES = { 3: detection, 4: hang, unhelped, busy, 6: bulkheads, 7: turtle, 8: overload, 9: aborted, 10: expired, 13: memory, 14: leaks, nested, hedging };

Object.assign(globalThis, { promise: (/** @type {string} */ name, /** @type {object} */ options) => PROMISES[name]?.(options) });
