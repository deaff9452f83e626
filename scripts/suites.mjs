// Every suite of `npm test`, in the order in which they run: what fails fast comes first, what others need comes before them.

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { checkApi } from "./api.mjs";
import { browserEnv, browsers, startDisplay } from "./browsers.mjs";
import { build } from "./build.mjs";
import { cargoCounts, nodeCounts, setupCounts, settle } from "./counts.mjs";
import { checkDemoData } from "./demo-data.mjs";
import { WASI_TARGET } from "./setup.mjs";
import { checkSizes, measureSizes, printSizes } from "./size.mjs";
import { Problem, find, root, run } from "./workspace.mjs";

/**
 * @typedef {object} Suite
 * @property {string} name
 * @property {string} [browser] the browser it runs in
 * @property {() => Promise<import("./counts.mjs").Counts>} run
 */

const WASM_TARGET = ["--target", "wasm32-unknown-unknown", "--no-default-features"];

/** Cargo's variable for what runs a program of this target; Node calls WASI experimental. */
const WASI_RUNNER = { CARGO_TARGET_WASM32_WASIP1_RUNNER: "node --no-warnings scripts/wasi.mjs" };

/** In seconds; wasm-bindgen-test-runner gives up after 20 s, which a busy machine may need to start a browser. */
const WASM_TEST_LIMIT = 120;

/** Of the package's setups those that are installed in seconds; `npm run test:packaging` has all. */
const PACKAGING = "vite7-dev,vite8-build,esbuild,plain,cdn-chromium,node,npx,typescript,lint";

/** @type {Suite[]} */
export const suites = [
  command("format", "cargo", ["fmt", "--check"]),
  command("clippy", "cargo", ["clippy", "--release", "--all-targets", "--", "-D", "warnings"]),
  command("clippy-wasm", "cargo", ["clippy", "--release", ...WASM_TARGET, "--lib", "--tests", "--", "-D", "warnings"]),
  command("clippy-trainer", "cargo", ["clippy", "--release", ...WASM_TARGET, "--features", "train", "--lib", "--", "-D", "warnings"]),
  command("docs", "cargo", ["doc", "--release", "--no-deps"], { RUSTDOCFLAGS: "-D warnings" }),
  command("docs-wasm", "cargo", ["doc", "--release", "--no-deps", ...WASM_TARGET], { RUSTDOCFLAGS: "-D warnings" }),
  tests("native", cargoCounts, "cargo", ["test", "--release", "--no-fail-fast"]),
  tests("32-bit", cargoCounts, "cargo", ["test", "--release", "--no-fail-fast", "--target", WASI_TARGET, "--no-default-features", "--lib"], WASI_RUNNER),
  action("build", build),
  action("demo-data", checkDemoData),
  command("typescript", "tsc", ["--project", "tsconfig.json", "--noEmit"]),
  command("typescript-tools", "tsc", ["--project", "tsconfig.tools.json"]),
  action("api", checkApi),
  action("size", async () => {
    const sizes = await measureSizes();
    printSizes(sizes);
    await checkSizes(sizes);
  }),
  nodeTests("scripts", "tests/scripts"),
  nodeTests("node", "tests/node"),
  ...["dom", "no-dom"].map((libraries) => command(`types-${libraries}`, "tsc", ["--project", `tests/types/tsconfig.${libraries}.json`])),
  ...Object.keys(browsers).map(wasmTests),
  ...Object.keys(browsers).map((browser) => nodeTests(`e2e-${browser}`, "tests/e2e", browser)),
  { ...tests("packaging", setupCounts, process.execPath, ["tests/packaging/run.mjs", "--only", PACKAGING]), browser: "chromium" },
];

/**
 * A program that passes or fails as a whole.
 * @param {string} name
 * @param {string} program
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 * @returns {Suite}
 */
function command(name, program, args, env) {
  return action(name, async () => {
    if (!(await run(program, args, { env })).ok) throw new Problem(`failed: ${[program, ...args].join(" ")}`);
  });
}

/**
 * A function that passes or throws.
 * @param {string} name
 * @param {() => Promise<void>} work
 * @returns {Suite}
 */
export function action(name, work) {
  return {
    name,
    async run() {
      await work();
      return { passed: 1, failed: 0 };
    },
  };
}

/**
 * A test runner whose output says how many tests passed and failed.
 * @param {string} name
 * @param {(text: string) => import("./counts.mjs").Counts} count
 * @param {string} program
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 * @returns {Suite}
 */
function tests(name, count, program, args, env) {
  return { name, run: () => runTests(count, program, args, env) };
}

/**
 * @param {(text: string) => import("./counts.mjs").Counts} count
 * @param {string} program
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 */
async function runTests(count, program, args, env) {
  const { ok, text } = await run(program, args, { output: "tee", env });
  return settle(ok, count(text));
}

/**
 * The test files of a folder, with Node's own runner; one file at a time, so that what is timed has the machine for itself.
 * @param {string} name
 * @param {string} folder
 * @param {string} [browser]
 * @returns {Suite}
 */
function nodeTests(name, folder, browser) {
  return {
    name,
    browser,
    async run() {
      const files = (await readdir(join(root, folder))).filter((file) => file.endsWith(".test.mjs")).map((file) => join(folder, file));
      const args = ["--test", "--test-reporter=spec", "--test-concurrency=1", ...files];
      return runTests(nodeCounts, process.execPath, args, browser ? { BROWSER: browser } : {});
    },
  };
}

/**
 * tests/*.rs, compiled to WebAssembly, in a browser.
 * @param {string} browser
 * @returns {Suite}
 */
function wasmTests(browser) {
  return {
    name: `wasm-${browser}`,
    browser,
    async run() {
      const { driver, display: needsDisplay, wasmPack } = /** @type {import("./browsers.mjs").Browser} */ (browsers[browser]);
      const display = needsDisplay ? await startDisplay() : undefined;
      try {
        // wasm-pack knows the browsers by their drivers' usual names; WebKitGTK's driver speaks the protocol of Safari's.
        const driverOption = { chrome: "--chromedriver", firefox: "--geckodriver", safari: "--safaridriver" }[wasmPack];
        const args = [
          ...["test", "--mode", "no-install", "--headless", `--${wasmPack}`, driverOption, find(driver) ?? driver],
          ...["--release", "--", "--no-default-features", "--test", "*"],
        ];
        const env = { ...browserEnv, WASM_BINDGEN_TEST_TIMEOUT: String(WASM_TEST_LIMIT), ...(display && { DISPLAY: display.display }) };
        return await runTests(cargoCounts, "wasm-pack", args, env);
      } finally {
        await display?.close();
      }
    },
  };
}
