// The adapters, in the apps of examples/, as a viewer would use them.

import assert from "node:assert/strict";
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { serve } from "../../scripts/serve.mjs";
import { root } from "../../scripts/workspace.mjs";
import { openBrowser } from "../e2e/browser.mjs";
import { complaints, haveWorkers } from "./page.mjs";
import { run, served } from "./processes.mjs";

/** @typedef {import("selenium-webdriver").WebDriver} Driver */

/** How long something on a page may take, in milliseconds. */
const LIMIT = 60_000;
const VITE = [process.execPath, join("node_modules", "vite", "bin", "vite.js")];
const NG = [process.execPath, join("node_modules", "@angular", "cli", "bin", "ng.js")];

/** @param {string} url @param {(driver: Driver) => Promise<void>} use */
async function withPage(url, use) {
  const { driver, close } = await openBrowser("chromium");
  try {
    await driver.manage().setTimeouts({ script: LIMIT });
    await driver.get(url);
    await use(driver);
    assert.deepEqual(await complaints(driver, "chromium"), []);
  } finally {
    await close();
  }
}

/**
 * Waits until a script's answer is true.
 * @param {Driver} driver
 * @param {string} script
 */
async function until(driver, script) {
  await driver.wait(() => driver.executeScript(`return ${script}`), LIMIT, script).catch(async (error) => {
    const page = await driver.executeScript("return document.body.innerText");
    throw new Error(`${error.message}; the page: ${page}; the console: ${(await complaints(driver, "chromium")).join("; ")}`);
  });
}

/** @param {string} name @param {string} folder */
const example = async (name, folder) => {
  await rm(join(folder, "public"), { recursive: true });
  await cp(join(root, "examples", name), folder, { recursive: true });
};

/** A page that has a list, likes what is first, and closes and opens what has the recommender. @param {Driver} driver @param {string} mode */
async function likes(driver, mode) {
  const entries = '[...document.querySelectorAll("#for-you li")]';
  await until(driver, `${entries}.length === 3`);
  await haveWorkers(driver);
  const title = await driver.executeScript(`return ${entries}[0].querySelector("button").textContent.replace("Like ", "")`);
  await driver.executeScript(`${entries}[0].querySelector("button").click()`);
  await until(driver, `${entries}.some(({ textContent }) => textContent.includes("you liked ${title}"))`);
  assert.ok(!(await driver.executeScript(`return ${entries}.some((entry) => entry.querySelector("button").textContent === "Like ${title}")`)), `${mode}: ${title} was seen`);
  for (const [count, open] of /** @type {[number, number][]} */ ([[0, 0], [4, 3], [0, 0]])) {
    await driver.executeScript('document.querySelector("#toggle").click()');
    await until(driver, `${entries}.length === ${open}`);
    await haveWorkers(driver, count);
  }
}

/** What is liked in one tab changes the list in another, where nobody asks for it. @param {Driver} driver */
async function follows(driver) {
  const entries = '[...document.querySelectorAll("#for-you li")]';
  await driver.executeScript('document.querySelector("#toggle").click()');
  await until(driver, `${entries}.length === 3`);
  const [here, url] = [await driver.getWindowHandle(), await driver.getCurrentUrl()];
  await driver.switchTo().newWindow("tab");
  await driver.get(url);
  await until(driver, `${entries}.length === 3`);
  const title = await driver.executeScript(`return ${entries}[0].querySelector("button").textContent.replace("Like ", "")`);
  await driver.executeScript(`${entries}[0].querySelector("button").click()`);
  await driver.switchTo().window(here);
  await until(driver, `${entries}.length === 3 && !${entries}.some((entry) => entry.querySelector("button").textContent === "Like ${title}")`);
}

/** In development StrictMode mounts all twice. @param {import("./setups.mjs").Place} place */
export async function exampleReact({ folder }) {
  await example("react", folder);
  await served(folder, (port) => [...VITE, "--port", port, "--strictPort"], { NODE_ENV: "development" }, (origin) =>
    withPage(`${origin}/`, async (driver) => {
      await until(driver, 'document.querySelectorAll(".row").length >= 1');
      const rows = /** @type {string[]} */ (await driver.executeScript('return [...document.querySelectorAll(".row p")].map(({ textContent }) => textContent)'));
      const titles = rows.flatMap((row) => row.split(", "));
      assert.equal(new Set(titles).size, titles.length, `no title is in two rows: ${rows.join(" / ")}`);
      await likes(driver, "StrictMode");
      await follows(driver);
    }),
  );
  await production(folder);
}

