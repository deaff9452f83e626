// Simulated hours of live lists in a browser: each event's list has to come, nothing that was left may stay, and the memory has to be flat.

import { join } from "node:path";
import { canMeasureMemory, memoryOfChildren } from "../../scripts/memory.mjs";
import { serve } from "../../scripts/serve.mjs";
import { root } from "../../scripts/workspace.mjs";
import { callInPage, emptyPage, openBrowser } from "../e2e/browser.mjs";

/** How much more memory the browser may have in the last quarter of the hours than in the first but one, where there are as many as in a day. */
export const MOST_GROWTH = 1.05;

/** @param {number[]} values */
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/**
 * @param {object} options
 * @param {string} options.browser
 * @param {number} options.hours
 * @param {number} options.seed
 * @param {number} [options.items] of the catalog
 * @param {boolean} [options.plant] that something is left behind each hour
 * @param {(hour: number, megabytes: number, lists: number) => void} [options.report]
 */
export async function liveSoak({ browser, hours, seed, items = 9742, plant = false, report = () => undefined }) {
  const server = await serve({ routes: new Map([["/", emptyPage]]), folders: { "/dist/": join(root, "dist"), "/soak/": import.meta.dirname } });
  const { driver, close } = await openBrowser(browser);
  try {
    await driver.manage().setTimeouts({ script: 10 * 60_000 });
    await driver.get(`${server.origin}/`);
    const call = (/** @type {string} */ name, /** @type {object} */ options = {}) => callInPage(driver, "/soak/page.js", name, { items, seed, plant, ...options });
    await call("begin");
    /** @type {{ megabytes: number, lists: number, listeners: number, locks: number }[]} */
    const found = [];
    for (let hour = 1; hour <= hours; hour += 1) {
      const { listeners, lists, locks } = await call("hour");
      await call("settle");
      const megabytes = canMeasureMemory ? await memoryOfChildren() : NaN;
      found.push({ megabytes, lists, listeners, locks });
      report(hour, megabytes, lists);
    }
    const locksLeft = await call("end");
    const quarter = Math.ceil(hours / 4);
    const megabytes = found.map(({ megabytes }) => Math.round(megabytes));
    const growth = median(megabytes.slice(-quarter)) / median(megabytes.slice(quarter, 2 * quarter));
    /** By how much what the page holds has grown from the first hour on: listeners of the recommender, and locks, which its workers hold. */
    const left = { listeners: (found.at(-1)?.listeners ?? 0) - (found[0]?.listeners ?? 0), locks: (found.at(-1)?.locks ?? 0) - (found[0]?.locks ?? 0), afterClosing: locksLeft };
    return { browser, seed, hours, events: hours * 60, lists: found.at(-1)?.lists ?? 0, megabytes, growth: Math.round(growth * 1000) / 1000, left };
  } finally {
    await close();
    await server.close();
  }
}
