// The demo page as a viewer uses it. Its parts are found by their data-testid.

import { By } from "selenium-webdriver";

/** How long the page may take for anything, in ms: a busy machine, not a promise. */
const LIMIT = 30_000;

/** The deadline of lists that are not about deadlines, in ms. */
const AMPLE = "60000";

let histories = 0;

/**
 * Opens the page and waits until the catalog is loaded and the first list is there. Where the parameters name no history, it has one of its own.
 * @param {import("selenium-webdriver").WebDriver} driver
 * @param {string} origin
 * @param {Record<string, string>} [parameters] of the page's address
 */
export async function openDemo(driver, origin, parameters = {}) {
  const page = new DemoPage(driver);
  await driver.get(`${origin}/?${new URLSearchParams({ deadline: AMPLE, history: `test ${(histories += 1)}`, ...parameters })}`);
  await page.until("the page to be ready", async () => (await page.status()) === "ready");
  await page.until("a first list", async () => (await page.version()) > 0);
  return page;
}

export class DemoPage {
  /** @param {import("selenium-webdriver").WebDriver} driver */
  constructor(driver) {
    this.driver = driver;
  }

  /**
   * @param {string} what
   * @param {() => Promise<boolean>} condition
   */
  async until(what, condition) {
    await this.driver.wait(condition, LIMIT, `waited in vain for ${what}`);
  }

  /** @param {string} id */
  find(id) {
    return this.driver.findElement(By.css(`[data-testid="${id}"]`));
  }

  /** loading, ready or error. */
  async status() {
    return this.find("status").getAttribute("data-state");
  }

  /** How many times the list was made; it grows with every answer. */
  async version() {
    return Number(await this.find("for-you").getAttribute("data-version"));
  }

  /** How long the list is, and which scorers it lacks. */
  async summary() {
    return this.driver.findElement(By.id("summary")).getText();
  }

  /** What the last mark has changed, as it is read out. */
  async news() {
    return this.driver.executeScript(`return document.querySelector('[data-testid="news"] [role="status"]').textContent`);
  }

  /** Waits until the list's cards take presses again: they do not just after they have moved. */
  async pause() {
    await this.until("the cards to rest", async () => (await this.cards("for-you", "[data-moving]")).length === 0);
  }

  /**
   * Which of an item's buttons are pressed.
   * @param {string} list
   * @param {string} item
   * @returns {Promise<string[]>}
   */
  async pressed(list, item) {
    return this.driver.executeScript(
      `return [...document.querySelectorAll(arguments[0])].map((button) => button.dataset.testid)`,
      `[data-testid="${list}"] [data-item="${item}"] [aria-pressed="true"]`,
    );
  }

  /** What the last list took. */
  async statistics() {
    return this.driver.findElement(By.id("stats-summary")).getText();
  }

  /**
   * Does something that makes a new list, and waits for that.
   * @param {() => Promise<unknown>} action
   */
  async andNewList(action) {
    const before = await this.version();
    await action();
    await this.until("a new list", async () => (await this.version()) > before);
  }

  /**
   * The cards of a list (`for-you`, `results`), in order.
   * @param {string} list
   * @param {string} [which] of them, a selector
   * @returns {Promise<{ id: string, text: string }[]>}
   */
  async cards(list, which = "") {
    return this.driver.executeScript(
      `return [...document.querySelectorAll(arguments[0])].map((card) => ({ id: card.dataset.item, text: card.textContent }))`,
      `[data-testid="${list}"] [data-testid="card"]${which}`,
    );
  }

  /**
   * Presses a button (`watch`, `like`, `dislike`, `skip`) of an item's card and waits for the list that this makes.
   * @param {string} list
   * @param {string} item
   * @param {string} button
   */
  async press(list, item, button) {
    const css = `[data-testid="${list}"] [data-testid="card"][data-item="${item}"] [data-testid="${button}"]`;
    await this.andNewList(() => this.click(css));
  }

  /** @param {string} css */
  async click(css) {
    const element = await this.driver.findElement(By.css(css));
    await this.driver.executeScript("arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })", element);
    await this.pause();
    await element.click();
  }

  /**
   * Searches the catalog, waits for the results, and sees that this item is among them.
   * @param {string} words
   * @param {string} item
   */
  async search(words, item) {
    const field = this.find("search");
    await field.clear();
    await field.sendKeys(words);
    const results = this.find("results");
    await this.until(`the results for ${words}`, async () => (await results.getAttribute("data-query")) === words);
    const found = await this.cards("results");
    if (!found.some(({ id }) => id === item)) throw new Error(`${item} is not among the results for ${words}`);
  }
}
