// Events recorded in random bursts while the browser's processes are killed, again and again, on one profile. The page's server keeps note of what
// was acknowledged: that is what has to be there afterwards, once, and in order.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { browsers } from "../../scripts/browsers.mjs";
import { serve } from "../../scripts/serve.mjs";
import { Problem, env, find, root } from "../../scripts/workspace.mjs";

/** How to start a browser that opens a page in a profile, without a driver between. @type {Record<string, (profile: string, url: string) => string[]>} */
const ARGUMENTS = {
  chromium: (profile, url) => ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--no-first-run", `--user-data-dir=${profile}`, url],
  firefox: (profile, url) => ["--headless", "--no-remote", "--profile", profile, url],
};

/** Firefox starts killed browsers in a safe mode, asks, opens other pages first, and loads pages once more, without their storage, for a small picture; none of that here. */
const PREFERENCES = { "toolkit.startup.max_resumed_crashes": -1, "browser.sessionstore.resume_from_crash": false, "browser.shell.checkDefaultBrowser": false, "datareporting.policy.dataSubmissionEnabled": false, "browser.aboutwelcome.enabled": false, "browser.pagethumbnails.capturing_disabled": true };

/** How long a browser may take to start and to say what its history has, in ms. */
const LIMIT = 120_000;

/** The browsers that can be run. */
export const killable = Object.keys(ARGUMENTS);

/**
 * @param {object} options
 * @param {string} options.browser
 * @param {number} options.events about so many are acknowledged in all
 * @param {number} options.kills
 * @param {number} options.seed
 */
export async function durability({ browser, events, kills, seed }) {
  const random = randomOf(seed);

  /** Numbers of events, in the order in which they were acknowledged. @type {Set<number>} */
  const acknowledged = new Set();
  const report = { acknowledged: 0, lost: 0, doubled: 0, reordered: 0, kills: 0, kept: 0 };
  let first = 0;
  let target = 0;
  /** @type {(error?: Error) => void} */
  let turn = () => undefined;

  const post = hears((error) => turn(error));
  /** @type {Map<string, import("../../scripts/serve.mjs").Handler>} */
  const routes = new Map([
    ["/", page("page.js")],
    ["/acknowledged", post((item, response) => {
      acknowledged.add(item);
      response.end();
      if (acknowledged.size >= target) turn();
    })],
    ["/failed", post((said, response) => {
      turn(new Problem(`the page has failed: ${said}`));
      response.end();
    })],
    ["/history", post((said, response) => {
      check(said);
      const isLast = report.kills === kills;
      response.end(JSON.stringify(isLast ? {} : { first, seed: Math.floor(random() * 2 ** 32) }));
      if (isLast) turn();
    })],
  ]);

  /** @param {{ known: number, events: [number, string][], trouble: string[] }} said */
  function check({ known, events, trouble }) {
    if (trouble.length > 0) turn(new Problem(trouble.join("; ")));
    const numbers = events.map(([number]) => number);
    const there = new Set(numbers);
    report.kept = numbers.length;
    report.lost += [...acknowledged].filter((number) => !there.has(number)).length;
    // In the store as in the engine that has read it.
    report.doubled += numbers.length - there.size + Math.abs(known - there.size);
    report.reordered += numbers.filter((number, place) => place > 0 && number < (numbers[place - 1] ?? 0)).length;
    first = Math.max(-1, ...numbers, ...acknowledged) + 1;
  }

  const { run, close } = await killer(browser, routes);
  try {
    for (; ; report.kills += 1) {
      const isLast = report.kills === kills;
      // More or less evenly, and not when all is quiet.
      target = acknowledged.size + 1 + Math.floor(random() * 2 * ((events - acknowledged.size) / Math.max(1, kills - report.kills)));
      await run(async (until) => {
        await until((settle) => (turn = settle));
        await pause(random() * 20);
      });
      if (isLast) break;
    }
  } finally {
    await close();
  }
  return { browser, seed, events, ...report, acknowledged: acknowledged.size };
}

/**
 * The browser is killed, again and again, while a database of version 1 becomes one of today: none of its events may be lost or doubled.
 * @param {object} options
 * @param {string} options.browser
 * @param {number} options.events in each database
 * @param {number} options.kills
 * @param {number} options.seed
 */
