// What a developer is told where a file of a built or served app does not come: a server between browser and app answers in its place.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { openBrowser } from "../e2e/browser.mjs";

const LIMIT = 60_000;
const HTML = "<!doctype html><title>app</title>";
const WASM = Buffer.from([0, 0x61, 0x73, 0x6d]);

/** @typedef {{ path: string, body: Buffer }} Answer */

/** What is refused, however a bundler has called it. @type {Record<string, (answer: Answer) => boolean>} */
const FILES = {
  worker: ({ path, body }) => /worker|[\da-f]{20}/.test(path) && body.includes("the core cannot run here ("),
  core: ({ body }) => body.subarray(0, 4).equals(WASM),
  catalog: ({ path }) => path === "/catalog.json",
};

/** Which file, what comes instead of it, and what is said; `advice` stands for what is said to the bundler's user. @type {[string, number, string, RegExp][]} */
const REFUSALS = [
  ["worker", 404, "text/plain", /^WORKER_LOAD .*http:\/\/\S+ did not load\. It was answered with HTTP status 404 and text\/plain\. advice/],
  ["worker", 200, "text/html", /^WORKER_LOAD .*It was answered with HTTP status 200 and text\/html\. advice/],
  ["core", 404, "text/plain", /^WASM_LOAD http:\/\/\S+ is not the core: it was answered with HTTP status 404 and text\/plain\. advice/],
  ["core", 200, "text/html", /^WASM_LOAD .*it was answered with HTTP status 200 and text\/html\. advice/],
  ["core", 200, "application/octet-stream", /^WASM_LOAD .*HTTP status 200 and application\/octet-stream; check that the file is served, whole/],
  ["catalog", 404, "text/plain", /^HTTP http:\/\/\S+\/catalog\.json answered with HTTP status 404 and text\/plain$/],
  ["catalog", 200, "text/html", /^CATALOG_HTML .*\/catalog\.json answered with HTTP status 200 and text\/html\)$/],
];

/** Which files the other origin sends without its header, and what is said. @type {[files: string[], says: RegExp][]} */
const WITHHELD = [
  [["worker"], /^WORKER_LOAD The worker script (http:\/\/[^/]+)\/\S+ failed: .*\. \1 answers, and does not let this page \(http:\/\/[^)]+\) read it: let its server add the header Access-Control-Allow-Origin: \*\.$/],
  [["core"], /^WASM_LOAD (http:\/\/[^/]+)\/\S+ could not be loaded \(\1 answers, and does not let this page \(http:\/\/[^)]+\) read it: let its server add the header Access-Control-Allow-Origin: \*\)/],
  // Whichever is refused first.
  [["worker", "core"], /^W(ORKER|ASM)_LOAD .*(http:\/\/[^/]+)\/\S+ (failed: .*\. |could not be loaded \()\2 answers, and does not let this page .* add the header Access-Control-Allow-Origin: \*/],
];

/**
 * Opens a page whose files are on another origin, which keeps some of them to itself.
 * @param {string} browser
 * @param {string} folder of what is there
 * @param {(origin: string) => Promise<string>} page its address, where its scripts are on this origin
 */
export async function sayWhatToAllow(browser, folder, page) {
  /** @type {string[]} */
  let withheld = [];
  const cdn = createServer(async (request, response) => {
    const path = new URL(request.url ?? "", "http://cdn").pathname;
    const body = await readFile(join(folder, path)).catch(() => undefined);
    const isWithheld = body && withheld.some((file) => FILES[file]?.({ path, body }));
    const types = { ".js": "text/javascript", ".wasm": "application/wasm" };
    const type = types[/** @type {keyof typeof types} */ (extname(path))] ?? "application/octet-stream";
    response.writeHead(body ? 200 : 404, { "Content-Type": type, "Cache-Control": "no-store", ...(!isWithheld && { "Access-Control-Allow-Origin": "*" }) });
    response.end(body);
  }).listen(0, "127.0.0.1");
  await once(cdn, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (cdn.address());
  const { driver, close } = await openBrowser(browser);
  try {
    const address = await page(`http://127.0.0.1:${port}`);
    for (const [files, says] of WITHHELD) {
      withheld = files;
      await driver.get(address);
      const said = await errorOf(driver);
      assert.match(said, says, `without the header for ${files.join(" and ")}: ${said}`);
    }
  } finally {
    await close();
    cdn.closeAllConnections();
    cdn.close();
  }
}

/** What the page's list has ended with. @param {import("selenium-webdriver").WebDriver} driver */
async function errorOf(driver) {
  const said = await driver.wait(() => driver.executeScript("return document.body?.dataset.report"), LIMIT, "the page has nothing to tell");
  return String(JSON.parse(String(said)).error);
}

/**
 * Opens the app's page as often as something can be refused.
 * @param {string} origin the app's
 * @param {string} page its path
 * @param {string} advice what is said of the bundler
 */
export async function sayWhatToDo(origin, page, advice) {
  let refusal = REFUSALS[0];
  const server = createServer(async (request, response) => {
    const real = await fetch(origin + request.url, { headers: { accept: request.headers.accept ?? "*/*" } });
    const body = Buffer.from(await real.arrayBuffer());
    const [file = "", status, type] = refusal ?? [];
    const isRefused = FILES[file]?.({ path: request.url ?? "", body });
    response.writeHead(isRefused ? Number(status) : real.status, { "Content-Type": isRefused ? type : real.headers.get("content-type") ?? "", "Cache-Control": "no-store" });
    response.end(isRefused ? HTML : body);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const { driver, close } = await openBrowser("chromium");
  try {
    for (refusal of REFUSALS) {
      const [file, status, type, says] = refusal;
      await driver.get(`http://127.0.0.1:${port}${page}`);
      assert.match((await errorOf(driver)).replace(advice, "advice"), says, `${file}, ${status} ${type}`);
    }
  } finally {
    await close();
    server.closeAllConnections();
    server.close();
  }
}
