// Runs in a page: puts requests to a recommender whose workers are faulty, and counts what comes of it in Jepsen's words.

import { createRecommender } from "/dist/index.js";
import { change, changes } from "./catalogs.js";
import { living, percentile, workersReady } from "./common.js";
import { duplicates, watchPort } from "./port.js";
import { ask, turns } from "./questions.js";
import { replay } from "./replay.js";

/** @typedef {import("../../js/types.js").Recommendations} Recommendations */

const KINDS = ["trap", "async-throw", "rejection", "close", "loop", "silence", "wrong-id", "uncloneable", "double"];
/** In the order of their numbers. */
const SCORERS = ["history", "genre", "popularity"];
const AT_ONCE = 12;
/** So many turns are taken while a catalog changes. */
const MEANWHILE = 6;
/** What a request may end with that gets no list: no scorer had answered, or those that had to be in it failed. */
const EXPECTED = ["SCORERS_FAILED", "DEADLINE"];
/** A request that has not ended so long after its deadline never will, in milliseconds. A busy machine is no fault. */
const NEVER = 60_000;

/**
 * @typedef {object} Options
 * @property {number} messages about so many to the scorers
 * @property {number} seed
 * @property {string[]} [kinds] of faults
 * @property {number} [every] a fault at one in so many deliveries; 0: at none
 * @property {number} [poison] one in so many messages always kills; 0: none does
 * @property {string} [plant] a defect of plants.js
 * @property {number} [change] the catalog changes at one in so many requests; 0: it does not
 * @property {number[]} [kill] the requests at which the engine itself is ended
 * @property {number} [deadline]
 * @property {number} [workers] for each scorer
 * @property {string} [catalog]
 */

