// The end of an engine in a worker, with a worker and locks that the test makes: who is ended when, whatever hangs.

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { workerEngine } from "../../pkg/worker-engine.js";

const MODULE = Promise.resolve(new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)));

/** What happened to the worker and its locks. @type {string[]} */
let log = [];
/** The locks that are held, and who waits for each. @type {Map<string, (() => void)[]>} */
const held = new Map();

/** @param {string} name */
function release(name) {
  log.push(`${name.split(" ")[2] ?? "engine"} ended`);
  const waiting = held.get(name) ?? [];
  held.delete(name);
  for (const grant of waiting) grant();
}

/** Its lock and those of two scorers are held from the moment at which it starts. */
class FakeWorker {
  /** @type {((event: any) => void) | null} */
  onmessage = null;
  onerror = null;
  lock = "";
  /** @param {"good" | "hung" | "scorer hung" | "unending"} kind */
  constructor(kind) {
    this.kind = kind;
    setImmediate(() => this.onmessage?.({ data: '"loaded"' }));
  }
  /** @param {any} message */
  postMessage(message) {
    if (message.fetch) return;
    if (message.module) {
      this.lock = message.engine;
      for (const name of [this.lock, ...this.scorers]) held.set(name, []);
      return setImmediate(() => this.onmessage?.({ data: '"alive"' }));
    }
    log.push(JSON.parse(message[0]));
    if (this.kind === "hung") return;
    setImmediate(() => {
      for (const name of this.kind === "scorer hung" ? this.scorers.slice(1) : this.scorers) release(name);
    });
  }
  get scorers() {
    return [`${this.lock} 0`, `${this.lock} 1`];
  }
  terminate() {
    log.push("terminated");
    if (this.kind === "unending") return;
    for (const name of [...held.keys()]) release(name);
  }
}

const locks = {
  query: async () => ({ held: [...held.keys()].map((name) => ({ name })) }),
  request: (/** @type {string} */ name, /** @type {{ signal: AbortSignal }} */ { signal }, /** @type {() => void} */ granted) =>
    new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
      const grant = () => resolve(signal.aborted || granted());
      const waiting = held.get(name);
      if (waiting) waiting.push(grant);
      else grant();
    }),
};

const platform = Object.getOwnPropertyDescriptor(globalThis, "navigator");
beforeEach(() => {
  log = [];
  held.clear();
  Object.defineProperty(globalThis, "navigator", { value: { locks }, configurable: true });
  mock.timers.enable({ apis: ["setTimeout"] });
});
afterEach(() => {
  mock.timers.reset();
  if (platform) Object.defineProperty(globalThis, "navigator", platform);
  else delete (/** @type {any} */ (globalThis).navigator);
});

/** @param {FakeWorker} worker @param {() => void} [died] */
const started = (worker, died = () => undefined) =>
  workerEngine({ worker: /** @type {any} */ (worker), url: undefined, release: () => log.push("released") }, MODULE, { message: () => undefined, died }, new AbortController().signal, []);

/** Until it is done: how many milliseconds of the mocked clock. @param {Promise<unknown>} work */
async function milliseconds(work) {
  let done = false;
  void work.then(() => (done = true));
  for (let passed = 0; ; passed += 10) {
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    if (done) return passed;
    assert.ok(passed < 10_000, log.join());
    mock.timers.tick(10);
  }
}

test("the scorers end before the engine is ended, and their threads get a moment", async () => {
  const engine = await started(new FakeWorker("good"));
  const ended = engine.terminate();
  assert.equal(engine.terminate(), ended);
  assert.equal(await milliseconds(ended), 50);
  assert.deepEqual(log, ["close", "0 ended", "1 ended", "terminated", "engine ended", "released"]);
});

test("an engine that does not listen is ended after a second", async () => {
  const engine = await started(new FakeWorker("hung"));
  assert.equal(await milliseconds(engine.terminate()), 1050);
  assert.deepEqual(log, ["close", "terminated", "engine ended", "0 ended", "1 ended", "released"]);
});

test("a scorer that does not end is waited for a second", async () => {
  const engine = await started(new FakeWorker("scorer hung"));
  assert.equal(await milliseconds(engine.terminate()), 1050);
  assert.deepEqual(log, ["close", "1 ended", "terminated", "engine ended", "0 ended", "released"]);
});

test("an engine that never ends is waited for 5 s", async () => {
  const engine = await started(new FakeWorker("unending"));
  assert.equal(await milliseconds(engine.terminate()), 4050);
  held.clear();
});

test("an engine that has died is ended at once", async () => {
  const worker = new FakeWorker("good");
  let deaths = 0;
  const engine = await started(worker, () => (deaths += 1));
  worker.onmessage?.({ data: JSON.stringify({ died: { code: "ENGINE_DIED", message: "it trapped" } }) });
  assert.equal(deaths, 1);
  assert.equal(await milliseconds(engine.terminate()), 0);
  assert.equal(log[0], "terminated");
});
