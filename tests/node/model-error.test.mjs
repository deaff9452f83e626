// Downloads that fail or stand still: what the catalog's failure ends with, what a model's failure costs, and that nothing is asked of
// a server before the options are known to be good.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Worker } from "node:worker_threads";
import { WatchnextError, createRecommender } from "../../dist/node.js";
import { golden } from "../golden.mjs";

/** @typedef {import("../../dist/node.js").RecommenderOptions} Options */

const catalog = join(golden, "catalog.json");
const model = await readFile(join(golden, "model.wnm"));
const text = JSON.stringify([{ id: 1, title: "Heat", genres: ["Crime"] }]);
/** Long enough that no machine is so busy, and short enough to wait for. */
const IDLE = 500;
/** What would keep a test that waits for it from ending. */
const NEVER = 600_000;

let origin = "";
/** The paths that were asked for. @type {string[]} */
let asked = [];
/** The last answer of each path. @type {Map<string, import("node:http").ServerResponse>} */
const answers = new Map();
const server = createServer((request, response) => {
  const path = request.url ?? "";
  asked.push(path);
  answers.set(path, response);
  if (path === "/model.wnm") response.end(model);
  else if (path === "/catalog.json") response.end(text);
  else if (path === "/html") response.end("<!doctype html><title>app</title>");
  else if (path === "/cut") response.writeHead(200, { "Content-Length": 1000 }).write("x", () => response.destroy());
  else if (path === "/half") response.writeHead(200, { "Content-Length": model.length }).write(model.subarray(0, 1000));
  else if (path === "/half.json") response.writeHead(200, { "Content-Length": 1000 }).write(text.slice(0, 20));
  else if (path === "/endless") response.writeHead(200).write(model.subarray(0, 1000));
  else if (path !== "/never") response.writeHead(404).end();
});
before(async () => {
  await once(server.listen(0, "127.0.0.1"), "listening");
  origin = `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

/** The model with a byte changed. @param {number} place @param {number} value */
const changed = (place, value) => Uint8Array.from(model, (byte, index) => (index === place ? value : byte));

/** A body of which nothing comes after the first bytes. @param {(reason: unknown) => void} [cancelled] */
const stalled = (cancelled = () => undefined) =>
  new ReadableStream({ start: (controller) => controller.enqueue(model.subarray(0, 10)), cancel: (reason) => cancelled(reason) });

/** Why a model may be missing, with the code and what the message must say. @type {Record<string, () => [Partial<Options>, string, RegExp]>} */
const failures = {
  "is not there": () => [{ model: `${origin}/missing` }, "HTTP", /missing answered with HTTP status 404/],
  "has no server": () => [{ model: "http://127.0.0.1:1/" }, "NETWORK", /127\.0\.0\.1:1\/ could not be loaded/],
  "is a start page": () => [{ model: `${origin}/html` }, "MODEL_FORMAT", /not a watchnext model/],
  "is cut off by the network": () => [{ model: `${origin}/cut` }, "NETWORK", /\/cut could not be loaded/],
  "is cut off": () => [{ model: model.subarray(0, 1000) }, "MODEL_TRUNCATED", /1000/],
  "is damaged": () => [{ model: changed(model.length - 1, 1 ^ /** @type {number} */ (model.at(-1))) }, "MODEL_CHECKSUM", /damaged/],
  "is of a newer version": () => [{ model: changed(8, 250) }, "MODEL_VERSION", /version 250/],
  "is no model": () => [{ model: Uint8Array.of(1, 2, 3) }, "MODEL_FORMAT", /not a watchnext model/],
  "is too large": () => [{ model, limits: { modelBytes: 1000 } }, "MODEL_TOO_LARGE", /the limit is 1000/],
  "is another one": () => [{ model: `${origin}/model.wnm`, integrity: { model: "sha256-AAAA" } }, "NETWORK", /not those that the integrity names/],
  "is no file": () => [{ model: join(golden, "missing.wnm") }, "NETWORK", /missing\.wnm could not be read/],
  "never comes": () => [{ model: `${origin}/never` }, "TIMEOUT", /\/never stands still: nothing came for 500 ms, after 0 bytes/],
  "stalls in the middle": () => [{ model: `${origin}/half` }, "TIMEOUT", RegExp(`/half stands still: nothing came for 500 ms, after 1000 of ${model.length} bytes`)],
  "stalls, and nobody knows how long it is": () => [{ model: `${origin}/endless` }, "TIMEOUT", /\/endless stands still.*, after 1000 bytes/],
  "stalls, with a hash": () => [{ model: `${origin}/half`, integrity: { model: "sha256-AAAA" } }, "TIMEOUT", /after 1000 of/],
  "is a request for what is not there": () => [{ model: new Request(`${origin}/missing`) }, "HTTP", /missing answered with HTTP status 404/],
  "is a request that is never answered": () => [{ model: new Request(`${origin}/never`) }, "TIMEOUT", /\/never stands still.*, after 0 bytes/],
  "is a request that stalls": () => [{ model: new Request(`${origin}/half`) }, "TIMEOUT", RegExp(`/half stands still.*, after 1000 of ${model.length} bytes`)],
  "is a response that is not made of bytes": () => [{ model: new Response(new ReadableStream({ start: (controller) => controller.enqueue("text") })) }, "NETWORK", /not made of bytes/],
  "is a failed response": () => [{ model: new Response("", { status: 503 }) }, "HTTP", /503/],
  "is a response that stalls": () => [{ model: new Response(stalled()) }, "TIMEOUT", /The response stands still.*, after 10 bytes/],
};

for (const [what, failure] of Object.entries(failures)) {
  test(`a model that ${what} is done without, or fails the load`, async () => {
    const [options, code, message] = failure();
    const recommender = await createRecommender({ catalog, idleTimeout: IDLE, ...options });
    const [{ detail }] = /** @type {[CustomEvent]} */ (await once(recommender, "model-error"));
    assert.equal(detail.code, code, detail.message);
    assert.match(detail.message, message);
    assert.deepEqual((await recommender.stats()).model, { error: detail });
    const without = await createRecommender({ catalog });
    for (const each of [recommender, without]) await each.record({ item: 1, type: "watch", time: 0 });
    assert.deepEqual(await recommender.recommend(), await without.recommend());
    await recommender.close();
    await without.close();

    const [again] = failure();
    await assert.rejects(createRecommender({ catalog, idleTimeout: IDLE, ...again, onModelError: "fail" }), (error) => {
      assert.ok(error instanceof WatchnextError);
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
      return true;
    });
  });
}

test("what is no model's source fails the load", async () => {
  const used = new Response(model);
  await used.arrayBuffer();
  const locked = new Response(model);
  locked.body?.getReader();
  const sent = new Request(`${origin}/model.wnm`, { method: "POST", body: "x" });
  await sent.text();
  for (const [source, message] of /** @type {[any, RegExp][]} */ ([
    ["http://[", /is not an address/],
    [5, /must be an address/],
    [[{ id: 1 }], /A model must be an address, a Request, a Response or bytes\./],
    [used, /The body of the response was read already/],
    [locked, /The body of the response was read already/],
    [sent, /The body of http.*\/model\.wnm was read already/],
  ])) {
    await assert.rejects(createRecommender({ catalog, model: source }), { code: "OPTION", message });
  }
  await assert.rejects(createRecommender({ catalog: sent }), { code: "OPTION", message: /was read already/ });
  await assert.rejects(createRecommender({ catalog, onModelError: /** @type {any} */ ("ignore") }), { code: "OPTION", message: /ignore/ });
});

test("a model that comes is there, and nothing is told", async () => {
  const hash = `sha256-AAAA sha384-${createHash("sha384").update(model).digest("base64")}`;
  for (const options of [{ model: `${origin}/model.wnm`, integrity: { model: hash } }, { model: new Request(`${origin}/model.wnm`) }, { model: new Response(model) }]) {
    const recommender = await createRecommender({ catalog, ...options });
    recommender.addEventListener("model-error", ({ detail }) => assert.fail(detail.message));
    assert.equal((await recommender.stats()).model?.matched, 370);
    await new Promise((resolve) => setTimeout(resolve));
    await recommender.close();
  }
});

test("a catalog that stands still is given up, and its connection with it", async () => {
  for (const path of ["/never", "/half.json"]) {
    for (const source of [`${origin}${path}`, new Request(`${origin}${path}`)]) {
      await assert.rejects(createRecommender({ catalog: source, idleTimeout: IDLE }), { code: "TIMEOUT", message: RegExp(`${path} stands still`) });
      const answer = /** @type {import("node:http").ServerResponse} */ (answers.get(path));
      if (!answer.destroyed) await once(answer, "close");
    }
  }
  /** @type {unknown} */
  let reason;
  const catalogResponse = new Response(stalled((why) => (reason = why)));
  await assert.rejects(createRecommender({ catalog: catalogResponse, idleTimeout: IDLE }), { code: "TIMEOUT" });
  assert.ok(reason instanceof WatchnextError && reason.code === "TIMEOUT");
});

test("what takes longer than the time-out, and comes, is waited for", async () => {
  let sent = 0;
  const body = new ReadableStream({
    async pull(controller) {
      if (sent === text.length) return controller.close();
      await new Promise((resolve) => setTimeout(resolve, IDLE / 10));
      controller.enqueue(new TextEncoder().encode(text[sent++]));
    },
  });
  const recommender = await createRecommender({ catalog: new Response(body), idleTimeout: IDLE });
  assert.ok((sent * IDLE) / 10 > IDLE);
  await recommender.close();
});

test("what came while this thread was busy, or the machine slept, has come in time", async (t) => {
  // In a thread of its own, which goes on; it sends the rest when it is told that nobody listens.
  const rest = new Int32Array(new SharedArrayBuffer(4));
  const source = `
    const { parentPort, workerData: { text, rest } } = require("node:worker_threads");
    const server = require("node:http").createServer((_, response) => {
      response.writeHead(200, { "Content-Length": text.length }).write(text.slice(0, 5), () => parentPort.postMessage("half"));
      parentPort.once("message", () => response.end(text.slice(5), () => (Atomics.store(rest, 0, 1), Atomics.notify(rest, 0))));
    }).listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));`;
  const thread = new Worker(source, { eval: true, workerData: { text, rest } });
  t.after(() => thread.terminate());
  const [port] = await once(thread, "message");
  for (const asRequest of [false, true]) {
    const url = `http://127.0.0.1:${port}/`;
    const start = createRecommender({ catalog: asRequest ? new Request(url) : url, idleTimeout: IDLE });
    await once(thread, "message");
    thread.postMessage("nobody listens");
    Atomics.wait(rest, 0, 0);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * IDLE);
    rest[0] = 0;
    await (await start).close();
  }
});

