// Builds the package into dist/ and the demo's data into www/data/. What is up to date is left alone.

import { copyFile, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setupBuild } from "./setup.mjs";
import { checkSizes, measureSizes, printSizes } from "./size.mjs";
import { filesUnder, step } from "./up-to-date.mjs";
import { Problem, capture, must, root, script, targetDir } from "./workspace.mjs";

const dist = join(root, "dist");
const data = join(root, "data", "ml-latest-small");
const demoData = join(root, "www", "data");

// The WebAssembly features that rustc 1.95 uses for wasm32-unknown-unknown; every browser we support has them.
const WASM_FEATURES = [
  "bulk-memory",
  "multivalue",
  "mutable-globals",
  "nontrapping-float-to-int",
  "reference-types",
  "sign-ext",
];
const WASM_OPT = ["-O3", ...WASM_FEATURES.map((feature) => `--enable-${feature}`)];
const WASM_BINDGEN = ["--target", "web", "--omit-default-module-path", "--out-name", "watchnext"];

/** Everything, in order. */
export async function build() {
  await buildWasm();
  await buildJavaScript();
  await buildDemoData();
}

/**
 * dist/wasm/: the crate for browsers, and wasm-bindgen's glue.
 * @param {object} [variant] another one, for a benchmark
 * @param {string} [variant.name]
 * @param {string} [variant.out]
 * @param {string} [variant.target] where cargo puts it
 * @param {string[]} [variant.features]
 */
export async function buildWasm({ name = "wasm", out = join(dist, "wasm"), target = targetDir, features = [] } = {}) {
  await must("cargo", [
    ...["build", "--profile", "wasm", "--target", "wasm32-unknown-unknown", "--no-default-features", "--lib"],
    ...["--target-dir", target, ...features.flatMap((feature) => ["--features", feature])],
  ]);
  const compiled = join(target, "wasm32-unknown-unknown", "wasm", "watchnext.wasm");
  const module = join(out, "watchnext_bg.wasm");
  const recipe = [await capture("wasm-bindgen", ["--version"]), WASM_BINDGEN, await capture("wasm-opt", ["--version"]), WASM_OPT, String(changeGlue)];
  await report(name, { recipe, inputs: [compiled], outputs: [out] }, async () => {
    await rm(out, { recursive: true, force: true });
    await must("wasm-bindgen", [compiled, ...WASM_BINDGEN, "--out-dir", out]);
    await must("wasm-opt", [module, ...WASM_OPT, "--output", module]);
    await changeGlue(join(out, "watchnext"));
  });
}

/**
 * wasm-bindgen's glue has one instance for ever. It becomes a function, so that there can be as many as there are engines and each dies
 * alone; and the exports are guarded (js/guard.ts says why).
 * @param {string} path without the extension
 */
async function changeGlue(path) {
  const exported = /^export (?:default )?(?=class|function|async function)/gm;
  let code = (await readFile(`${path}.js`, "utf8")).replace(exported, "");
  for (const [from, to] of /** @type {const} */ ([
    ["wasm = instance.exports;", "wasm = guarded(instance.exports, onEnd);"],
    ["export { initSync, __wbg_init as default };", "return { EngineHost, run, initSync };\n}"],
  ])) {
    const parts = code.split(from);
    if (parts.length !== 2) throw new Problem(`wasm-bindgen's glue does not have exactly one "${from}"`);
    code = parts.join(to);
  }
  await writeFile(`${path}.js`, `import { guarded } from "../guard.js";\n\nexport function newCore(onEnd) {\n${code}`);
  const types = (await readFile(`${path}.d.ts`, "utf8")).replace(exported, "declare ");
  const newCore = `
/** A core of its own, once \`initSync\` has instantiated it. \`onEnd\` is told what ended it, if something does; then nothing enters it again. */
export function newCore(onEnd: (error: Error) => void): { EngineHost: typeof EngineHost; run: typeof run; initSync: typeof initSync };

export {};
`;
  await writeFile(`${path}.d.ts`, types + newCore);
}

