// How long a catalog takes to load in the built package, phase by phase, beside JSON.parse of the same bytes in the same page (or in Node.js).
//
//   node benches/load.mjs [--items 9742,100000,1000000] [--rounds 5] [--browser chromium] [--json]

import { join } from "node:path";
import { parseArgs } from "node:util";
import { browsers } from "../scripts/browsers.mjs";
import { serve } from "../scripts/serve.mjs";
import { Problem, root, script } from "../scripts/workspace.mjs";
import { callInPage, emptyPage, openBrowser } from "../tests/e2e/browser.mjs";
import { load } from "./load-page.js";

/** @typedef {Awaited<ReturnType<typeof load>>} Report */

await script(async () => {
  const { values } = parseArgs({
    options: {
      items: { type: "string", default: "9742,100000,1000000" },
      rounds: { type: "string", default: "5" },
      browser: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  if (values.browser !== undefined && !(values.browser in browsers)) throw new Problem(`--browser is ${values.browser}; known: ${Object.keys(browsers).join(", ")}`);
  const rounds = Number(values.rounds);
  const sizes = values.items.split(",").map(Number);
  const where = values.browser ?? `Node.js ${process.versions.node}`;
  const print = (/** @type {Report} */ report) => {
    if (values.json) return console.log(JSON.stringify({ where, ...report }));
    console.log(`${where}: ${report.items.toLocaleString("en")} items, ${report.megabytes.toFixed(1)} MB of JSON; milliseconds, median (p95) of ${rounds}`);
    for (const [name, { median, p95 }] of Object.entries(report.times)) {
      console.log(`  ${name.padEnd(20)} ${median.toFixed(1).padStart(8)} (${p95.toFixed(1)})`);
    }
  };
  if (values.browser === undefined) {
    const { createRecommender } = await import("../dist/node.js");
    for (const items of sizes) print(await load({ items, rounds }, createRecommender));
    return;
  }
  const server = await serve({
    routes: new Map([["/", emptyPage]]),
    folders: { "/dist/": join(root, "dist"), "/bench/": join(root, "benches") },
  });
  const { driver, close } = await openBrowser(values.browser);
  try {
    await driver.manage().setTimeouts({ script: 30 * 60_000 });
    await driver.get(`${server.origin}/`);
    for (const items of sizes) print(await callInPage(driver, "/bench/load-page.js", "load", { items, rounds }));
  } finally {
    await close();
    await server.close();
  }
});
