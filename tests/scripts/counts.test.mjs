// Lines as the runners print them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cargoCounts, nodeCounts, settle, setupCounts } from "../../scripts/counts.mjs";

test("cargo's results add up over its binaries, colours or not", () => {
  const text = `
running 2 tests
test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
test 3 passed
test result: \x1b[31mFAILED\x1b[0m. 41 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s
`;
  assert.deepEqual(cargoCounts(text), { passed: 43, failed: 3 });
});

test("node's cancelled tests have failed, its skipped ones have not passed", () => {
  const text = "ℹ tests 9\nℹ suites 1\nℹ pass 5\nℹ fail 1\nℹ cancelled 2\nℹ skipped 1\nℹ todo 0\n";
  assert.deepEqual(nodeCounts(text), { passed: 5, failed: 3 });
});

test("a run that failed without a failed test, or ran none, counts as one failure", () => {
  assert.deepEqual(settle(false, { passed: 4, failed: 0 }), { passed: 4, failed: 1 });
  assert.deepEqual(settle(true, { passed: 0, failed: 0 }), { passed: 0, failed: 1 });
  assert.deepEqual(settle(false, { passed: 4, failed: 2 }), { passed: 4, failed: 2 });
  assert.deepEqual(settle(true, { passed: 4, failed: 0 }), { passed: 4, failed: 0 });
});

test("setups that are not among those that passed have failed", () => {
  assert.deepEqual(setupCounts("✔ plain   2.4 s\n✘ cdn-firefox   1.0 s\n\n1 of 2 setups\n"), { passed: 1, failed: 1 });
  assert.deepEqual(settle(false, setupCounts("no setup none")), { passed: 0, failed: 1 });
});
