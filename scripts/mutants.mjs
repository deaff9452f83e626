// Changes the core in small ways, one at a time, and lets the tests look for each: with cargo-mutants. A change that no test notices is a
// hole in the tests, or changes nothing that anybody could see; docs/testing.md lists those, with the reason.
//
//   npm run mutants -- [--only broker,engine] [--shard 3/40] [--json]
//
// Shards are numbered as cargo-mutants does, from 0: `--shard 0/40` to `--shard 39/40` are all of them.

import { cp, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { setupMutants } from "./setup.mjs";
import { Problem, root, run, script, targetDir } from "./workspace.mjs";

/** The least share of the viable mutants that must be noticed, in percent. @type {Record<string, number>} */
const BARS = { broker: 95, engine: 95, history: 90, rank: 90, score: 90, model: 90 };

/** First what is quick: the unit tests, without those that take seconds. What they do not notice is for all others. */
const QUICK = { targets: ["--lib"], tests: ["--skip", "catalog::", "--skip", "every_message_settles_exactly_once"] };
const ALL = { targets: ["--lib", "--test=simulation", "--test=golden", "--test=hostile", "--test=corpus"], tests: [] };

/** What is compiled with the feature "train" only: a change there is no change. */
const NOT_COMPILED = "Likeness<";

/** How many seconds tests may take, if five times what they take without a mutant is less, before they are taken for an endless loop. */
const LEAST_TIMEOUT = 30;
/** A loop that takes memory for ever is stopped before the machine has none left, in KiB. */
const MOST_MEMORY = 4_000_000;

/** A mutant as cargo-mutants reports it. @typedef {{ name: string, file: string, span: { start: { line: number, column: number } } }} Mutant */
/** @typedef {"CaughtMutant" | "MissedMutant" | "Timeout" | "Unviable"} Summary */

const directory = join(targetDir, "mutants");
/** cargo-mutants writes into the source while it works: into this copy. */
const copy = join(directory, "source");

await script(async () => {
  const { values } = parseArgs({
    options: { only: { type: "string" }, shard: { type: "string" }, json: { type: "boolean", default: false } },
  });
  const folders = values.only?.split(",") ?? Object.keys(BARS);
  const unknown = folders.filter((folder) => !(folder in BARS));
  if (unknown.length > 0) throw new Problem(`--only is ${values.only}; known: ${Object.keys(BARS).join(", ")}`);
  // Standard output is the report alone.
  const print = console.log;
  console.log = console.error;
  await setupMutants();
  await copySource();

  const files = folders.flatMap((folder) => ["--file", `src/${folder}/**`]);
  const found = await mutate([...files, ...(values.shard === undefined ? [] : ["--shard", values.shard])], QUICK);
  const left = [...found.values()].filter(({ summary }) => summary === "MissedMutant").map(({ mutant }) => mutant.name);
  if (left.length > 0) {
    // Only what means something in a regular expression: cargo-mutants takes `\<` for the start of a word.
    const exactly = (/** @type {string} */ name) => `^${name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`;
    const again = await mutate([...files, ...left.flatMap((name) => ["--re", exactly(name)])], ALL);
    for (const [name, outcome] of again) found.set(name, outcome);
  }

  const report = await summarise(folders, [...found.values()]);
  print(values.json ? JSON.stringify({ shard: values.shard, ...report }) : inWords(report));
  const below = Object.entries(report.folders).filter(([folder, { percent }]) => percent < (BARS[folder] ?? 0));
  // The few mutants of a shard say nothing of their folder.
  const poor = values.shard === undefined ? below.map(([folder]) => folder) : [];
  if (poor.length > 0) console.error(`below its bar: ${poor.join(", ")}`);
  if (report.unlisted.length > 0) {
    console.error(`Noticed by no test, and not listed in docs/testing.md as changing nothing:\n${report.unlisted.join("\n")}`);
  }
  if (poor.length + report.unlisted.length > 0) process.exitCode = 1;
});

/** Copies what the tests need. Its files are new, so that cargo does not take what was compiled of a mutant for compiled of them. */
async function copySource() {
  await rm(copy, { recursive: true, force: true });
  await mkdir(copy, { recursive: true });
  for (const name of ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "src", "tests", "fuzz/checks.rs", "fuzz/corpus"]) {
    await cp(join(root, name), join(copy, name), { recursive: true });
  }
}

/**
 * Lets cargo-mutants try mutants.
 * @param {string[]} which options that say which
 * @param {{ targets: string[], tests: string[] }} by the test targets, and options that choose among their tests
 * @returns {Promise<Map<string, { mutant: Mutant, summary: Summary }>>} by their names
 */
