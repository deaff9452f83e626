// Sets up and runs every suite, and ends with one line: how many tests passed and failed.
//
//   npm test                                  everything
//   npm test -- --only native,e2e             suites by name, or by the start of it up to a hyphen
//   npm test -- --browser chromium            of the suites that need a browser, only those in this one

import { parseArgs } from "node:util";
import { browsers } from "./browsers.mjs";
import { setupBuild, setupTests } from "./setup.mjs";
import { action, suites } from "./suites.mjs";
import { Problem, script } from "./workspace.mjs";

/**
 * @param {import("./suites.mjs").Suite} suite
 * @param {{ only?: string, browser?: string }} choice
 */
function chosen(suite, { only, browser }) {
  const named = only === undefined || only.split(",").some((name) => suite.name === name || suite.name.startsWith(`${name}-`));
  return named && (browser === undefined || suite.browser === undefined || suite.browser === browser);
}

await script(async () => {
  const { values } = parseArgs({ options: { only: { type: "string" }, browser: { type: "string" } } });
  if (values.browser !== undefined && !(values.browser in browsers)) {
    throw new Problem(`no browser ${values.browser}; known: ${Object.keys(browsers).join(", ")}`);
  }
  const selected = suites.filter((suite) => chosen(suite, values));
  if (selected.length === 0) {
    throw new Problem(`no suite ${values.only}; known: ${suites.map((suite) => suite.name).join(", ")}`);
  }

  const setup = action("setup", async () => {
    await setupBuild();
    if (selected.some((suite) => suite.browser !== undefined)) await setupTests();
  });

  const lines = [];
  const total = { passed: 0, failed: 0 };
  for (const suite of [setup, ...selected]) {
    console.log(`\n━━ ${suite.name}`);
    const start = performance.now();
    const { passed, failed } = await suite.run().catch((error) => {
      console.error(error instanceof Problem ? error.message : error);
      return { passed: 0, failed: 1 };
    });
    total.passed += passed;
    total.failed += failed;
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    lines.push(`${failed === 0 ? "✔" : "✘"} ${suite.name.padEnd(18)} ${passed} passed, ${failed} failed, ${seconds} s`);
    if (suite === setup && failed > 0) break;
  }
  console.log(`\n${lines.join("\n")}\n`);
  console.log(`${total.passed} passed, ${total.failed} failed`);
  if (total.failed > 0) process.exitCode = 1;
});
