// Looks for bytes that break the parsers of catalogs, models, messages, commands and kept histories, with cargo-fuzz. `fuzz/README.md`
//
//   npm run fuzz -- [--minutes 10] [--target message]

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { setupFuzz } from "./setup.mjs";
import { Problem, must, root, script, targetDir } from "./workspace.mjs";

const TARGETS = ["catalog", "model", "message", "command", "history"];

await script(async () => {
  const { values } = parseArgs({ options: { minutes: { type: "string", default: "10" }, target: { type: "string" } } });
  const targets = TARGETS.filter((target) => values.target === undefined || values.target === target);
  if (targets.length === 0) throw new Problem(`--target is ${values.target}; known: ${TARGETS.join(", ")}`);
  await setupFuzz();
  const fuzz = join(root, "fuzz");
  for (const target of targets) {
    // What is found goes here; the kept corpus is only read.
    const found = join(targetDir, "corpus", target);
    await mkdir(found, { recursive: true });
    await must(
      "cargo",
      [
        ...["fuzz", "run", "--fuzz-dir", fuzz, "--target-dir", join(targetDir, "fuzz"), target, found, join(fuzz, "corpus", target)],
        ...["--", `-max_total_time=${Math.round(Number(values.minutes) * 60)}`, "-print_final_stats=1"],
      ],
      // libFuzzer's instrumentation is not in the stable toolchain's options.
      { env: { RUSTC_BOOTSTRAP: "1" } },
    );
  }
  console.log(`${values.minutes} minutes each of ${targets.join(", ")}: nothing found`);
});
