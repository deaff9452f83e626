// What a script says to whom does not know its options.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../scripts/workspace.mjs";

/** @param {string[]} args */
const bench = (...args) => spawnSync(process.execPath, [join(root, "benches", "run.mjs"), ...args], { encoding: "utf8" });

test("--help prints the script's own comment and does nothing else", () => {
  const { status, stdout, stderr } = bench("--help");
  assert.match(stdout, /^How fast the built package is.*npm run bench -- \[--sizes/s);
  assert.deepEqual([status, stderr], [0, ""]);
});

test("an unknown option is named beside those that there are, without a stack", () => {
  const { status, stdout, stderr } = bench("--reps", "3");
  assert.match(stderr, /Unknown option '--reps'.*\[--repeats 30\]/s);
  assert.doesNotMatch(stderr, / at .*\.mjs:/);
  assert.deepEqual([status, stdout], [1, ""]);
});
