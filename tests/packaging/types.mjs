// What TypeScript and the linters of packages make of the package.

import assert from "node:assert/strict";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../../scripts/workspace.mjs";
import { run } from "./processes.mjs";

/** The README's example prints; a program without DOM and Node does not know how. */
const CONSOLE = "declare const console: { log(...words: unknown[]): void };\n";

/** By name, the options beside the strict ones, and what the program has to declare itself. @type {Record<string, [object, string]>} */
const PROGRAMS = {
  dom: [{ lib: ["ES2022", "DOM"] }, ""],
  "without-dom": [{ lib: ["ES2022"] }, CONSOLE],
  node: [{ lib: ["ES2022"], types: ["node"] }, ""],
};

/** By name: how modules are found. */
const RESOLUTIONS = {
  bundler: { module: "esnext", moduleResolution: "bundler" },
  nodenext: { module: "nodenext", moduleResolution: "nodenext" },
};

/** The README's example compiles in every program, and nothing of the package's types is skipped. @param {import("./setups.mjs").Place} place */
export async function checkTypes({ folder }) {
  const example = /```js\n(.*?)```/s.exec(await readFile(join(root, "README.md"), "utf8"))?.[1] ?? "";
  assert.match(example, /createRecommender/);
  const cjs = 'import watchnext = require("watchnext");\nexport const made: Promise<watchnext.Recommender> = watchnext.createRecommender({ catalog: "/catalog.json" });\n';
  for (const [program, [options, declared]] of Object.entries(PROGRAMS)) {
    for (const [resolution, how] of Object.entries(RESOLUTIONS)) {
      const name = `${program}-${resolution}`;
      await mkdir(join(folder, name), { recursive: true });
      await writeFile(join(folder, name, "example.ts"), `${example}export {};\n`);
      await writeFile(join(folder, name, "inline.ts"), example.replace('"watchnext"', '"watchnext/inline"'));
      await writeFile(join(folder, name, "console.d.ts"), declared);
      if (resolution === "nodenext") await writeFile(join(folder, name, "required.cts"), cjs);
      const compilerOptions = { strict: true, exactOptionalPropertyTypes: true, target: "es2022", noEmit: true, skipLibCheck: false, types: [], ...how, ...options };
      await writeFile(join(folder, name, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["."] }));
      for (const version of ["5.4", "5.9", "7"]) await run(folder, [process.execPath, join("node_modules", `typescript-${version}`, "bin", "tsc"), "-p", name]);
    }
  }
  // As old programs find modules: by main and types alone.
  await mkdir(join(folder, "old"), { recursive: true });
  await writeFile(join(folder, "old", "example.ts"), example.replace(/await (?=create)/, "").replace(/^await.*$/gm, "").replace(/^(?!import).*$/gm, "") + 'export const made = createRecommender({ catalog: "/catalog.json" });\nexport { createRecommender as inlined } from "watchnext/inline";\n');
  const compilerOptions = { strict: true, target: "es2022", module: "commonjs", moduleResolution: "node", lib: ["ES2022", "DOM"], types: [], noEmit: true };
  await writeFile(join(folder, "old", "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["."] }));
  await run(folder, [process.execPath, join("node_modules", "typescript-5.4", "bin", "tsc"), "-p", "old"]);
}

/** publint and attw have nothing to say, and the package is not large. @param {import("./setups.mjs").Place} place */
export async function lint({ folder, tarball }) {
  const publint = await run(folder, [process.execPath, join("node_modules", "publint", "src", "cli.js"), "run", tarball, "--strict"]);
  assert.match(publint, /All good!/, publint);
  // Scripts of workers and WebAssembly are files, and no modules that a program imports.
  const attw = await run(folder, [process.execPath, join("node_modules", "@arethetypeswrong", "cli", "dist", "index.js"), tarball, "--exclude-entrypoints", "./worker.js", "./watchnext.wasm", "./trainer.js", "./trainer.wasm.lzma"]);
  assert.match(attw, /No problems found/, attw);
  const { size } = await stat(tarball);
  assert.ok(size <= 1_000_000, `the tarball has ${size} bytes`);
}
