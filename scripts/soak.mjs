// The long fault runs: in every browser with three seeds, 4000 messages each, and every promise of its own. `npm run soak`

import { PROMISES } from "../tests/faults/promises.mjs";
import { browsers } from "./browsers.mjs";
import { must, script } from "./workspace.mjs";

await script(async () => {
  for (const browser of Object.keys(browsers)) {
    const run = (/** @type {string[]} */ ...args) => must("node", ["scripts/faults.mjs", "--browser", browser, "--json", ...args]);
    for (const seed of [1, 2, 3]) await run("--messages", "4000", "--seed", `${seed}`);
    for (const promise of Object.keys(PROMISES)) await run("--promise", promise);
  }
  console.log("nothing was lost, doubled or mixed up, and every promise was kept");
});
