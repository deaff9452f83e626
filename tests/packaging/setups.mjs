// Every setup: how an app with the package in it is built, served or run, and what has to come of it.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { serve } from "../../scripts/serve.mjs";
import { root } from "../../scripts/workspace.mjs";
import { exampleAngular, exampleBuilt, exampleElement, exampleReact } from "./adapters.mjs";
import { checkEmitted } from "./emitted.mjs";
import { sayWhatToAllow, sayWhatToDo } from "./errors.mjs";
import { inBrowser, linesOf } from "./page.mjs";
import { run, served } from "./processes.mjs";
import { checkTypes, lint } from "./types.mjs";

/**
 * @typedef {object} Place where a setup is tried
 * @property {string} folder the app's, fresh, with the package installed
 * @property {string} dist the package's, as it is installed
 * @property {string} tarball
 * @property {import("./page.mjs").Report} expected
 *
 * @typedef {object} Setup
 * @property {string} name
 * @property {string} app
 * @property {boolean} [inline] whether the app imports watchnext/inline
 * @property {(place: Place) => Promise<void>} check throws
 */

/** What a page of the package's needs: nothing that is not its own, and to compile WebAssembly. `ws:` is for tools in development. */
const STRICT = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self' ws:; style-src 'self' 'unsafe-inline'; img-src data:";
const INLINE = STRICT.replace("worker-src 'self'", "worker-src blob:");

/** What the documentation says to copy where a bundler does not. */
const COPY = ["worker.js", "watchnext.wasm"];

/** A program of a package in Node. @param {string} path */
const node = (path) => [process.execPath, join("node_modules", path)];

const VITE = node("vite/bin/vite.js");
const WEBPACK = node("webpack-cli/bin/cli.js");
const RSPACK = node("@rspack/cli/bin/rspack.js");
const RSBUILD = node("@rsbuild/core/bin/rsbuild.js");
const PARCEL = node("parcel/lib/bin.js");
const NEXT = node("next/dist/bin/next");
const ANGULAR = node("@angular/cli/bin/ng.js");
const ROLLUP = [...node("rollup/dist/bin/rollup"), "-c"];
const ROLLDOWN = [...node("rolldown/bin/cli.mjs"), "-c", "rolldown.config.js"];
const ESBUILD = [join("node_modules", ".bin", "esbuild"), "--bundle", "--format=esm"];

/** Where the page is, when it is put there, and which script it names: null where the bundler names its own. */
const TEMPLATE = { to: ".", script: "/main.js" };
const BARE = { to: ".", script: null };
const OWN = { to: "dist", script: "main.js", after: true };
const STATIC = { to: "public", script: "main.js" };

/** In the app's own script, after which further options go. */
const MODEL = 'model: "/model.wnm"';

/** What is different in an app. @typedef {[file: string, from: string | RegExp, to: string][]} Edit */

