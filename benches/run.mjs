// How fast the built package is, in real browsers, beside what a page would do instead, in the same page and run.
//
//   npm run bench -- [--sizes 9742,100000,1000000] [--events 10,300,10000] [--browser chromium] [--only start,warm] [--repeats 30] [--json | --markdown]

import { join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "../scripts/build.mjs";
import { canMeasureMemory, memoryOfChildren } from "../scripts/memory.mjs";
import { npmPackages } from "../scripts/npm-packages.mjs";
import { serve } from "../scripts/serve.mjs";
import { setupTests } from "../scripts/setup.mjs";
import { step } from "../scripts/up-to-date.mjs";
import { Problem, must, root, script, targetDir } from "../scripts/workspace.mjs";
import { callInPage, openBrowser } from "../tests/e2e/browser.mjs";
import { cycleRows, measurements, memoryRows, visitRows } from "./rows.mjs";

const data = join(targetDir, "bench-data");
/** Of the peer; a dependency of the bench alone. */
const ONNX = { "onnxruntime-web": "1.30.0" };
/** Fine clocks and threads for all (cross-origin isolation), and a warm HTTP cache. */
const HEADERS = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp", "Cache-Control": "max-age=86400" };
/** How often a page is loaded again, at most. */
const MOST_VISITS = 20;
/** How often memory is measured: each time in a page of its own. */
const HOLDS = 3;

/** @param {string} body @returns {import("../scripts/serve.mjs").Handler} */
const page = (body) => (_, response) => void response.writeHead(200, { "Content-Type": "text/html", ...HEADERS }).end(`<!doctype html><title>bench</title>${body}`);

/** @typedef {import("./rows.mjs").Row & { browser: string, items: number }} Result */

await script(async () => {
  const { values } = parseArgs({
    options: {
      sizes: { type: "string", default: "9742,100000,1000000" },
      events: { type: "string", default: "10,300,10000" },
      browser: { type: "string", default: "chromium,firefox" },
      only: { type: "string" },
      repeats: { type: "string", default: "30" },
      json: { type: "boolean", default: false },
      markdown: { type: "boolean", default: false },
    },
  });
  const [sizes, events] = [values.sizes, values.events].map((list) => list.split(",").map(Number)).map((list) => list.sort((a, b) => a - b));
  const names = [...Object.keys(measurements), "memory", "cycle"];
  const only = values.only?.split(",") ?? names;
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Problem(`--only ${unknown}: there are ${names.join(", ")}`);
  // What is printed for programs has lines of JSON alone.
  if (values.json || values.markdown) console.log = console.error;
  await setupTests();
  await build();
  for (const items of sizes ?? []) await makeData(items);
  const wat = join(root, "benches", "bandwidth.wat");
  await must("wasm-as", [wat, "--enable-simd", "--output", join(data, "bandwidth.wasm")]);
  const onnx = only.includes("onnx") ? join((await npmPackages("onnxruntime-web", ONNX)).folder, "node_modules", "onnxruntime-web", "dist") : data;
  const server = await serve({
    routes: new Map([["/", page("<script>importInPage = (module) => import(module)</script>")], ["/visit", page('<body><script type="module" src="/bench/visit.js"></script>')]]),
    folders: { "/dist/": join(root, "dist"), "/bench/": join(root, "benches", "page"), "/data/": data, "/onnx/": onnx },
    headers: HEADERS,
  });
  /** @type {Result[]} */
  const results = [];
  try {
    for (const browser of values.browser.split(",")) {
      for (const items of sizes ?? []) {
        const report = (/** @type {import("./rows.mjs").Row[]} */ rows) => {
          for (const row of rows) {
            const result = { browser, items, ...row };
            results.push(result);
            if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
            else console.log(line(result));
          }
        };
        await measure({ browser, items, events: events ?? [], repeats: Number(values.repeats), only, origin: server.origin }, report);
      }
    }
  } finally {
    await server.close();
  }
  if (values.markdown) process.stdout.write(tables(results));
});

/** target/bench-data/ITEMS/: a catalog and a model. @param {number} items */
async function makeData(items) {
  const folder = join(data, String(items));
  const inputs = ["benches/data.rs", "benches/made_up.rs", "src/model"].map((path) => join(root, path));
  await step(`bench-data-${items}`, { recipe: "cargo", inputs, outputs: [folder] }, () =>
    must("cargo", ["run", "--quiet", "--release", "--example", "bench-data", "--", folder, String(items)]),
  );
}

/**
 * All rows of a size in a browser; each measurement in a browser of its own.
 * @param {{ browser: string, items: number, events: number[], repeats: number, only: string[], origin: string }} options
 * @param {(rows: import("./rows.mjs").Row[]) => void} report
 */
async function measure({ browser, items, events, repeats, only, origin }, report) {
  for (const [name, { module, only: isFor, repeats: fewer, rows }] of Object.entries(measurements)) {
    if (!only.includes(name) || isFor?.(items) === false) continue;
    const options = { items, events, repeats: fewer?.(items, repeats) ?? repeats };
    report(rows(await inPage(browser, origin, (call) => call(module, name, options)), items));
  }
  if (only.includes("live") && items < 500_000) report(visitRows(await visits(browser, origin, items, Math.min(repeats, MOST_VISITS))));
  if (!canMeasureMemory) return;
  if (only.includes("cycle")) report(cycleRows(await memoryOfCycles(browser, origin, items)));
  if (!only.includes("memory")) return;
  const held = { all: /** @type {number[]} */ ([]), history: /** @type {number[]} */ ([]), none: /** @type {number[]} */ ([]), objects: /** @type {number[]} */ ([]) };
  for (let turn = 0; turn < HOLDS; turn += 1) {
    for (const what of /** @type {(keyof typeof held)[]} */ (Object.keys(held))) held[what].push(await memoryOf(browser, origin, { items, what }));
  }
  report(memoryRows(held, items));
}

/**
 * Does something with a page in a browser of its own, which calls the functions of `benches/page/`.
 * @template T
 * @param {string} browser
 * @param {string} origin
 * @param {(call: (module: string, name: string, options?: object) => Promise<any>) => Promise<T>} work
 */
async function inPage(browser, origin, work) {
  const { driver, close } = await openBrowser(browser);
  try {
    await driver.manage().setTimeouts({ script: 30 * 60_000 });
    await driver.get(`${origin}/`);
    return await work((module, name, options) => callInPage(driver, `/bench/${module}.js`, name, options));
  } finally {
    await close();
  }
}

/**
 * How long pages take to show something that are loaded one after another: the list of the visit before, and that of today.
 * @param {string} browser
 * @param {string} origin
 * @param {number} items
 * @param {number} repeats
 */
async function visits(browser, origin, items, repeats) {
  const { driver, close } = await openBrowser(browser);
  /** @type {{ stale: number[], fresh: number[] }} */
  const times = { stale: [], fresh: [] };
  try {
    // After the first there is nothing to show, and code is compiled.
    for (let visit = -2; visit < repeats; visit += 1) {
      await driver.get(`${origin}/visit?items=${items}&history=visits`);
      const { stale, fresh, error } = /** @type {any} */ (await driver.wait(() => driver.executeScript("return globalThis.visited"), 60_000));
      if (error) throw new Problem(error);
      if (visit < 0) continue;
      if (stale === undefined) throw new Problem("there is no list of the visit before");
      times.stale.push(stale);
      times.fresh.push(fresh);
    }
  } finally {
    await close();
  }
  return times;
}

/**
 * By how many megabytes a browser's processes grow when a page holds this.
 * @param {string} browser
 * @param {string} origin
 * @param {{ items: number, what: string }} options
 */
function memoryOf(browser, origin, options) {
  return inPage(browser, origin, async (call) => {
    await call("start", "settle");
    const before = await memoryOfChildren();
    await call("start", "hold", options);
    await call("start", "settle");
    return (await memoryOfChildren()) - before;
  });
}

/**
 * How many megabytes a browser has when recommenders were created and closed 3 times, and 20 times.
 * @param {string} browser
 * @param {string} origin
 * @param {number} items
 */
async function memoryOfCycles(browser, origin, items) {
  const held = { few: /** @type {number[]} */ ([]), many: /** @type {number[]} */ ([]) };
  for (let turn = 0; turn < HOLDS; turn += 1) {
    await inPage(browser, origin, async (call) => {
      for (const [of, times] of /** @type {const} */ ([["few", 3], ["many", 17]])) {
        await call("start", "cycle", { items, times });
        await call("start", "settle");
        held[of].push(await memoryOfChildren());
      }
    });
  }
  return held;
}

/** @param {import("./rows.mjs").Figure} figure */
function said({ median, p95 }) {
  return `${digits(median)} (${digits(p95)})`;
}

/** @param {number} value */
function digits(value) {
  return value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0);
}

