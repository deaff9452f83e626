// The long fault runs: in every browser with three seeds, 4000 messages each, with each planted defect, and every promise of its own.
// And a day of live lists, whose memory has to be flat.
//
//   npm run soak -- [--only faults,live] [--browser chromium,firefox] [--hours 24] [--seed 1] [--plant] [--json]
//
// What goes wrong does not keep it from the rest. `--hours`, `--seed` and `--plant` (something is left behind each hour, which has to be seen) are of the
// live lists; with `--json` their figures are printed as JSON, a line for each browser.

import { parseArgs } from "node:util";
import { PLANTS } from "../tests/faults/plants.js";
import { PROMISES } from "../tests/faults/promises.mjs";
import { MOST_GROWTH, liveSoak } from "../tests/soak/run.mjs";
import { browsers } from "./browsers.mjs";
import { build } from "./build.mjs";
import { canMeasureMemory } from "./memory.mjs";
import { setupTests } from "./setup.mjs";
import { Problem, run, script } from "./workspace.mjs";

await script(async () => {
  const { values } = parseArgs({
    options: {
      only: { type: "string", default: "faults,live" },
      browser: { type: "string", default: Object.keys(browsers).join() },
      hours: { type: "string", default: "24" },
      seed: { type: "string", default: "1" },
      plant: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  const only = values.only.split(",");
  const unknown = only.find((name) => !["faults", "live"].includes(name));
  if (unknown !== undefined) throw new Problem(`--only ${unknown}: there are faults and live`);
  const log = console.log;
  if (values.json) console.log = console.error;
  const began = Date.now();
  /** One for each run. @type {string[]} */
  const lines = [];
  let failures = 0;
  const done = (/** @type {boolean} */ passed, /** @type {string} */ line) => {
    failures += passed ? 0 : 1;
    lines.push(`${passed ? "✔" : "✘"} ${line}`);
  };
  if (only.includes("live")) {
    await setupTests();
    await build();
    for (const browser of values.browser.split(",")) {
      const report = (/** @type {number} */ hour, /** @type {number} */ megabytes, /** @type {number} */ lists) => console.log(`${browser}, hour ${hour}: ${Math.round(megabytes)} MB, ${lists} lists`);
      const what = `${browser}: ${values.hours} hours of live lists, seed ${values.seed}`;
      try {
        const found = await liveSoak({ browser, hours: Number(values.hours), seed: Number(values.seed), plant: values.plant, report });
        if (values.json) log(JSON.stringify(found));
        const { growth, left } = found;
        const isFlat = !canMeasureMemory || growth <= MOST_GROWTH;
        done(isFlat && left.listeners === 0 && left.locks === 0 && left.afterClosing === 0, `${what}: memory ${growth}× (at most ${MOST_GROWTH}), left behind: ${JSON.stringify(left)}`);
      } catch (error) {
        done(false, `${what}: ${error}`);
      }
    }
  }
  for (const browser of only.includes("faults") ? values.browser.split(",") : []) {
    /** @param {string} what @param {string[]} args @param {(ok: boolean, report: any) => boolean} [good] */
    const faults = async (what, args, good = (ok) => ok) => {
      const { ok, text } = await run(process.execPath, ["scripts/faults.mjs", "--browser", browser, "--json", ...args], { output: "tee" });
      // The report is a line of its own.
      const report = JSON.parse(/^\{"browser".*\}$/m.exec(text)?.[0] ?? "null");
      const passed = report !== null && good(ok, report);
      done(passed, `${browser}: ${what}`);
    };
    for (const seed of ["1", "2", "3"]) await faults(`4000 messages, seed ${seed}`, ["--messages", "4000", "--seed", seed]);
    for (const plant of Object.keys(PLANTS)) {
      const seen = (/** @type {boolean} */ ok, /** @type {any} */ report) => !ok && report[{ twice: "duplicated", unheard: "forgotten", stays: "strangers" }[plant] ?? "miscorrelated"] > 0;
      await faults(`planted: ${plant}, seed 1`, ["--messages", "600", "--seed", "1", "--plant", plant], seen);
    }
    for (const [promise, { what }] of Object.entries(PROMISES)) await faults(`promise ${promise}, ${what}`, ["--promise", promise]);
  }
  console.log(`\n${lines.join("\n")}\n`);
  const minutes = Math.round((Date.now() - began) / 60_000);
  const summary = `${new Date().toISOString().slice(0, 10)}, ${minutes} minutes: ${lines.length - failures} of ${lines.length} runs as they should be`;
  if (failures > 0) throw new Problem(summary);
  const said = { faults: "nothing was lost, doubled or mixed up, every planted defect was seen, and every promise was kept", live: "memory is flat" };
  console.log(`${summary}: ${Object.entries(said).flatMap(([name, words]) => (only.includes(name) ? [words] : [])).join("; ")}`);
});
