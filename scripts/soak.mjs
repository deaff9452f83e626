// The long fault runs: in every browser with three seeds, 4000 messages each. `npm run soak`

import { browsers } from "./browsers.mjs";
import { must, script } from "./workspace.mjs";

await script(async () => {
  for (const browser of Object.keys(browsers)) {
    for (const seed of [1, 2, 3]) {
      await must("node", ["scripts/faults.mjs", "--browser", browser, "--messages", "4000", "--seed", `${seed}`, "--json"]);
    }
  }
  console.log("nothing was lost, doubled or mixed up");
});
