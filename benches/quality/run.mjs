// Recommendation quality side by side: watchnext and its peers on the same files, in one table a protocol.
//
//   npm run bench:quality                                MovieLens latest-small, five folds by viewer
//   npm run bench:quality -- <folder>/ml-1m/all    <folder>-A and <folder>-B with train, val_foldin and val_target
//   npm run bench:quality -- <folder>/beauty/all   the same of a sparse set
//   npm run bench:quality -- leave-last-one log.csv.gz   everybody's last item, as published tables of sequence models have it
//   npm run bench:quality -- similar                     more like this, alone
//   npm run bench:quality -- duckdb                      counts by the statements of docs/training.md, and watchnext's own

import { existsSync } from "node:fs";
import { join } from "node:path";
import { leaveLastOne } from "./last.mjs";
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
  const chosen = process.argv.slice(2);
  const [binary, data] = [join(targetDir, "release", "watchnext"), join(root, "data", "ml-latest-small")];
  const ratings = join(data, "ratings.csv.gz");
  const others = ["similar", "leave-last-one", "duckdb"];
  if (!others.includes(chosen[0])) await must(python, [join(here, "compare.py"), binary, data, ...chosen]);
  if (chosen.length === 0 || chosen[0] === "leave-last-one") {
    leaveLastOne(binary, chosen[1] ?? ratings, join(targetDir, "leave-last-one"));
  }
  if (chosen.length === 0 || chosen[0] === "duckdb") {
    await must(python, [join(here, "duckdb_counts.py"), binary, join(root, "docs", "training.md"), ratings]);
  }
  if (chosen.length === 0 || chosen[0] === "similar") {
    await must(python, [join(here, "similar.py"), binary, data, join(root, "tests", "sense", "similar.json")]);
  }
});