/** @param {Result} result */
function line({ browser, items, name, events, against, unit, ours, theirs, ratio, goal, met }) {
  const what = `${name}${events === undefined ? "" : `, ${events} events`}`;
  const judged = goal === undefined ? "" : `  ${met ? "met" : "missed"}: ${goal}`;
  return `${browser.padEnd(8)} ${String(items).padStart(7)}  ${what.padEnd(27)} ${said(ours).padStart(17)} ${unit}  ${`${against}:`.padEnd(25)} ${said(theirs).padStart(17)}  ${digits(ratio)}×${judged}`;
}

/** One table a browser. @param {Result[]} results */
function tables(results) {
  const lines = [];
  for (const browser of new Set(results.map(({ browser }) => browser))) {
    lines.push(`### ${browser}`, "", "| items | what | events | ours | beside | theirs | ratio | goal |", "|---|---|---|---|---|---|---|---|");
    for (const { items, name, events, against, unit, ours, theirs, ratio, goal, met } of results.filter((result) => result.browser === browser)) {
      const judged = goal === undefined ? "" : met ? goal : `${goal}: missed`;
      lines.push(`| ${items.toLocaleString("en")} | ${name} | ${events ?? ""} | ${said(ours)} ${unit} | ${against} | ${said(theirs)} ${unit} | ${digits(ratio)}× | ${judged} |`);
    }
    lines.push("");
  }
  return lines.join("\n");
}
