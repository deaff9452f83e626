// The demo for who sees nothing of it, or has no mouse: what is read out, where the focus is, what the keyboard can do, and fields that
// say what is wrong with them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { By, Key } from "selenium-webdriver";
import { inEachBrowser, TAB_STOPS } from "./demo-suite.mjs";
import { DemoPage, openDemo } from "./demo-page.mjs";

/** Counts changes of live regions from the page's first moment on. */
const LISTENING = `
  globalThis.heard = [];
  new MutationObserver((records) => {
    const regions = new Set(records.map(({ target }) => (target.nodeType === 1 ? target : target.parentElement)?.closest("[role=status], [role=alert], [aria-live]")));
    for (const region of regions) if (region) heard.push(region.id || region.parentElement.id);
  }).observe(document, { childList: true, characterData: true, subtree: true });`;

inEachBrowser((suite) => {
  const { routes } = suite;

  /** Where the focus is: a test id, or an id, or the element's name. @returns {Promise<string>} */
  const focus = () =>
    suite.driver.executeScript(`const { dataset, id, localName } = document.activeElement; return id || dataset.testid || localName;`);
  const send = (/** @type {string[]} */ ...keys) => suite.driver.actions().sendKeys(...keys).perform();

  test("a load is told in a few phases, and trouble by its beginning and its end", { timeout: 60_000 }, async () => {
    routes.set("/listening.js", (_, response) => void response.writeHead(200, { "Content-Type": "text/javascript" }).end(LISTENING));
    routes.set("/", async (_, response) => {
      const page = await (await fetch(`${suite.origin}/index.html`)).text();
      response.writeHead(200, { "Content-Type": "text/html" }).end(page.replace("<head>", '<head><script src="listening.js"></script>'));
    });
    try {
      const page = await openDemo(suite.driver, suite.origin);
      const heard = async () => /** @type {Promise<string[]>} */ (suite.driver.executeScript("return heard.splice(0)"));
      const load = (await heard()).filter((id) => id.startsWith("status"));
      assert.ok(load.length >= 1 && load.length <= 5, `${load.length} updates: ${load}`);
      assert.equal(await page.find("status-text").getText(), "Ready");
      await page.click('[data-testid="trouble-kill"]');
      await page.until("the end", async () => (await page.find("trouble").getAttribute("data-state")) === "done");
      const trouble = (await heard()).filter((id) => id.startsWith("trouble"));
      assert.equal(trouble.length, 2, `${trouble}`);
    } finally {
      routes.delete("/");
    }
  });

  test("the focus is never lost", { timeout: 60_000 }, async () => {
    const page = await openDemo(suite.driver, suite.origin);
    const press = async (/** @type {string} */ css) => {
      await page.pause();
      await suite.driver.executeScript("document.querySelector(arguments[0]).focus()", css);
      await page.andNewList(() => send(Key.ENTER));
    };
    await press('[data-testid="sample"]');
    assert.equal(await focus(), "for-you-heading");
    await press('[data-testid="for-you"] [data-testid="like"]');
    assert.equal(await focus(), "like", "the card in the place of the one that went");
    await press('[data-testid="news"] [data-testid="undo"]');
    assert.notEqual(await focus(), "body", "after Undo");
    const rows = (await suite.driver.findElements(By.css('[data-testid="history"] > li'))).length;
    for (let row = rows; row > 1; row--) {
      await press('[data-testid="history"] [data-testid="forget"]');
      assert.equal(await focus(), "forget", "the row in its place");
    }
    await press('[data-testid="history"] [data-testid="forget"]');
    assert.equal(await focus(), "history-heading", "nothing is left");
    await press('[data-testid="for-you"] [data-testid="watch"]');
    await press('[data-testid="reset"]');
    assert.equal(await focus(), "history-heading");

    await page.pause();
    await suite.driver.executeScript(`document.querySelector('[data-testid="for-you"] [data-testid="more"]').focus()`);
    await send(Key.ENTER);
    await page.until("the dialog", async () => (await page.cards("similar")).length > 0);
    // The first card's own title is among them, or another that the list has: it goes from there.
    for (const { id } of (await page.cards("similar")).slice(0, 3)) await page.press("similar", id, "dislike");
    await send(Key.ESCAPE);
    await page.until("the dialog's end", async () => !(await suite.driver.findElement(By.id("similar")).isDisplayed()));
    // What opened it may have gone; the page hears of the end in a task of its own.
    await page.until("the focus in its place", async () => (await focus()) === "more");
  });

  test("a card is one stop of Tab, its buttons are reached by arrows, and each section by a link", async () => {
    const page = await openDemo(suite.driver, suite.origin);
    const stops = async (/** @type {string | undefined} */ css) => Number(await suite.driver.executeScript(TAB_STOPS, css ?? null));
    assert.ok((await stops('[data-testid="diversity"]')) <= 36, `${await stops('[data-testid="diversity"]')} stops before the sliders`);
    assert.ok((await stops(undefined)) <= 90, `${await stops(undefined)} stops in all`);

    const [first, second] = await page.cards("for-you");
    await suite.driver.executeScript(`document.querySelector('[data-testid="for-you"] [data-testid="watch"]').focus()`);
    const card = () => suite.driver.executeScript("return document.activeElement.closest('[data-item]').dataset.item");
    await send(Key.ARROW_RIGHT);
    assert.deepEqual([await focus(), await card()], ["like", first?.id]);
    await send(Key.TAB);
    assert.deepEqual([await focus(), await card()], ["watch", second?.id], "Tab leads to the next card");
    await send(Key.ARROW_LEFT);
    assert.deepEqual([await focus(), await card()], ["summary", first?.id], "and an arrow back to the last of the first");
    await send(Key.ARROW_LEFT);
    assert.equal(await focus(), "more");
    await send(Key.END);
    assert.equal(await card(), (await page.cards("for-you")).at(-1)?.id);
    await send("/");
    assert.equal(await focus(), "search");
    await send("a/b");
    assert.equal(await page.find("search").getAttribute("value"), "a/b", "where somebody types, it is a letter");

    const links = await suite.driver.findElements(By.css("nav a"));
    assert.ok(links.length >= 5);
    for (const link of links) {
      await suite.driver.executeScript("arguments[0].focus()", link);
      await send(Key.ENTER);
      const id = String(await link.getAttribute("href")).replace(/.*#/, "");
      await page.until(`the focus on ${id}`, async () => (await focus()) === id);
    }
  });

  test("a field says beside it what is wrong with it, and what is half typed filters nothing", async () => {
    const page = await openDemo(suite.driver, suite.origin);
    const [min, max] = [page.find("year-min"), page.find("year-max")];
    const error = async (/** @type {string} */ name) => page.find(`year-${name}-error`).getText();
    const version = await page.version();
    const ids = (await page.cards("for-you")).map(({ id }) => id);
    await min.sendKeys("20");
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.deepEqual([await page.version(), await error("min")], [version, ""]);
    await page.andNewList(() => min.sendKeys("10"));
    assert.notDeepEqual((await page.cards("for-you")).map(({ id }) => id), ids);
    await page.andNewList(() => max.sendKeys("1990"));
    assert.match(await error("max"), /^Before 2010/);
    assert.equal(await max.getAttribute("aria-invalid"), "true");
    assert.deepEqual((await page.cards("for-you")).map(({ id }) => id), ids, "what cannot be is not obeyed");
    await max.clear();
    await min.clear();
    await min.sendKeys("1985.5", Key.TAB);
    await page.until("the error", async () => /^Not a year from 1880 to 2100/.test(await error("min")));
    assert.match(await page.summary(), /^20 titles$/, "no word of options and types");
    assert.equal(await error("max"), "");
  });

  test("what the address asks for in vain is said, and the rest of the page is as ever", async () => {
    await suite.driver.get(`${suite.origin}/?deadline=60000&limit=abc&workers=-1`);
    const page = new DemoPage(suite.driver);
    await page.until("the page to be ready", async () => (await page.status()) === "ready");
    assert.match(await page.find("address").getText(), /“limit=abc”.*whole number from 1 to 1000.*“workers=-1”/s);
    assert.equal((await page.cards("for-you")).length, 20);
    assert.equal((await page.statistics()).includes("1 lists"), false);
  });

  // Only Chromium's driver can say what the system prefers.
  if (suite.name !== "chromium") return;
  test("colours of the system's and little motion are respected", async () => {
    const driver = /** @type {{ sendDevToolsCommand(name: string, parameters: object): Promise<void> }} */ (/** @type {unknown} */ (suite.driver));
    const prefer = (/** @type {[string, string][]} */ ...features) =>
      driver.sendDevToolsCommand("Emulation.setEmulatedMedia", { features: features.map(([name, value]) => ({ name, value })) });
    const page = await openDemo(suite.driver, suite.origin);
    const style = (/** @type {string} */ css, /** @type {string} */ property) =>
      suite.driver.executeScript("return getComputedStyle(document.querySelector(arguments[0])).getPropertyValue(arguments[1])", css, property);
    try {
      await prefer(["prefers-reduced-motion", "no-preference"]);
      await page.andNewList(() => page.click('[data-testid="sample"]'));
      assert.equal(await style("[data-fresh]", "animation-name"), "arrive");
      await prefer(["prefers-reduced-motion", "reduce"], ["forced-colors", "active"]);
      assert.equal(await style("[data-fresh]", "animation-name"), "none");
      assert.equal(await style(".poster", "border-top-style"), "solid");
      assert.match(String(await style(".bar", "background-image")), /^linear-gradient/);
    } finally {
      await prefer();
    }
  });
});
