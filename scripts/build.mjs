// Builds the package into dist/. What is up to date is left alone.

import { readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { setupBuild } from "./setup.mjs";
import { checkSizes, measureSizes, printSizes } from "./size.mjs";
import { step } from "./up-to-date.mjs";
import { Problem, capture, must, root, script, targetDir } from "./workspace.mjs";

/** The compiled modules, one by one: what the package is put together from, and what tests of a single module import. */
const pkg = join(root, "pkg");
const dist = join(root, "dist");

// The WebAssembly features that rustc 1.95 uses for wasm32-unknown-unknown; every browser we support has them.
const WASM_FEATURES = [
  "bulk-memory",
  "multivalue",
  "mutable-globals",
  "nontrapping-float-to-int",
  "reference-types",
  "sign-ext",
  "simd",
];
// Small functions that repeat compress better than functions inlined into their only caller; and functions beside those of their module and type (by name) better
// than by how often they are called.
const SMALLER = ["-Os", "-Os", "--one-caller-inline-max-function-size=1", "--low-memory-unused", "--reorder-functions-by-name", ...WASM_FEATURES.map((feature) => `--enable-${feature}`)];
// The names between core and glue need be read by nobody.
const WASM_OPT = [...SMALLER, "--strip-producers", "--strip-target-features", "--minify-imports-and-exports-and-modules"];
const WASM_BINDGEN = ["--target", "web", "--omit-default-module-path", "--out-name", "watchnext"];

const CARGO_HOME = process.env.CARGO_HOME ?? join(homedir(), ".cargo");
// Scores are added up with vectors, which every browser has that has the rest, but for Safari before 16.4. And where crates were unpacked is
// nobody's business: panics name their files, and builds are to be the same everywhere.
const RUSTFLAGS = `target.wasm32-unknown-unknown.rustflags=['-C', 'target-feature=+simd128', '--remap-path-prefix=${join(CARGO_HOME, "registry", "src")}=crates']`;

/** Everything, in order. */
export async function build() {
  await buildWasm();
  await buildTrainer();
  await buildJavaScript();
}

/**
 * pkg/wasm/: the crate for browsers, and wasm-bindgen's glue.
 * @param {object} [variant] another one, for a benchmark
 * @param {string} [variant.name]
 * @param {string} [variant.out]
 * @param {string} [variant.target] where cargo puts it
 * @param {string[]} [variant.features]
 */
export async function buildWasm({ name = "wasm", out = join(pkg, "wasm"), target = targetDir, features = [] } = {}) {
  await must("cargo", [
    ...["build", "--profile", "wasm", "--target", "wasm32-unknown-unknown", "--no-default-features", "--lib"],
    ...["--target-dir", target, "--config", RUSTFLAGS, ...features.flatMap((feature) => ["--features", feature])],
  ]);
  const compiled = join(target, "wasm32-unknown-unknown", "wasm", "watchnext.wasm");
  const module = join(out, "watchnext_bg.wasm");
  const recipe = [await capture("wasm-bindgen", ["--version"]), WASM_BINDGEN, await capture("wasm-opt", ["--version"]), WASM_OPT, String(changeGlue), INSTANTIATE];
  await report(name, { recipe, inputs: [compiled], outputs: [out] }, async () => {
    await rm(out, { recursive: true, force: true });
    await must("wasm-bindgen", [compiled, ...WASM_BINDGEN, "--out-dir", out]);
    const names = JSON.parse(await capture("wasm-opt", [module, ...WASM_OPT, "--output", module]));
    await changeGlue(join(out, "watchnext"), names);
  });
}

/** pkg/trainer/: what trains, a module of its own that no page loads but one that trains. */
export async function buildTrainer() {
  await must("cargo", [
    ...["build", "--profile", "trainer", "--target", "wasm32-unknown-unknown", "--no-default-features", "--features", "train", "--lib"],
    ...["--target-dir", targetDir, "--config", RUSTFLAGS],
  ]);
  const compiled = join(targetDir, "wasm32-unknown-unknown", "trainer", "watchnext.wasm");
  const out = join(pkg, "trainer");
  const module = join(out, "trainer_bg.wasm");
  const bindgen = ["--target", "web", "--omit-default-module-path", "--out-name", "trainer"];
  const recipe = [await capture("wasm-bindgen", ["--version"]), bindgen, await capture("wasm-opt", ["--version"]), SMALLER, "lzma1"];
  await report("trainer", { recipe, inputs: [compiled], outputs: [out] }, async () => {
    await rm(out, { recursive: true, force: true });
    await must("wasm-bindgen", [compiled, ...bindgen, "--out-dir", out]);
    await must("wasm-opt", [module, ...SMALLER, "--output", module]);
    // LZMA packs it better than brotli, which no browser unpacks for a script, and than gzip: the tarball has 1 MB at most.
    const { compress } = await import("lzma1");
    await writeFile(join(out, "trainer.wasm.lzma"), compress(await readFile(module), 9));
  });
}

/**
 * wasm-bindgen's glue has one instance for ever. It becomes a function, so that there can be as many as there are engines and each dies
 * alone; the exports are guarded (js/guard.ts says why); and it is told how wasm-opt shortened the names between the two.
 * @param {string} path without the extension
 * @param {{ imports: [module: string, name: string, short: string][], exports: [name: string, short: string][] }} names
 */
async function changeGlue(path, { imports, exports }) {
  const exported = /^export (?:default )?(?=class|function|async function)/gm;
  let code = (await readFile(`${path}.js`, "utf8")).replace(exported, "");
  /** @param {string} from @param {string} to */
  const replace = (from, to) => {
    const parts = code.split(from);
    if (parts.length !== 2) throw new Problem(`wasm-bindgen's glue does not have exactly one "${from}"`);
    code = parts.join(to);
  };
  // The rest loads the module, which is done elsewhere.
  const [loader] = /^function __wbg_finalize_init\(.*/ms.exec(code) ?? [];
  replace(loader ?? "function __wbg_finalize_init(", INSTANTIATE);
  replace('"./watchnext_bg.js": import0', '"a": import0');
  for (const [, name, short] of imports) replace(` ${name}: function`, ` ${short}: function`);
  const shorter = new Map(exports);
  code = code.replace(/\bwasm\.(\w+)/g, (_, name) => {
    if (!shorter.has(name)) throw new Problem(`the core does not export ${name}, which its glue calls`);
    return `wasm.${shorter.get(name)}`;
  });
  await writeFile(`${path}.js`, `import { guarded } from "../guard.js";\n\nexport function newCore(onEnd) {\n${code}}\n`);
  const types = (await readFile(`${path}.d.ts`, "utf8")).replace(exported, "declare ");
  const newCore = `
/** A core of its own, once \`start\` has instantiated it. \`onEnd\` is told what ended it, if something does; then nothing enters it again. */
export function newCore(onEnd: (error: Error) => void): {
  hostEngine: typeof hostEngine;
  runEngine: typeof runEngine;
  runScorer: typeof runScorer;
  start(module: WebAssembly.Module): void;
};

export {};
`;
  await writeFile(`${path}.d.ts`, types + newCore);
}

const INSTANTIATE = `
function start(module) {
    wasm = guarded(new WebAssembly.Instance(module, __wbg_get_imports()).exports, onEnd);
    wasm.__wbindgen_start();
}

return { hostEngine, runEngine, runScorer, start };
`;

/** pkg/: js/*.ts as modules; and of them dist/. */
export async function buildJavaScript() {
  const inputs = ["js", "tsconfig.json", "pkg/wasm", "pkg/trainer", "scripts/bundle.mjs", "scripts/node-globals.mjs", "package.json", "package-lock.json"].map((path) => join(root, path));
  await report("javascript", { recipe: "tsc, esbuild", inputs, outputs: [dist] }, () => compileScripts(pkg, dist));
}

/**
 * A package, around the core in `modules`/wasm.
 * @param {string} modules
 * @param {string} out
 */
export async function compileScripts(modules, out) {
  await must("tsc", ["--project", "tsconfig.json", "--outDir", modules]);
  // Not above: set-up installs what it needs.
  const { bundle } = await import("./bundle.mjs");
  await bundle(modules, out);
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
