// docs/api.md, made of the package's types; with --check it has to be what it would be.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { npmPackages } from "./npm-packages.mjs";
import { Problem, must, root, script } from "./workspace.mjs";

/** typedoc reads programs with TypeScript's own code, which later versions do not have. */
const PACKAGES = { typedoc: "0.28.20", "typedoc-plugin-markdown": "4.14.1", typescript: "5.9.3" };
const DOCS = join(root, "docs", "api.md");
const OPTIONS = {
  plugin: ["typedoc-plugin-markdown"],
  router: "module",
  readme: "none",
  disableSources: true,
  excludeExternals: true,
  hidePageHeader: true,
  hideBreadcrumbs: true,
  useHTMLAnchors: false,
  parametersFormat: "table",
  interfacePropertiesFormat: "table",
  typeDeclarationFormat: "table",
  // The platform's own.
  intentionallyNotExported: ["DetailedEvent", "Listener", "ListenerOptions", "Module", "Request", "Response", "URL"],
  treatWarningsAsErrors: true,
  logLevel: "Warn",
};

/** What else a program can import, each with a part of its own. */
const SUBPATHS = { home: ["es2022", "dom"], react: ["es2022", "dom"], element: ["es2022", "dom", "dom.iterable"], train: ["es2022", "dom"] };

/** The reference, as the types in dist/ say it. */
async function reference() {
  const parts = [await partOf("index", ["es2022", "dom"])];
  // They name types of the package's own, which are documented above.
  const subpath = { intentionallyNotExported: [], treatWarningsAsErrors: false, logLevel: "Error" };
  for (const [name, lib] of Object.entries(SUBPATHS)) parts.push((await partOf(name, lib, subpath)).replace(/^# .*$/m, `# watchnext/${name}`));
  return parts.join("\n");
}

/** @param {string} name @param {string[]} lib @param {object} [options] */
async function partOf(name, lib, options = {}) {
  const { folder } = await npmPackages("typedoc", PACKAGES);
  const out = await mkdtemp(join(tmpdir(), "watchnext-"));
  // Where its plugins are found, by a name of its own: others may be making theirs.
  const file = join(folder, `${basename(out)}.json`);
  try {
    const entry = join(root, "dist", `${name}.d.ts`);
    const tsconfig = join(out, "tsconfig.json");
    const compilerOptions = { strict: true, target: "es2022", module: "nodenext", lib, types: [] };
    await writeFile(tsconfig, JSON.stringify({ compilerOptions, files: [entry] }));
    await writeFile(file, JSON.stringify({ ...OPTIONS, ...options, tsconfig, entryPoints: [entry], out: join(out, "api") }));
    await must(process.execPath, [join(folder, "node_modules", "typedoc", "bin", "typedoc"), "--options", file]);
    const text = await readFile(join(out, "api", "README.md"), "utf8");
    return text.replace("# watchnext\n", "# API reference\n\nMade of the types by `npm run api`. The errors are in [errors.md](errors.md), the catalog in [catalog.md](catalog.md).\n").replaceAll(/<a id="[^"]*"><\/a> /g, "");
  } finally {
    await rm(out, { recursive: true });
    await rm(file, { force: true });
  }
}

export async function checkApi() {
  if ((await reference()) !== (await readFile(DOCS, "utf8").catch(() => ""))) throw new Problem("docs/api.md is not what the types say; npm run api makes it");
}

if (process.argv[1] === import.meta.filename) {
  await script(async () => {
    const { values } = parseArgs({ options: { check: { type: "boolean" } } });
    if (values.check) return checkApi();
    await writeFile(DOCS, await reference());
    console.log(DOCS);
  });
}
