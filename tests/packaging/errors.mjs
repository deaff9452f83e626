// What a developer is told where a file of a built or served app does not come: a server between browser and app answers in its place.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
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
      const said = await driver.wait(() => driver.executeScript("return document.body?.dataset.report"), LIMIT, "the page has nothing to tell");
      const { error = "" } = JSON.parse(String(said));
      assert.match(error.replace(advice, "advice"), says, `${file}, ${status} ${type}`);
    }
  } finally {
    await close();
    server.closeAllConnections();
    server.close();
  }
}
