// What a mark or a slider does to the demo's list, and that it is seen and said.

import assert from "node:assert/strict";
import { test } from "node:test";
import { By, Key } from "selenium-webdriver";
import { changedLibrary, inEachBrowser } from "./demo-suite.mjs";
import { DemoPage, openDemo } from "./demo-page.mjs";

const [MATRIX, ALIEN] = ["2571", "1214"];

inEachBrowser((suite) => {
  const { routes } = suite;

  test("a mark says what it has changed, and marks what is new", async () => {
    const page = await openDemo(suite.driver, suite.origin);
    const before = (await page.cards("for-you")).map(({ id }) => id);
    await page.search("alien", ALIEN);
    await page.press("results", ALIEN, "like");
    const fresh = (await page.cards("for-you")).map(({ id }) => id).filter((id) => !before.includes(id));
    const said = fresh.length === 0 ? "No title is new." : `${fresh.length} of 20 titles ${fresh.length === 1 ? "is" : "are"} new.`;
    assert.equal(await page.news(), `Liked Alien. ${said}`);
    const line = suite.driver.findElement(By.css('[data-testid="news"] [role="status"]'));
    await page.until("it to be seen, too", () => line.isDisplayed());
    await page.andNewList(() => page.click('[data-testid="weights-auto"]'));
    const known = (await page.cards("for-you")).map(({ id }) => id);
    await page.press("for-you", known[0] ?? "", "dislike");
    const marked = (await page.cards("for-you", "[data-fresh]")).map(({ id }) => id);
    const added = (await page.cards("for-you")).map(({ id }) => id).filter((id) => !known.includes(id));
    assert.ok(added.length > 0 && added.every((id) => marked.includes(id)) && marked.length < 20, `${marked} are marked as new, ${added} are`);
    await page.until("the marks to go", async () => (await page.cards("for-you", "[data-fresh]")).length === 0);
  });

  test("reasons and weights are the library's, and nothing is made up", async () => {
    routes.set("/dist/index.js", changedLibrary(`
      const recommend = recommender.recommend.bind(recommender);
      recommender.recommend = async (options) => {
        const answer = await recommend(options);
        for (const { explanation } of answer.items) if (explanation) delete explanation.reason;
        return answer;
      };`));
    try {
      const page = await openDemo(suite.driver, suite.origin);
      await page.press("for-you", (await page.cards("for-you"))[0]?.id ?? "", "like");
      const reasons = await suite.driver.executeScript(`return [...document.querySelectorAll('[data-testid="for-you"] .reason')].map((reason) => reason.textContent)`);
      assert.equal(/** @type {string[]} */ (reasons).join(""), "", "where the library gives none");
    } finally {
      routes.delete("/dist/index.js");
    }
    routes.set("/dist/index.js", changedLibrary(`
      const recommend = recommender.recommend.bind(recommender);
      let list = 0;
      recommender.recommend = async (options) => {
        const answer = await recommend(options);
        list += 1;
        answer.weights = { history: 0.55 + list / 100, genre: 0.3, popularity: 0.125 };
        for (const { explanation } of answer.items) if (explanation) explanation.reason = { text: "Because <b>list " + list + "</b> says so" };
        return answer;
      };`));
    try {
      const page = await openDemo(suite.driver, suite.origin);
      const text = async (/** @type {string} */ name) => page.find(`weight-${name}-value`).getText();
      assert.deepEqual([await text("history"), await text("genre")], ["0.56", "0.30"]);
      assert.equal(Number(await page.find("weight-popularity").getAttribute("value")).toFixed(1), "0.1");
      await page.press("for-you", (await page.cards("for-you"))[0]?.id ?? "", "like");
      const cards = await page.cards("for-you");
      assert.ok(cards.every(({ text }) => text.includes("Because <b>list 2</b> says so")), "of this list, also on cards that were there");
      assert.equal(await text("history"), "0.57");
    } finally {
      routes.delete("/dist/index.js");
    }
  });

  test("a worker that hangs is seen as work, and what is missing comes later by itself", { timeout: 60_000 }, async () => {
    // As the page is where its address says nothing.
    await suite.driver.get(`${suite.origin}/`);
    const page = new DemoPage(suite.driver);
    await page.until("a first complete list", async () => (await page.status()) === "ready" && /^20 titles$/.test(await page.summary()));
    await page.until("the workers", async () => (await suite.driver.executeScript(`return document.querySelectorAll("#stats .starting").length`)) === 0);
    await page.pause();
    const report = await suite.driver.executeAsyncScript(`
      const done = arguments[0];
      const list = document.querySelector('[data-testid="for-you"]');
      const seen = [];
      const start = performance.now();
      const note = () => seen.push({
        at: performance.now() - start,
        busy: list.getAttribute("aria-busy"),
        first: list.children[0].dataset.item,
        summary: document.getElementById("summary").textContent,
        waits: !document.querySelector('[data-testid="waiting"]')?.hidden,
      });
      const first = list.children[0].dataset.item;
      new BroadcastChannel("watchnext demo").postMessage({ scorer: "history", kind: "hang" });
      setTimeout(() => {
        list.querySelector('[data-testid="like"]').click();
        const timer = setInterval(() => {
          note();
          const { at, first: now, summary } = seen.at(-1);
          if ((now !== first && /^20 titles$/.test(summary)) || at > 20000) (clearInterval(timer), done({ first, seen }));
        }, 20);
      }, 300);`);
    const { first, seen } = /** @type {{ first: string, seen: { at: number, busy: string, first: string, summary: string, waits: boolean }[] }} */ (report);
    const busy = seen.find((moment) => moment.busy === "true");
    assert.ok(busy?.waits && busy.first === first, "the old list stands, and says that it waits");
    // Where the machine is so busy that no other scorer has answered either, the page says that.
    const said = seen.find(({ summary }) => summary !== "20 titles")?.summary ?? "";
    assert.match(said, /^(20 titles, without history.* so far|No scorer has answered in time\. It is tried again\.)$/);
    const next = seen.find((moment) => moment.first !== first);
    assert.ok(next && next.at < 10_000, `the list follows after ${next?.at} ms: ${next?.summary}`);
    assert.equal(seen.at(-1)?.summary, "20 titles", "nobody pressed anything");
    assert.notEqual(seen.at(-1)?.first, first);
    await page.until("the end of the work", async () => (await page.find("for-you").getAttribute("aria-busy")) === "false");
    await page.until("a word of it", async () => (await page.news()).startsWith("The list is complete."));
  });

  test("a mark made by mistake is taken back where it was made, and leaves what was there", async () => {
    const page = await openDemo(suite.driver, suite.origin);
    await page.andNewList(() => page.click('[data-testid="sample"]'));
    const ids = async () => (await page.cards("for-you")).map(({ id }) => id);
    const [before, marks] = [await ids(), await page.find("history").getText()];
    await page.search("matrix the", MATRIX);
    await page.press("results", MATRIX, "like");
    assert.deepEqual(await page.pressed("results", MATRIX), ["watch", "like"], "who likes it has watched it still");
    assert.match(await page.find("history").getText(), /^Watched, liked\s*The Matrix|^Watched, liked\s*Matrix/);
    await page.andNewList(() => page.click('[data-testid="news"] [data-testid="undo"]'));
    assert.deepEqual(await page.pressed("results", MATRIX), ["watch"]);
    assert.deepEqual([await ids(), await page.find("history").getText()], [before, marks], "as if it had not been");
    assert.match(await page.news(), /^Undone\./);

    await page.press("results", MATRIX, "dislike");
    await page.press("results", MATRIX, "like");
    assert.deepEqual(await page.pressed("results", MATRIX), ["watch", "like"]);
    await page.andNewList(() => suite.driver.actions().keyDown(Key.CONTROL).sendKeys("z").keyUp(Key.CONTROL).perform());
    assert.deepEqual(await page.pressed("results", MATRIX), ["watch", "dislike"], "the opinion before that");

    await page.andNewList(() => page.click('[data-testid="reset"]'));
    await page.andNewList(() => page.click('[data-testid="news"] [data-testid="undo"]'));
    assert.deepEqual(await page.pressed("results", MATRIX), ["watch", "dislike"], "all of it is back");
  });

  test("a card that moves under the pointer does not get the next press", async () => {
    const page = await openDemo(suite.driver, suite.origin);
    // Until then a greeting is above the list, which goes with the first mark.
    await page.andNewList(() => page.click('[data-testid="sample"]'));
    const rows = async () => (await suite.driver.findElements(By.css('[data-testid="history"] > li'))).length;
    const before = await rows();
    await page.pause();
    // The second press and the third come just after the list has changed under them, however busy the machine is.
    await page.andNewList(() => suite.driver.executeAsyncScript(`
      const done = arguments[0];
      const list = document.querySelector('[data-testid="for-you"]');
      const button = list.querySelector('[data-testid="like"]');
      button.scrollIntoView({ block: "center", behavior: "instant" });
      const { left, top, width, height } = button.getBoundingClientRect();
      const press = () => document.elementFromPoint(left + width / 2, top + height / 2).closest("button").click();
      const changed = new MutationObserver(() => {
        changed.disconnect();
        press();
        setTimeout(press, 100);
        setTimeout(done, 500);
      });
      changed.observe(list, { childList: true });
      press();`));
    assert.equal((await rows()) - before, 1, "three presses at one point mark one title");
    await page.press("for-you", (await page.cards("for-you"))[0]?.id ?? "", "like");
    assert.equal((await rows()) - before, 2, "and when they rest, the next press counts");
  });

  test("a drag of a slider asks for one list at a time, and keeps the cards that stay", async () => {
    routes.set("/dist/index.js", changedLibrary(`
      const recommend = recommender.recommend.bind(recommender);
      globalThis.asked = { open: 0, most: 0, all: 0 };
      recommender.recommend = async (options) => {
        asked.most = Math.max(asked.most, (asked.open += 1));
        asked.all += 1;
        try {
          await new Promise((resolve) => setTimeout(resolve, 40));
          return await recommend(options);
        } finally {
          asked.open -= 1;
        }
      };`));
    try {
      const page = await openDemo(suite.driver, suite.origin);
      await page.andNewList(() => page.click('[data-testid="sample"]'));
      await page.andNewList(() => page.click('[data-testid="weights-auto"]'));
      await suite.driver.executeScript("asked.most = asked.all = 0");
      await page.andNewList(() => suite.driver.executeAsyncScript(`
        const done = arguments[0];
        const slider = document.querySelector('[data-testid="weight-popularity"]');
        let step = 0;
        const timer = setInterval(() => {
          slider.value = String(0.2 + step / 100);
          slider.dispatchEvent(new Event("input", { bubbles: true }));
          if ((step += 5) > 100) (clearInterval(timer), done());
        }, 16);`));
      await page.until("the end", async () => (await suite.driver.executeScript("return asked.open")) === 0);
      const { most, all } = /** @type {{ most: number, all: number }} */ (await suite.driver.executeScript("return asked"));
      assert.equal(most, 1, "one at a time");
      assert.ok(all > 0 && all <= 21, `${all} lists for 21 steps`);

      const before = (await page.cards("for-you")).map(({ id }) => id);
      await suite.driver.executeScript(`for (const card of document.querySelectorAll('[data-testid="for-you"] > *')) card.wasThere = true`);
      await page.andNewList(() => page.find("weight-popularity").sendKeys(Key.ARROW_LEFT));
      const kept = /** @type {string[]} */ (await suite.driver.executeScript(
        `return [...document.querySelectorAll('[data-testid="for-you"] > *')].filter((card) => card.wasThere).map((card) => card.dataset.item)`,
      ));
      const stayed = (await page.cards("for-you")).map(({ id }) => id).filter((id) => before.includes(id));
      assert.ok(stayed.length > 0);
      assert.deepEqual(kept, stayed, "cards that stay are the same elements");
    } finally {
      routes.delete("/dist/index.js");
    }
  });

  test("the list is seen while it is tuned", async () => {
    await openDemo(suite.driver, suite.origin);
    const rect = await suite.driver.manage().window().getRect();
    await suite.driver.manage().window().setRect({ width: 1280, height: 800, x: 0, y: 0 });
    try {
      const [seen, height, panel] = /** @type {number[]} */ (await suite.driver.executeScript(`
        const panel = document.getElementById("tune").parentElement;
        panel.scrollIntoView({ block: "nearest", behavior: "instant" });
        const { top, bottom, height } = document.querySelector('[data-testid="for-you"] .poster').getBoundingClientRect();
        const box = panel.getBoundingClientRect();
        return [Math.min(bottom, innerHeight) - Math.max(top, 0), height, Math.min(box.bottom, innerHeight) - Math.max(box.top, 0) - box.height];`));
      assert.ok((panel ?? -1) >= -1, "all of the panel is seen");
      assert.ok((seen ?? 0) > (height ?? 0) * 0.8, `${seen} of ${height} pixels of a poster are seen with it`);
    } finally {
      await suite.driver.manage().window().setRect(rect);
    }
  });
});
