// The demo as a viewer uses it, in each browser, against the built package.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { By, Key } from "selenium-webdriver";
import { CONTENT_SECURITY_POLICY, serve } from "../../scripts/serve.mjs";
import { root } from "../../scripts/workspace.mjs";
import { listOfCommandLine } from "../golden.mjs";
import { browserNames, openBrowser } from "./browser.mjs";
import { openDemo } from "./demo-page.mjs";

const data = join(root, "www", "data");
const files = { catalog: join(data, "catalog.json"), model: join(data, "model.wnm") };
const [MATRIX, TOY_STORY, HEAT] = ["2571", "1", "6"];

/** Titles that would be markup if anybody let them. */
const HOSTILE = [
  { id: "1", title: `<img src=x onerror="document.title='broken'">`, genres: ["<b>Bold</b>"], year: 1999, popularity: 3 },
  { id: "2", title: `</h3><script>document.title='broken'</script>`, genres: ["<b>Bold</b>"], popularity: 2 },
  { id: `3"]`, title: "\u202eright to left", genres: ["War"], popularity: 1 },
];

for (const name of browserNames()) {
  describe(name, () => {
    /** @type {import("selenium-webdriver").WebDriver} */
    let driver;
    /** @type {string} */
    let origin;
    /** What the page's Content Security Policy had to forbid. @type {string[]} */
    const violations = [];
    /** @type {(() => Promise<unknown>)[]} */
    const closing = [];
    /** @type {Map<string, import("../../scripts/serve.mjs").Handler>} */
    const routes = new Map([
      ["/violations", (request, response) => void request.on("data", (data) => violations.push(String(data))).on("end", () => response.end())],
      ["/hostile.json", (_, response) => void response.end(JSON.stringify(HOSTILE))],
      ["/cut.json", (_, response) => void response.end('[{"id": 1, "title": "A"}, {"id"')],
    ]);

    before(async () => {
      const headers = { "Content-Security-Policy": `${CONTENT_SECURITY_POLICY}; report-uri /violations` };
      const server = await serve({ routes, headers });
      closing.push(server.close);
      origin = server.origin;
      const browser = await openBrowser(name);
      closing.push(browser.close);
      driver = browser.driver;
    });
    after(async () => {
      for (const close of closing.reverse()) await close();
    });

    test("marks change the list, and the list is the command line's", async () => {
      const page = await openDemo(driver, origin);
      assert.equal((await page.cards("for-you")).length, 20);
      await page.search("matrix the", MATRIX);
      await page.press("results", MATRIX, "watch");
      await page.search("toy stor", TOY_STORY);
      await page.press("results", TOY_STORY, "like");
      await page.search("heat", HEAT);
      await page.press("results", HEAT, "dislike");

      const shown = await page.cards("for-you");
      const events = [
        { item: MATRIX, type: "watch" },
        { item: TOY_STORY, type: "like" },
        { item: HEAT, type: "dislike" },
      ];
      const expected = await listOfCommandLine({ ...files, events });
      assert.deepEqual(shown.map(({ id }) => id), expected.map(({ id }) => id));
      for (const { id } of events.map(({ item }) => ({ id: item }))) {
        assert.ok(!shown.some((card) => card.id === id), `${id} is not recommended again`);
      }
      assert.match(await page.find("genres").getText(), /Animation/);
      assert.match(await page.find("history").getText(), /Disliked\s*Heat/);

      await page.andNewList(() => page.click(`[data-testid="history"] [data-item="${HEAT}"] [data-testid="forget"]`));
      await page.andNewList(() => page.click('[data-testid="reset"]'));
      const first = await listOfCommandLine({ ...files, events: [] });
      assert.deepEqual((await page.cards("for-you")).map(({ id }) => id), first.map(({ id }) => id), "nothing is left of it");
    });

    test("weights and filters are obeyed", async () => {
      const page = await openDemo(driver, origin, { limit: "12" });
      await page.andNewList(() => page.click('[data-testid="sample"]'));
      const automatic = (await page.cards("for-you")).map(({ id }) => id);
      assert.equal(automatic.length, 12);

      await page.andNewList(() => page.click('[data-testid="weights-auto"]'));
      const slider = page.find("weight-popularity");
      assert.ok(await slider.isEnabled());
      await page.andNewList(() => slider.sendKeys(Key.HOME));
      const personal = (await page.cards("for-you")).map(({ id }) => id);
      assert.notDeepEqual(personal, automatic);

      await page.andNewList(() => page.find("year-max").sendKeys("1979"));
      await page.until("only old films", async () => {
        const years = (await page.cards("for-you")).map(({ text }) => Number(/\b(18|19|20)\d\d/.exec(text)?.[0]));
        return years.length > 0 && years.every((year) => year <= 1979);
      });
      await page.andNewList(() => page.find("only-genre").findElement(By.css('option[value="Animation"]')).click());
      const ids = new Set((await page.cards("for-you")).map(({ id }) => id));
      const catalog = /** @type {any[]} */ (JSON.parse(await (await fetch(`${origin}/data/catalog.json`)).text()).items);
      for (const item of catalog.filter(({ id }) => ids.has(id))) {
        assert.ok(item.genres.includes("Animation") && item.year <= 1979, item.title);
      }
      assert.ok(ids.size > 3);
    });

    test("a film has others like it, and the queues tell what they did", async () => {
      const page = await openDemo(driver, origin, { workers: "2" });
      await page.search("toy story", TOY_STORY);
      await page.click(`[data-testid="results"] [data-item="${TOY_STORY}"] [data-testid="more"]`);
      await page.until("the films like it", async () => (await page.cards("similar")).length > 0);
      assert.ok((await page.cards("similar")).some(({ text }) => text.includes("Toy Story 2")));
      await page.click('[data-testid="similar-close"]');
      await page.andNewList(() => page.click('[data-testid="sample"]'));
      for (const queue of ["history", "genre", "popularity"]) {
        const text = await driver.findElement(By.css(`[data-testid="queue"][data-queue="${queue}"]`)).getText();
        const workers = text.match(/worker \d+/g) ?? [];
        assert.equal(workers.length, 2, text);
        assert.match(text, /acknowledged\s*[1-9]/);
        assert.match(text, /dead letters\s*0/);
      }
    });

    test("a keyboard suffices", async () => {
      const page = await openDemo(driver, origin);
      await page.pause();
      await driver.executeScript(`document.querySelector('[data-testid="for-you"] [data-testid="like"]').focus()`);
      const [first] = await page.cards("for-you");
      await page.andNewList(() => driver.actions().sendKeys(Key.ENTER).perform());
      assert.notEqual((await page.cards("for-you"))[0]?.id, first?.id);
      assert.equal(await driver.executeScript("return document.activeElement.dataset.testid"), "like", "the focus stays in the list");
      assert.match(await page.find("history").getText(), /Liked/);
    });

    test("a worker that is killed, hangs or is slow costs no right list", { timeout: 60_000 }, async () => {
      const page = await openDemo(driver, origin);
      await page.andNewList(() => page.click('[data-testid="sample"]'));
      for (const trouble of ["kill", "hang", "slow"]) {
        await page.click(`[data-testid="trouble-${trouble}"]`);
        await page.until("the trouble to begin", async () => (await page.find("trouble").getAttribute("data-state")) === "busy");
        await page.until("the trouble to end", async () => (await page.find("trouble").getAttribute("data-state")) === "done");
        const outcome = await page.find("trouble-outcome").getText();
        assert.match(outcome, /: [1-9]\d* complete, \d+ without history, .* 0 wrong/);
        if (trouble !== "kill") assert.match(outcome, /[1-9]\d* without/);
      }
      assert.match(await page.find("events").getText(), /A worker of history is replaced: (it ended|no answer in time)/);
    });

    test("what a catalog says is text", async () => {
      const page = await openDemo(driver, origin, { catalog: "/hostile.json", model: "none" });
      const cards = await page.cards("for-you");
      assert.deepEqual(cards.map(({ id }) => id), HOSTILE.map(({ id }) => id));
      assert.ok(cards[0]?.text.includes(HOSTILE[0]?.title ?? "none"));
      await page.press("for-you", "1", "like");
      assert.match(await page.find("genres").getText(), /<b>Bold<\/b>/);
      const made = await driver.executeScript(`return document.querySelectorAll("main img, main script, main b b").length`);
      assert.equal(made, 0);
      assert.equal(await driver.getTitle(), "watchnext");
    });

    test("the page does nothing that its Content Security Policy forbids, and that would be noticed", async () => {
      assert.equal(violations.join("\n"), "");
      await driver.executeScript(`document.body.append(Object.assign(new Image(), { src: "https://elsewhere.invalid/x.png" }))`);
      await driver.wait(() => violations.some((report) => report.includes("elsewhere.invalid")), 10_000, "no report came");
      violations.length = 0;
    });

    test("a page that cannot load says why", async () => {
      for (const [catalog, code] of [
        ["/no-such.json", "HTTP"],
        ["/cut.json", "CATALOG_TRUNCATED"],
        ["/index.html", "CATALOG_HTML"],
      ]) {
        await driver.get(`${origin}/?catalog=${catalog}`);
        const status = await driver.findElement(By.css('[data-testid="status"]'));
        await driver.wait(async () => (await status.getAttribute("data-state")) === "error", 30_000, `no error for ${catalog}`);
        assert.match(await status.getText(), new RegExp(`\\(${code}\\)`));
      }
    });
  });
}
