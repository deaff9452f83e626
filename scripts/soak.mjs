// The long fault runs: in every browser with three seeds, 4000 messages each, with each planted defect, and every promise of its own.
// `npm run soak`. What goes wrong does not keep it from the rest.

import { PLANTS } from "../tests/faults/plants.js";
import { PROMISES } from "../tests/faults/promises.mjs";
import { browsers } from "./browsers.mjs";
import { Problem, run, script } from "./workspace.mjs";

await script(async () => {
  const began = Date.now();
  /** One for each run. @type {string[]} */
  const lines = [];
  let failures = 0;
  for (const browser of Object.keys(browsers)) {
    /** @param {string} what @param {string[]} args @param {(ok: boolean, report: any) => boolean} [good] */
    const faults = async (what, args, good = (ok) => ok) => {
      const { ok, text } = await run(process.execPath, ["scripts/faults.mjs", "--browser", browser, "--json", ...args], { output: "tee" });
      // The report is a line of its own.
      const report = JSON.parse(/^\{"browser".*\}$/m.exec(text)?.[0] ?? "null");
      const passed = report !== null && good(ok, report);
      failures += passed ? 0 : 1;
      lines.push(`${passed ? "✔" : "✘"} ${browser}: ${what}`);
    };
    for (const seed of ["1", "2", "3"]) await faults(`4000 messages, seed ${seed}`, ["--messages", "4000", "--seed", seed]);
    for (const plant of Object.keys(PLANTS)) {
      const seen = (/** @type {boolean} */ ok, /** @type {any} */ { miscorrelated, duplicated }) => !ok && (plant === "twice" ? duplicated : miscorrelated) > 0;
      await faults(`planted: ${plant}, seed 1`, ["--messages", "600", "--seed", "1", "--plant", plant], seen);
    }
    for (const [promise, { what }] of Object.entries(PROMISES)) await faults(`promise ${promise}, ${what}`, ["--promise", promise]);
  }
  console.log(`\n${lines.join("\n")}\n`);
  const minutes = Math.round((Date.now() - began) / 60_000);
  const summary = `${new Date().toISOString().slice(0, 10)}, ${minutes} minutes: ${lines.length - failures} of ${lines.length} runs as they should be`;
  if (failures > 0) throw new Problem(summary);
  console.log(`${summary}: nothing was lost, doubled or mixed up, every planted defect was seen, and every promise was kept`);
});
