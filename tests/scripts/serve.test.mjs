import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { after, before, test } from "node:test";
import { serve, serveNear } from "../../scripts/serve.mjs";

/** @type {string} */
let folder;
/** @type {Awaited<ReturnType<typeof serve>>} */
let server;
/** @type {Map<string, import("../../scripts/serve.mjs").Handler>} */
const routes = new Map();

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "watchnext-"));
  await mkdir(join(folder, "www"));
  await mkdir(join(folder, "dist"));
  await writeFile(join(folder, "secret.txt"), "secret");
  await writeFile(join(folder, "www", "index.html"), "<title>page</title>");
  await writeFile(join(folder, "www", "model.wnm"), new Uint8Array([1, 2, 3]));
  await writeFile(join(folder, "dist", "x.wasm"), "");
  await writeFile(join(folder, "dist", "index.js"), "");
  server = await serve({ routes, folders: { "/dist/": join(folder, "dist"), "/": join(folder, "www") } });
});

after(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

/**
 * A request whose path is sent as it is; fetch would tidy it.
 * @param {string} path
 * @param {string} [method]
 * @param {Record<string, string>} [headers]
 * @returns {Promise<{ status: number | undefined, headers: import("node:http").IncomingHttpHeaders, body: string }>}
 */
function raw(path, method = "GET", headers = {}) {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(server.origin);
    request({ hostname, port, path, method, headers }, (response) => {
      let body = "";
      response.setEncoding("latin1").on("data", (chunk) => (body += chunk));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body }));
    })
      .on("error", reject)
      .end();
  });
}

test("the page is at /, the package at /dist/, each file with its type", async () => {
  const page = await raw("/?x=1");
  assert.deepEqual([page.status, page.body], [200, "<title>page</title>"]);
  assert.equal(page.headers["content-type"], "text/html; charset=utf-8");
  assert.equal(page.headers["cache-control"], "no-cache");
  assert.equal((await raw("/dist/x.wasm")).headers["content-type"], "application/wasm");
  assert.equal((await raw("/dist/index.js")).headers["content-type"], "text/javascript; charset=utf-8");
  const model = await raw("/model.wnm");
  assert.deepEqual([model.headers["content-type"], model.body], ["application/octet-stream", "\x01\x02\x03"]);
});

test("what a browser has already is not sent again, until it changes", async () => {
  const file = join(folder, "www", "page.js");
  await writeFile(file, "first");
  const { headers } = await raw("/page.js");
  const tag = String(headers.etag);
  assert.match(tag, /^"[^"]+"$/);
  for (const known of [tag, `"other", W/${tag}`]) {
    const { status, body, headers } = await raw("/page.js", "GET", { "If-None-Match": known });
    assert.deepEqual([status, body, headers.etag, headers["cache-control"]], [304, "", tag, "no-cache"]);
  }
  await writeFile(file, "second");
  const changed = await raw("/page.js", "GET", { "If-None-Match": tag });
  assert.deepEqual([changed.status, changed.body], [200, "second"]);
  assert.notEqual(changed.headers.etag, tag);
});

test("what gets smaller by it is compressed, as the client takes it, and anew when it changes", async () => {
  const file = join(folder, "www", "catalog.json");
  const text = JSON.stringify(Array.from({ length: 500 }, (_, id) => ({ id, title: `Title ${id}` })));
  await writeFile(file, text);
  /** @type {[string, string | undefined, (bytes: Buffer) => Buffer][]} */
  const cases = [
    ["gzip, deflate, br", "br", brotliDecompressSync],
    ["gzip, deflate", "gzip", gunzipSync],
    ["br;q=0, GZIP;q=0.5", "gzip", gunzipSync],
    ["identity", undefined, (bytes) => bytes],
    ["", undefined, (bytes) => bytes],
  ];
  const tags = new Set();
  for (const [accepts, encoding, decompress] of cases) {
    const { status, headers, body } = await raw("/catalog.json", "GET", { "Accept-Encoding": accepts });
    assert.deepEqual([status, headers["content-encoding"], headers.vary], [200, encoding, "Accept-Encoding"], accepts);
    assert.equal(Number(headers["content-length"]), body.length);
    assert.ok(encoding === undefined || body.length < text.length / 2, `${body.length} bytes`);
    assert.equal(String(decompress(Buffer.from(body, "latin1"))), text);
    tags.add(headers.etag);
    assert.equal((await raw("/catalog.json", "GET", { "Accept-Encoding": accepts, "If-None-Match": String(headers.etag) })).status, 304);
  }
  assert.equal(tags.size, 3, "each encoding has a tag of its own");
  await writeFile(file, text.replaceAll("Title", "Other"));
  const { body } = await raw("/catalog.json", "GET", { "Accept-Encoding": "br" });
  assert.match(String(brotliDecompressSync(Buffer.from(body, "latin1"))), /Other 7/);
  assert.equal((await raw("/model.wnm", "GET", { "Accept-Encoding": "br" })).headers["content-encoding"], undefined, "a few bytes stay as they are");
});

test("HEAD sends the length and no body", async () => {
  const { status, headers, body } = await raw("/model.wnm", "HEAD");
  assert.deepEqual([status, headers["content-length"], body], [200, "3", ""]);
});

test("no path leads out of the folders", async () => {
  for (const path of ["/../secret.txt", "/dist/../../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/..\\secret.txt"]) {
    const { status, body } = await raw(path);
    assert.deepEqual([status, body], [400, "400\n"], path);
  }
  assert.equal((await raw("/%")).status, 400);
  assert.equal((await raw("/%00")).status, 400);
});

test("what is not a file is not found, and only reading is allowed", async () => {
  for (const path of ["/nothing", "/dist/", "/dist", "/index.html/x"]) assert.equal((await raw(path)).status, 404, path);
  assert.equal((await raw("/", "POST")).status, 405);
});

test("a route stands before the files, and may come and go", async () => {
  routes.set("/model.wnm", (_, response) => void response.writeHead(503).end("later"));
  assert.deepEqual([(await raw("/model.wnm")).status, (await raw("/model.wnm")).body], [503, "later"]);
  routes.delete("/model.wnm");
  assert.equal((await raw("/model.wnm")).status, 200);
});

test("where a port is taken, the next free one is used", async () => {
  const taken = Number(new URL(server.origin).port);
  const next = await serveNear(taken);
  assert.ok(Number(new URL(next.origin).port) > taken);
  await next.close();
});
