// A fault run in one real browser, reported in Jepsen's words; or one promise of docs/reliability.md, with its figures.
//
//   npm run faults -- --browser chromium|firefox|webkit [--messages 4000] [--seed 1] [--change 40] [--plant stale|swapped|twice|before|unheard|stays] [--json]
//   npm run faults -- --browser chromium|firefox|webkit --promise 7 [--json]

import { parseArgs } from "node:util";
import { PLANTS } from "../tests/faults/plants.js";
import { keep } from "../tests/faults/promises.mjs";
import { defects, faultyBrowser } from "../tests/faults/run.mjs";
import { browsers } from "./browsers.mjs";
import { build } from "./build.mjs";
import { setupTests } from "./setup.mjs";
import { Problem, script } from "./workspace.mjs";

await script(async () => {
  const { values } = parseArgs({
    options: {
      browser: { type: "string", default: "chromium" },
      messages: { type: "string", default: "4000" },
      seed: { type: "string", default: "1" },
      change: { type: "string", default: "40" },
      plant: { type: "string" },
      promise: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  if (!(values.browser in browsers)) throw new Problem(`--browser is ${values.browser}; known: ${Object.keys(browsers).join(", ")}`);
  if (values.plant !== undefined && !(values.plant in PLANTS)) throw new Problem(`--plant is ${values.plant}; known: ${Object.keys(PLANTS).join(", ")}`);
  // Standard output is the report alone.
  const log = console.log;
  if (values.json) console.log = console.error;
  await setupTests();
  await build();
  const faulty = await faultyBrowser(values.browser);
  const print = (/** @type {object} */ report) => log(values.json ? JSON.stringify({ browser: values.browser, ...report }) : report);
  try {
    if (values.promise === "hedging") return print(await faulty.promise("hedging", {}));
    if (values.promise !== undefined) return print(await keep(faulty, values.promise));
    const report = await faulty.run({ messages: Number(values.messages), seed: Number(values.seed), change: Number(values.change), plant: values.plant ?? "" });
    print(report);
    // With a planted defect there must be some.
    const found = defects(report);
    if (found.length > 0) throw new Problem(`seed ${values.seed}: ${found.join("; ")}`);
  } finally {
    await faulty.close();
  }
});
