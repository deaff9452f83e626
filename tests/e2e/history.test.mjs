// The history in IndexedDB, in each browser: it outlives the page and the browser, all tabs have the same, and trouble is told and harmless.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { serve } from "../../scripts/serve.mjs";
import { root } from "../../scripts/workspace.mjs";
import { durability, killable, migrations } from "../durability/run.mjs";
import { browserNames, callInPage, emptyPage, openBrowser } from "./browser.mjs";

/** @type {import("../../scripts/serve.mjs").Handler} */
const evict = (_, response) => void response.writeHead(200, { "Clear-Site-Data": '"storage"' }).end();

for (const name of browserNames()) {
  describe(name, () => {
    /** @type {(() => Promise<unknown>)[]} */
    const closing = [];
    /** @type {(call: string, ...options: unknown[]) => Promise<any>} */
    let inPage;
    /** @type {() => Promise<void>} */
    let reload;
    /** @type {import("selenium-webdriver").WebDriver} */
    let driver;

    before(async () => {
      const server = await serve({ routes: new Map([["/", emptyPage], ["/evict", evict]]), folders: { "/dist/": join(root, "dist"), "/e2e/": import.meta.dirname } });
      closing.push(server.close);
      const browser = await openBrowser(name);
      ({ driver } = browser);
      closing.push(browser.close);
      reload = async () => {
        await driver.get(`${server.origin}/`);
        await driver.manage().setTimeouts({ script: 60_000 });
      };
      inPage = (call, ...options) => callInPage(driver, "/e2e/history-page.js", call, ...options);
      await reload();
    });
    after(async () => {
      for (const close of closing.reverse()) await close();
    });

    test("it outlives the page, and the engine", { timeout: 60_000 }, async () => {
      const first = await inPage("recordSome", "outlives", 5);
      assert.deepEqual(first, { durable: true, events: 5, codes: [] });
      await reload();
      const again = await inPage("recordSome", "outlives", 3);
      assert.deepEqual(again, { durable: true, events: 8, codes: [] });
      await reload();
      assert.deepEqual(await inPage("killEngine", "outlives"), { events: 9, restarts: 1 });
    });

    test("an event in one tab is known in the others, once", { timeout: 60_000 }, async () => {
      assert.deepEqual(await inPage("twoTabs", "tabs"), { first: 400, second: 400, third: 400, batches: true });
    });

    test("four tabs record at once: each knows its own when it is acknowledged, and all of all of them in their order", { timeout: 90_000 }, async () => {
      const first = await driver.getWindowHandle();
      const tabs = [first];
      try {
        for (let tab = 1; tab < 4; tab += 1) {
          await driver.switchTo().newWindow("tab");
          tabs.push(await driver.getWindowHandle());
          await reload();
        }
        for (const [place, tab] of tabs.entries()) {
          await driver.switchTo().window(tab);
          await inPage("tabBegins", "four", `tab ${place}`, 200);
        }
        for (const tab of tabs) {
          await driver.switchTo().window(tab);
          assert.deepEqual(await inPage("tabEnds", "four", 800), { isKnown: true, known: 800, codes: [], kept: 800, ordered: true });
        }
      } finally {
        for (const tab of tabs.slice(1)) {
          await driver.switchTo().window(tab);
          await driver.close();
        }
        await driver.switchTo().window(first);
      }
    });

    test("a list follows what another tab does; what is forgotten is nowhere", { timeout: 60_000 }, async () => {
      assert.deepEqual(await inPage("liveTabs", "live"), { different: true, because: 1, back: true, left: ["2"], all: 0, there: 0 });
    });

    test("what happens in one tab while another starts or forgets is neither missed nor lost", { timeout: 60_000 }, async () => {
      assert.deepEqual(await inPage("atOnce", "at once"), { heard: 1, both: [41, 41], kept: 41 });
    });

    test("a thousand events at once are few batches, and few lists", { timeout: 60_000 }, async () => {
      const { batches, lists, ...rest } = await inPage("burst", "burst");
      assert.deepEqual(rest, { events: 1000, of: 1000 });
      // One, where the engine has taken note of all within half a second.
      assert.ok(batches <= 5 && lists <= 3, `${batches} batches, ${lists} lists`);
    });

    test("what is forgotten is in no store of the page's", { timeout: 60_000 }, async () => {
      const [there, gone, none] = [[true, true], [false, true], [false, false]];
      assert.deepEqual(await inPage("nothingLeft", "left"), { report: [there, gone, none, there, gone, none], user: false });
    });

    test("what one tab could not keep goes when another forgets it", { timeout: 60_000 }, async () => {
      assert.deepEqual(await inPage("forgottenElsewhere", "elsewhere"), { durable: false, kept: ["watch 2", "like 2"] });
    });

    test("scripts that are loaded when they are needed throw what the page knows", { timeout: 60_000 }, async () => {
      const codes = { ingest: ["EVENT", "event 2"], aborted: ["ABORTED", ""], live: ["OPTION", ""], together: ["OPTION", ""], import: ["OPTION", ""], catalog: ["ITEM_FIELD_MISSING", ""], own: "OWN" };
      assert.deepEqual(await inPage("laterErrors", "errors"), { codes, events: 2 });
    });

    test("the last list of a name is there on the next visit, until something is forgotten", { timeout: 60_000 }, async () => {
      const { none, list } = await inPage("firstVisit", "visits");
      assert.ok(none && list);
      await reload();
      const { took, ...second } = await inPage("secondVisit", "visits");
      assert.deepEqual(second, { before: list, stale: [true, true, null], same: true, moved: 0, others: true, still: list, after: true });
      assert.ok(took < 5_000, `after ${took} ms`);
    });

    test("a database of version 1 becomes one of today, with what it has; who still writes as version 1 may", { timeout: 60_000 }, async () => {
      assert.deepEqual(await inPage("fromVersion1", "version 1"), { first: 1, durable: true, second: 3, codes: [], version: 2, stores: ["batches", "lists"] });
    });

    test("what was lost with a deleted database is kept again when the page says so", { timeout: 60_000 }, async () => {
      assert.deepEqual(await inPage("keepAgain", "again"), { codes: ["HISTORY_LOST"], lost: 1, known: [["1", "click", null], ["2", "like", null], ["1", "watch", 60]] });
    });

    test("what the disk may have still is not said to be forgotten", { timeout: 60_000 }, async () => {
      assert.deepEqual(await inPage("forgetInVain", "in vain"), { code: "HISTORY_STORE", codes: ["HISTORY_STORE"], here: 1, still: 2, again: 0, kept: ["2"] });
    });

    test("many batches become one, in their order", { timeout: 60_000 }, async () => {
      assert.deepEqual(await inPage("manyBatches", "many"), { ordered: true, events: 600, few: true });
    });

    for (const [trouble, expected] of Object.entries({
      full: { durable: false, events: 1, codes: ["HISTORY_FULL"], after: { durable: true, kept: 2 } },
      refused: { durable: false, events: 1, codes: ["HISTORY_STORE", "HISTORY_STORE"], after: { durable: true, kept: 2 } },
      silent: { durable: false, events: 1, codes: ["HISTORY_STORE", "HISTORY_STORE"], after: { durable: true, kept: 2 } },
      blocked: { durable: false, events: 1, codes: ["HISTORY_STORE", "HISTORY_STORE"], after: { durable: true, kept: 2 } },
      evicted: { durable: true, events: 2, codes: ["HISTORY_LOST"], after: { durable: true, kept: 2 } },
      deleted: { durable: true, events: 2, codes: ["HISTORY_LOST"], after: { durable: true, kept: 2 } },
      closed: { durable: true, events: 2, codes: [], after: { durable: true, kept: 3 } },
      newer: { durable: true, events: 1, codes: [], after: { durable: true, kept: 2 } },
      damaged: { durable: true, events: 1, codes: ["HISTORY_DAMAGED"], after: { durable: true, kept: 2 } },
    })) {
      test(`trouble with the store: ${trouble}`, { timeout: 60_000 }, async () => {
        assert.deepEqual(await inPage("trouble", trouble), expected);
        // In Chromium a page whose storage was thrown away has no Web Locks any more, by which workers are watched, until it is loaded again.
        if (trouble === "evicted") await reload();
      });
    }

    if (killable.includes(name)) {
      test("no acknowledged event is lost, doubled or out of order when the browser is killed", { timeout: 120_000 }, async () => {
        const { kills, lost, doubled, reordered, acknowledged } = await durability({ browser: name, events: 200, kills: 2, seed: 1 });
        assert.deepEqual({ kills, lost, doubled, reordered }, { kills: 2, lost: 0, doubled: 0, reordered: 0 });
        assert.ok(acknowledged > 50, `${acknowledged} acknowledged`);
      });

      test("a database that is brought to today's version when the browser is killed has all that it had", { timeout: 120_000 }, async () => {
        const { kills, lost, doubled } = await migrations({ browser: name, events: 100, kills: 3, seed: 1 });
        assert.deepEqual({ kills, lost, doubled }, { kills: 3, lost: 0, doubled: 0 });
      });
    }
  });
}