test("an abort ends at once what would be waited for, and its connection", async () => {
  for (const [name, source] of /** @type {[keyof Options, () => any][]} */ ([
    ["catalog", () => `${origin}/never`],
    ["catalog", () => new Request(`${origin}/half`)],
    ["catalog", () => new Response(stalled())],
    ["model", () => `${origin}/half`],
    ["model", () => new Request(`${origin}/never`)],
  ])) {
    const given = source();
    answers.clear();
    const abort = new AbortController();
    const start = createRecommender({ catalog, [name]: given, idleTimeout: NEVER, signal: abort.signal });
    const outcome = assert.rejects(start, { code: "ABORTED" });
    if (!(given instanceof Response)) while (answers.size === 0) await once(server, "request");
    abort.abort();
    await outcome;
    for (const answer of answers.values()) if (!answer.destroyed) await once(answer, "close");
  }
});

test("options are checked before anything is asked of a server", async () => {
  for (const [wrong, message] of /** @type {[any, RegExp][]} */ ([
    [{ broker: { deliveryLimit: 0 } }, /deliveryLimit/],
    [{ broker: { deliveryLimits: 1 } }, /deliveryLimits/],
    [{ broker: { dispatch: { nobody: "round-robin" } } }, /nobody/],
    [{ limits: { modelByte: 1 } }, /modelByte/],
    [{ limits: { catalog: { maxItem: 1 } } }, /maxItem/],
    [{ fields: { ids: "id" } }, /ids/],
    [{ history: { halfLife: { days: 0 } } }, /days/],
    [{ workers: -1 }, /workers/],
    [{ onModelError: "ignore" }, /ignore/],
    [{ idleTimeout: 0 }, /idleTimeout: must be a finite number of milliseconds above 0, found 0/],
    [{ idleTimeout: "1000" }, /idleTimeout/],
    [{ idleTimeout: Infinity }, /idleTimeout/],
  ])) {
    asked = [];
    for (const sources of [
      { catalog: `${origin}/catalog.json`, model: `${origin}/model.wnm` },
      { catalog: new Request(`${origin}/catalog.json`), model: new Request(`${origin}/model.wnm`) },
    ]) {
      await assert.rejects(createRecommender({ ...sources, ...wrong }), { code: "OPTION", message });
    }
    assert.deepEqual(asked, [], JSON.stringify(wrong));
  }
});

test("an idle time-out may be longer than a timer can be", async () => {
  const recommender = await createRecommender({ catalog: `${origin}/catalog.json`, model: new Request(`${origin}/model.wnm`), idleTimeout: 1e12 });
  assert.equal((await recommender.stats()).model?.error, undefined);
  await recommender.close();
});
