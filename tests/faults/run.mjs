// Fault runs in a real browser, against the built package with a faulty worker script in place of its own.

import { createReadStream } from "node:fs";
import { join } from "node:path";
import { serve } from "../../scripts/serve.mjs";
import { root } from "../../scripts/workspace.mjs";
import { callInPage, emptyPage, openBrowser } from "../e2e/browser.mjs";

/**
 * @typedef {object} Report what happened, in Jepsen's words
 * @property {number} attempt requests for a list
 * @property {number} ok ended with a complete list
 * @property {number} partial with one that lacks a scorer, or its reasons
 * @property {number} failed with an error that faults explain
 * @property {number} lost never ended
 * @property {number} unexpected ended with another error
 * @property {number} compared lists, none of them empty, that were compared with those of a recommender without faults
 * @property {number} miscorrelated of these, the ones that differed
 * @property {number} strangers of these, the ones with an item that the catalog of the list does not have
 * @property {number} forgotten events that were acknowledged and are not in the history, or are there twice
 * @property {number} changes of the catalog
 * @property {number} duplicated calls that the engine answered more than once, or that nobody had made
 * @property {number} messages different ones that reached a scorer
 * @property {number} alike of these, the ones that several requests sent: a reply to the wrong one of them would not show
 * @property {number} planted how often the planted defect happened
 * @property {number} dead_lettered
 * @property {number} redelivered
 * @property {number} engine_restarts
 * @property {Record<string, number>} restarts
 * @property {Record<string, number>} errors what did not end as it may
 * @property {number} worst
 * @property {number} closed
 * @property {number} locks_left
 */

/**
 * What must not happen, whatever the faults.
 * @param {Report} report
 * @returns {string[]}
 */
export function defects({ attempt, ok, partial, failed, compared, lost, duplicated, unexpected, miscorrelated, strangers, forgotten, alike, closed, locks_left: locksLeft }) {
  const counts = { lost, duplicated, unexpected, miscorrelated, strangers, forgotten, alike, "workers left": locksLeft };
  const found = Object.entries(counts).filter(([, count]) => count > 0).map(([what, count]) => `${what}: ${count}`);
  if (compared !== ok + partial) found.push(`${ok + partial} lists, ${compared} compared`);
  if (ok + partial + failed + lost + unexpected < attempt) found.push(`${attempt} requests, and fewer ends`);
  if (closed !== 100) found.push(`100 requests were open at the end, ${closed} of them ended with CLOSED`);
  return found;
}

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