export async function migrations({ browser, events, kills, seed }) {
  const random = randomOf(seed);
  const report = { lost: 0, doubled: 0, kills: 0 };
  /** By version, how many of the databases had it when their browser was killed. @type {Record<string, number>} */
  const versions = {};
  /** @type {(error?: Error) => void} */
  let turn = () => undefined;
  const post = hears((error) => turn(error));
  /** @type {Map<string, import("../../scripts/serve.mjs").Handler>} */
  const routes = new Map([
    ["/", page("upgrade.js")],
    ["/next", (_, response) => void response.end(JSON.stringify({ number: report.kills, events, isLast: report.kills === kills }))],
    ["/found", post(({ version, known, kept, codes }, response) => {
      versions[version] = (versions[version] ?? 0) + 1;
      const there = new Set(kept).size;
      report.lost += events - there;
      report.doubled += kept.length - there + Math.abs(known - there);
      if (codes.length > 0) turn(new Problem(codes.join("; ")));
      response.end();
      if (report.kills === kills) turn();
    })],
    ["/begins", post((_, response) => {
      response.end();
      turn();
    })],
    ["/failed", post((said) => turn(new Problem(`the page has failed: ${said}`)))],
  ]);
  const { run, close } = await killer(browser, routes);
  try {
    for (; ; report.kills += 1) {
      const isLast = report.kills === kills;
      await run(async (until) => {
        await until((settle) => (turn = settle));
        await pause(random() * 15);
      });
      if (isLast) break;
    }
  } finally {
    await close();
  }
  return { browser, seed, events, ...report, versions };
}

/** @param {number} seed */
function randomOf(seed) {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

const pause = (/** @type {number} */ milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** @param {string} script @returns {import("../../scripts/serve.mjs").Handler} */
const page = (script) => (_, response) => void response.writeHead(200, { "Content-Type": "text/html" }).end(`<!doctype html><script type="module" src="/durability/${script}"></script>`);

/**
 * What a page says, and nothing where it says what cannot be.
 * @param {(error: Error) => void} turn
 */
function hears(turn) {
  /** @param {import("node:http").IncomingMessage} request @returns {Promise<any>} */
  const body = async (request) => JSON.parse(Buffer.concat(await request.toArray()).toString());
  /** @param {(said: any, response: import("node:http").ServerResponse) => void} take @returns {import("../../scripts/serve.mjs").Handler} */
  return (take) => (request, response) => void body(request).then((said) => take(said, response), turn);
}

/**
 * Starts a browser on one profile, as often as it is asked to, and kills it when `use` has ended: `until` waits for what its page says.
 * @param {string} browser
 * @param {Map<string, import("../../scripts/serve.mjs").Handler>} routes
 */
async function killer(browser, routes) {
  const arguments_ = ARGUMENTS[browser];
  const program = Object.values(browsers[browser]?.packages ?? {}).flatMap((names) => find(...names) ?? []).find((path) => !path.includes("driver"));
  if (!arguments_ || !program) throw new Problem(`--browser is ${browser}; known: ${killable.join(", ")}`);
  const profile = await mkdtemp(join(tmpdir(), "watchnext-profile-"));
  if (browser === "firefox") {
    await writeFile(join(profile, "user.js"), Object.entries(PREFERENCES).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});\n`).join(""));
  }
  const server = await serve({ routes, folders: { "/dist/": join(root, "dist"), "/durability/": import.meta.dirname } });
  /** @typedef {(begin: (settle: (error?: Error) => void) => void) => Promise<unknown>} Until */
  /** @param {(until: Until) => Promise<unknown>} use */
  const run = async (use) => {
    const child = spawn(program, arguments_(profile, `${server.origin}/`), { env: { ...env, MOZ_CRASHREPORTER_DISABLE: "1" }, detached: true, stdio: "ignore" });
    const ended = once(child, "exit");
    try {
      await use((begin) => new Promise((/** @type {(value?: unknown) => void} */ resolve, reject) => {
        begin((error) => (error ? reject(error) : resolve()));
        setTimeout(() => reject(new Problem(`${browser} has not come to its end within ${LIMIT} ms`)), LIMIT).unref();
      }));
    } finally {
      // All processes of the browser, and no other: it leads a group of its own.
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      await ended;
    }
  };
  const close = async () => {
    await server.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  return { run, close };
}
