// What a page with the package in it has to come to, in a real browser.

import assert from "node:assert/strict";
import { openBrowser } from "../e2e/browser.mjs";

/** How long a page may take, in milliseconds: some tools compile when they are asked. */
const LIMIT = 180_000;
/** The engine and three scorers hold a lock each as long as they live. */
const WORKERS = 4;

/** @typedef {{ items: [id: string, score: number][] }} Report */

/**
 * Opens a page: it makes the list, with scorers in workers, and nothing complains.
 * @param {string} browser
 * @param {string} url
 * @param {Report} expected
 */
export async function inBrowser(browser, url, expected) {
  const { driver, close } = await openBrowser(browser);
  try {
    await driver.get(url);
    await driver.manage().setTimeouts({ script: LIMIT });
    const said = await driver.wait(() => driver.executeScript("return document.body?.dataset.report"), LIMIT, "the page has nothing to tell").catch(async (error) => {
      throw new Error(`${error.message}; the console: ${(await complaints(driver, browser)).join("; ")}`);
    });
    const { items, mode, reason, error } = JSON.parse(String(said));
    assert.equal(error, undefined);
    assert.deepEqual(items, expected.items);
    assert.deepEqual({ mode, reason }, { mode: "workers", reason: undefined });
    await haveWorkers(driver, WORKERS);
    assert.deepEqual(await complaints(driver, browser), []);
  } finally {
    await close();
  }
}

/**
 * Waits until so many workers live; lists do not wait for them.
 * @param {import("selenium-webdriver").WebDriver} driver
 * @param {number} [expected]
 */
export async function haveWorkers(driver, expected = WORKERS) {
  let locks = 0;
  const count = async () => {
    locks = await workers(driver);
    return locks === expected;
  };
  await driver.wait(count, LIMIT).catch(() => assert.equal(locks, expected, "workers"));
}

/** How many workers live now. @param {import("selenium-webdriver").WebDriver} driver @returns {Promise<number>} */
export function workers(driver) {
  return driver.executeAsyncScript(`
    const done = arguments[0];
    navigator.locks.query().then(({ held }) => done(held.filter(({ name }) => name.startsWith("watchnext ")).length));`);
}

/**
 * The text of so many elements of a page, once they are there.
 * @param {string} url
 * @param {string} selector
 * @param {number} count
 * @returns {Promise<string[]>}
 */
export async function linesOf(url, selector, count) {
  const { driver, close } = await openBrowser("chromium");
  try {
    await driver.get(url);
    const lines = () => driver.executeScript("return [...document.querySelectorAll(arguments[0])].map(({ textContent }) => textContent)", selector);
    await driver.wait(async () => /** @type {string[]} */ (await lines()).length === count, LIMIT);
    assert.deepEqual(await complaints(driver, "chromium"), []);
    return /** @type {string[]} */ (await lines());
  } finally {
    await close();
  }
}

/**
 * What the console has in red, a CSP's refusals among it; only Chromium's driver tells.
 * @param {import("selenium-webdriver").WebDriver} driver
 * @param {string} browser
 */
export async function complaints(driver, browser) {
  if (browser !== "chromium") return [];
  const entries = await driver.manage().logs().get("browser");
  return entries.filter(({ level, message }) => level.name === "SEVERE" || message.includes("watchnext:")).map(({ message }) => message);
}
