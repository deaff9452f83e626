// Short fault runs in each browser; the long ones are `npm run faults` and `npm run soak`.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { defects, faultyBrowser } from "../faults/run.mjs";
import { browserNames } from "./browser.mjs";

/** Kills the engine's own worker behind the library's back while requests are open. */
const KILL_ENGINE = `
  const [done] = arguments;
  (async () => {
    const { createRecommender } = await import("/dist/index.js");
    const RealWorker = globalThis.Worker;
    const engines = [];
    globalThis.Worker = class extends RealWorker {
      constructor(...args) { super(...args); engines.push(this); }
      postMessage(message) {
        const isCall = Array.isArray(message) && "call" in JSON.parse(message[0]);
        if (deaf === this && isCall) return;
        if (hopeless && isCall) this.terminate();
        else super.postMessage(message);
      }
    };
    let hopeless = false, deaf;
    const recommender = await createRecommender({ catalog: "/data/catalog.json", history: { store: "memory" } });
    const restarts = [];
    recommender.addEventListener("engine-restart", ({ detail }) => restarts.push(detail.cause));
    await recommender.record([{ item: "318", type: "watch" }, { item: "296", type: "like" }]);
    const ids = ({ items }) => items.map(({ id }) => id);
    // However busy the machine is, the lists are complete.
    const deadline = 30_000;
    const before = ids(await recommender.recommend({ deadline }));
    const open = Array.from({ length: 5 }, () => recommender.recommend({ deadline }));
    const recording = recommender.record({ item: "593", type: "watch" });
    const began = performance.now();
    engines[0].terminate();
    const answers = (await Promise.all(open)).map(ids);
    const took = performance.now() - began;
    await recording;
    const { history } = await recommender.stats();
    // One that lives and does not answer is replaced, too.
    deaf = engines.at(-1);
    const answered = ids(await recommender.recommend({ deadline: 2000 }));
    // And one that dies of every call is given up, with an error for everybody.
    hopeless = true;
    const errors = await Promise.allSettled(Array.from({ length: 3 }, () => recommender.recommend({ deadline: 600000 })));
    const late = await recommender.recommend().catch((error) => error.code);
    return { before, answers, restarts: restarts.join(), took, answered, events: history.events, hopeless: errors.map(({ reason }) => reason?.code), late };
  })().then((report) => done({ report }), (error) => done({ error: error.code + " " + error.stack }));`;

/** Scorers over a catalog that is no more fail when they are stopped. */
const FAIL_LATE = `
  const [done] = arguments;
  (async () => {
    const [{ createRecommender }, { workersReady }] = await Promise.all([import("/dist/index.js"), import("/faults/common.js")]);
    const item = (id) => ({ id, title: "Film " + id, genres: ["Drama"] });
    const recommender = await createRecommender({ catalog: [item(1), item(2)], workerUrl: "/faults/late.js", history: { store: "memory" } });
    const restarts = [];
    recommender.addEventListener("engine-restart", ({ detail }) => restarts.push(detail.cause));
    await workersReady(recommender);
    await recommender.patchCatalog({ put: [item(3)] });
    for (let list = 0; list < 20; list += 1) await recommender.recommend({ wait: "all", deadline: 30000, weights: { genre: list / 20 } });
    await workersReady(recommender);
    await recommender.close();
    return restarts;
  })().then((report) => done({ report }), (error) => done({ error: error.code + " " + error.stack }));`;

