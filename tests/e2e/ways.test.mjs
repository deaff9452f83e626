// The ways to start that are no usual ones: what the page gives itself, from other origins, in frames and workers of several kinds.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { serve } from "../../scripts/serve.mjs";
import { root } from "../../scripts/workspace.mjs";
import { golden } from "../golden.mjs";
import { browserNames, callInPage, openBrowser } from "./browser.mjs";

const SELF = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
const FOLDERS = { "/dist/": join(root, "dist"), "/golden/": golden, "/page/": import.meta.dirname, "/faults/": join(root, "tests", "faults") };

/** @typedef {import("./ways-page.js").Report & { asked?: string[] }} Report */

for (const name of browserNames()) {
  describe(name, () => {
    /** @type {(() => Promise<unknown>)[]} */
    const closing = [];
    /** @type {(way: string, csp: string, at?: string) => Promise<Report>} */
    let go;
    /** The list that all have to make. @type {string[]} */
    let ids;
    /** Of another origin. */
    let cdn = "";
    /** @type {import("selenium-webdriver").WebDriver} */
    let driver;
    let origin = "";
    let csp = SELF;

    before(async () => {
      /** @type {import("../../scripts/serve.mjs").Handler} */
      const page = (_, response) => void response.writeHead(200, { "Content-Type": "text/html", "Content-Security-Policy": csp }).end("<!doctype html><title>ways</title>");
      /** @type {import("../../scripts/serve.mjs").Handler} */
      const sandboxed = (_, response) =>
        void response.writeHead(200, { "Content-Type": "text/html", "Content-Security-Policy": "sandbox allow-scripts" }).end("<!doctype html><title>sandboxed</title>");
      /** @type {import("../../scripts/serve.mjs").Handler} */
      const guarded = (request, response) => {
        if (request.headers.authorization !== "yes") return void response.writeHead(401).end();
        response.writeHead(200, { "Content-Type": "application/json" }).end('[{"id":1,"title":"One"},{"id":"2","title":"Two"}]');
      };
      const open = { "Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin" };
      const [server, other, browser] = await Promise.all([
        serve({ routes: new Map([["/", page], ["/sandboxed", sandboxed], ["/guarded/catalog.json", guarded]]), folders: FOLDERS, headers: open }),
        serve({ folders: FOLDERS, headers: open }),
        openBrowser(name),
      ]);
      closing.push(server.close, other.close, browser.close);
      ({ driver } = browser);
      ({ origin } = server);
      cdn = other.origin;
      await driver.manage().setTimeouts({ script: 60_000 });
      go = async (way, policy, at = origin) => {
        csp = policy;
        await driver.get(`${origin}/`);
        return callInPage(driver, `${at}/page/ways-page.js`, "go", way);
      };
      ids = (await go("plain", SELF)).ids;
      assert.equal(ids.length, 5);
    });
    after(async () => {
      for (const close of closing.reverse()) await close();
    });

    for (const way of ["plain", "createWorker", "bytes", "response", "module", "address"]) {
      test(`${way}: under a strict CSP, with scorers in workers`, async () => {
        assert.deepEqual(await go(way, SELF), { ids, mode: "workers", events: [] });
      });
    }

    test("a classic worker starts classic ones", async () => {
      assert.deepEqual(await go("classic", `${SELF}; worker-src blob:`), { ids, mode: "workers", events: [] });
    });

    test("a module starts modules", async () => {
      assert.deepEqual(await go("modular", `${SELF}; worker-src blob:`), { ids, mode: "workers", events: [] });
    });

    test("inline: the page serves nothing but the script", async () => {
      assert.deepEqual(await go("inline", `${SELF}; worker-src blob:`), { ids, mode: "workers", events: [] });
    });

    test("the page's own fetch gets core and catalog", async () => {
      const { asked, ids: own, mode } = await go("fetch", SELF);
      assert.deepEqual(asked, ["/dist/watchnext.wasm", "/guarded/catalog.json"]);
      assert.deepEqual([own, mode], [["2"], "workers"]);
    });

    test("from another origin, as from a CDN, the worker is a blob that imports it", async () => {
      const policy = `default-src 'self' ${cdn}; script-src 'self' ${cdn} 'wasm-unsafe-eval'; worker-src blob:`;
      assert.deepEqual(await go("plain", policy, cdn), { ids, mode: "workers", events: [] });
    });

    test("a one-line module script from another origin", async () => {
      const script = `import { createRecommender } from "${cdn}/dist/index.js"; window.made = createRecommender({ catalog: [{ id: 1, title: "One" }] });`;
      csp = "default-src * 'unsafe-inline' 'wasm-unsafe-eval' blob:";
      await driver.get(`${origin}/`);
      const made = await driver.executeAsyncScript(`
        const [text, done] = arguments;
        const script = Object.assign(document.createElement("script"), { type: "module", text });
        document.head.append(script);
        const look = () => (window.made ? window.made.then(async (it) => done([(await it.recommend()).items.length, (await it.stats()).mode]), (error) => done(String(error))) : setTimeout(look, 10));
        look();`, script);
      assert.deepEqual(made, [1, "workers"]);
    });

    for (const way of ["plain", "inline"]) {
      test(`in a sandboxed frame, which has an origin of its own, ${way}`, async () => {
        await driver.get(`${origin}/sandboxed`);
        assert.deepEqual(await callInPage(driver, `${origin}/page/ways-page.js`, "go", way), { ids, mode: "workers", events: [] });
      });
    }

    test("where a worker can start no other, the scorers run in the engine's thread, and it is said why", async () => {
      const { events, reason, ...rest } = await go("childless", `${SELF} blob:; worker-src blob:`);
      assert.deepEqual(rest, { ids, mode: "in-process" });
      const why = "a worker can start no worker in this browser";
      assert.deepEqual(events, ["history", "genre", "popularity"].map((queue) => `${queue}: ${why}`));
      assert.equal(reason, `history: ${why}`);
      if (name !== "chromium") return;
      const logged = (await driver.manage().logs().get("browser")).filter(({ message }) => message.includes("scorers run in the engine's thread"));
      assert.equal(logged.length, 1, "the console is told once");
    });

    for (const [way, code] of Object.entries({ silent: "DEADLINE", dying: "SCORERS_FAILED" })) {
      test(`${way} scorers: ${code}`, async () => assert.equal(await go(way, `${SELF} blob:; worker-src blob:`), code));
    }

    test("in a worker of the page's", async () => {
      assert.deepEqual(await go("worker", `${SELF}; worker-src 'self' blob:`), { ids, mode: "workers", events: [] });
    });

    test("in a shared worker", async () => {
      const { ids: shared } = await go("sharedWorker", `${SELF}; worker-src 'self' blob:`);
      assert.deepEqual(shared, ids);
    });

    test("in a service worker, where there are no workers", async () => {
      const { ids: own, mode, reason } = await go("serviceWorker", SELF);
      assert.deepEqual([own, mode, reason], [ids, "in-process", "there are no workers here"]);
    });
  });
}
