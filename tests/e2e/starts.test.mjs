// Starts that fail: each ends, with a code, the cause and what to do about it.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { serve } from "../../scripts/serve.mjs";
import { root } from "../../scripts/workspace.mjs";
import { browserNames, openBrowser } from "./browser.mjs";

const dist = join(root, "dist");
const WASM = "/dist/wasm/watchnext_bg.wasm";
const SELF = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";

/** @typedef {import("../../scripts/serve.mjs").Handler} Handler */

/** @param {string | Buffer} body @param {string} type @returns {Handler} */
const answer = (body, type, status = 200) => (_, response) => void response.writeHead(status, { "Content-Type": type }).end(body);

/**
 * @typedef {object} Start
 * @property {Record<string, Handler>} [routes] what the server answers instead
 * @property {string} [csp]
 * @property {object} [options] beside the catalog
 * @property {string} code
 * @property {RegExp} names the cause and the fix, in the message
 */

/** @param {Buffer} wasm @param {Buffer} worker @returns {Record<string, Start>} */
const starts = (wasm, worker) => ({
  "the worker's script is not there": {
    routes: { "/dist/worker.js": answer("not found", "text/plain", 404) },
    code: "WORKER_LOAD",
    names: /worker\.js.*check its path/,
  },
  "a start page comes for the worker's script": {
    routes: { "/dist/worker.js": answer("<!doctype html><title>app</title>", "text/html") },
    code: "WORKER_LOAD",
    names: /MIME type \(text\/javascript\)/,
  },
  "the worker's script has another MIME type": {
    routes: { "/dist/worker.js": answer("not a script", "application/octet-stream") },
    code: "WORKER_LOAD",
    names: /MIME type \(text\/javascript\)/,
  },
  "another script comes for the worker's": {
    routes: { "/dist/worker.js": answer("postMessage('loaded')", "text/javascript") },
    options: { broker: { startTimeout: 500 } },
    code: "WORKER_LOAD",
    names: /worker\.js did not start within 0\.5 s; check its path/,
  },
  "the worker's script is broken": {
    routes: { "/dist/worker.js": answer("postMessage('loaded'", "text/javascript") },
    code: "WORKER_LOAD",
    names: /worker\.js (failed: .*SyntaxError|did not load)/,
  },
  "the worker's script never comes": {
    // At an address of its own: a browser asks for the same one again only when this is answered.
    routes: { "/never.js": () => undefined },
    options: { workerUrl: "/never.js", broker: { startTimeout: 500 } },
    code: "WORKER_LOAD",
    names: /did not load within 0\.5 s; check its path/,
  },
  "the CSP forbids workers": { csp: `${SELF}; worker-src 'none'`, code: "WORKER_LOAD", names: /CSP forbids .*worker-src/ },
  // Chromium asks the page's, the others the worker's.
  "the CSP forbids WebAssembly": {
    csp: "default-src 'self'",
    routes: { "/dist/worker.js": (request, response) => (response.setHeader("Content-Security-Policy", "default-src 'self'"), answer(worker, "text/javascript")(request, response)) },
    code: "WASM_LOAD",
    names: /'wasm-unsafe-eval'/,
  },
  "the CSP forbids to fetch the core": { csp: `${SELF}; connect-src 'none'`, code: "WASM_LOAD", names: /CSP forbids .*connect-src/ },
  "Trusted Types want to see the worker's address": {
    csp: `${SELF}; require-trusted-types-for 'script'; trusted-types watchnext`,
    code: "WORKER_LOAD",
    names: /Trusted Types.*workerUrl/,
  },
  "the core is cut off": { routes: { [WASM]: answer(wasm.subarray(0, 100_000), "application/wasm") }, code: "WASM_LOAD", names: /served, whole/ },
  "the core is damaged": { routes: { [WASM]: answer(Buffer.from(wasm).fill(255, 2000, 3000), "application/wasm") }, code: "WASM_LOAD", names: /served, whole/ },
  "the core is another one": {
    options: { integrity: { wasm: "sha384-oqVuAfXRKap7fdgcCY5uykM6+R9GqQ8K/uxy9rx7HNQlGYl1kPzQho1wx4JwY8wC" } },
    code: "WASM_LOAD",
    names: /integrity\.wasm is that of this version's file/,
  },
  "the catalog is another one": {
    options: { integrity: { catalog: "sha384-oqVuAfXRKap7fdgcCY5uykM6+R9GqQ8K/uxy9rx7HNQlGYl1kPzQho1wx4JwY8wC" } },
    code: "NETWORK",
    names: /not those that the integrity names/,
  },
});

const START = `
  const [options, done] = arguments;
  import("/dist/index.js")
    .then(({ createRecommender }) => createRecommender({ catalog: "/catalog.json", broker: { startTimeout: 5000 }, ...options }))
    .then((recommender) => recommender.close().then(() => done({ code: "started" })))
    .catch((error) => done({ code: error.code, message: error.message }));`;

/** Three recommenders in one page, one after the other. */
const THRICE = `
  const [done] = arguments;
  import("/dist/index.js").then(async ({ createRecommender }) => {
    const start = () => createRecommender({ catalog: "/catalog.json" }).then((recommender) => recommender.close().then(() => "started"), ({ code }) => code);
    done([await start(), await start(), await start()]);
  });`;

for (const name of browserNames()) {
  test(`${name}: starts that fail`, { timeout: 120_000 }, async (t) => {
    /** @type {Map<string, Handler>} */
    const routes = new Map();
    const catalog = answer(JSON.stringify([{ id: 1, title: "Heat", genres: ["Crime"] }]), "application/json");
    const [server, { driver, close }] = await Promise.all([serve({ routes, folders: { "/dist/": dist } }), openBrowser(name)]);
    /** @param {Start} start */
    const outcome = async ({ routes: others = {}, csp = SELF, options = {} }) => {
      routes.clear();
      const page = answer("<!doctype html><title>start</title>", "text/html");
      routes.set("/", (request, response) => (response.setHeader("Content-Security-Policy", csp), page(request, response)));
      routes.set("/catalog.json", catalog);
      for (const [path, handler] of Object.entries(others)) routes.set(path, handler);
      await driver.get(`${server.origin}/`);
      return /** @type {{ code: string, message: string }} */ (await driver.executeAsyncScript(START, options));
    };
    try {
      assert.equal((await outcome({ code: "", names: /./ })).code, "started");
      await t.test("the core is fetched until it has come, and then once for the whole page", async () => {
        const core = await readFile(join(dist, "wasm", "watchnext_bg.wasm"));
        let fetched = 0;
        routes.set(WASM, (request, response) => ((fetched += 1) === 1 ? response.writeHead(503).end() : answer(core, "application/wasm")(request, response)));
        await driver.get(`${server.origin}/`);
        assert.deepEqual(await driver.executeAsyncScript(THRICE), ["WASM_LOAD", "started", "started"]);
        assert.equal(fetched, 2);
      });
      const [wasm, worker] = await Promise.all(["wasm/watchnext_bg.wasm", "worker.js"].map((file) => readFile(join(dist, file))));
      for (const [what, start] of Object.entries(starts(/** @type {Buffer} */ (wasm), /** @type {Buffer} */ (worker)))) {
        await t.test(what, async () => {
          const { code, message } = await outcome(start);
          assert.equal(code, start.code, message);
          assert.match(message, start.names);
        });
      }
    } finally {
      await close();
      await server.close();
    }
  });
}
