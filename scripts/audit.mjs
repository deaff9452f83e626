// The dependencies: licences, sources and bans (deny.toml), and known vulnerabilities of crates and npm packages.
//
//   npm run audit [-- --strict]
//
// Vulnerabilities are looked up on the network. Where that is out of reach it is said, and with --strict it is a failure.

import { parseArgs } from "node:util";
import { setupAudit } from "./setup.mjs";
import { Problem, run, script } from "./workspace.mjs";

/** How cargo-deny and npm say that they could not ask, as against that they found something. */
const OUT_OF_REACH = [/failed to fetch advisory database/i, /audit endpoint returned an error/i, /\b(ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN)\b/];

await script(async () => {
  const { values } = parseArgs({ options: { strict: { type: "boolean", default: false } } });
  await setupAudit();
  /** @type {[string, string, string[]][]} */
  const audits = [
    ["licences, sources and bans of the crates", "cargo-deny", ["--all-features", "check", "bans", "licenses", "sources"]],
    ["known vulnerabilities of the crates", "cargo-deny", ["--all-features", "check", "advisories"]],
    ["known vulnerabilities of the npm packages", "npm", ["audit"]],
  ];
  /** @type {string[]} */
  const failed = [];
  /** @type {string[]} */
  const unknown = [];
  for (const [what, program, args] of audits) {
    console.log(`\n━━ ${what}`);
    const { ok, text } = await run(program, args, { output: "tee" });
    if (ok) continue;
    (OUT_OF_REACH.some((pattern) => pattern.test(text)) ? unknown : failed).push(what);
  }
  for (const what of unknown) console.log(`NOT CHECKED, the network does not answer: ${what}`);
  const bad = values.strict ? [...failed, ...unknown] : failed;
  if (bad.length > 0) throw new Problem(`not in order: ${bad.join("; ")}`);
  console.log(unknown.length > 0 ? "what could be checked is in order" : "the dependencies are in order");
});
