// The beginning and the end of a recommender: what is left of it, and how long anything may wait.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { serve } from "../../scripts/serve.mjs";
import { root } from "../../scripts/workspace.mjs";
import { browserNames, emptyPage, openBrowser } from "./browser.mjs";

/** The package's worker, after it has said what it is and how long the longest timer is that it sets. */
const WORKER = `
  const channel = new BroadcastChannel("lifecycle");
  const { setTimeout } = globalThis;
  globalThis.setTimeout = (run, after) => (after > 1e9 && channel.postMessage({ after }), setTimeout(run, after));
  channel.onmessage = ({ data }) => data.kill && isScorer && close();
  let isScorer = false;
  addEventListener("message", ({ data }) => (isScorer = "scorer" in data), { once: true });
  import("/dist/worker.js");`;

/** How many locks are held while a recommender is open, and when its engine is ended; and which right after `close()`, in each of its moments. */
const CLOSE = `
  const [done] = arguments;
  let ending;
  globalThis.Worker = class extends Worker {
    terminate() {
      // Before it ends: the question is asked first.
      ending = locks();
      super.terminate();
    }
  };
  const locks = async () => (await navigator.locks.query()).held.map(({ name }) => name).filter((name) => name.startsWith("watchnext"));
  (async () => {
    const { createRecommender } = await import("/dist/index.js");
    const { workersReady } = await import("/faults/common.js");
    const catalog = Array.from({ length: 2000 }, (_, id) => ({ id, title: "Number " + id, genres: ["Drama"] }));
    const left = [];
    for (let turn = 0; turn < 10; turn += 1) {
      const recommender = await createRecommender({ catalog, workers: 2 });
      await workersReady(recommender);
      const held = (await locks()).length;
      const open = Array.from({ length: turn * 10 }, () => recommender.recommend().then(() => "list", ({ code }) => code));
      await recommender.close();
      const scorers = (await ending).filter((name) => name.split(" ").length > 2);
      left.push([held, scorers, await locks()]);
      await recommender.close();
      const codes = [...new Set(await Promise.all(open))];
      if (codes.length > 1 || codes[0] !== (turn > 0 ? "CLOSED" : undefined)) throw new Error(codes.join());
    }
    return left;
  })().then((report) => done({ report }), (error) => done({ error: error.code + " " + error.stack }));`;

/** A start that is aborted while its worker's script does not come. */
const ABORT = `
  const [done] = arguments;
  (async () => {
    const { createRecommender } = await import("/dist/index.js");
    const controller = new AbortController();
    const starting = createRecommender({ catalog: [{ id: 1, title: "Heat" }], workerUrl: "/never.js", signal: controller.signal });
    setTimeout(() => controller.abort(), 100);
    return starting.then(() => "started", ({ code }) => code);
  })().then((report) => done({ report }), (error) => done({ error: error.code + " " + error.stack }));`;

/** Delays that no timer can count to: the longest timer that a worker sets, and what becomes of such options. */
const TIMERS = `
  const [done] = arguments;
  (async () => {
    const { createRecommender } = await import("/dist/index.js");
    const { workersReady } = await import("/faults/common.js");
    const catalog = [{ id: 1, title: "Heat" }];
    const code = (options) => createRecommender({ catalog, ...options }).then((recommender) => recommender.close().then(() => "started"), ({ code, message }) => code + " " + message);
    const refused = [await code({ broker: { startTimeout: 1e12 } }), await code({ broker: { deliveryTimeout: 1e12 } })];
    const channel = new BroadcastChannel("lifecycle");
    const set = new Promise((resolve) => (channel.onmessage = ({ data }) => data.after && resolve(data.after)));
    // Eight deaths at once delay the next start by 64 days.
    const recommender = await createRecommender({ catalog, workers: { history: 8 }, workerUrl: "/worker.js", broker: { restartDelay: 86_400_000, restartLimit: 1000 } });
    let deaths = 0;
    const dead = new Promise((resolve) => recommender.addEventListener("worker-restart", () => (deaths += 1) === 10 && resolve()));
    await workersReady(recommender);
    channel.postMessage({ kill: true });
    await dead;
    const after = await set;
    const again = await recommender.recommend({ deadline: 1e12 }).catch(({ code }) => code);
    await recommender.close();
    return { refused, after, again };
  })().then((report) => done({ report }), (error) => done({ error: error.code + " " + error.stack }));`;

for (const name of browserNames()) {
  describe(name, () => {
    /** @type {(() => Promise<unknown>)[]} */
    const closing = [];
    /** @type {(script: string) => Promise<any>} */
    let run;

    before(async () => {
      /** @type {Map<string, import("../../scripts/serve.mjs").Handler>} */
      const routes = new Map([
        ["/", emptyPage],
        ["/worker.js", (_, response) => void response.writeHead(200, { "Content-Type": "text/javascript" }).end(WORKER)],
        ["/never.js", () => undefined],
      ]);
      const server = await serve({ routes, folders: { "/dist/": join(root, "dist"), "/faults/": join(root, "tests", "faults") } });
      closing.push(server.close);
      const { driver, close } = await openBrowser(name);
      closing.push(close);
      run = async (script) => {
        await driver.get(`${server.origin}/`);
        await driver.manage().setTimeouts({ script: 60_000 });
        const { error, report } = /** @type {{ error?: string, report: any }} */ (await driver.executeAsyncScript(script));
        assert.equal(error, undefined);
        return report;
      };
    });
    after(async () => {
      for (const close of closing.reverse()) await close();
    });

    test("when it is closed, its workers have ended, the scorers before the engine", { timeout: 60_000 }, async () => {
      assert.deepEqual(await run(CLOSE), Array.from({ length: 10 }, () => [7, [], []]));
    });

    test("a start that is aborted ends at once, whatever it waits for", { timeout: 20_000 }, async () => {
      assert.equal(await run(ABORT), "ABORTED");
    });

    test("no timer is told to wait longer than it can", { timeout: 60_000 }, async () => {
      const { refused, after, again } = await run(TIMERS);
      assert.match(refused[0], /^OPTION .*broker\.startTimeout/);
      assert.match(refused[1], /^OPTION .*broker\.deliveryTimeout/);
      assert.equal(after, 2 ** 31 - 1);
      assert.equal(again, "OPTION");
    });
  });
}