/** The page also trains, on a table of its own. @type {Edit} */
const TRAINING = [
  ["report.js", /^/, 'import { train } from "watchnext/train";\n'],
  [
    "report.js",
    "  return { items",
    `  const rows = Array.from({ length: 400 }, (_, row) => \`\${row % 40},\${1 + (row % 7) + (row % 3)}\`);
  const { model, report } = await train({ interactions: new Blob([["user,item", ...rows].join("\\n")]), catalog: "/catalog.json" });
  if (report.viewers !== 40 || model.length === 0) throw new Error(JSON.stringify(report));
  return { items`,
  ],
];
/** What Parcel needs for subpaths: it looks at a package's `exports` only where it is told to. @type {Edit[number]} */
const PARCEL_EXPORTS = ["package.json", /^\{/, '{ "@parcel/resolver-default": { "packageExports": true },'];
const COPY_TRAINER = [...COPY, "trainer.js", "trainer.wasm.lzma"];

/** @type {Setup[]} */
export const setups = [
  ...["vite8", "vite7"].flatMap((app) => [
    built(`${app}-build`, app, { page: TEMPLATE, build: [...VITE, "build"] }),
    serving(`${app}-dev`, app, { page: TEMPLATE, start: (port) => [...VITE, "--port", port, "--strictPort"] }),
  ]),
  built("webpack-build", "webpack", { page: OWN, build: [...WEBPACK, "--mode", "production"] }),
  serving("webpack-dev", "webpack", { page: STATIC, start: (port) => [...WEBPACK, "serve", "--mode", "development", "--port", port] }),
  built("webpack-inline", "webpack", { page: OWN, build: [...WEBPACK, "--mode", "production"], inline: true }),
  built("vite8-train", "vite8", { page: TEMPLATE, build: [...VITE, "build"], edit: TRAINING }),
  serving("vite7-train-dev", "vite7", { page: TEMPLATE, start: (port) => [...VITE, "--port", port, "--strictPort"], edit: TRAINING }),
  built("webpack-train", "webpack", { page: OWN, build: [...WEBPACK, "--mode", "production"], edit: TRAINING }),
  serving("rsbuild-train-dev", "rsbuild", { page: BARE, start: (port) => [...RSBUILD, "dev", "--port", port], edit: TRAINING }),
  built("esbuild-train", "esbuild", { page: OWN, build: [...ESBUILD, "main.js", "--outdir=dist"], copy: COPY_TRAINER, edit: TRAINING }),
  built("parcel-train", "parcel", { page: { ...TEMPLATE, inlineScripts: true }, build: [...PARCEL, "build", "index.html", "--no-cache"], edit: [...TRAINING, PARCEL_EXPORTS] }),
  built("vite8-inline", "vite8", { page: TEMPLATE, build: [...VITE, "build"], inline: true }),
  // Workers and core as the bundler's own imports give them; then it has them twice.
  built("webpack-worker", "webpack", {
    page: OWN,
    build: [...WEBPACK, "--mode", "production"],
    edit: [["report.js", MODEL, `${MODEL}, createWorker: () => new Worker(new URL("watchnext/worker.js", import.meta.url))`]],
    emitted: { wasm: 1, workers: 2 },
  }),
  built("vite8-worker", "vite8", {
    page: TEMPLATE,
    build: [...VITE, "build"],
    edit: [
      ["report.js", MODEL, `${MODEL}, createWorker: () => new WatchnextWorker(), wasm`],
      ["report.js", /^/, 'import WatchnextWorker from "watchnext/worker.js?worker";\nimport wasm from "watchnext/watchnext.wasm?url";\n'],
    ],
    emitted: { wasm: 1, workers: 2 },
  }),
  built("rspack-build", "rspack", { page: OWN, build: [...RSPACK, "build", "--mode", "production"] }),
  serving("rspack-dev", "rspack", { page: STATIC, start: (port) => [...RSPACK, "serve", "--mode", "development", "--port", port] }),
  built("rsbuild-build", "rsbuild", { page: BARE, build: [...RSBUILD, "build"] }),
  serving("rsbuild-dev", "rsbuild", { page: BARE, start: (port) => [...RSBUILD, "dev", "--port", port] }),
  built("rollup", "rollup", { page: OWN, build: ROLLUP, copy: COPY }),
  built("rollup-inline", "rollup", { page: OWN, build: ROLLUP, inline: true }),
  built("rolldown", "rolldown", { page: OWN, build: ROLLDOWN }),
  built("rolldown-inline", "rolldown", { page: OWN, build: ROLLDOWN, inline: true }),
  built("esbuild", "esbuild", { page: OWN, build: [...ESBUILD, "main.js", "--outdir=dist"], copy: COPY }),
  built("esbuild-inline", "esbuild", { page: OWN, build: [...ESBUILD, "main.js", "--outdir=dist"], inline: true }),
  built("parcel-build", "parcel", { page: { ...TEMPLATE, inlineScripts: true }, build: [...PARCEL, "build", "index.html", "--no-cache"] }),
  ...["chromium", "firefox"].flatMap((browser) => [
    assetsElsewhere(`vite8-cdn-${browser}`, "vite8", browser, (origin) => ({ build: [...VITE, "build", "--base", `${origin}/`] })),
    assetsElsewhere(`webpack-cdn-${browser}`, "webpack", browser, webpackElsewhere),
    assetsElsewhere(`webpack-cdn-errors-${browser}`, "webpack", browser, webpackElsewhere, true),
  ]),
  serving("parcel-dev", "parcel", { page: TEMPLATE, data: "dist", start: (port) => [...PARCEL, "serve", "index.html", "--port", port, "--no-cache"] }),
  ...["turbopack", "webpack"].flatMap((bundler) => [
    serving(`next-${bundler}-dev`, "next", { server: "/server", env: { NODE_ENV: "development" }, start: (port) => [...NEXT, "dev", `--${bundler}`, "--port", port] }),
    serving(`next-${bundler}-build`, "next", {
      server: "/server",
      env: { NODE_ENV: "production" },
      build: [...NEXT, "build", `--${bundler}`],
      emitted: ".next/static",
      start: (port) => [...NEXT, "start", "--port", port],
    }),
  ]),
  serving("sveltekit-dev", "sveltekit", { data: "static", server: "/", start: (port) => [...VITE, "--port", port, "--strictPort"] }),
  serving("sveltekit-build", "sveltekit", { data: "static", server: "/", build: [...VITE, "build"], emitted: "build/client", start: () => [process.execPath, "build"] }),
  built("angular-build", "angular", { page: { to: "src", script: null }, build: [...ANGULAR, "build"], out: "dist/browser" }),
  built("angular-inline", "angular", {
    page: { to: "src", script: null },
    build: [...ANGULAR, "build"],
    out: "dist/browser",
    inline: true,
    edit: [["angular.json", /,\s*\{ "glob": "\{worker.*/, ""]],
  }),
  serving("angular-dev", "angular", { page: { to: "src", script: null }, start: (port) => [...ANGULAR, "serve", "--port", port] }),
  importMap("plain", "chromium"),
  ...["chromium", "firefox"].map((browser) => importMap(`cdn-${browser}`, browser, true)),
  refusing("vite8-errors", "vite8", { page: TEMPLATE, build: [...VITE, "build"] }, "Serve all that the bundler has written"),
  refusing("vite7-errors-dev", "vite7", { page: TEMPLATE, start: (port) => [...VITE, "--port", port, "--strictPort"] }, 'With Vite, add optimizeDeps: { exclude: ["watchnext"] } to vite.config'),
  refusing("webpack-errors", "webpack", { page: OWN, build: [...WEBPACK, "--mode", "production"] }, "With webpack or Rspack, serve what they emit where output.publicPath says"),
  refusing("esbuild-errors", "esbuild", { page: OWN, build: [...ESBUILD, "main.js", "--outdir=dist"], copy: COPY }, "Copy worker.js and watchnext.wasm of node_modules/watchnext/dist to"),
  refusing("next-errors", "next", { env: { NODE_ENV: "production" }, build: [...NEXT, "build"], start: (port) => [...NEXT, "start", "--port", port] }, "With Next.js, leave _next/static out of the middleware's matcher"),
  { name: "example-cdn", app: "plain", check: exampleCdn },
  { name: "example-node", app: "plain", check: exampleNode },
  running("node-import", "node", [process.execPath, "report.mjs"]),
  running("node-require", "node", [process.execPath, "report.cjs"]),
  running("node-bundle", "node", [process.execPath, "dist/report.js"], { build: [...ESBUILD, "report.mjs", "--platform=node", "--outfile=dist/report.js"] }),
  running("node-bundle-inline", "node", [process.execPath, "dist/report.js"], { build: [...ESBUILD, "report.mjs", "--platform=node", "--outfile=dist/report.js"], inline: true }),
  running("deno", "deno", [join("node_modules", ".bin", "deno"), "run", "--allow-read", "--allow-env", "--node-modules-dir=manual", "report.mjs"]),
  running("bun", "bun", [join("node_modules", ".bin", "bun"), "report.mjs"]),
  ...["jsdom", "happy-dom"].map((environment) => running(`vitest-${environment}`, "vitest", [...node("vitest/vitest.mjs"), "run", "--environment", environment])),
  ...["node", "jsdom"].map((environment) => running(`jest-${environment}`, "jest", [...node("jest/bin/jest.js"), "--env", environment])),
  { name: "example-react", app: "react", check: exampleReact },
  { name: "example-vue", app: "vue", check: exampleBuilt("vue") },
  { name: "example-svelte", app: "sveltekit", check: exampleBuilt("svelte") },
  { name: "example-angular", app: "angular", check: exampleAngular },
  { name: "example-element", app: "plain", check: exampleElement },
  { name: "npx-train", app: "plain", check: trainByCommand },
  { name: "typescript", app: "typescript", check: checkTypes },
  { name: "lint", app: "lint", check: lint },
];

/**
 * `after`: it is put beside what was built. `inlineScripts`: the bundler writes some into it, whose hashes belong into the policy.
 * @typedef {{ to: string, script: string | null, after?: boolean, inlineScripts?: boolean }} Page
 */

/** @param {string} folder @param {string} csp @param {Page} page */
async function writePage(folder, csp, { to, script }) {
  const own = join(folder, to, "index.html");
  const html = await readFile(own, "utf8").catch(() => readFile(join(folder, "index.html"), "utf8"));
  await mkdir(join(folder, to), { recursive: true });
  await writeFile(own, html.replace("%CSP%", csp).replace(script === null ? /.*%SCRIPT%.*\n/ : "%SCRIPT%", script ?? ""));
}

/** @param {string} folder @param {Edit} edit */
async function change(folder, edit) {
  for (const [file, from, to] of edit) {
    const text = await readFile(join(folder, file), "utf8");
    const changed = text.replace(from, () => to);
    assert.notEqual(changed, text, `${file} has no ${from}`);
    await writeFile(join(folder, file), changed);
  }
}

/** The hashes of a page's inline scripts, as a policy names them. @param {string} path */
async function hashes(path) {
  const scripts = [...(await readFile(path, "utf8")).matchAll(/<script(?![^>]* src)[^>]*>(.*?)<\/script>/gs)];
  return scripts.map(([, text = ""]) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`).join(" ");
}

/**
 * A bundler's build, served with a strict policy by a server that knows nothing of it.
 * @param {string} name
 * @param {string} app
 * @param {object} how
 * @param {Page} how.page
 * @param {string[]} how.build
 * @param {string} [how.out]
 * @param {string[]} [how.copy] files of the package, as the documentation says
 * @param {boolean} [how.inline]
 * @param {Edit} [how.edit]
 * @param {import("./emitted.mjs").Emitted} [how.emitted]
 * @returns {Setup}
 */
function built(name, app, { page, build, out = "dist", copy = [], inline = false, edit = [], emitted = { wasm: inline ? 0 : 1, workers: 1 } }) {
  let csp = inline ? INLINE : STRICT;
  return {
    name,
    app,
    inline,
    async check({ folder, dist, expected }) {
      await change(folder, edit);
      if (!page.after) await writePage(folder, page.inlineScripts ? "img-src data:" : csp, page);
      await run(folder, build);
      if (page.after) await writePage(folder, csp, page);
      const output = join(folder, out);
      await cp(join(folder, "public"), output, { recursive: true });
      for (const file of copy) await cp(join(dist, file), join(output, file));
      await checkEmitted(output, emitted);
      if (page.inlineScripts) csp = csp.replace("script-src", `script-src ${await hashes(join(output, "index.html"))}`);
      const server = await serve({ folders: { "/": `${output}/` }, headers: { "Content-Security-Policy": csp } });
      try {
        await inBrowser("chromium", `${server.origin}/index.html`, expected);
      } finally {
        await server.close();
      }
    },
  };
}

/**
 * A server of the tool's own.
 * @param {string} name
 * @param {string} app
 * @param {object} how
 * @param {(port: string) => string[]} how.start
 * @param {Page} [how.page] where the app has none
 * @param {string[]} [how.build]
 * @param {string} [how.emitted] the folder of what is sent to browsers
 * @param {string} [how.data] where it looks for files, if not in public/
 * @param {string} [how.server] the path where the server has made the list itself
 * @param {Record<string, string>} [how.env]
 * @param {Edit} [how.edit]
 * @returns {Setup}
 */
function serving(name, app, { start, page, build, emitted, data, server, env = {}, edit = [] }) {
  return {
    name,
    app,
    async check({ folder, expected }) {
      const variables = { ...env, DATA: join(folder, "public") };
      await change(folder, edit);
      if (page) await writePage(folder, STRICT, page);
      if (data) await cp(join(folder, "public"), join(folder, data), { recursive: true });
      if (build) await run(folder, build, variables);
      if (emitted) await checkEmitted(join(folder, emitted), { wasm: 1, workers: 1 });
      await served(folder, start, variables, async (origin) => {
        await inBrowser("chromium", `${origin}/`, expected);
        if (server) assert.deepEqual(await listInHtml(`${origin}${server}`), expected.items, "the server's list");
      });
    },
  };
}

/**
 * An app whose files do not all come: the errors say what to do.
 * @param {string} name
 * @param {string} app
 * @param {{ page?: Page, build?: string[], copy?: string[], start?: (port: string) => string[], env?: Record<string, string> }} how
 * @param {string} advice
 * @returns {Setup}
 */
function refusing(name, app, { page, build, copy = [], start, env = {} }, advice) {
  return {
    name,
    app,
    async check({ folder, dist }) {
      const variables = { ...env, DATA: join(folder, "public") };
      if (page && !page.after) await writePage(folder, STRICT, page);
      if (build) await run(folder, build, variables);
      if (start) return served(folder, start, variables, (origin) => sayWhatToDo(origin, "/", advice));
      const output = join(folder, "dist");
      if (page?.after) await writePage(folder, STRICT, page);
      await cp(join(folder, "public"), output, { recursive: true });
      for (const file of copy) await cp(join(dist, file), join(output, file));
      const server = await serve({ folders: { "/": `${output}/` } });
      try {
        await sayWhatToDo(server.origin, "/index.html", advice);
      } finally {
        await server.close();
      }
    },
  };
}

/** @param {string} url */
async function listInHtml(url) {
  const html = await (await fetch(url)).text();
  const text = /<p id="server">(.*?)<\/p>/.exec(html)?.[1]?.replaceAll("&quot;", '"').replaceAll(/<!--.*?-->/g, "");
  assert.ok(text, html.slice(0, 2000));
  return JSON.parse(text);
}

/**
 * No bundler: an import map, with the package on the page's server or on another.
 * @param {string} name
 * @param {string} browser
 * @param {boolean} [foreign]
 * @returns {Setup}
 */
function importMap(name, browser, foreign = false) {
  return {
    name,
    app: "plain",
    async check({ folder, dist, expected }) {
      const cdn = await serve({ folders: { "/dist/": `${dist}/` }, headers: { "Access-Control-Allow-Origin": "*" } });
      const map = JSON.stringify({ imports: { watchnext: `${foreign ? cdn.origin : ""}/dist/index.js` } });
      const hash = createHash("sha256").update(map).digest("base64");
      const from = foreign ? cdn.origin : "";
      const csp = `default-src 'self' ${from}; script-src 'self' 'sha256-${hash}' 'wasm-unsafe-eval' ${from}; worker-src ${foreign ? "blob:" : "'self'"}; img-src data:`;
      await writePage(folder, csp, { to: "public", script: "main.js" });
      const path = join(folder, "public", "index.html");
      const html = await readFile(path, "utf8");
      await writeFile(path, html.replace("<title>", `<script type="importmap">${map}</script>\n    <title>`));
      for (const file of ["main.js", "report.js"]) await cp(join(folder, file), join(folder, "public", file));
      const server = await serve({ folders: { "/": `${join(folder, "public")}/`, ...(!foreign && { "/dist/": `${dist}/` }) } });
      try {
        await inBrowser(browser, `${server.origin}/index.html`, expected);
      } finally {
        await Promise.all([server.close(), cdn.close()]);
      }
    },
  };
}

/**
 * Scripts that are no modules, which browsers load from any origin; the rest needs the other one's leave.
 * @param {string} origin
 */
function webpackElsewhere(origin) {
  return { build: [...WEBPACK, "--mode", "production", "--output-public-path", `${origin}/`], classic: `${origin}/main.js` };
}

/**
 * A build whose files are on another origin than the page, as with a CDN for assets.
 * @param {string} name
 * @param {string} app
 * @param {string} browser
 * @param {(origin: string) => { build: string[], classic?: string }} how with the script that the page has, where the bundler does not write that
 * @param {boolean} [withheld] whether the other origin keeps its files to itself
 * @returns {Setup}
 */
function assetsElsewhere(name, app, browser, how, withheld = false) {
  return {
    name,
    app,
    async check({ folder, expected }) {
      const output = `${join(folder, "dist")}/`;
      const made = async (/** @type {string} */ origin) => {
        const { build, classic } = how(origin);
        const csp = `default-src 'self' ${origin}; script-src ${origin} 'wasm-unsafe-eval'; worker-src blob:; img-src data:`;
        if (!classic) await writePage(folder, csp, TEMPLATE);
        await run(folder, build);
        if (!classic) return;
        await writePage(folder, csp, { to: "dist", script: classic, after: true });
        await change(folder, [["dist/index.html", 'type="module"', "defer"]]);
        await cp(join(folder, "public"), output, { recursive: true });
      };
      const server = await serve({ folders: { "/": output } });
      const page = `${server.origin}/index.html`;
      try {
        if (withheld) return await sayWhatToAllow(browser, output, async (origin) => made(origin).then(() => page));
        const cdn = await serve({ folders: { "/": output }, headers: { "Access-Control-Allow-Origin": "*" } });
        try {
          await made(cdn.origin);
          await inBrowser(browser, page, expected);
        } finally {
          await cdn.close();
        }
      } finally {
        await server.close();
      }
    },
  };
}

/** examples/cdn, with the CDN on this machine. @param {Place} place */
async function exampleCdn({ folder, dist }) {
  const cdn = await serve({ folders: { "/": `${dist}/` }, headers: { "Access-Control-Allow-Origin": "*" } });
  const html = await readFile(join(root, "examples", "cdn", "index.html"), "utf8");
  assert.match(html, /https:\/\/cdn\.jsdelivr\.net\/npm\/watchnext@[\d.]+\/dist\/index\.js/);
  await writeFile(join(folder, "public", "index.html"), html.replace(/https:\/\/cdn[^"]*\/dist/, cdn.origin));
  const server = await serve({ folders: { "/": `${join(folder, "public")}/` } });
  try {
    const titles = await linesOf(`${server.origin}/index.html`, "li", 3);
    assert.deepEqual(titles.map((line) => line.split(":")[0]).sort(), ["Collateral", "Paddington", "Ronin"]);
    assert.ok(titles.some((line) => line.includes("you liked Heat")), titles.join());
  } finally {
    await Promise.all([server.close(), cdn.close()]);
  }
}

/** As npm installs it, with its command; a page's files have nothing of it. @param {Place} place */
async function trainByCommand({ folder, tarball }) {
  const ratings = ["user,item", ...Array.from({ length: 400 }, (_, row) => `${row % 40},${1 + (row % 7) + (row % 3)}`)];
  await writeFile(join(folder, "ratings.csv"), ratings.join("\n"));
  await run(folder, ["npm", "install", "--offline", "--no-save", "--no-audit", "--no-fund", tarball]);
  const printed = await run(folder, ["npx", "--no-install", "watchnext", "train", "ratings.csv", "--catalog", join("public", "catalog.json"), "--out", "own.wnm"]);
  assert.match(printed, /own\.wnm: \d+ kB/);
  await writeFile(join(folder, "own.mjs"), 'import { createRecommender } from "watchnext";\nconst made = await createRecommender({ catalog: "public/catalog.json", model: "own.wnm", onModelError: "fail" });\nconsole.log((await made.stats()).model !== undefined);\n');
  assert.match(await run(folder, [process.execPath, "own.mjs"]), /true/);
}

/** examples/node. @param {Place} place */
async function exampleNode({ folder }) {
  await cp(join(root, "examples", "node", "server.mjs"), join(folder, "server.mjs"));
  await served(folder, () => [process.execPath, "server.mjs"], {}, async (origin) => {
    const items = await (await fetch(`${origin}/recommendations?liked=1`)).json();
    assert.deepEqual(items.map((/** @type {{ id: string }} */ { id }) => id).sort(), ["2", "3", "4"]);
  });
}

/**
 * A program without a page: it prints the list, or leaves it in report.json where its output is a test runner's.
 * @param {string} name
 * @param {string} app
 * @param {string[]} command
 * @param {{ build?: string[], inline?: boolean }} [how]
 * @returns {Setup}
 */
function running(name, app, command, { build, inline = false } = {}) {
  return {
    name,
    app,
    inline,
    async check({ folder, expected }) {
      if (build) await run(folder, build);
      const printed = await run(folder, command);
      const report = JSON.parse(await readFile(join(folder, "report.json"), "utf8").catch(() => printed));
      assert.deepEqual(report.items, expected.items);
      assert.equal(report.mode, "in-process");
    },
  };
}
