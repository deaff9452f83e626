// Recommendation quality side by side: watchnext and its peers on the same files, in one table a protocol.
//
//   npm run bench:quality                                MovieLens latest-small, five folds by viewer
//   npm run bench:quality -- ../shared/data/ml-1m/all    <folder>-A and <folder>-B with train, val_foldin and val_target
//   npm run bench:quality -- similar                     more like this, alone
//   npm run bench:quality -- low [<folder> <items.csv>]  what a viewer dislikes and is shown, alone; <folder>-A and <folder>-B as above

import { existsSync } from "node:fs";
import { join } from "node:path";
import { setupBuild } from "../../scripts/setup.mjs";
import { Problem, find, must, root, script, targetDir } from "../../scripts/workspace.mjs";

const here = join(root, "benches", "quality");
const venv = join(targetDir, "quality-venv");
const python = join(venv, "bin", "python");

await script(async () => {
  await setupBuild();
  await must("cargo", ["build", "--release", "--bin", "watchnext"]);
  if (!existsSync(python)) {
    if (!find("python3")) throw new Problem("python3 is not on PATH; the peers are Python packages");
    await must("python3", ["-m", "venv", venv]);
  }
  await must(python, ["-m", "pip", "install", "--quiet", "--requirement", join(here, "requirements.txt")]);
  const [first = "", ...rest] = process.argv.slice(2);
  const [binary, data] = [join(targetDir, "release", "watchnext"), join(root, "data", "ml-latest-small")];
  /** Those that can be had alone, and what each needs to know. @type {Record<string, string[]>} */
  const alone = {
    similar: [join(root, "tests", "sense", "similar.json")],
    low: [],
  };
  const measure = (/** @type {string} */ name, /** @type {string[]} */ more) => must(python, [join(here, `${name}.py`), binary, data, ...more]);
  const own = alone[first];
  if (own) return measure(first, [...own, ...rest]);
  await measure("compare", first === "" ? [] : [first, ...rest]);
  if (first === "") for (const [name, more] of Object.entries(alone)) await measure(name, more);
});