for (const name of browserNames()) {
  /** @type {Awaited<ReturnType<typeof faultyBrowser>>} */
  let faulty;
  before(async () => {
    faulty = await faultyBrowser(name);
  });
  after(() => faulty?.close());

  test(`${name}: nine kinds of faults lose, double and mix up nothing`, { timeout: 170_000 }, async () => {
    // With this seed each kind happens to the first scorer, whom nearly all ask, and those that are looked for below at least twice.
    const report = await faulty.run({ messages: 360, seed: 5, every: 10 });
    assert.deepEqual(defects(report), [], JSON.stringify(report));
    // How many are complete depends on the machine: two loops for ever are enough to keep two cores from everything else.
    assert.ok(report.ok > 0 && report.messages > report.attempt, JSON.stringify(report));
    assert.ok(Object.keys(report.restarts).length >= 3, `too few faults happened: ${JSON.stringify(report)}`);
    const causes = Object.keys(report.restarts).join();
    for (const told of ["planted: rejection", "planted: async throw"]) assert.ok(causes.includes(told), `${told} was not told: ${causes}`);
  });

  test(`${name}: a poison message harms itself only`, { timeout: 60_000 }, async () => {
    const report = await faulty.run({ messages: 300, seed: 3, every: 0, poison: 20, deadline: 5000 });
    assert.deepEqual(defects(report), [], JSON.stringify(report));
    assert.ok(report.partial > 0, JSON.stringify(report));
    // What is like an item is for the poisoned scorer alone to say.
    const harmed = report.partial + report.failed;
    assert.equal(report.dead_lettered, harmed, "a dead letter for each");
    assert.equal(report.redelivered, 2 * harmed, "after three attempts");
    assert.equal(report.ok + harmed, report.attempt);
  });

  for (const [plant, count] of /** @type {const} */ ([["stale", "miscorrelated"], ["swapped", "miscorrelated"], ["twice", "duplicated"]])) {
    test(`${name}: a run sees a planted defect: ${plant}`, { timeout: 60_000 }, async () => {
      const report = await faulty.run({ messages: 180, seed: 4, every: 0, plant, deadline: 30_000 });
      const { planted, [count]: seen } = report;
      // Another's reply may by chance be right for what is in a list.
      assert.ok(planted > 0 && seen > planted / 2, JSON.stringify(report));
      assert.deepEqual(defects(report), [`${count}: ${seen}`], "and nothing else");
      assert.equal(report.ok, report.attempt);
    });
  }

  test(`${name}: catalogs that change under faults and over the engine's death lose, double and mix up nothing`, { timeout: 170_000 }, async () => {
    const report = await faulty.run({ messages: 300, seed: 5, every: 10, change: 12, kill: [30, 49] });
    assert.deepEqual(defects({ ...report, alike: 0 }), [], JSON.stringify(report));
    assert.deepEqual([report.changes, report.engine_restarts], [8, 2], JSON.stringify(report));
    assert.ok(Object.keys(report.restarts).length > 0, `no fault happened: ${JSON.stringify(report)}`);
  });

  // A list of the catalog before, an event that is lost while a catalog changes, an item that should be gone.
  for (const [plant, count] of /** @type {const} */ ([["before", "miscorrelated"], ["unheard", "forgotten"], ["stays", "strangers"]])) {
    test(`${name}: a run sees a defect planted where catalogs change: ${plant}`, { timeout: 120_000 }, async () => {
      const report = await faulty.run({ messages: 180, seed: 4, every: 0, change: 8, plant, deadline: 30_000 });
      const { planted, [count]: seen } = report;
      assert.ok(planted > 0 && seen > 0, JSON.stringify(report));
      if (plant !== "stays") assert.equal(seen, planted, JSON.stringify(report));
      assert.ok(defects(report).includes(`${count}: ${seen}`));
      assert.equal(report.ok, report.attempt);
    });
  }

  test(`${name}: the engine's deaths in a run lose, double and mix up nothing`, { timeout: 60_000 }, async () => {
    const report = await faulty.run({ messages: 180, seed: 5, every: 0, kill: [20, 40], deadline: 30_000 });
    // A new engine knows all that was recorded before it is asked what was open: some of that is asked with the same history then.
    assert.deepEqual(defects({ ...report, alike: 0 }), [], JSON.stringify(report));
    assert.deepEqual([report.engine_restarts, report.ok], [2, report.attempt], JSON.stringify(report));
  });

  test(`${name}: what fails when it has been stopped is not the engine's failure`, { timeout: 60_000 }, async () => {
    await faulty.driver.get(`${faulty.origin}/`);
    assert.deepEqual(await faulty.driver.executeAsyncScript(FAIL_LATE), { report: [] });
  });

  test(`${name}: the engine's death costs no recorded event and leaves no request hanging`, { timeout: 60_000 }, async () => {
    await faulty.driver.get(`${faulty.origin}/`);
    /** @type {{ error?: string, report: any }} */
    const { error, report } = await faulty.driver.executeAsyncScript(KILL_ENGINE);
    assert.equal(error, undefined);
    for (const cause of ["it ended", "does not answer"]) assert.ok(report.restarts.includes(cause), JSON.stringify(report));
    assert.equal(report.answered.length, 20);
    for (const answer of report.answers) assert.deepEqual(answer, report.before, "the history is known again");
    assert.equal(report.events, 3);
    assert.deepEqual(report.hopeless, ["ENGINE_DIED", "ENGINE_DIED", "ENGINE_DIED"], JSON.stringify(report));
    assert.equal(report.late, "ENGINE_DIED");
  });
}
