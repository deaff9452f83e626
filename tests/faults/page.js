// Runs in a page: puts requests to a recommender whose workers are faulty, and counts what comes of it in Jepsen's words.

import { createRecommender } from "/dist/index.js";
import { HISTORY, living, percentile } from "./common.js";

const KINDS = ["trap", "async-throw", "rejection", "close", "loop", "silence", "wrong-id", "uncloneable", "double"];
const SCORERS = ["history", "genre", "popularity"];
/** Requests differ, so that one's answer cannot pass for another's. */
const VARIANTS = 16;
const AT_ONCE = 12;

/** @param {number} variant @param {string[]} missing */
function question(variant, missing = []) {
  const weights = Object.fromEntries(missing.map((name) => [name, 0]));
  return { limit: 5 + variant, weights: { genre: 0.05 + variant / 10, ...weights } };
}

/** @type {(a: import("../../js/types.js").Recommendations, b: import("../../js/types.js").Recommendations) => boolean} */
const sameList = (a, b) => a.items.length === b.items.length && a.items.every(({ id, score }, place) => id === b.items[place]?.id && score === b.items[place]?.score);

/**
 * @param {{ messages: number, seed: number, kinds?: string[], every?: number, poison?: number, deadline?: number, workers?: number, catalog?: string }} options
 */
export async function faultRun({ messages, seed, kinds = KINDS, every = 20, poison = 0, deadline = 400, workers = 2, catalog = "/data/catalog.json" }) {
  const reference = await createRecommender({ catalog });
  await reference.record(HISTORY);
  /** @type {Map<string, import("../../js/types.js").Recommendations>} */
  const expected = new Map();
  const expectedList = async (/** @type {number} */ variant, /** @type {string[]} */ missing) => {
    const key = `${variant} ${missing}`;
    const list = expected.get(key) ?? (await reference.recommend(question(variant, missing)));
    expected.set(key, list);
    return list;
  };

  const RealWorker = globalThis.Worker;
  const query = new URLSearchParams({ seed: `${seed}`, every: `${every}`, poison: `${poison}`, kinds: kinds.join() });
  globalThis.Worker = class extends RealWorker {
    /** @param {string | URL} url @param {WorkerOptions} [options] */
    constructor(url, options) {
      super(`${url}?${query}`, options);
    }
  };
  const recommender = await createRecommender({ catalog, workers });
  globalThis.Worker = RealWorker;
  await recommender.record(HISTORY);

  const report = { seed, attempt: 0, ok: 0, partial: 0, lost: 0, duplicated: 0, unexpected: 0, miscorrelated: 0, redelivered: 0, dead_lettered: 0, circuits: 0 };
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
  recommender.addEventListener("circuit", ({ detail }) => (report.circuits += detail.circuit === "open" ? 1 : 0));

  const requests = Math.ceil(messages / SCORERS.length);
  const slowest = deadline + 5000;
  const ask = async (/** @type {number} */ number) => {
    const variant = number % VARIANTS;
    const began = performance.now();
    report.attempt += 1;
    const answer = recommender.recommend({ ...question(variant), deadline });
    const settled = await Promise.race([
      answer.then((list) => ({ list, code: "" }), (error) => ({ list: undefined, code: String(error.code) })),
      /** @type {Promise<undefined>} */ (new Promise((resolve) => setTimeout(resolve, slowest, undefined))),
    ]);
    const took = performance.now() - began;
    if (!settled) return void (report.lost += 1);
    times.push(took);
    const { list, code } = settled;
    if (!list) return void (report.unexpected += ["SCORERS_FAILED", "DEADLINE"].includes(code) ? 0 : 1);
    report[list.complete ? "ok" : "partial"] += 1;
    if (list.complete && died !== undefined) {
      recoveries.push(performance.now() - died);
      died = undefined;
    }
    if (!sameList(list, await expectedList(variant, list.missing))) report.miscorrelated += 1;
  };
  let next = 0;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (next < requests) await ask(next++);
  }));

  const stats = await recommender.stats();
  const { open, settled, failed, aborted } = stats.requests;
  report.duplicated = Math.max(0, settled + failed + aborted + open - report.attempt);
  for (const queue of stats.queues) {
    report.redelivered += queue.redelivered;
    report.dead_lettered += queue.deadLettered;
  }
  const closing = Array.from({ length: 100 }, () => recommender.recommend().then(() => "answered", (error) => error.code));
  const closed = performance.now();
  await recommender.close();
  const codes = await Promise.all(closing);
  await reference.close();
  const locksLeft = await living(0);
  const rounded = (/** @type {number[]} */ values, /** @type {number} */ part) => Math.round(percentile(values, part));
  return {
    ...report,
    restarts,
    p50: rounded(times, 0.5),
    p95: rounded(times, 0.95),
    p99: rounded(times, 0.99),
    worst: rounded(times, 1),
    recovery_ms: rounded(recoveries, 0.95),
    strangers: stats.strangers,
    closed: codes.filter((code) => code === "CLOSED").length,
    locks_left: locksLeft,
    closed_ms: Math.round(performance.now() - closed),
  };
}

Object.assign(globalThis, { faultRun });
