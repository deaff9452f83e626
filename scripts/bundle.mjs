// Puts the package together: a file for each entry point, and what it loads. What bundlers, browsers and old resolvers make of each is
// tested in tests/packaging.

import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const ADAPTERS = ["element", "home", "react"];

/** The declarations that the entry points need. */
const TYPES = ["index", "errors", "platform", "last-list", "reasons", "types", "version", "train", "train-types", ...ADAPTERS];
const ONLY_TYPES = ["types", "train-types"];
/** And what Node has besides. */
const OF_NODE = ["file-store"];

const VERSION = JSON.stringify(JSON.parse(await readFile(join(import.meta.dirname, "..", "package.json"), "utf8")).version);

/** @type {import("esbuild").BuildOptions} */
const COMMON = {
  bundle: true,
  minify: true,
  sourcemap: true,
  // Places and names alone: with the sources in them the tarball would have more than 1 MB.
  sourcesContent: false,
  target: ["es2022"],
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
};

/** Without source maps, which would take the tarball beyond 1 MB; no page downloads it. @type {import("esbuild").BuildOptions} */
const IN_NODE = { sourcemap: false };

/** @type {import("esbuild").BuildOptions} */
const COMMONJS = {
  format: "cjs",
  define: { "import.meta.url": "moduleUrl" },
  banner: { js: 'const moduleUrl = require("node:url").pathToFileURL(__filename).href;' },
};

/**
 * @param {string} modules the compiled modules, with wasm/ in it
 * @param {string} out
 */
export async function bundle(modules, out) {
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  const wasm = join(out, "watchnext.wasm");
  await copyFile(join(modules, "wasm", "watchnext_bg.wasm"), wasm);
  /** @param {string} entry @param {string} file @param {import("esbuild").BuildOptions} options */
  const make = (entry, file, { define = {}, ...options }) =>
    build({ ...COMMON, entryPoints: [join(modules, entry)], outfile: join(out, file), define: { VERSION, ...define }, ...options });

  // Neither a module nor a classic script: bundlers start it as either. One file: Firefox tells nobody of a missing import.
  await make("worker.js", "worker.js", { format: "iife", sourcemap: false });
  // What a page loads beside it: where it gives something else than addresses, has no workers, or something fails.
  const later = ["live.js", "ingest.js", "together.js", "transfer.js", "readers.js", "functions.js", "debug.js", "source.js", "catalog.js", "local-engine.js", "advice.js"];
  for (const file of later) await make(file, file, { format: "esm", sourcemap: false, external: later.filter((other) => other !== file).map((other) => `./${other}`) });
  await make("index.js", "index.js", { format: "esm", external: later.map((file) => `./${file}`) });
  /** @type {import("esbuild").BuildOptions} */
  const inNode = { ...IN_NODE, platform: "node", external: ["./core.js"], inject: [join(import.meta.dirname, "node-globals.mjs")] };
  // The parts that pages import later, and that need nothing of Node's: as modules they are there once, for the tarball's sake.
  const shared = ["live.js", "together.js", "ingest.js", "functions.js", "debug.js", "readers.js"].map((file) => `./${file}`);
  await make("node.js", "node.js", { format: "esm", ...inNode, external: [...(inNode.external ?? []), ...shared] });
  await make("node.js", "node.cjs", { ...inNode, ...COMMONJS });
  // A variant that is made for a benchmark does not train.
  if (existsSync(join(modules, "trainer", "trainer.wasm.lzma"))) await bundleTrainer(modules, out, make);
  // For frameworks. The package itself is imported by its name, so that it is there once, and what a program's resolver makes of it.
  /** @type {import("esbuild").Plugin} */
  const byName = { name: "by-name", setup: ({ onResolve }) => onResolve({ filter: /^\.\/index\.js$/ }, () => ({ path: "watchnext", external: true })) };
  /** @type {import("esbuild").BuildOptions} */
  const adapter = { plugins: [byName], external: ["react"], sourcemap: false };
  for (const name of ADAPTERS) {
    await make(`${name}.js`, `${name}.js`, { ...adapter, format: "esm" });
    await make(`${name}.js`, `${name}.cjs`, { ...adapter, format: "cjs" });
  }
  const packed = gzipSync(await readFile(wasm), { level: 9 }).toString("base64");
  await writeFile(join(out, "core.js"), `export const core = "${packed}";\n`);
  const worker = (await readFile(join(out, "worker.js"), "utf8")).replace(/\n\/\/# sourceMappingURL=.*\n?$/, "");
  await writeFile(join(modules, "worker-text.js"), `export const worker = ${JSON.stringify(worker)};\n`);
  // It has no address that anything could be beside.
  await make("inline.js", "inline.js", { format: "esm", sourcemap: false, external: ["./core.js"], define: { "import.meta.url": '""' } });
  // Comments go with the blanks: bundlers are not to look for the modules of a page's own scorers.
  for (const file of ["local-engine.js", "inline.js"].map((name) => join(out, name))) {
    await writeFile(file, (await readFile(file, "utf8")).replace(/\bimport\((?=\w+\))/g, "import(/* webpackIgnore: true */ /* @vite-ignore */ "));
  }

  for (const name of [...TYPES, ...OF_NODE]) {
    const types = await readFile(join(modules, `${name}.d.ts`), "utf8");
    await writeFile(join(out, `${name}.d.ts`), types);
    // What has nothing but types is there once; it is long.
    const once = `export type * from "./${name}.js" with { "resolution-mode": "import" };\n`;
    await writeFile(join(out, `${name}.d.cts`), ONLY_TYPES.includes(name) ? once : types.replaceAll(/(from "\.\/[\w-]+)\.js"/g, '$1.cjs"'));
  }
  // All entry points have the same API.
  const all = (/** @type {string} */ extension, /** @type {string[]} */ ...names) => ["index", ...names].map((name) => `export * from "./${name}.${extension}";\n`).join("");
  await writeFile(join(out, "inline.d.ts"), all("js"));
  await writeFile(join(out, "node.d.ts"), all("js", ...OF_NODE));
  await writeFile(join(out, "node.d.cts"), all("cjs", ...OF_NODE));
}

/**
 * What trains, in Node and in a page's worker, and the command of the package's name.
 * @param {string} modules
 * @param {string} out
 * @param {(entry: string, file: string, options: import("esbuild").BuildOptions) => Promise<unknown>} make
 */
async function bundleTrainer(modules, out, make) {
  await copyFile(join(modules, "trainer", "trainer.wasm.lzma"), join(out, "trainer.wasm.lzma"));
  await build({ ...COMMON, entryPoints: [join(import.meta.dirname, "unlzma.mjs")], outfile: join(modules, "unlzma.js"), format: "esm", sourcemap: false });
  /** @type {import("esbuild").BuildOptions} */
  const plainNode = { ...IN_NODE, platform: "node" };
  await make("train.js", "train.js", { ...plainNode, format: "esm" });
  await make("train.js", "train.cjs", { ...plainNode, ...COMMONJS });
  const external = ["./train-core.js"];
  await make("train-core.js", "train-core.js", { ...plainNode, format: "esm" });
  await make("train-worker.js", "train-worker.js", { ...plainNode, format: "esm", external });
  await make("cli.js", "cli.js", { ...plainNode, format: "esm", external, banner: { js: "#!/usr/bin/env node" } });
  await make("train-page.js", "train-page.js", { format: "esm", sourcemap: false, external: ["./advice.js"] });
  await make("trainer-script.js", "trainer.js", { format: "iife", sourcemap: false });
}
