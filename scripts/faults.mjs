// A fault run in one real browser, reported in Jepsen's words.
//
//   npm run faults -- --browser chromium|firefox|webkit [--messages 4000] [--seed 1] [--json]

import { parseArgs } from "node:util";
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
      json: { type: "boolean", default: false },
    },
  });
  if (!(values.browser in browsers)) throw new Problem(`--browser is ${values.browser}; known: ${Object.keys(browsers).join(", ")}`);
  // Standard output is the report alone.
  const log = console.log;
  if (values.json) console.log = console.error;
  await setupTests();
  await build();
  const { run, close } = await faultyBrowser(values.browser);
  try {
    const report = await run({ messages: Number(values.messages), seed: Number(values.seed) });
    log(values.json ? JSON.stringify({ browser: values.browser, ...report }) : report);
    const { attempt, ok, partial, lost, duplicated, unexpected, miscorrelated } = report;
    if (lost + duplicated + unexpected + miscorrelated > 0 || ok + partial > attempt) process.exitCode = 1;
  } finally {
    await close();
  }
});
