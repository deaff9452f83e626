// Sets up, builds, and serves the demo page. With --no-serve it ends after the build.

import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { serveNear } from "./serve.mjs";
import { setupBuild } from "./setup.mjs";
import { script } from "./workspace.mjs";

await script(async () => {
  const { values } = parseArgs({ options: { "no-serve": { type: "boolean" } } });
  await setupBuild();
  await build();
  if (values["no-serve"]) return;
  const { origin } = await serveNear(8080);
  console.log(`\nThe demo is at ${origin}/   (Ctrl+C ends it)`);
});
