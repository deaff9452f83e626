// Whether an acknowledged event survives what kills the browser:
//
//   npm run durability -- --browser chromium|firefox [--events 10000] [--kills 50] [--seed 1] [--json]

import { parseArgs } from "node:util";
import { durability } from "../tests/durability/run.mjs";
import { build } from "./build.mjs";
import { setupTests } from "./setup.mjs";
import { Problem, script } from "./workspace.mjs";

await script(async () => {
  const { values } = parseArgs({
    options: {
      browser: { type: "string", default: "chromium" },
      events: { type: "string", default: "10000" },
      kills: { type: "string", default: "50" },
      seed: { type: "string", default: "1" },
      json: { type: "boolean", default: false },
    },
  });
  // Standard output is the report alone.
  const log = console.log;
  if (values.json) console.log = console.error;
  await setupTests();
  await build();
  const report = await durability({ browser: values.browser, events: Number(values.events), kills: Number(values.kills), seed: Number(values.seed) });
  log(values.json ? JSON.stringify(report) : report);
  const { lost, doubled, reordered } = report;
  if (lost + doubled + reordered > 0) throw new Problem(`seed ${values.seed}: ${lost} lost, ${doubled} doubled, ${reordered} reordered`);
});
