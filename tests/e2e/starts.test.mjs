// Starts that fail: each ends, with a code, the cause and what to do about it.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { serve } from "../../scripts/serve.mjs";
import { root } from "../../scripts/workspace.mjs";
import { golden } from "../golden.mjs";
import { browserNames, callInPage, openBrowser } from "./browser.mjs";

const dist = join(root, "dist");
const WASM = "/dist/watchnext.wasm";
const SELF = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
/** Long enough that no machine is so busy, and short enough to wait for; in milliseconds. */
const IDLE = 1000;

/** @typedef {import("../../scripts/serve.mjs").Handler} Handler */

/** @param {string | Buffer} body @param {string} type @returns {Handler} */
const answer = (body, type, status = 200) => (_, response) => void response.writeHead(status, { "Content-Type": type }).end(body);
const missing = answer("not found", "text/plain", 404);

/** Answers that nobody will end but the browser. @type {import("node:http").ServerResponse[]} */
const held = [];
let hangs = () => {};
/** The first part of a body, or nothing at all. @param {string | Buffer} [body] @returns {Handler} */
const hang = (body, type = "application/json", part = 10) => (_, response) => {
  if (body) response.writeHead(200, { "Content-Type": type, "Content-Length": body.length }).write(body.slice(0, part));
  held.push(response);
  hangs();
};

/** A worker's script with something before it. @param {string} before @returns {Handler} */
const worker = (before) => answer(`${before}; import("/dist/worker.js")`, "text/javascript");
const NO_MEMORY = `throw new RangeError("WebAssembly.Instance(): Out of memory: Cannot allocate Wasm memory for new instance")`;
const STARVED = `WebAssembly.Instance = function () { ${NO_MEMORY}; }`;
/** There is memory again when it is tried for the third time. */
const SCARCE = `const { Instance } = WebAssembly;
  let refusals = 2;
  WebAssembly.Instance = function (module, imports) { if (refusals-- > 0) ${NO_MEMORY}; return new Instance(module, imports); }`;

const catalog = await readFile(join(golden, "catalog.json"));
const model = await readFile(join(golden, "model.wnm"));
/** @param {Buffer} bytes */
const hash = (bytes) => `sha384-${createHash("sha384").update(bytes).digest("base64")}`;

/**
 * @typedef {object} Start
 * @property {Record<string, Handler>} [routes] what the server answers instead
 * @property {string} [csp]
 * @property {string} [call] the function of start-page.js, if it is not `start`
 * @property {object} [options] beside the catalog
 * @property {import("./start-page.js").As} [as]
 * @property {string} code
 * @property {RegExp} names the cause and the fix, in the message
 */

