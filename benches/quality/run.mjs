// Recommendation quality side by side: watchnext and its peers on the same files, in one table a protocol.
//
//   npm run bench:quality                                MovieLens latest-small, five folds by viewer
//   npm run bench:quality -- ../shared/data/ml-1m/all    <folder>-A and <folder>-B with train, val_foldin and val_target
//   npm run bench:quality -- similar                     more like this, alone

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
  const chosen = process.argv.slice(2);
  const [binary, data] = [join(targetDir, "release", "watchnext"), join(root, "data", "ml-latest-small")];
  if (chosen[0] !== "similar") await must(python, [join(here, "compare.py"), binary, data, ...chosen]);
  if (chosen.length === 0 || chosen[0] === "similar") {
    await must(python, [join(here, "similar.py"), binary, data, join(root, "tests", "sense", "similar.json")]);
  }
});
