// The promises of docs/reliability.md that are kept in real browsers: how each is run, for how long, and what must come out.

import assert from "node:assert/strict";
import { cpuOfTheNext, usage } from "./usage.mjs";

/**
 * @typedef {Awaited<ReturnType<typeof import("./run.mjs").faultyBrowser>>} Faulty
 * @typedef {object} Promised
 * @property {string} what
 * @property {object} [short] the options of the short run, in `npm test`
 * @property {(faulty: Faulty, options: object) => Promise<any>} [run]
 * @property {(report: any) => void} check what holds however busy the machine is
 */

/** How much more memory and how many more threads the browser has after it. @param {() => Promise<any>} work */
async function growth(work) {
  const before = await usage();
  const report = await work();
  const { memory, threads } = await usage();
  return { report, mebibytes: Math.round((memory - before.memory) / 2 ** 20), threads: threads - before.threads };
}

/** @type {Record<string, Promised>} */
export const PROMISES = {
  3: {
    what: "silent death is noticed",
    short: { deaths: 10 },
    check: ({ answers }) => assert.deepEqual(Object.keys(answers), ["ok"]),
  },
  4: {
    what: "a hang costs one deadline",
    async run(faulty) {
      /** @type {Record<string, object>} */
      const report = {};
      // First: what WebKit does not stop would be counted with it.
      report["own"] = { ...(await faulty.promise("busy", {})), cpu_seconds_of_the_next_6: await cpuOfTheNext(6) };
      for (const kind of ["loop", "wasm-loop"]) {
        report[kind] = { ...(await faulty.promise("4", { kind })), cpu_seconds_of_the_next_6: await cpuOfTheNext(6) };
        report[`${kind}, nothing said of deadlines`] = await faulty.promise("unhelped", { kind });
      }
      return report;
    },
    check(report) {
      for (const kind of ["loop", "wasm-loop"]) {
        assert.equal(report[kind].after, "ok");
        assert.equal(report[`${kind}, nothing said of deadlines`].next, "ok");
      }
      assert.equal(report.own.answer, "CLOSED");
    },
  },
  6: {
    what: "scorers are bulkheads",
    short: { seconds: 1 },
    check({ answers, opened }) {
      for (const answer of Object.keys(answers)) assert.match(answer, /^ok$|^without history/);
      assert.ok(answers["without history"] > 0 && opened > 0);
    },
  },
  7: {
    what: "the turtle holds nobody up",
    short: { count: 40 },
    check({ answers }) {
      // Others may miss such a deadline, too, where the machine is busy.
      for (const answer of Object.keys(answers)) assert.match(answer, /^without .*genre|^DEADLINE$/);
    },
  },
  8: {
    what: "memory is bounded under overload",
    short: { count: 5000 },
    async run(faulty, options) {
      const { report, mebibytes } = await growth(() => faulty.promise("8", options));
      return { ...report, browser_grew_by_mib: mebibytes };
    },
    check({ count, answers, refused_by_the_page, open }) {
      assert.equal(refused_by_the_page, count - 3 * 1000, "three times a queue's limit may be open");
      assert.equal((answers.ok ?? 0) + (answers.OVERLOADED ?? 0), count, JSON.stringify(answers));
      assert.ok(answers.ok >= 1000 && open === 0);
    },
  },
  9: {
    what: "abort is clean",
    short: { count: 100 },
    check({ count, aborts, answers, aborted_then_executed, open, listeners_left, timers_left }) {
      assert.equal((answers.ok ?? 0) + (answers.ABORTED ?? 0), count, JSON.stringify(answers));
      assert.ok(aborts > 0 && answers.ABORTED > 0);
      assert.deepEqual({ aborted_then_executed, open, listeners_left, timers_left }, { aborted_then_executed: 0, open: 0, listeners_left: 0, timers_left: 0 });
    },
  },
  10: {
    what: "expired work is not run",
    short: {},
    check({ count, ran, run_late }) {
      assert.equal(run_late, 0);
      assert.ok(ran > 0 && ran < count / 2);
    },
  },
  13: {
    what: "the memory cap holds",
    short: { sizes: [10_000], step: 512 << 10 },
    check({ capped, steps, scorers }) {
      assert.deepEqual(scorers, { answer: "ok", mode: "in-process", restarts: [1, 1, 1] });
      for (const { code, next } of capped) assert.deepEqual([code, next.code], ["MEMORY", "ok"]);
      assert.deepEqual(Object.keys(steps).sort(), ["MEMORY", "ok"]);
    },
  },
  14: {
    what: "nothing leaks",
    short: { cycles: 10, restarts: 10 },
    async run(faulty, options) {
      // The first cycles fill the browser's own caches.
      await faulty.promise("nested", { cycles: 20 });
      const bare = await growth(() => faulty.promise("nested", options));
      await faulty.promise("14", { cycles: 20, restarts: 10 });
      const ours = await growth(() => faulty.promise("14", options));
      return { ...ours.report, browser_grew_by_mib: ours.mebibytes, more_threads: ours.threads, by_bare_workers: bare.mebibytes, their_threads: bare.threads };
    },
    check({ workers, locks, locks_left, more_threads }) {
      assert.deepEqual(workers, [1, 1, 1]);
      assert.deepEqual([locks, locks_left], [4, 0], "three scorers and the engine");
      // The browser's own come and go; a recommender has four.
      assert.ok(more_threads < 40, `${more_threads} more threads`);
    },
  },
};

/**
 * @param {Faulty} faulty
 * @param {string} name
 * @param {object} [options]
 */
export async function keep(faulty, name, options = {}) {
  const promised = PROMISES[name];
  assert.ok(promised, `no promise ${name}; known: ${Object.keys(PROMISES).join(", ")}`);
  const report = await (promised.run?.(faulty, options) ?? faulty.promise(name, options));
  promised.check(report);
  return report;
}