/** @param {Buffer} wasm @param {Buffer} script @param {string} demo @param {string} foreign @returns {Record<string, Start>} */
const starts = (wasm, script, demo, foreign) => ({
  "the worker's script is not there": {
    routes: { "/dist/worker.js": missing },
    code: "WORKER_LOAD",
    names: /worker\.js did not load\. It was answered with HTTP status 404 and text\/plain\. Copy worker\.js and watchnext\.wasm of node_modules\/watchnext\/dist to http:.*\/dist\/, or import "watchnext\/inline"/,
  },
  "a script of the page's own, as the demo's, does not find the worker's": {
    routes: { "/own.js": answer(demo, "text/javascript"), "/dist/worker.js": missing },
    options: { workerUrl: "/own.js" },
    code: "WORKER_LOAD",
    names: /own\.js failed: .*module/,
  },
  "neither the worker's script nor the core come": {
    routes: { "/dist/worker.js": missing, [WASM]: (_, response) => void held.push(response) },
    options: { idleTimeout: 600_000 },
    code: "WORKER_LOAD",
    names: /worker\.js did not load\. It was answered with HTTP status 404 and text\/plain\. Copy worker\.js and watchnext\.wasm of node_modules\/watchnext\/dist to http:.*\/dist\/, or import "watchnext\/inline"/,
  },
  "a start page comes for the worker's script": {
    routes: { "/dist/worker.js": answer("<!doctype html><title>app</title>", "text/html") },
    code: "WORKER_LOAD",
    names: /answered with HTTP status 200 and text\/html\. Copy worker\.js/,
  },
  "the server fails when it is asked for the worker's script": {
    routes: { "/dist/worker.js": answer("oops", "text/plain", 503) },
    code: "WORKER_LOAD",
    names: /answered with HTTP status 503 and text\/plain\. The server has failed: look at what it says\.$/,
  },
  "the worker's script has another MIME type": {
    routes: { "/dist/worker.js": answer("not a script", "application/octet-stream") },
    code: "WORKER_LOAD",
    names: /answered with HTTP status 200 and application\/octet-stream: its MIME type must be text\/javascript/,
  },
  "another script comes for the worker's": {
    routes: { "/dist/worker.js": answer("postMessage('\"loaded\"')", "text/javascript") },
    options: { broker: { startTimeout: 500 } },
    code: "WORKER_LOAD",
    names: /worker\.js did not start within 0\.5 s\. .*check the page's CSP .*, and what it imports/,
  },
  "another script comes for the worker's, and answers": {
    routes: { "/dist/worker.js": answer("onmessage = () => postMessage('\"hello\"'); postMessage('\"loaded\"')", "text/javascript") },
    code: "WORKER_LOAD",
    names: /worker\.js is another script\. It was answered with HTTP status 200 and text\/javascript/,
  },
  "the worker's script is broken": {
    routes: { "/dist/worker.js": answer("postMessage('\"loaded\"'", "text/javascript") },
    code: "WORKER_LOAD",
    names: /worker\.js (failed: .*SyntaxError|did not load)/,
  },
  "the worker's script never comes": {
    // At an address of its own: a browser asks for the same one again only when this is answered.
    routes: { "/never.js": () => undefined },
    options: { workerUrl: "/never.js", broker: { startTimeout: 500 } },
    code: "WORKER_LOAD",
    names: /did not load within 0\.5 s\. Check its path/,
  },
  "the worker's script imports what is not there": {
    routes: { "/lost.js": answer('import "/missing.js";', "text/javascript") },
    // Firefox tells nobody of it.
    options: { workerUrl: "/lost.js", broker: { startTimeout: 500 } },
    code: "WORKER_LOAD",
    names: /lost\.js did not load.*answered with HTTP status 200 and text\/javascript: check .*what it imports/,
  },
  "the worker's script is on another origin, which does not allow it": {
    options: { workerUrl: `${foreign}/dist/worker.js` },
    csp: "default-src 'self' *; script-src 'self' 'wasm-unsafe-eval' *; worker-src blob:",
    code: "WORKER_LOAD",
    names: /worker\.js failed: .*\. http:\S+ answers, and does not let this page \(http:\S+\) read it: let its server add the header Access-Control-Allow-Origin: \*\.$/,
  },
  "the core is not there": {
    routes: { [WASM]: missing },
    code: "WASM_LOAD",
    names: /watchnext\.wasm is not the core: it was answered with HTTP status 404 and text\/plain\. Copy worker\.js and watchnext\.wasm/,
  },
  "a start page comes for the core": {
    routes: { [WASM]: answer("<!doctype html><title>app</title>", "text/html") },
    code: "WASM_LOAD",
    names: /is not the core: it was answered with HTTP status 200 and text\/html\. Copy worker\.js/,
  },
  "a start page comes for the core that a bundler has written": {
    routes: { "/assets/watchnext-C1si2yoq.wasm": answer("<!doctype html><title>app</title>", "text/html") },
    options: { wasm: "/assets/watchnext-C1si2yoq.wasm" },
    code: "WASM_LOAD",
    names: /status 200 and text\/html\. Serve all that the bundler has written, of the same build, in http:.*\/assets\/ /,
  },
  "the core may not be read by everybody": {
    routes: { [WASM]: answer("no", "text/plain", 403) },
    code: "WASM_LOAD",
    names: /is not the core: it was answered with HTTP status 403 and text\/plain\. The server lets nobody have it/,
  },
  "the core's bytes are none": {
    options: { wasm: "/catalog.json" },
    code: "WASM_LOAD",
    names: /catalog\.json could not be loaded \(it was answered with HTTP status 200 and application\/json; check that the file is served, whole/,
  },
  "the core is on another origin, which does not allow it": {
    options: { wasm: `${foreign}/dist/watchnext.wasm` },
    csp: "default-src 'self' *; script-src 'self' 'wasm-unsafe-eval'",
    code: "WASM_LOAD",
    names: /watchnext\.wasm could not be loaded \(http:\S+ answers, and does not let this page \(http:\S+\) read it: let its server add the header Access-Control-Allow-Origin: \*\)/,
  },
  "the core is on another origin, where nobody is": {
    options: { wasm: "http://127.0.0.1:9/watchnext.wasm" },
    csp: "default-src 'self' *; script-src 'self' 'wasm-unsafe-eval'",
    code: "WASM_LOAD",
    names: /watchnext\.wasm could not be loaded \(check that the file is served, whole, .*connect-src\); it is on another origin, whose server has to add the header Access-Control-Allow-Origin: \*\)/,
  },
  "the catalog is not there": {
    routes: { "/catalog.json": missing },
    code: "HTTP",
    names: /\/catalog\.json answered with HTTP status 404 and text\/plain$/,
  },
  "a start page comes for the catalog": {
    routes: { "/catalog.json": answer("<!doctype html><title>app</title>", "text/html") },
    code: "CATALOG_HTML",
    names: /\(http:.*\/catalog\.json answered with HTTP status 200 and text\/html\)$/,
  },
  "a start page comes for the catalog that the page's own function fetches": {
    routes: { "/catalog.json": answer("<!doctype html><title>app</title>", "text/html") },
    as: { catalog: "response" },
    code: "CATALOG_HTML",
    names: /\(http:.*\/catalog\.json answered with HTTP status 200 and text\/html\)$/,
  },
  "nothing comes for the catalog": {
    routes: { "/catalog.json": answer("", "application/json") },
    code: "CATALOG_TRUNCATED",
    names: /after 0 bytes.*\(http:.*\/catalog\.json answered with HTTP status 200 and application\/json\)$/,
  },
  "no item comes for the catalog": {
    routes: { "/catalog.json": answer("[]", "application/json") },
    code: "CATALOG_EMPTY",
    names: /\(http:.*\/catalog\.json answered with HTTP status 200 and application\/json\)$/,
  },
  "a start page comes for the model, which is needed": {
    routes: { "/model.wnm": answer("<!doctype html><title>app</title>", "text/html") },
    options: { model: "/model.wnm", onModelError: "fail" },
    code: "MODEL_FORMAT",
    names: /\(http:.*\/model\.wnm answered with HTTP status 200 and text\/html\)$/,
  },
  "the CSP forbids workers": { csp: `${SELF}; worker-src 'none'`, code: "WORKER_LOAD", names: /CSP forbids .*worker-src: add worker-src 'self'\.$/ },
  // Chromium asks the page's, the others the worker's.
  "the CSP forbids WebAssembly": {
    csp: "default-src 'self'",
    routes: { "/dist/worker.js": (request, response) => (response.setHeader("Content-Security-Policy", "default-src 'self'"), answer(script, "text/javascript")(request, response)) },
    code: "WASM_LOAD",
    names: /'wasm-unsafe-eval'/,
  },
  "the CSP forbids to fetch the core": { csp: `${SELF}; connect-src 'none'`, code: "WASM_LOAD", names: /CSP forbids .*connect-src: add connect-src 'self'\.$/ },
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
  "the core's server never answers": {
    routes: { [WASM]: hang() },
    options: { idleTimeout: IDLE },
    code: "TIMEOUT",
    names: /watchnext\.wasm stands still: nothing came for 1000 ms, after 0 bytes/,
  },
  "the core stalls in the middle": {
    routes: { [WASM]: hang(wasm, "application/wasm", 100_000) },
    options: { idleTimeout: IDLE },
    code: "TIMEOUT",
    names: RegExp(`watchnext\\.wasm stands still: nothing came for 1000 ms, after 100000 of ${wasm.length} bytes`),
  },
  "the core stalls, with another MIME type": {
    routes: { [WASM]: hang(wasm, "application/octet-stream", 100_000) },
    options: { idleTimeout: IDLE },
    code: "TIMEOUT",
    names: /after 100000 of/,
  },
  "the catalog's server never answers": {
    routes: { "/catalog.json": hang() },
    options: { idleTimeout: IDLE },
    code: "TIMEOUT",
    names: /catalog\.json stands still: nothing came for 1000 ms, after 0 bytes/,
  },
  "the catalog stalls in the middle": {
    routes: { "/catalog.json": hang(catalog) },
    options: { idleTimeout: IDLE },
    code: "TIMEOUT",
    names: RegExp(`catalog\\.json stands still: nothing came for 1000 ms, after 10 of ${catalog.length} bytes`),
  },
  "the catalog stalls, and has a hash": {
    routes: { "/catalog.json": hang(catalog) },
    options: { idleTimeout: IDLE, integrity: { catalog: hash(catalog) } },
    code: "TIMEOUT",
    names: /after 10 of/,
  },
  "the catalog's request is never answered": {
    routes: { "/catalog.json": hang() },
    options: { idleTimeout: IDLE },
    as: { catalog: "request" },
    code: "TIMEOUT",
    names: /catalog\.json stands still: nothing came for 1000 ms, after 0 bytes/,
  },
  "the catalog's response stalls in the middle": {
    routes: { "/catalog.json": hang(catalog) },
    options: { idleTimeout: IDLE },
    as: { catalog: "response" },
    code: "TIMEOUT",
    names: RegExp(`catalog\\.json stands still: nothing came for 1000 ms, after 10 of ${catalog.length} bytes`),
  },
  "the model stalls, and is needed": {
    routes: { "/model.wnm": hang(model) },
    options: { idleTimeout: IDLE, model: "/model.wnm", onModelError: "fail" },
    code: "TIMEOUT",
    names: RegExp(`model\\.wnm stands still: nothing came for 1000 ms, after 10 of ${model.length} bytes`),
  },
  "the model's request stalls, and is needed": {
    routes: { "/model.wnm": hang(model) },
    options: { idleTimeout: IDLE, model: "/model.wnm", onModelError: "fail" },
    as: { model: "request" },
    code: "TIMEOUT",
    names: RegExp(`model\\.wnm stands still: nothing came for 1000 ms, after 10 of ${model.length} bytes`),
  },
  "there is no memory for the core in the page": {
    call: "startStarved",
    code: "MEMORY",
    names: /too many recommenders or workers may be open\): .*Out of memory/,
  },
  "there is no memory for the core in the engine's worker": {
    routes: { "/starved.js": worker(STARVED) },
    options: { workerUrl: "/starved.js" },
    code: "MEMORY",
    names: /Cannot allocate Wasm memory.*too many recommenders or workers/,
  },
});

