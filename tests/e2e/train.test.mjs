// Training in a page, in a worker, on the page's own table: the model that Node makes of it, bit for bit, also from another origin.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { serve } from "../../scripts/serve.mjs";
import { root } from "../../scripts/workspace.mjs";
import { train } from "../../dist/train.js";
import { browserNames, callInPage, openBrowser } from "./browser.mjs";

const LEARNT = [10, 12, 13, 14, 15, 16, 17, 18, 19];

/** The page's table, as tests/e2e/train-page.js makes it. */
async function inNode() {
  const lines = ["userId,movieId,rating,timestamp"];
  for (let viewer = 0; viewer < 60; viewer += 1) {
    for (let film = 0; film < 10; film += 1) if (film !== (viewer >> 1) % 10) lines.push(`${viewer},${film + 10 * (viewer % 2)},5,${1000 * viewer + film}`);
  }
  const films = Array.from({ length: 20 }, (_, id) => ({ id: String(id), title: `Film ${id}`, genres: [id < 10 ? "Crime" : "War"] }));
  const { model } = await train({ interactions: new Blob([lines.join("\n")]), catalog: new Blob([JSON.stringify(films)]) });
  return createHash("sha256").update(model).digest("hex");
}

for (const name of browserNames()) {
  describe(name, () => {
    /** @type {(() => Promise<unknown>)[]} */
    const closing = [];
    let elsewhere = "";
    /** @type {(call: string, ...args: unknown[]) => Promise<any>} */
    let call;

    before(async () => {
      const cdn = await serve({ folders: { "/dist/": join(root, "dist") }, headers: { "Access-Control-Allow-Origin": "*" } });
      elsewhere = cdn.origin;
      const policy = (/** @type {string} */ more, /** @type {string} */ worker) => `default-src 'self' ${more}; script-src 'self' 'wasm-unsafe-eval' ${more}; worker-src ${worker}`;
      /** @type {(csp: string) => import("../../scripts/serve.mjs").Handler} */
      const page = (csp) => (_, response) => void response.writeHead(200, { "Content-Type": "text/html", "Content-Security-Policy": csp }).end("<!doctype html><title>training</title>");
      const [server, browser] = await Promise.all([
        serve({
          routes: new Map([["/", page(policy("", "'self'"))], ["/foreign", page(policy(elsewhere, "blob:"))]]),
          folders: { "/dist/": join(root, "dist"), "/page/": import.meta.dirname },
          // What the worker's script comes with is the worker's.
          headers: { "Content-Security-Policy": policy("", "'self'") },
        }),
        openBrowser(name),
      ]);
      closing.push(server.close, cdn.close, browser.close);
      await browser.driver.manage().setTimeouts({ script: 120_000 });
      call = async (path, function_, ...args) => {
        await browser.driver.get(`${server.origin}${path}`);
        return callInPage(browser.driver, `${server.origin}/page/train-page.js`, String(function_), ...args);
      };
    });
    after(async () => {
      for (const close of closing.reverse()) await close();
    });

    test("a page trains in a worker, which ends with it, and the model is the one that Node makes", async () => {
      const { hash, ...rest } = await call("/", "trains", "/dist");
      assert.deepEqual(rest, { viewers: 60, inCatalog: 20, first: "together", ids: LEARNT, workers: { made: 1, ended: 1 } });
      assert.equal(hash, await inNode());
    });

    test("with the package on another origin", async () => {
      const { ids, workers } = await call("/foreign", "trains", `${elsewhere}/dist`);
      assert.deepEqual({ ids, workers }, { ids: LEARNT, workers: { made: 1, ended: 1 } });
    });

    test("files that are not there are named, and bytes that are no trainer", async () => {
      const trainer = await call("/", "fails", { trainerUrl: "/none/trainer.wasm.lzma" });
      assert.equal(trainer.code, "WASM_LOAD");
      assert.match(trainer.message, /\/none\/trainer\.wasm\.lzma is not the trainer: it was answered with HTTP status 404 .* Copy trainer\.js and trainer\.wasm\.lzma/);
      const script = await call("/", "fails", { workerUrl: "/none/trainer.js" });
      assert.equal(script.code, "WORKER_LOAD");
      assert.match(script.message, /\/none\/trainer\.js\) did not load: check that it is there/);
      assert.deepEqual(script.workers, { made: 1, ended: 1 });
      const other = await call("/", "fails", { workerUrl: "/dist/worker.js" });
      assert.deepEqual([other.code, /is another script/.test(other.message)], ["WORKER_LOAD", true]);
      const bytes = await call("/", "fails", { trainerUrl: "/dist/index.js" });
      assert.deepEqual([bytes.code, bytes.workers], ["WASM_LOAD", { made: 1, ended: 1 }]);
    });

    test("what cannot be learnt from has its code, and an abort ends the worker", async () => {
      assert.equal((await call("/", "fails", { interactions: "/none.csv" })).code, "HTTP");
      assert.equal((await call("/", "fails", { preset: "huge" })).code, "OPTION");
      assert.deepEqual(await call("/", "aborts").then(({ code, workers }) => ({ code, workers })), { code: "ABORTED", workers: { made: 1, ended: 1 } });
    });
  });
}
