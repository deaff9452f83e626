// Installs the package as npm would into fresh apps of every kind, and sees that each makes the list. What npm got for an app is kept beside the
// tools, so that the next run only unpacks the package anew.
//
//   npm run test:packaging                          every setup
//   npm run test:packaging -- --only vite7,next     setups by name, or by the start of it up to a hyphen
//   npm run test:packaging -- --list                their names

import { cp, mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { npmPackages } from "../../scripts/npm-packages.mjs";
import { setupBuild, setupTests } from "../../scripts/setup.mjs";
import { Problem, must, root, script } from "../../scripts/workspace.mjs";
import { golden } from "../golden.mjs";
import { apps } from "./apps.mjs";
import { run } from "./processes.mjs";
import { setups } from "./setups.mjs";

const here = import.meta.dirname;

/** The package as it is published. @param {string} folder */
async function pack(folder) {
  await must("npm", ["pack", "--loglevel", "error", "--pack-destination", folder]);
  const [tarball = ""] = (await readdir(folder)).filter((name) => name.endsWith(".tgz"));
  return join(folder, tarball);
}

/**
 * An app as it is before anything is built, with the package in it.
 * @param {import("./setups.mjs").Setup} setup
 * @param {string} tarball
 */
async function freshApp({ app: name, inline }, tarball) {
  const app = apps[name];
  if (!app) throw new Problem(`no app ${name}`);
  const { folder, manifest } = await npmPackages(name, app.packages, app.type);
  // Nothing is left of the last setup, the tools' own caches among it.
  for (const entry of await readdir(folder)) if (entry !== "node_modules") await rm(join(folder, entry), { recursive: true });
  const modules = join(folder, "node_modules");
  for (const entry of await readdir(modules)) {
    if (["watchnext", ".vite", ".vite-temp", ".vitest", ".cache"].includes(entry)) await rm(join(modules, entry), { recursive: true });
  }
  await run(modules, ["tar", "-xzf", tarball]);
  await rename(join(modules, "package"), join(modules, "watchnext"));

  await writeFile(join(folder, "package.json"), manifest.replace('"dependencies": {', `"dependencies": {\n    "watchnext": "*"${Object.keys(app.packages).length > 0 ? "," : ""}`));
  await cp(join(here, "page"), folder, { recursive: true });
  if (app.files) await cp(join(here, "apps", app.files), folder, { recursive: true });
  if (["vitest"].includes(name)) await cp(join(here, "apps", "runtimes", "make.mjs"), join(folder, "make.mjs"));
  await mkdir(join(folder, "public"), { recursive: true });
  for (const file of ["catalog.json", "model.wnm"]) await cp(join(golden, file), join(folder, "public", file));
  if (inline) {
    for (const file of ["report.js", "report.mjs"]) {
      const text = await readFile(join(folder, file), "utf8").catch(() => undefined);
      if (text) await writeFile(join(folder, file), text.replace('"watchnext"', '"watchnext/inline"'));
    }
  }
  return { folder, dist: join(modules, "watchnext", "dist") };
}

/** The list that all have to make: the engine's, in this process. */
async function expectedList() {
  const { createRecommender } = await import(join(root, "dist", "node.js"));
  const recommender = await createRecommender({ catalog: join(golden, "catalog.json"), model: join(golden, "model.wnm") });
  await recommender.record({ item: "1", type: "watch", time: 0 });
  const { items } = await recommender.recommend({ limit: 10, explain: true });
  await recommender.close();
  return { items: items.map((/** @type {{ id: string, score: number }} */ { id, score }) => /** @type {[string, number]} */ ([id, score])) };
}

await script(async () => {
  const { values } = parseArgs({ options: { only: { type: "string" }, list: { type: "boolean" } } });
  const wanted = values.only?.split(",");
  const chosen = setups.filter(({ name }) => wanted?.some((start) => name === start || name.startsWith(`${start}-`)) ?? true);
  if (values.list) return console.log(setups.map(({ name }) => name).join("\n"));
  if (chosen.length === 0) throw new Problem(`no setup ${values.only}; known: ${setups.map(({ name }) => name).join(", ")}`);

  await setupBuild();
  await setupTests();
  const temporary = await mkdtemp(join(tmpdir(), "watchnext-"));
  try {
    const tarball = await pack(temporary);
    const expected = await expectedList();
    let passed = 0;
    for (const setup of chosen) {
      const start = performance.now();
      let problem = "";
      try {
        await setup.check({ ...(await freshApp(setup, tarball)), tarball, expected });
        passed += 1;
      } catch (error) {
        problem = `\n${error instanceof Error ? error.message : error}\n`;
      }
      console.log(`${problem ? "✘" : "✔"} ${setup.name.padEnd(22)} ${((performance.now() - start) / 1000).toFixed(1)} s${problem}`);
    }
    console.log(`\n${passed} of ${chosen.length} setups`);
    if (passed < chosen.length) process.exitCode = 1;
  } finally {
    await rm(temporary, { recursive: true });
  }
});