/** Why a model is done without. @type {Record<string, Omit<Start, "names">>} */
const withoutModel = {
  "is not there": { routes: { "/model.wnm": missing }, code: "HTTP" },
  "is a start page": { routes: { "/model.wnm": answer("<!doctype html><title>app</title>", "text/html") }, code: "MODEL_FORMAT" },
  "stalls": { routes: { "/model.wnm": hang(model) }, code: "TIMEOUT" },
  "is another one": { options: { integrity: { model: hash(catalog) } }, code: "NETWORK" },
  "is a request that is never answered": { routes: { "/model.wnm": hang() }, as: { model: "request" }, code: "TIMEOUT" },
  "is a response that stalls": { routes: { "/model.wnm": hang(model) }, as: { model: "response" }, code: "TIMEOUT" },
};

/** @type {[object, RegExp][]} */
const wrongOptions = [
  [{ broker: { deliveryLimit: 0 } }, /deliveryLimit/],
  [{ broker: { deliveryLimits: 1 } }, /deliveryLimits/],
  [{ limits: { modelByte: 1 } }, /modelByte/],
  [{ fields: { ids: "id" } }, /ids/],
  [{ workers: -1 }, /workers/],
  [{ onModelError: "ignore" }, /ignore/],
  [{ idleTimeout: -1 }, /idleTimeout/],
];