/** @param {Options} options */
export async function faultRun({ messages, seed, kinds = KINDS, every = 20, poison = 0, plant = "", change: everySoMany = 0, kill = [], deadline = 400, workers = 2, catalog = "/data/catalog.json" }) {
  const { items } = await (await fetch(catalog)).json();
  const script = turns(seed, items, Math.ceil(messages / SCORERS.length));
  const catalogs = changes(seed, items, script, everySoMany);
  const said = listen();
  const port = watchPort(new URLSearchParams({ seed: `${seed}`, every: `${every}`, poison: `${poison}`, kinds: kinds.join(), plant }));
  const recommender = await createRecommender({ catalog, workers, history: { store: "memory" } });
  await workersReady(recommender);

  const report = { seed, attempt: 0, ok: 0, partial: 0, failed: 0, lost: 0, duplicated: 0, unexpected: 0, redelivered: 0, dead_lettered: 0, circuits: 0, engine_restarts: 0, changes: 0, forgotten: 0 };
  /** @type {Record<string, number>} */
  const restarts = {};
  /** @type {number[]} */
  const times = [];
  /** @type {number[]} */
  const recoveries = [];
  /** @type {number | undefined} */
  let died;
  recommender.addEventListener("worker-restart", ({ detail }) => {
    const cause = detail.cause.replace(/^(Uncaught )?/, "").slice(0, 60);
    restarts[cause] = (restarts[cause] ?? 0) + 1;
    died ??= performance.now();
  });
  recommender.addEventListener("engine-restart", ({ detail }) => {
    report.engine_restarts += 1;
    restarts[`engine: ${detail.cause}`] = (restarts[`engine: ${detail.cause}`] ?? 0) + 1;
  });
  recommender.addEventListener("circuit", ({ detail }) => (report.circuits += detail.circuit === "open" ? 1 : 0));

  let recordedInAll = 0;
  /** How many turns may be taken now, and what is waited for where there is none. */
  let free = Infinity;
  let more = Promise.resolve();
  let changing = Promise.resolve();
  /** Some turns are taken while the catalog changes, and the others when the workers over it are there: until then others stand in for them, which no fault reaches. */
  const takeOver = async (/** @type {import("./catalogs.js").Change} */ next) => {
    const asked = port.nextChange();
    const changed = within(change(recommender, next));
    free = 0;
    more = Promise.race([asked, changed]).then(() => {
      free = MEANWHILE;
      more = all;
    });
    const all = (async () => {
      const { value: wrong, code } = await changed;
      report.changes += 1;
      if (wrong !== "") count("change", wrong ?? code);
      await workersReady(recommender);
      free = Infinity;
    })();
    await all;
  };
  /** What did not end as it may, by what it was. @type {Record<string, number>} */
  const errors = {};
  const count = (/** @type {string} */ what, /** @type {string} */ code) => {
    report[code === "LOST" ? "lost" : "unexpected"] += 1;
    errors[`${what}: ${code}`] = (errors[`${what}: ${code}`] ?? 0) + 1;
  };

  /** By turn. @type {(Recommendations | undefined)[]} */
  const lists = [];
  const take = async (/** @type {number} */ number) => {
    const turn = /** @type {import("./questions.js").Turn} */ (script[number]);
    const began = performance.now();
    report.attempt += 1;
    const next = catalogs.get(number);
    if (next) changing = takeOver(next);
    // What is asked is asked with what was recorded before, whether that has been answered or not.
    const recorded = within(recommender.record(turn.events));
    const answer = within(ask(recommender, turn, { deadline }));
    if (kill.includes(number)) port.kill();
    const { value: list, code } = await answer;
    times.push(performance.now() - began);
    lists[number] = list;
    if (list) report[list.complete ? "ok" : "partial"] += 1;
    else if (EXPECTED.includes(code)) report.failed += 1;
    else count("list", code);
    if (list?.complete && died !== undefined) {
      recoveries.push(performance.now() - died);
      died = undefined;
    }
    const { value, code: failure } = await recorded;
    recordedInAll += value?.recorded ?? 0;
    if (value?.recorded !== turn.events.length) count("record", failure);
  };
  let next = 0;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (next < script.length) {
      if (free < 1) {
        await more;
        continue;
      }
      free -= 1;
      await take(next++);
    }
  }));
  await changing;

  const stats = await recommender.stats();
  report.forgotten = Math.abs(recordedInAll - stats.history.events);
  for (const queue of stats.queues) {
    report.redelivered += queue.redelivered;
    report.dead_lettered += queue.deadLettered;
  }
  const reached = said.close();
  const closing = Array.from({ length: 100 }, () => recommender.recommend().then(() => "answered", (error) => error.code));
  const closed = performance.now();
  await recommender.close();
  const codes = await Promise.all(closing);
  const locksLeft = await living(0);
  const closedAfter = Math.round(performance.now() - closed);
  port.restore();
  report.duplicated = duplicates(port.engines);
  const compared = await replay(port.engines, script, lists, [items, ...[...catalogs.values()].map(({ items }) => items)]);
  const rounded = (/** @type {number[]} */ values, /** @type {number} */ part) => Math.round(percentile(values, part));
  return {
    ...report,
    ...compared,
    ...reached,
    restarts,
    errors,
    p50: rounded(times, 0.5),
    p95: rounded(times, 0.95),
    p99: rounded(times, 0.99),
    worst: rounded(times, 1),
    recovery_ms: rounded(recoveries, 0.95),
    unmatched: stats.unmatched,
    closed: codes.filter((code) => code === "CLOSED").length,
    locks_left: locksLeft,
    closed_ms: closedAfter,
  };

  /** How a promise ended, or that it did not. @template T @param {Promise<T>} promise @returns {Promise<{ value?: T, code: string }>} */
  async function within(promise) {
    const ended = promise.then((value) => ({ value, code: "" }), (error) => ({ code: String(error.code) }));
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const never = new Promise((resolve) => (timer = setTimeout(resolve, deadline + NEVER, { code: "LOST" })));
    const first = await Promise.race([ended, never]);
    clearTimeout(timer);
    return first;
  }
}

/** Hears from the workers which messages reached the scorers, and how often a defect was planted. */
function listen() {
  const channel = new BroadcastChannel("fault run");
  /** The requests by engine, scorer and bytes. @type {Map<string, Set<number>>} */
  const requests = new Map();
  let planted = 0;
  channel.onmessage = ({ data }) => {
    if (data.planted) planted += 1;
    // What the popularity scorer is asked, and replies, is the same for everybody: a reply to another request's message is no wrong one.
    if (!data.reached || SCORERS[data.reached.scorer] === "popularity") return;
    const { engine, scorer, bytes, request } = data.reached;
    const key = `${engine} ${scorer} ${bytes}`;
    requests.set(key, (requests.get(key) ?? new Set()).add(request));
  };
  return {
    /** How many different messages reached the scorers, how many of them were those of several requests, and what was planted. */
    close() {
      channel.close();
      const alike = [...requests.values()].filter(({ size }) => size > 1).length;
      return { messages: requests.size, alike, planted };
    },
  };
}

Object.assign(globalThis, { faultRun });
