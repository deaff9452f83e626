// Scorers of the page's own in workers of their own, under a strict CSP: the examples, and modules that do what they must not.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { serve } from "../../scripts/serve.mjs";
import { root } from "../../scripts/workspace.mjs";
import { browserNames, callInPage, openBrowser } from "./browser.mjs";

const CSP = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
const FOLDERS = {
  "/dist/": join(root, "dist"),
  "/scorers/": join(root, "examples", "scorers"),
  "/hostile/": join(root, "tests", "scorers"),
  "/page/": import.meta.dirname,
};

const LISTS = {
  newThisWeek: [true, "4", "New this week"],
  onMyServices: [true, "2", "On Arte, which you have"],
  friends: [true, "2", "Ada and Grace watched it"],
};
const QUEUES = ["history", "genre", "popularity", "newThisWeek", "onMyServices", "friends"];

for (const name of browserNames()) {
  describe(name, () => {
    /** @type {(() => Promise<unknown>)[]} */
    const closing = [];
    /** @type {(call: string, ...args: unknown[]) => Promise<any>} */
    let call;

    before(async () => {
      /** @type {import("../../scripts/serve.mjs").Handler} */
      const page = (_, response) => void response.writeHead(200, { "Content-Type": "text/html", "Content-Security-Policy": CSP }).end("<!doctype html><title>scorers</title>");
      const [server, browser] = await Promise.all([
        serve({ routes: new Map([["/", page]]), folders: FOLDERS, headers: { "Content-Security-Policy": CSP } }),
        openBrowser(name),
      ]);
      closing.push(server.close, browser.close);
      await browser.driver.manage().setTimeouts({ script: 60_000 });
      await browser.driver.get(`${server.origin}/`);
      call = (function_, ...args) => callInPage(browser.driver, `${server.origin}/page/scorers-page.js`, function_, ...args);
    });
    after(async () => {
      for (const close of closing.reverse()) await close();
    });

    test("the examples, in workers and beside the engine", async () => {
      assert.deepEqual(await call("examples", 1), { lists: LISTS, mode: "workers", queues: QUEUES });
      assert.deepEqual(await call("examples", false), { lists: LISTS, mode: "in-process", queues: QUEUES });
    });

    test("functions of the page's: columns come once for a catalog", async () => {
      assert.deepEqual(await call("functions"), {
        lists: { newThisWeek: LISTS.newThisWeek, friends: LISTS.friends },
        after: [true, "4", "Grace watched it"],
        once: true,
        mode: "workers",
        reason: null,
        queues: ["history", "genre", "popularity", "newThisWeek", "friends"],
      });
    });

    test("a scorer that comes late changes the live list that it missed", async () => {
      const { whole, first, second } = await call("late");
      const [part, rest] = first;
      assert.deepEqual([part.missing, rest.missing, rest.moved, rest.ids], [["late"], [], true, whole]);
      assert.notEqual(part.ids, whole);
      assert.deepEqual(second.map((/** @type {any} */ { missing, events }) => [missing, events]), [[["late"], 1], [[], 0]]);
    });

    test("bad ones are refused with this page's errors", async () => {
      assert.deepEqual(await call("refused"), [
        "true OPTION option scorers.own.score: must be a function, found 5",
        "true OPTION option scorers.own: is a module, which has a url, or a function score; not both",
        "true OPTION option scorers.own: must be an object, found 5",
      ]);
    });

    for (const [does, says] of /** @type {[string, RegExp][]} */ ([
      ["nan", /^bad rejected 1: .*item 0 is NaN/],
      ["promise", /^bad rejected 1: .*not a promise/],
      ["short", /^bad rejected 1: .*found an array of 3/],
      ["throws", /^bad rejected 1: .*not today/],
      ["proxy", /^bad rejected 1: .*a trap/],
    ])) {
      test(`what must not be given is refused: ${does}`, async () => {
        for (const isFunction of [false, true]) {
          const { letter, ...rest } = await call("hostile", does, {}, isFunction);
          assert.match(letter, says);
          assert.deepEqual(rest, { missing: ["bad"], items: 4, way: ["sent 1", "replied 1", "given-up "], without: true, restarts: 0 });
        }
      });
    }

    test("a worker has the name of its scorer, for DevTools", async () => {
      assert.equal(await call("named"), "watchnext-scorer-mine");
    });

    test("an endless loop is ended, delivered again and given up; nobody else waits for it", async () => {
      const { letter, restarts, ...rest } = await call("hostile", "loops", { deliveryTimeout: 300 });
      assert.match(letter, /^bad delivery_limit 3: /);
      assert.ok(restarts >= 3, `${restarts} workers were replaced`);
      assert.deepEqual(rest, { missing: ["bad"], items: 4, way: ["sent 1", "sent 2", "sent 3", "given-up "], without: true });
    });
  });
}
