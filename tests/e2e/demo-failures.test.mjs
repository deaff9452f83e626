// What the demo does with what does not come, or not as it should: it says so, goes on with the rest, and tries again when it is asked to.

import assert from "node:assert/strict";
import { test } from "node:test";
import { By } from "selenium-webdriver";
import { file, inEachBrowser } from "./demo-suite.mjs";
import { DemoPage, openDemo } from "./demo-page.mjs";

/** @typedef {import("../../scripts/serve.mjs").Handler} Handler */

const CATALOG = file("application/json", "www", "data", "catalog.json");
const MODEL = file("application/octet-stream", "www", "data", "model.wnm");
/** @type {Handler} */
const missing = (_, response) => void response.writeHead(404).end();

inEachBrowser((suite) => {
  const { routes } = suite;
  const text = async () => /** @type {Promise<string>} */ (suite.driver.executeScript("return document.body.innerText"));

  test("catalog, model and core are downloaded once, side by side", async () => {
    /** @type {string[]} */
    const asked = [];
    /** @type {[string, Handler][]} */
    const files = [
      ["/data/catalog.json", CATALOG],
      ["/data/model.wnm", MODEL],
      ["/dist/watchnext.wasm", file("application/wasm", "dist", "watchnext.wasm")],
    ];
    /** Each of the first two is answered when both have been asked for. @type {(() => void)[]} */
    const held = [];
    for (const [path, handler] of files) {
      routes.set(path, (request, response) => {
        asked.push(path);
        held.push(() => handler(request, response));
        if (new Set(asked).size >= 2) for (const answer of held.splice(0)) answer();
      });
    }
    try {
      const page = await openDemo(suite.driver, suite.origin);
      await page.search("matrix the", "2571");
      assert.deepEqual(asked.toSorted(), files.map(([path]) => path).toSorted());
    } finally {
      for (const [path] of files) routes.delete(path);
    }
  });

  test("a page that cannot load says why, and nothing that is not so; it can be tried again", async () => {
    /** @type {[string, Handler, RegExp][]} */
    const cases = [
      ["catalog", missing, /answered with HTTP status 404 and no content type \(HTTP\)/],
      ["catalog", (_, response) => void response.end('{"films": [1]}'), /\(CATALOG_[A-Z]+\)/],
      ["catalog", (request) => void request.socket.destroy(), /could not be reached \(NETWORK\)/],
    ];
    for (const [, handler, why] of cases) {
      routes.set("/data/catalog.json", handler);
      await suite.driver.get(`${suite.origin}/?deadline=60000&history=failures`);
      const page = new DemoPage(suite.driver);
      await page.until("the error", async () => (await page.status()) === "error");
      assert.match(await page.find("status").getText(), why);
      assert.doesNotMatch(await text(), /Nothing is known of you yet|is loading|TypeError|Making the list/);
      assert.equal(await page.find("found").getText(), "The catalog could not be loaded.");
      routes.delete("/data/catalog.json");
      await page.find("retry").click();
      await page.until("the page to be ready", async () => (await page.status()) === "ready");
      await page.search("matrix the", "2571");
    }
  });

  test("what was tried again happens once", { timeout: 60_000 }, async () => {
    routes.set("/data/catalog.json", missing);
    await suite.driver.get(`${suite.origin}/?deadline=60000&history=failures`);
    const page = new DemoPage(suite.driver);
    for (let attempt = 0; attempt < 2; attempt++) {
      await page.until("the error", async () => (await page.status()) === "error");
      if (attempt === 1) routes.delete("/data/catalog.json");
      await page.find("retry").click();
    }
    await page.until("the page to be ready", async () => (await page.status()) === "ready");
    await page.click('[data-testid="trouble-kill"]');
    await page.until("the end", async () => (await page.find("trouble").getAttribute("data-state")) === "done");
    const events = (await page.find("events").getText()).match(/is replaced/g);
    assert.equal(events?.length, 1, "one worker was killed");
  });

  test("a model that is not there costs a banner, until it is there", async () => {
    routes.set("/data/model.wnm", missing);
    try {
      const page = await openDemo(suite.driver, suite.origin);
      const banner = page.find("without-model");
      assert.match(await banner.getText(), /^Without the model: ranking by content\.\s*Try again\s*.*\/model\.wnm answered with HTTP status 404 and no content type \(HTTP\)$/s);
      assert.equal((await page.cards("for-you")).length, 20);
      await page.andNewList(() => page.click('[data-testid="sample"]'));
      const without = (await page.cards("for-you")).map(({ id }) => id);

      await page.find("retry-model").click();
      await page.until("the end of a vain attempt", async () => page.find("retry-model").isEnabled());
      assert.match(await banner.getText(), /^Without the model/);
      routes.set("/data/model.wnm", (request) => void request.socket.destroy());
      await page.find("retry-model").click();
      await page.until("the end of another", async () => /could not be reached \(NETWORK\)$/.test(await banner.getText()));

      routes.set("/data/model.wnm", MODEL);
      await page.andNewList(() => page.find("retry-model").click());
      assert.equal(await banner.isDisplayed(), false);
      assert.match(await page.news(), /^With the model\. \d+ of 20 titles (is|are) new\.$/);
      const now = (await page.cards("for-you")).map(({ id }) => id);
      assert.notDeepEqual(now, without);
      // Who never was without it has the same list: it was told all that was marked.
      routes.delete("/data/model.wnm");
      const other = await openDemo(suite.driver, suite.origin);
      await other.andNewList(() => other.click('[data-testid="sample"]'));
      assert.deepEqual((await other.cards("for-you")).map(({ id }) => id), now);
    } finally {
      routes.delete("/data/model.wnm");
    }
  });

  test("a search that does not start says so, costs nothing else, and can be tried again", async () => {
    let workers = 0;
    routes.set("/catalog-worker.js", (request, response) => {
      workers += 1;
      missing(request, response);
    });
    try {
      const page = await openDemo(suite.driver, suite.origin);
      const found = page.find("found");
      assert.equal(await found.getText(), "The catalog cannot be searched: /catalog-worker.js could not be loaded.");
      await page.andNewList(() => page.click('[data-testid="sample"]'));
      await page.click(`[data-testid="found-retry"]`);
      await page.until("another attempt", async () => workers === 2 && (await page.find("found-retry").isDisplayed()));
      routes.delete("/catalog-worker.js");
      await page.click(`[data-testid="found-retry"]`);
      await page.until("the search", async () => /^[\d,.]+ titles$/.test(await found.getText()));
      await page.search("matrix the", "2571");
      assert.deepEqual(await page.pressed("results", "2571"), ["watch"]);
      assert.equal(await suite.driver.findElement(By.css('[data-testid="found-retry"]')).isDisplayed(), false);
    } finally {
      routes.delete("/catalog-worker.js");
    }
  });

  test("none of it was against the page's Content Security Policy", () => {
    assert.equal(suite.violations.join("\n"), "");
  });
});
