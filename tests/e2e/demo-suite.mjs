// What the tests of the demo page share: its server, under the page's own Content Security Policy, and each browser.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe } from "node:test";
import { CONTENT_SECURITY_POLICY, serve } from "../../scripts/serve.mjs";
import { root } from "../../scripts/workspace.mjs";
import { browserNames, openBrowser } from "./browser.mjs";

/**
 * @typedef {object} Suite filled before the first test runs
 * @property {import("selenium-webdriver").WebDriver} driver
 * @property {string} name the browser's
 * @property {string} origin
 * @property {Map<string, import("../../scripts/serve.mjs").Handler>} routes may change at any time
 * @property {string[]} violations what the page's Content Security Policy had to forbid
 */

/**
 * The same tests in each browser.
 * @param {(suite: Suite) => void} define
 */
export function inEachBrowser(define) {
  for (const name of browserNames()) {
    describe(name, () => {
      /** @type {string[]} */
      const violations = [];
      const suite = /** @type {Suite} */ ({ name, violations, routes: new Map() });
      suite.routes.set("/violations", (request, response) => {
        request.on("data", (data) => violations.push(String(data))).on("end", () => response.end());
      });
      /** @type {(() => Promise<unknown>)[]} */
      const closing = [];
      before(async () => {
        const headers = { "Content-Security-Policy": `${CONTENT_SECURITY_POLICY}; report-uri /violations` };
        const server = await serve({ routes: suite.routes, headers });
        closing.push(server.close);
        suite.origin = server.origin;
        const browser = await openBrowser(name);
        closing.push(browser.close);
        suite.driver = browser.driver;
      });
      after(async () => {
        for (const close of closing.reverse()) await close();
      });
      define(suite);
    });
  }
}

/**
 * Answers with a file of the project's.
 * @param {string} type
 * @param {...string} path
 * @returns {import("../../scripts/serve.mjs").Handler}
 */
export const file = (type, ...path) => (_, response) =>
  void readFile(join(root, ...path)).then((bytes) => response.writeHead(200, { "Content-Type": type, "Content-Length": bytes.length }).end(bytes));

/**
 * Puts something between the page and the library.
 * @param {string} change the body of a function of `recommender`, which the page gets after that
 * @returns {import("../../scripts/serve.mjs").Handler} for /dist/index.js
 */
export const changedLibrary = (change) => (request, response) => {
  if (request.url?.includes("?")) return file("text/javascript", "dist", "index.js")(request, response);
  response.writeHead(200, { "Content-Type": "text/javascript" }).end(`
    import { createRecommender as create } from "./index.js?original";
    export * from "./index.js?original";
    export async function createRecommender(options) {
      const recommender = await create(options);
      ${change}
      return recommender;
    }`);
};

/** Elements of a page that Tab stops at, between the page's top and one of them. */
export const TAB_STOPS = `
  const all = [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex]")];
  const stops = all.filter((element) => element.tabIndex >= 0 && !element.disabled && element.checkVisibility());
  return arguments[0] ? stops.indexOf(document.querySelector(arguments[0])) : stops.length;`;
