// How many tests passed and failed, from what the test runners themselves print.

/** @typedef {{ passed: number, failed: number }} Counts */

/** @param {string} text */
const plain = (text) => text.replace(/\x1b\[[0-9;]*m/g, "");

/**
 * Adds up a pattern's first group over all its matches.
 * @param {string} text
 * @param {RegExp} pattern
 */
const sum = (text, pattern) => [...plain(text).matchAll(pattern)].reduce((total, match) => total + Number(match[1]), 0);

/**
 * cargo test and wasm-bindgen-test-runner: a `test result:` line for each test binary.
 * @param {string} text
 * @returns {Counts}
 */
export const cargoCounts = (text) => ({
  passed: sum(text, /^test result: .*?(\d+) passed/gm),
  failed: sum(text, /^test result: .*?(\d+) failed/gm),
});

/**
 * node --test with its spec reporter: one summary; a cancelled test has not passed.
 * @param {string} text
 * @returns {Counts}
 */
export const nodeCounts = (text) => ({
  passed: sum(text, /^ℹ pass (\d+)/gm),
  failed: sum(text, /^ℹ (?:fail|cancelled) (\d+)/gm),
});

/**
 * tests/packaging/run.mjs: its last line.
 * @param {string} text
 * @returns {Counts}
 */
export function setupCounts(text) {
  const [, passed, all] = /^(\d+) of (\d+) setups$/m.exec(plain(text)) ?? [];
  return { passed: Number(passed ?? 0), failed: Number(all ?? 0) - Number(passed ?? 0) };
}

/**
 * What a runner's result counts for: a run that failed without saying which test, or that ran no test at all, has
 * failed once.
 * @param {boolean} ok whether it exited with success
 * @param {Counts} counts
 * @returns {Counts}
 */
export function settle(ok, { passed, failed }) {
  const unexplained = failed === 0 && (!ok || passed === 0);
  return { passed, failed: unexplained ? 1 : failed };
}
