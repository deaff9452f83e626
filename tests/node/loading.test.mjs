// In which order an engine is told what, with engines that the test makes: no worker, no core.

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { connect } from "../../pkg/client.js";

/** @typedef {import("../../pkg/protocol.js").EngineListener} Listener */
/** @typedef {import("../../pkg/protocol.js").ToEngine} ToEngine */

const platform = { base: undefined };

/** Starts engines that are told `hear`, and notes what happens. @param {(message: ToEngine, listener: Listener) => void} hear */
function engines(hear) {
  /** @type {string[]} */
  const log = [];
  const start = async (/** @type {Listener} */ listener) => {
    log.push("start");
    return {
      post(/** @type {ToEngine} */ message) {
        log.push(Object.keys(message).join());
        queueMicrotask(() => hear(message, listener));
      },
      async terminate() {
        log.push("terminate");
      },
    };
  };
  /** A body that says when it is read, and that it is not any more; it ends only where that is said. @param {string} [text] */
  const body = (text) => {
    const pull = (/** @type {ReadableStreamDefaultController} */ controller) => {
      log.push("read");
      if (text === undefined) return;
      controller.enqueue(new TextEncoder().encode(text));
      controller.close();
    };
    return new Response(new ReadableStream({ pull, cancel: () => void log.push("cancel") }, { highWaterMark: 0 }));
  };
  return { log, start, body };
}

/** @param {ToEngine} message @param {Listener} listener */
function good(message, listener) {
  if ("configure" in message) listener.message({ configured: {} });
  if ("load" in message) listener.message({ loaded: { mode: "workers", mostOpen: 3000 } });
}

test("an engine gets its options, and what only the page can read is read when they are good", async () => {
  const { log, start, body } = engines(good);
  const recommender = await connect({ catalog: body("[]") }, start, platform);
  assert.deepEqual(log, ["start", "configure", "read", "load"]);
  await recommender.close();
  const bad = engines((_, listener) => listener.message({ loadFailed: { code: "OPTION", message: "" } }));
  await assert.rejects(connect({ catalog: bad.body("[]") }, bad.start, platform), { code: "OPTION" });
  assert.deepEqual(bad.log, ["start", "configure", "terminate"]);
});

test("an engine that dies while the page reads, or an abort, ends the reading", async () => {
  const { log, start, body } = engines((message, listener) => {
    good(message, listener);
    setImmediate(() => listener.died({ code: "ENGINE_DIED", message: "" }));
  });
  await assert.rejects(connect({ catalog: body() }, start, platform), { code: "ENGINE_DIED" });
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(log, ["start", "configure", "read", "cancel", "terminate"]);
  const abort = new AbortController();
  const aborted = engines((message, listener) => {
    good(message, listener);
    setImmediate(() => abort.abort());
  });
  await assert.rejects(connect({ catalog: aborted.body(), signal: abort.signal }, aborted.start, platform), { code: "ABORTED" });
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(aborted.log, ["start", "configure", "read", "cancel", "terminate"]);
});

test("an engine that dies before it has looked at its options is the end of it", async () => {
  const { log, start, body } = engines((_, listener) => listener.died({ code: "MEMORY", message: "none" }));
  await assert.rejects(connect({ catalog: body() }, start, platform), { code: "MEMORY" });
  assert.deepEqual(log, ["start", "configure", "terminate"]);
});

test("a model is done without by all engines after one that could not load it, and told of once", async () => {
  /** @type {ToEngine[]} */
  const loads = [];
  /** @type {Listener[]} */
  const listeners = [];
  const modelError = /** @type {const} */ ({ code: "MODEL_CHECKSUM", message: "damaged" });
  const { start } = engines((message, listener) => {
    if ("configure" in message) good(message, listener);
    if (!("load" in message)) return;
    loads.push(message);
    listeners.push(listener);
    listener.message({ loaded: { mode: "workers", mostOpen: 3000, modelError } });
  });
  const recommender = await connect({ catalog: [], model: Uint8Array.of(1) }, start, platform);
  let told = 0;
  recommender.addEventListener("model-error", () => (told += 1));
  const [{ detail }] = /** @type {[CustomEvent]} */ (await once(recommender, "model-error"));
  assert.deepEqual(detail, modelError);
  listeners[0]?.died({ code: "ENGINE_DIED", message: "planted" });
  while (loads.length < 2) await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(loads.map((message) => "load" in message && message.load.model), [{ bytes: Uint8Array.of(1) }, { failed: modelError }]);
  assert.equal(told, 1);
  await recommender.close();
});
