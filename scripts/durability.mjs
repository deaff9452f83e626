// Whether an acknowledged event survives what kills the browser; with `--migrate` whether the events of a database of version 1 do that becomes one of today meanwhile:
//
//   npm run durability -- --browser chromium|firefox [--events 10000] [--kills 50] [--seed 1] [--migrate] [--json]

import { parseArgs } from "node:util";
import { durability, migrations } from "../tests/durability/run.mjs";
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
      migrate: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  // Standard output is the report alone.
  const log = console.log;
  if (values.json) console.log = console.error;
  await setupTests();
  await build();
  const options = { browser: values.browser, kills: Number(values.kills), seed: Number(values.seed) };
  // The events of a migration are of each database, and 300 batches, of which many become one.
  const report = values.migrate ? { ...(await migrations({ ...options, events: 300 })), reordered: 0 } : await durability({ ...options, events: Number(values.events) });
  log(values.json ? JSON.stringify(report) : report);
  const { lost, doubled, reordered } = report;
  if (lost + doubled + reordered > 0) throw new Problem(`seed ${values.seed}: ${lost} lost, ${doubled} doubled, ${reordered} reordered`);
});