async function mutate(which, { targets, tests }) {
  const filters = [...which, ...targets.map((target) => `--cargo-arg=${target}`)];
  const options = ["--in-place", "--output", directory, "--no-default-features"];
  options.push("--minimum-test-timeout", `${LEAST_TIMEOUT}`, "--exclude-re", NOT_COMPILED);
  const args = ["mutants", "--dir", copy, ...options, "--colors", "never", ...filters];
  args.push("--", "--", ...tests, "-Zunstable-options", "--fail-fast");
  const limited = `ulimit -v ${MOST_MEMORY}; exec cargo "$@" >&2`;
  const results = join(directory, "mutants.out");
  await rm(results, { recursive: true, force: true });
  await run("sh", ["-c", limited, "sh", ...args], {
    env: {
      CARGO_TARGET_DIR: join(directory, "target"),
      // For `--fail-fast`, which libtest has for nightly only.
      RUSTC_BOOTSTRAP: "1",
      CARGO_PROFILE_TEST_DEBUG: "0",
      CARGO_PROFILE_DEV_DEBUG: "0",
      // The same cases for every mutant, and fewer of them than `npm test` tries.
      SEEDS: "300",
      PROPTEST_CASES: "64",
      PROPTEST_RNG_SEED: "1",
      PROPTEST_DISABLE_FAILURE_PERSISTENCE: "1",
    },
  });
  // A shard may have none.
  if (JSON.parse(await readFile(join(results, "mutants.json"), "utf8")).length === 0) return new Map();
  /** @type {{ outcomes: { scenario: "Baseline" | { Mutant: Mutant }, summary: Summary | "Success" | "Failure" }[], end_time: string | null }} */
  const { outcomes, end_time } = JSON.parse(await readFile(join(results, "outcomes.json"), "utf8"));
  const baseline = outcomes.find(({ scenario }) => scenario === "Baseline");
  if (baseline?.summary !== "Success") throw new Problem("the tests fail without a mutant");
  if (end_time === null) throw new Problem("cargo-mutants did not come to its end");
  const tried = new Map();
  for (const { scenario, summary } of outcomes) {
    if (scenario !== "Baseline") tried.set(scenario.Mutant.name, { mutant: scenario.Mutant, summary });
  }
  return tried;
}

/**
 * What came of them. A mutant that hangs the tests is noticed as well as one that fails them, and named besides.
 * @param {string[]} folders
 * @param {{ mutant: Mutant, summary: Summary }[]} outcomes
 */
async function summarise(folders, outcomes) {
  const names = (/** @type {Summary} */ wanted) =>
    outcomes.filter(({ summary }) => summary === wanted).map(({ mutant }) => mutant.name);
  /** @type {Record<string, ReturnType<typeof figures>>} */
  const each = {};
  for (const folder of folders) {
    const its = outcomes.filter(({ mutant }) => mutant.file.startsWith(`src/${folder}/`)).map(({ summary }) => summary);
    if (its.length > 0) each[folder] = figures(its);
  }
  const listed = await equivalents();
  const unlisted = [];
  for (const { mutant } of outcomes.filter(({ summary }) => summary === "MissedMutant")) {
    const entry = await entryOf(mutant);
    const place = listed.indexOf(entry);
    if (place < 0) unlisted.push(entry);
    else listed.splice(place, 1);
  }
  return {
    ...figures(outcomes.map(({ summary }) => summary)),
    missed_list: names("MissedMutant"),
    timeout_list: names("Timeout"),
    unlisted,
    folders: each,
  };
}

/** @param {Summary[]} summaries */
function figures(summaries) {
  const count = (/** @type {Summary} */ wanted) => summaries.filter((summary) => summary === wanted).length;
  const [caught, missed, timeout] = [count("CaughtMutant"), count("MissedMutant"), count("Timeout")];
  const viable = caught + missed + timeout;
  const percent = viable === 0 ? 100 : Math.floor((1000 * (caught + timeout)) / viable) / 10;
  return { viable, caught, missed, timeout, unviable: count("Unviable"), percent };
}

/** The mutants that docs/testing.md lists as changing nothing, each as often as it does. */
async function equivalents() {
  const text = await readFile(join(root, "docs", "testing.md"), "utf8");
  return [...text.matchAll(/^- (`src\/[^`]+`, in `[^`]+`): ./gm)].map(([, entry]) => entry);
}

/**
 * How docs/testing.md names a mutant: by the text of its line, as line numbers change with what is above.
 * @param {Mutant} mutant
 */
async function entryOf({ name, file, span }) {
  const lines = (await readFile(join(root, file), "utf8")).split("\n");
  return `\`${name.replace(/:\d+:\d+: /, ": ")}\`, in \`${lines[span.start.line - 1]?.trim()}\``;
}

/** @param {Awaited<ReturnType<typeof summarise>>} report */
function inWords(report) {
  const rows = Object.entries({ ...report.folders, all: report }).map(
    ([folder, { viable, caught, missed, timeout, percent }]) =>
      `${folder}: ${percent} % of ${viable} viable mutants noticed (${caught} caught, ${timeout} timed out), ${missed} missed`,
  );
  const lists = [report.missed_list.map((name) => `missed: ${name}`), report.timeout_list.map((name) => `timed out: ${name}`)];
  return [...lists.flat(), ...rows].join("\n");
}
