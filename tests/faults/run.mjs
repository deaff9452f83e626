// Fault runs in a real browser, against the built package with a faulty worker script in place of its own.

import { createReadStream } from "node:fs";
import { join } from "node:path";
import { serve } from "../../scripts/serve.mjs";
import { root } from "../../scripts/workspace.mjs";
import { callInPage, emptyPage, openBrowser } from "../e2e/browser.mjs";

/**
 * @typedef {object} Report what happened, in Jepsen's words
 * @property {number} attempt
 * @property {number} ok
 * @property {number} partial
 * @property {number} lost
 * @property {number} duplicated
 * @property {number} unexpected
 * @property {number} miscorrelated
 * @property {number} dead_lettered
 * @property {number} redelivered
 * @property {Record<string, number>} restarts
 * @property {number} worst
 * @property {number} closed
 * @property {number} locks_left
 */

/**
 * @param {string} browser
 * @returns {Promise<{
 *   run: (options: object) => Promise<Report>,
 *   promise: (name: string, options: object) => Promise<any>,
 *   driver: import("selenium-webdriver").WebDriver,
 *   origin: string,
 *   close: () => Promise<void>,
 * }>}
 */
export async function faultyBrowser(browser) {
  const script = (/** @type {string[]} */ ...path) => (/** @type {any} */ _, /** @type {import("node:http").ServerResponse} */ response) => {
    response.writeHead(200, { "Content-Type": "text/javascript", "Cache-Control": "no-cache" });
    createReadStream(join(root, ...path)).pipe(response);
  };
  const server = await serve({
    routes: new Map([["/", emptyPage], ["/dist/worker.js", script("tests", "faults", "worker.js")], ["/dist/real-worker.js", script("dist", "worker.js")]]),
    folders: { "/dist/": join(root, "dist"), "/faults/": join(root, "tests", "faults"), "/data/": join(root, "www", "data") },
  });
  const { driver, close } = await openBrowser(browser);
  await driver.manage().setTimeouts({ script: 30 * 60_000 });
  await driver.get(`${server.origin}/`);
  return {
    driver,
    origin: server.origin,
    run: (options) => callInPage(driver, "/faults/page.js", "faultRun", options),
    async promise(name, options) {
      // A page of its own: nothing is left of the last one.
      await driver.get(`${server.origin}/`);
      return callInPage(driver, "/faults/promises.js", "promise", name, options);
    },
    async close() {
      await close();
      await server.close();
    },
  };
}