for (const name of browserNames()) {
  test(`${name}: starts that fail`, { timeout: 180_000 }, async (t) => {
    /** @type {Map<string, Handler>} */
    const routes = new Map();
    /** The sources that were asked for. @type {string[]} */
    const asked = [];
    const folders = { "/dist/": dist, "/page/": import.meta.dirname, "/faults/": join(root, "tests", "faults") };
    const [server, foreign, { driver, close }] = await Promise.all([serve({ routes, folders }), serve({ folders }), openBrowser(name)]);
    /** Opens a page, and calls a function of start-page.js. @param {string} call @param {Partial<Start>} start @returns {Promise<any>} */
    const outcome = async (call, { routes: others = {}, csp = SELF, options = {}, as = {} } = {}) => {
      routes.clear();
      asked.length = 0;
      const page = answer(`<!doctype html><title>start</title>`, "text/html");
      routes.set("/", (request, response) => (response.setHeader("Content-Security-Policy", csp), page(request, response)));
      routes.set("/catalog.json", answer(catalog, "application/json"));
      routes.set("/model.wnm", answer(model, "application/octet-stream"));
      for (const [path, handler] of Object.entries(others)) routes.set(path, handler);
      for (const path of ["/catalog.json", "/model.wnm"]) {
        const handler = /** @type {Handler} */ (routes.get(path));
        routes.set(path, (request, response) => (asked.push(path), response.setHeader("Cache-Control", "no-store"), handler(request, response)));
      }
      await driver.get(`${server.origin}/`);
      return callInPage(driver, "/page/start-page.js", call, options, as);
    };
    /** No connection is left by what was given up. That of a response is the page's own: Firefox ends it when more has come. @param {Start["as"]} [as] */
    const letGo = async (as = {}) => {
      const isOurs = !Object.values(as).includes("response");
      for (const response of held.splice(0)) {
        if (!isOurs) response.destroy();
        else if (!response.destroyed) await once(response, "close");
      }
    };
    try {
      const all = await outcome("start");
      assert.equal(all.code, "started", all.message);
      await t.test("the core is fetched until it has come, and then once for the whole page", async () => {
        const core = await readFile(join(dist, "watchnext.wasm"));
        let fetched = 0;
        /** @type {Handler} */
        const once503 = (request, response) => ((fetched += 1) === 1 ? response.writeHead(503).end() : answer(core, "application/wasm")(request, response));
        assert.deepEqual(await outcome("thrice", { routes: { [WASM]: once503 } }), ["WASM_LOAD", "started", "started"]);
        assert.equal(fetched, 2);
      });
      const [wasm, script] = await Promise.all(["watchnext.wasm", "worker.js"].map((file) => readFile(join(dist, file))));
      const demo = await readFile(join(root, "www", "worker.js"), "utf8");
      for (const [what, start] of Object.entries(starts(/** @type {Buffer} */ (wasm), /** @type {Buffer} */ (script), demo, foreign.origin))) {
        await t.test(what, async () => {
          const { code, message } = await outcome(start.call ?? "start", start);
          assert.equal(code, start.code, message);
          assert.match(message, start.names);
          if (code === "TIMEOUT") await letGo(start.as);
          held.length = 0;
        });
      }
      await t.test("the worker's script needs no other: Firefox tells nobody that one is missing", async () => {
        const routes = { "/alone/worker.js": answer(/** @type {Buffer} */ (script), "text/javascript") };
        assert.equal((await outcome("start", { routes, options: { workerUrl: "/alone/worker.js" } })).code, "started");
      });
      await t.test("a catalog with its own hash", async () => {
        assert.equal((await outcome("start", { options: { integrity: { catalog: `sha512-AAAA ${hash(catalog)}` } } })).code, "NETWORK", "the strongest counts");
        assert.equal((await outcome("start", { options: { integrity: { catalog: `sha256-AAAA ${hash(catalog)}?later` } } })).code, "started");
      });
      await t.test("memory that workers give back a moment after they have ended is waited for", async () => {
        const { code, ...rest } = await outcome("start", { routes: { "/scarce.js": worker(SCARCE) }, options: { workerUrl: "/scarce.js" } });
        assert.deepEqual({ code, ...rest }, { code: "started", whole: true, mode: "workers", restarts: [0, 0, 0] });
      });
      await t.test("scorers' workers for which there is no memory are not started again and again", async () => {
        const routes = { "/starved.js": worker(`addEventListener("message", ({ data }) => { if (data.scorer) ${STARVED}; }, { once: true })`) };
        const { code, ...rest } = await outcome("start", { routes, options: { workerUrl: "/starved.js" } });
        assert.deepEqual({ code, ...rest }, { code: "started", whole: true, mode: "in-process", restarts: [1, 1, 1] });
      });
      for (const as of /** @type {import("./start-page.js").As[]} */ ([{}, { catalog: "request", model: "request" }])) {
        await t.test(`bad options are named, and what only the page can read is not read, ${JSON.stringify(as)}`, async () => {
          for (const [options, names] of wrongOptions) {
            const { code, message } = await outcome("start", { options: { model: "/model.wnm", ...options }, as });
            assert.equal(code, "OPTION", message);
            assert.match(message, names);
            // The engine's worker asks for addresses while the core is still coming.
            if (as.catalog) assert.deepEqual(asked, [], message);
          }
        });
      }
      for (const [path, as] of /** @type {[string, import("./start-page.js").As][]} */ ([[WASM, {}], ["/catalog.json", {}], ["/catalog.json", { catalog: "request" }]])) {
        await t.test(`an abort ends a start at once that waits for ${path}, ${JSON.stringify(as)}`, async () => {
          const hanging = new Promise((resolve) => (hangs = () => resolve(undefined)));
          /** @type {Handler} */
          const whenItHangs = (_, response) => void hanging.then(() => response.end());
          const options = { idleTimeout: 600_000 };
          assert.equal((await outcome("startAndAbort", { routes: { [path]: hang(), "/until-it-hangs": whenItHangs }, options, as })).code, "ABORTED");
          // The core's goes on: others may wait for it.
          if (path !== WASM) await letGo();
          held.length = 0;
        });
      }
      for (const [what, start] of Object.entries(withoutModel)) {
        await t.test(`a model that ${what} is done without, and not tried again`, async () => {
          const options = { model: "/model.wnm", idleTimeout: IDLE, ...start.options };
          assert.deepEqual(await outcome("startWithoutModel", { ...start, options }), {
            events: [`model-error ${start.code}`, "engine-restart"],
            before: start.code,
            after: start.code,
          });
          assert.equal(asked.filter((path) => path === "/model.wnm").length, 1);
          await letGo(start.as);
        });
      }
      await t.test("a model that only another engine cannot load is told of then", async () => {
        let times = 0;
        /** @type {Handler} */
        const firstOnly = (request, response) => ((times += 1) === 1 ? answer(model, "application/octet-stream") : missing)(request, response);
        assert.deepEqual(await outcome("startWithoutModel", { routes: { "/model.wnm": firstOnly }, options: { model: "/model.wnm" } }), {
          events: ["engine-restart", "model-error HTTP"],
          before: "none",
          after: "HTTP",
        });
      });
    } finally {
      await close();
      await Promise.all([server.close(), foreign.close()]);
    }
  });
}
