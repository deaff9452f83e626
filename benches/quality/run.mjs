// Recommendation quality side by side: watchnext and its peers on the same files, in one table a protocol.
//
//   npm run bench:quality                                MovieLens latest-small, five folds by viewer
//   npm run bench:quality -- ../shared/data/ml-1m/all    <folder>-A and <folder>-B with train, val_foldin and val_target
//   npm run bench:quality -- similar                     more like this, alone
//   npm run bench:quality -- collapse                    without a model: are lists of different viewers different, and mixed ones mixed
//   npm run bench:quality -- low [<folder> <items.csv>]  what a viewer dislikes and is shown, alone; <folder>-A and <folder>-B as above

import { existsSync } from "node:fs";
import { join } from "node:path";
import { setupBuild } from "../../scripts/setup.mjs";
import { Problem, find, must, root, script, targetDir } from "../../scripts/workspace.mjs";

const here = join(root, "benches", "quality");
const venv = join(targetDir, "quality-venv");
const python = join(venv, "bin", "python");

/** A package of public catalogs, of the data of vega's examples. */
const CATALOGS = "vega-datasets@2.11.0";

/** What is felt without a model, through the package as it is built. */
async function collapse() {
  const folder = join(targetDir, "quality-catalogs");
  await must("npm", ["install", "--silent", "--no-save", "--no-audit", "--no-fund", "--prefix", folder, CATALOGS]);
  await must(process.execPath, [join(root, "scripts", "build.mjs")]);
  await must(process.execPath, [join(here, "collapse.mjs"), join(folder, "node_modules", "vega-datasets")]);
}

await script(async () => {
  await setupBuild();
  if (process.argv[2] === "collapse") return collapse();
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
  if (first !== "") return;
  for (const [name, more] of Object.entries(alone)) await measure(name, more);
  await collapse();
});
