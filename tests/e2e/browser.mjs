// Real browsers for the end-to-end tests, driven over WebDriver.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { Builder, Capabilities } from "selenium-webdriver";
import { browserEnv, browsers, startDisplay } from "../../scripts/browsers.mjs";
import { Problem, env, find } from "../../scripts/workspace.mjs";

/** How long a driver may take to answer its first request, in ms: a browser's first start on a busy machine is slow. */
const START_LIMIT = 60_000;

/** The browsers to test in: the one that the variable BROWSER names, or all. */
export function browserNames() {
  const chosen = process.env.BROWSER;
  if (chosen === undefined) return Object.keys(browsers);
  if (!(chosen in browsers)) throw new Problem(`BROWSER is ${chosen}; known: ${Object.keys(browsers).join(", ")}`);
  return [chosen];
}

/**
 * Runs `use` with a browser of its own, with an empty profile, which is closed after it whatever happens.
 * @template T
 * @param {string} name
 * @param {(driver: import("selenium-webdriver").WebDriver) => Promise<T>} use
 * @returns {Promise<T>}
 */
export async function withBrowser(name, use) {
  const { driver, close } = await openBrowser(name);
  try {
    return await use(driver);
  } finally {
    await close();
  }
}

/**
 * Starts a browser for a whole group of tests; the caller closes it.
 * @param {string} name
 * @returns {Promise<{ driver: import("selenium-webdriver").WebDriver, close: () => Promise<void> }>}
 */
export async function openBrowser(name) {
  const browser = browsers[name];
  if (!browser) throw new Problem(`no browser ${name}`);
  const program = find(browser.driver);
  if (!program) throw new Problem(`${browser.driver} is not on PATH; npm test installs it`);

  /** What to undo, the last first. @type {(() => Promise<unknown>)[]} */
  const undo = [];
  const close = async () => {
    for (const action of undo.splice(0).reverse()) await action();
  };
  try {
    const display = browser.display ? await startDisplay() : undefined;
    if (display) undo.push(display.close);
    const server = await startDriver(program, { ...env, ...browserEnv, ...(display && { DISPLAY: display.display }) });
    undo.push(server.close);
    const driver = await new Builder()
      .disableEnvironmentOverrides()
      .usingServer(server.url)
      .withCapabilities(new Capabilities(browser.capabilities()))
      .build();
    undo.push(() => driver.quit());
    return { driver, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A page with nothing on it. @type {import("../../scripts/serve.mjs").Handler} */
export const emptyPage = (_, response) => void response.writeHead(200, { "Content-Type": "text/html" }).end("<!doctype html><title>empty</title>");

// Firefox runs what a driver says in a realm of its own, and what is imported there, too, to which the page's arrays are strange and slow. A page that is
// measured has an import of its own.
const CALL = `
  const [module, name, options, done] = arguments;
  (globalThis.importInPage ?? ((module) => import(module)))(module).then(() => globalThis[name](...options)).then((report) => done({ report }), (error) => done({ error: error.code + " " + error.message + " " + error.stack }));`;

/**
 * Calls a function that a module of the server's leaves on the page's global object.
 * @param {import("selenium-webdriver").WebDriver} driver
 * @param {string} module
 * @param {string} name
 * @param {...unknown} options
 * @returns {Promise<any>}
 */
export async function callInPage(driver, module, name, ...options) {
  const { error, report } = /** @type {{ error?: string, report: any }} */ (await driver.executeAsyncScript(CALL, module, name, options));
  if (error) throw new Error(error);
  return report;
}

/**
 * Starts a WebDriver server.
 * @param {string} program
 * @param {NodeJS.ProcessEnv} environment
 */
async function startDriver(program, environment) {
  const port = await freePort();
  const server = spawn(program, [`--port=${port}`], { env: environment, stdio: "ignore" });
  const ended = once(server, "exit");
  const close = async () => {
    server.kill();
    await ended;
  };
  const url = `http://127.0.0.1:${port}`;
  const limit = Date.now() + START_LIMIT;
  while (!(await isReady(url))) {
    if (server.exitCode !== null) throw new Problem(`${program} ended with ${server.exitCode} before it was ready`);
    if (Date.now() > limit) {
      await close();
      throw new Problem(`${program} was not ready within ${START_LIMIT} ms`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { url, close };
}

/** @param {string} url */
async function isReady(url) {
  try {
    const response = await fetch(`${url}/status`);
    const { value } = /** @type {{ value: { ready: boolean } }} */ (await response.json());
    return value.ready;
  } catch {
    return false; // Not listening yet.
  }
}

/** A port that was free a moment ago; the drivers cannot say which one they chose. */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}