/** A recipe of its own, built with Vite. @param {string} name */
export const exampleBuilt = (name) => async (/** @type {import("./setups.mjs").Place} */ { folder }) => {
  await example(name, folder);
  await production(folder);
};

/** The same with Angular's own builder, whose compiler checks the recipe's types, too. @param {import("./setups.mjs").Place} place */
export async function exampleAngular({ folder }) {
  await example("angular", folder);
  await production(folder, NG, join("dist", "browser"));
}

/** @param {string} folder @param {string[]} [tool] @param {string} [out] */
async function production(folder, tool = VITE, out = "dist") {
  await run(folder, [...tool, "build"]);
  const server = await serve({ folders: { "/": `${join(folder, out)}/` } });
  try {
    await withPage(`${server.origin}/index.html`, (driver) => likes(driver, "production"));
  } finally {
    await server.close();
  }
}

/** With the CDN on this machine. @param {import("./setups.mjs").Place} place */
export async function exampleElement({ folder, dist }) {
  const cdn = await serve({ folders: { "/": `${dist}/` }, headers: { "Access-Control-Allow-Origin": "*" } });
  const html = await readFile(join(root, "examples", "element", "index.html"), "utf8");
  assert.match(html, /https:\/\/cdn\.jsdelivr\.net\/npm\/watchnext@[\d.]+\/dist\/element\.js/);
  await writeFile(join(folder, "public", "index.html"), html.replaceAll(/https:\/\/cdn[^"]*\/dist/g, cdn.origin));
  const server = await serve({ folders: { "/": `${join(folder, "public")}/` } });
  const row = 'document.querySelector("watch-next")';
  const links = `[...(${row}.shadowRoot?.querySelectorAll("[part=link]") ?? [])]`;
  const focused = () => `${links}.indexOf(${row}.shadowRoot.activeElement)`;
  try {
    await withPage(`${server.origin}/index.html`, async (driver) => {
      await until(driver, `${links}.length === 3`);
      await haveWorkers(driver);
      assert.equal(await driver.executeScript(`return ${row}.shadowRoot.querySelector("h2").textContent`), "For you");
      const role = await driver.executeScript(`const list = ${row}.shadowRoot.querySelector("ul"); return [list.getAttribute("role"), list.getAttribute("aria-busy"), ${row}.shadowRoot.getElementById(list.getAttribute("aria-labelledby")).textContent]`);
      assert.deepEqual(role, ["list", "false", "For you"]);
      assert.equal(await driver.executeScript(`return getComputedStyle(${links}[0]).borderTopColor`), "rgb(70, 130, 180)", "styled by its part");
      // Left, right, Home and End; one stop for the tabulator.
      const { Key } = await import("selenium-webdriver");
      const press = (/** @type {string} */ key) => driver.actions().sendKeys(key).perform();
      await press(Key.TAB);
      for (const [key, place] of /** @type {[string | undefined, number][]} */ ([[undefined, 0], [Key.ARROW_RIGHT, 1], [Key.ARROW_LEFT, 0], [Key.ARROW_LEFT, 0], [Key.END, 2], [Key.ARROW_RIGHT, 2], [Key.HOME, 0]])) {
        if (key) await press(key);
        assert.equal(await driver.executeScript(`return ${focused()}`), place);
        assert.deepEqual(await driver.executeScript(`return ${links}.map(({ tabIndex }) => tabIndex)`), [0, 1, 2].map((at) => (at === place ? 0 : -1)));
      }
      const title = await driver.executeScript(`return ${links}[0].querySelector("[part=title]").textContent`);
      await press(Key.ENTER);
      await until(driver, `${links}.some(({ textContent }) => textContent.includes("you liked ${title}"))`);
      assert.notEqual(await driver.executeScript(`return ${focused()}`), -1, "the focus stays in the row");
      // Moved it keeps its recommender; taken out it ends.
      await driver.executeScript(`const row = ${row}; document.body.append(document.createElement("main")); document.querySelector("main").append(row);`);
      await until(driver, `${links}.some(({ textContent }) => textContent.includes("you liked ${title}"))`);
      await haveWorkers(driver);
      await driver.executeScript(`${row}.remove()`);
      await haveWorkers(driver, 0);
    });
  } finally {
    await Promise.all([server.close(), cdn.close()]);
  }
}
