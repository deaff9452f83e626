// Catalogs that change under load, with workers: every list is of one catalog, what is asked after a change is of the new one, and the
// workers of before end.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { serve } from "../../scripts/serve.mjs";
import { root } from "../../scripts/workspace.mjs";
import { browserNames, callInPage, openBrowser } from "./browser.mjs";

const FOLDERS = { "/dist/": join(root, "dist"), "/golden/": join(root, "tests", "golden"), "/page/": import.meta.dirname };

for (const name of browserNames()) {
  describe(name, () => {
    /** @type {(() => Promise<unknown>)[]} */
    const closing = [];
    /** @type {(call: string, ...args: unknown[]) => Promise<any>} */
    let call;

    before(async () => {
      /** @type {import("../../scripts/serve.mjs").Handler} */
      const page = (_, response) => void response.writeHead(200, { "Content-Type": "text/html" }).end("<!doctype html><title>catalogs</title>");
      const [server, browser] = await Promise.all([serve({ routes: new Map([["/", page]]), folders: FOLDERS }), openBrowser(name)]);
      closing.push(server.close, browser.close);
      await browser.driver.manage().setTimeouts({ script: 60_000 });
      await browser.driver.get(`${server.origin}/`);
      call = (function_, ...args) => callInPage(browser.driver, `${server.origin}/page/catalog-page.js`, function_, ...args);
    });
    after(async () => {
      for (const close of closing.reverse()) await close();
    });

    test("under load", async () => {
      const { lists, ...rest } = await call("underLoad", 6);
      assert.deepEqual([lists.mixed, lists.failed, lists.incomplete, lists.late], [0, 0, 0, undefined], JSON.stringify(lists));
      assert.ok(lists.old > 0 && lists.new > 0, JSON.stringify(lists));
      const patched = { items: 2998, skipped: 0, added: 0, changed: 1, removed: 2, unknown: [] };
      assert.deepEqual(rest, { history: { events: 2, unknown: 1 }, items: 3000, mode: "workers", patched, locks: { 7: 4 }, after: {} });
    });

    test("by address, with a model", async () => {
      assert.deepEqual(await call("byAddress"), { added: 0, same: true, error: "HTTP", matched: true, removed: true });
    });
  });
}
