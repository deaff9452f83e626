// Recommendation quality side by side: watchnext and its peers on the same files, in one table a protocol.
//
//   npm run bench:quality                                MovieLens latest-small, five folds by viewer
//   npm run bench:quality -- <folder>/ml-1m/all    <folder>-A and <folder>-B with train, val_foldin and val_target
//   npm run bench:quality -- <folder>/beauty/all   the same of a sparse set
//   npm run bench:quality -- leave-last-one log.csv.gz   everybody's last item, as published tables of sequence models have it
//   npm run bench:quality -- cold-items [log.csv catalog.json]   items that nobody has had in training
//   npm run bench:quality -- similar                     more like this, alone
//   npm run bench:quality -- collapse                    without a model: are lists of different viewers different, and mixed ones mixed
//   npm run bench:quality -- low [<folder> <items.csv>]  what a viewer dislikes and is shown, alone; <folder>-A and <folder>-B as above
//   npm run bench:quality -- felt [<folder> <items.csv>] what is felt of lists after the first events, alone
//   npm run bench:quality -- duckdb                      counts by the statements of docs/training.md, and watchnext's own

import { existsSync } from "node:fs";
import { join } from "node:path";
import { coldItems } from "./cold.mjs";
import { leaveLastOne } from "./last.mjs";
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
  const ratings = join(data, "ratings.csv.gz");
  const measure = (/** @type {string} */ name, /** @type {string[]} */ ...more) => must(python, [join(here, `${name}.py`), binary, ...more]);
  /** Those that can be had alone. @type {Record<string, (...more: string[]) => unknown>} */
  const alone = {
    "leave-last-one": (log = ratings) => leaveLastOne(binary, log, join(targetDir, "leave-last-one")),
    "cold-items": async (log = ratings, catalog = "") => {
      const own = join(targetDir, "cold-items.json");
      if (catalog === "") await must(binary, ["catalog", join(data, "movies.csv"), "--tags", join(data, "tags.csv.gz"), "--out", own]);
      coldItems(binary, log, catalog || own, join(targetDir, "cold-items"));
    },
    duckdb: () => measure("duckdb_counts", join(root, "docs", "training.md"), ratings),
    similar: () => measure("similar", data, join(root, "tests", "sense", "similar.json")),
    felt: (...more) => measure("felt", data, ...more),
    low: (...more) => measure("low", data, ...more),
  };
  const own = alone[first];
  if (own) return void (await own(...rest));
  await measure("compare", data, ...(first === "" ? [] : [first, ...rest]));
  if (first !== "") return;
  for (const each of Object.values(alone)) await each();
  await collapse();
});
