// A static server for the demo page and the tests: the folder www/ at /, and the built package at /dist/. What a browser has already is
// not sent again (ETag), and what gets smaller by it is compressed.

import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { Problem, root } from "./workspace.mjs";

const TYPES = new Map([
  [".css", "text/css; charset=utf-8"],
  [".html", "text/html; charset=utf-8"],
  [".js", "text/javascript; charset=utf-8"],
  [".json", "application/json"],
  [".map", "application/json"],
  [".mjs", "text/javascript; charset=utf-8"],
  [".png", "image/png"],
  [".svg", "image/svg+xml"],
  [".txt", "text/plain; charset=utf-8"],
  [".wasm", "application/wasm"],
  [".wnm", "application/octet-stream"],
]);

/**
 * What the demo may do: load what is on this server, and nothing else; no inline script, and no script's address that a policy
 * of Trusted Types has not looked at.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types watchnext",
].join("; ");

/**
 * How bytes are compressed, the best first: so that the demo's megabytes take some tens of milliseconds, once.
 * @type {Map<string, (bytes: Uint8Array) => Promise<Buffer>>}
 */
const ENCODINGS = new Map([
  ["br", (bytes) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } })],
  ["gzip", (bytes) => promisify(gzip)(bytes, { level: 6 })],
]);
/** What is smaller goes in one packet anyway. */
const LEAST = 1400;
/** What is compressed already. */
const COMPRESSED = new Set([".png"]);

/**
 * A file's compressed bytes by path and encoding, and of which version of it they are.
 * @type {Map<string, { tag: string, bytes: Promise<Buffer> }>}
 */
const compressed = new Map();

/** Which folder answers for which path; the longest prefix wins. */
const FOLDERS = { "/dist/": join(root, "dist"), "/": join(root, "www") };

/**
 * @typedef {(request: import("node:http").IncomingMessage, response: import("node:http").ServerResponse) => void} Handler
 */

/**
 * Starts the server on the loopback interface.
 * @param {object} [options]
 * @param {number} [options.port] default 0: the system chooses a free one
 * @param {Map<string, Handler>} [options.routes] paths that are answered by these and not by a file; may change at any time
 * @param {Record<string, string>} [options.folders] by path prefix, each ending in a slash
 * @param {Record<string, string>} [options.headers] that files come with
 * @returns {Promise<{ origin: string, close: () => Promise<void> }>}
 */
export async function serve({ port = 0, routes = new Map(), folders = FOLDERS, headers = {} } = {}) {
  const server = createServer((request, response) => {
    const path = pathOf(request.url ?? "/");
    const handler = path === undefined ? undefined : routes.get(path);
    if (handler) handler(request, response);
    else if (request.method !== "GET" && request.method !== "HEAD") refuse(response, 405);
    else if (path === undefined) refuse(response, 400);
    else sendFile(path, folders, headers, request, response).catch(() => refuse(response, 500));
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject).listen(port, "127.0.0.1", () => resolve(undefined));
  });
  const { port: actual } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    origin: `http://127.0.0.1:${actual}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * Like `serve`, on this port or, where it is taken, the next free one.
 * @param {number} port
 */
export async function serveNear(port) {
  for (let candidate = port; candidate < port + 100; candidate++) {
    try {
      return await serve({ port: candidate, headers: { "Content-Security-Policy": CONTENT_SECURITY_POLICY } });
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EADDRINUSE") throw error;
    }
  }
  throw new Problem(`No port from ${port} to ${port + 99} is free`);
}

/**
 * The decoded path of a request, or undefined where it is malformed or could leave its folder.
 * @param {string} url
 */
function pathOf(url) {
  try {
    const path = decodeURIComponent(url.replace(/[?#].*$/s, ""));
    return path.startsWith("/") && !/[\0\\]/.test(path) && !path.split("/").includes("..") ? path : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} path
 * @param {Record<string, string>} folders
 * @param {Record<string, string>} headers
 * @param {import("node:http").IncomingMessage} request
 * @param {import("node:http").ServerResponse} response
 */
async function sendFile(path, folders, headers, request, response) {
  const prefix = Object.keys(folders)
    .filter((candidate) => path.startsWith(candidate))
    .sort((a, b) => b.length - a.length)[0];
  if (prefix === undefined) return refuse(response, 404);
  const name = path.slice(prefix.length) + (path.endsWith("/") ? "index.html" : "");
  const file = join(/** @type {string} */ (folders[prefix]), name);
  const status = await stat(file).catch(() => undefined);
  if (!status?.isFile()) return refuse(response, 404);
  const isCompressible = status.size >= LEAST && !COMPRESSED.has(extname(file));
  const encoding = isCompressible ? encodingFor(request.headers["accept-encoding"] ?? "") : undefined;
  const version = `${status.size.toString(36)}-${status.mtimeMs.toString(36)}`;
  const tag = `"${version}${encoding ? `-${encoding}` : ""}"`;
  const always = { ETag: tag, "Cache-Control": "no-cache", ...(isCompressible && { Vary: "Accept-Encoding" }), ...headers };
  if (matches(request.headers["if-none-match"], tag)) return void response.writeHead(304, always).end();
  const body = encoding === undefined ? undefined : await compress(file, encoding, tag);
  response.writeHead(200, {
    "Content-Type": TYPES.get(extname(file)) ?? "application/octet-stream",
    "Content-Length": body?.length ?? status.size,
    ...(encoding && { "Content-Encoding": encoding }),
    ...always,
  });
  if (request.method === "HEAD") return void response.end();
  if (body) return void response.end(body);
  createReadStream(file)
    .on("error", () => response.destroy())
    .pipe(response);
}

/**
 * The best encoding that a client takes.
 * @param {string} accepts its Accept-Encoding
 */
function encodingFor(accepts) {
  const refused = /;\s*q=0(\.0*)?\s*$/;
  const names = accepts.split(",").filter((name) => !refused.test(name)).map((name) => name.replace(/;.*/s, "").trim().toLowerCase());
  return [...ENCODINGS.keys()].find((name) => names.includes(name));
}

/**
 * Whether a client has this version already.
 * @param {string | undefined} known its If-None-Match
 * @param {string} tag
 */
function matches(known, tag) {
  return known !== undefined && known.split(",").some((one) => one.trim().replace(/^W\//, "") === tag || one.trim() === "*");
}

/**
 * A file's compressed bytes, which are made once.
 * @param {string} file
 * @param {string} encoding
 * @param {string} tag
 */
function compress(file, encoding, tag) {
  const key = `${encoding} ${file}`;
  const known = compressed.get(key);
  if (known?.tag === tag) return known.bytes;
  const bytes = readFile(file).then(ENCODINGS.get(encoding));
  compressed.set(key, { tag, bytes });
  // What could not be read is read again.
  bytes.catch(() => compressed.delete(key));
  return bytes;
}

/**
 * @param {import("node:http").ServerResponse} response
 * @param {number} status
 */
function refuse(response, status) {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-cache" });
  response.end(`${status}\n`);
}