/** dist/*.js and *.d.ts, from js/*.ts. */
async function buildJavaScript() {
  const sources = await readdir(join(root, "js"));
  const outputs = sources.flatMap((source) =>
    [".js", ".d.ts"].map((extension) => join(dist, basename(source, ".ts") + extension)),
  );
  const inputs = ["js", "tsconfig.json", "dist/wasm/watchnext.d.ts", "dist/wasm/watchnext.js", "node_modules/typescript/package.json"];
  await report("javascript", { recipe: ["tsc", String(inOneFile)], inputs: inputs.map((path) => join(root, path)), outputs }, async () => {
    for (const entry of await readdir(dist, { withFileTypes: true })) {
      if (entry.isFile()) await rm(join(dist, entry.name));
    }
    await compileScripts(dist);
  });
}

/**
 * The scripts of a package, beside its core.
 * @param {string} out
 */
export async function compileScripts(out) {
  await must("tsc", ["--project", "tsconfig.json", "--outDir", out]);
  // Firefox tells nobody when something that a worker's script imports is missing; and one request is done sooner than four.
  const worker = join(out, "worker.js");
  await writeFile(worker, await inOneFile(worker));
}

/**
 * A module and what it imports.
 * @param {string} file
 * @param {Set<string>} [seen]
 * @returns {Promise<string>}
 */
async function inOneFile(file, seen = new Set()) {
  if (seen.has(file)) return "";
  seen.add(file);
  const code = await readFile(file, "utf8");
  const imported = [];
  for (const [, path = ""] of code.matchAll(/^import \{.*\} from "(.+)";$/gm)) imported.push(await inOneFile(join(dirname(file), path), seen));
  const own = code.replace(/^import \{.*\} from ".+";\n/gm, "").replace(/^export (?=class|const|function|async function)/gm, "");
  if (/^(import|export)\b/m.test(own)) throw new Problem(`${file} has an import or export that cannot be joined`);
  return imported.join("") + own;
}

/** www/data/: the demo's catalog and model, from the MovieLens files, whose terms have to travel with them. */
async function buildDemoData() {
  const source = (/** @type {string} */ name) => join(data, name);
  const catalog = join(demoData, "catalog.json");
  const model = join(demoData, "model.wnm");
  const ratings = source("ratings.csv.gz");
  const catalogArgs = [
    ...["catalog", source("movies.csv"), "--ratings", ratings, "--tags", source("tags.csv.gz")],
    ...["--links", source("links.csv"), "--out", catalog],
  ];
  const trainArgs = ["train", "--interactions", ratings, "--catalog", catalog, "--preset", "base", "--l2", "60", "--min-support", "3", "--out", model];

  const cargoArgs = ["--release", "--bin", "watchnext"];
  await must("cargo", ["build", ...cargoArgs]);
  // The binary changes with every source file; these parts know nothing of training, and training nothing of them.
  const above = ["broker", "browser", "engine", "protocol.rs"].map((name) => join(root, "src", name));
  const sources = (await filesUnder(join(root, "src"))).filter((file) => !above.some((path) => file.startsWith(path)));
  const inputs = [data, join(root, "Cargo.lock"), ...sources];

  await report("demo-data", { recipe: [catalogArgs, trainArgs], inputs, outputs: [demoData] }, async () => {
    await rm(demoData, { recursive: true, force: true });
    await mkdir(demoData, { recursive: true });
    await must("cargo", ["run", "--quiet", ...cargoArgs, "--", ...catalogArgs]);
    await must("cargo", ["run", "--quiet", ...cargoArgs, "--", ...trainArgs]);
    await copyFile(source("README.txt"), join(demoData, "README.txt"));
  });
}

/**
 * A step that says whether it had anything to do, and how long it took.
 * @param {Parameters<typeof step>} args
 */
async function report(...args) {
  const start = performance.now();
  const ran = await step(...args);
  console.log(ran ? `${args[0]}: built in ${((performance.now() - start) / 1000).toFixed(1)} s` : `${args[0]}: up to date`);
}

if (process.argv[1] === import.meta.filename) {
  await script(async () => {
    await setupBuild();
    await build();
    const sizes = await measureSizes();
    printSizes(sizes);
    await checkSizes(sizes);
  });
}
