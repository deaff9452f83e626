// A fault run in one real browser, reported in Jepsen's words; or one promise of docs/reliability.md, with its figures.
//
//   npm run faults -- --browser chromium|firefox|webkit [--messages 4000] [--seed 1] [--json]
//   npm run faults -- --browser chromium|firefox|webkit --promise 7 [--json]

import { parseArgs } from "node:util";
import { keep } from "../tests/faults/promises.mjs";
import { faultyBrowser } from "../tests/faults/run.mjs";
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
      promise: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  if (!(values.browser in browsers)) throw new Problem(`--browser is ${values.browser}; known: ${Object.keys(browsers).join(", ")}`);
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
    const report = await faulty.run({ messages: Number(values.messages), seed: Number(values.seed) });
    print(report);
    const { attempt, ok, partial, lost, duplicated, unexpected, miscorrelated } = report;
    if (lost + duplicated + unexpected + miscorrelated > 0 || ok + partial > attempt) process.exitCode = 1;
  } finally {
    await faulty.close();
  }
});
