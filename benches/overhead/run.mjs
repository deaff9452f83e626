// What it costs that queues, deadlines, locks and replacements watch over the scorers: a warm recommend() in a real browser, beside
// the same scorers without any of it, in turn.
//
//   npm run bench:overhead -- [--browser chromium] [--rounds 60] [--requests 50]

import { join } from "node:path";
import { parseArgs } from "node:util";
import { browsers } from "../../scripts/browsers.mjs";
import { build, buildWasm, compileScripts } from "../../scripts/build.mjs";
import { serve } from "../../scripts/serve.mjs";
import { setupTests } from "../../scripts/setup.mjs";
import { Problem, root, script, targetDir } from "../../scripts/workspace.mjs";
import { callInPage, emptyPage, openBrowser } from "../../tests/e2e/browser.mjs";

/** @param {number[]} values */
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

await script(async () => {
  const { values } = parseArgs({
    options: {
      browser: { type: "string" },
      rounds: { type: "string", default: "60" },
      requests: { type: "string", default: "50" },
    },
  });
  if (values.browser !== undefined && !(values.browser in browsers)) throw new Problem(`--browser is ${values.browser}; known: ${Object.keys(browsers).join(", ")}`);
  await setupTests();
  await build();
  const bare = join(targetDir, "unsupervised");
  await buildWasm({ name: "wasm-unsupervised", out: join(bare, "pkg", "wasm"), target: bare, features: ["unsupervised"] });
  await compileScripts(join(bare, "pkg"), join(bare, "dist"));
  const server = await serve({
    routes: new Map([["/", emptyPage]]),
    folders: { "/dist/": join(root, "dist"), "/bare/": join(bare, "dist"), "/bench/": join(root, "benches", "overhead"), "/data/": join(root, "www", "data") },
  });
  console.log("a warm recommend(), milliseconds, median of the rounds' means");
  for (const name of values.browser ? [values.browser] : Object.keys(browsers)) {
    const { driver, close } = await openBrowser(name);
    try {
      await driver.manage().setTimeouts({ script: 30 * 60_000 });
      await driver.get(`${server.origin}/`);
      /** @type {{ items: number, means: Record<"supervised" | "bare", number[]> }} */
      const report = await callInPage(driver, "/bench/page.js", "overhead", { rounds: Number(values.rounds), requests: Number(values.requests) });
      const { supervised, bare } = report.means;
      const ratios = supervised.map((mean, round) => mean / (bare[round] ?? NaN));
      console.log(
        `${name.padEnd(10)} ${report.items} items  watched over ${median(supervised).toFixed(3)}  bare ${median(bare).toFixed(3)}  ` +
          `${((median(ratios) - 1) * 100).toFixed(1)} % more (median of ${ratios.length} pairs)`,
      );
    } finally {
      await close();
    }
  }
  await server.close();
});
