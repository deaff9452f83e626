// Sets up, builds, and serves the demo page. With --no-serve it ends after the build.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildJavaScript, buildWasm } from "./build.mjs";
import { serveNear } from "./serve.mjs";
import { setupBuild } from "./setup.mjs";
import { root, script } from "./workspace.mjs";

await script(async () => {
  const { values } = parseArgs({ options: { "no-serve": { type: "boolean" } } });
  if (!existsSync(join(root, "dist", "watchnext.wasm"))) console.log("The first start takes two to four minutes on two cores: tools that are missing are installed, and the package is built. Later ones take seconds.");
  await setupBuild();
  await buildWasm();
  await buildJavaScript();
  if (values["no-serve"]) return;
  const { origin } = await serveNear(8080);
  console.log(`\nThe demo is at ${origin}/   (Ctrl+C ends it)`);
});
