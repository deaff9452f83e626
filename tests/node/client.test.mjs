// The client around the supervisor, with engines that the test makes: no worker, no core.

import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "../../pkg/client.js";
import { timeout } from "../../pkg/timers.js";

/** @typedef {import("../../pkg/protocol.js").EngineListener} Listener */
/** @typedef {import("../../pkg/protocol.js").ToEngine} ToEngine */
/** @typedef {{ call: number, command: any }} Called */

/** Engines that load at once and otherwise do what `answer` says. */
function engines(/** @type {(listener: Listener, call: Called) => void} */ answer) {
  /** @type {{ listener: Listener, commands: any[], cancelled: number, terminated: boolean }[]} */
  const started = [];
  const start = async (/** @type {Listener} */ listener) => {
    const engine = { listener, commands: /** @type {any[]} */ ([]), cancelled: 0, terminated: false };
    started.push(engine);
    return {
      post(/** @type {ToEngine} */ message) {
        if (engine.terminated) throw new Error("posted to an engine that has ended");
        if ("configure" in message) return queueMicrotask(() => listener.message({ configured: {} }));
        if ("load" in message) return queueMicrotask(() => listener.message({ loaded: { mode: "workers", mostOpen: 3000 } }));
        if ("cancel" in message) return void (engine.cancelled += 1);
        if ("replay" in message) {
          engine.commands.push({ replay: message.replay.map(([, lines]) => new TextDecoder().decode(lines)) });
          return queueMicrotask(() => answer(listener, { call: 0, command: { record: [] } }));
        }
        if ("change" in message) throw new Error("nobody changes the catalog here");
        const call = { call: message.call.call, command: JSON.parse(message.call.command) };
        engine.commands.push(call.command);
        queueMicrotask(() => answer(listener, call));
      },
      async terminate() {
        engine.terminated = true;
      },
    };
  };
  return { started, start };
}

/** @param {Listener} listener @param {Called} call */
function recorded(listener, { call, command }) {
  const value = command.record ? { recorded: command.record.length, unknown: [] } : { queues: [] };
  listener.message({ answer: { call, value } });
}

const platform = { base: undefined };
const catalog = [{ id: 1, title: "Heat" }];
const died = /** @type {const} */ ({ code: "ENGINE_DIED", message: "planted" });

test("an engine that dies after each start is not restarted for ever, though something was recorded", { timeout: 10_000 }, async () => {
  const { started, start } = engines((listener, call) => {
    recorded(listener, call);
    // Not for ever: without delays this would leave the test no turn.
    if (started.length > 1 && started.length < 50) listener.died(died);
  });
  const recommender = await connect({ catalog }, start, platform);
  await recommender.record({ item: 1, type: "watch" });
  started[0]?.listener.died(died);
  await assert.rejects(recommender.stats(), { code: "ENGINE_DIED" });
  assert.ok(started.length <= 4, `${started.length} engines were started`);
});

test("a progress callback that throws harms nobody, and is told as an uncaught error", { timeout: 10_000 }, async () => {
  const { start } = engines(recorded);
  /** @type {unknown[]} */
  const reported = [];
  const { reportError } = globalThis;
  globalThis.reportError = (error) => void reported.push(error);
  const planted = new Error("planted");
  const onProgress = () => {
    throw planted;
  };
  const recommender = await connect({ catalog, onProgress }, start, platform);
  globalThis.reportError = reportError;
  assert.deepEqual(reported, [planted]);
  assert.equal((await recommender.record({ item: 1, type: "watch" })).recorded, 1);
  await recommender.close();
});

test("what an aborted record resolves with is what was recorded", { timeout: 10_000 }, async () => {
  /** @type {(() => void)[]} */
  const answers = [];
  const { started, start } = engines((listener, call) => void answers.push(() => recorded(listener, call)));
  const recommender = await connect({ catalog }, start, platform);
  const controller = new AbortController();
  const recording = recommender.record({ item: 1, type: "watch", time: 0 }, { signal: controller.signal });
  await new Promise(setImmediate);
  controller.abort();
  answers.shift()?.();
  assert.deepEqual(await recording, { recorded: 1, unknown: [], durable: false }, "the engine has it");
  started[0]?.listener.died(died);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const [{ origin, ...event }] = (started[1]?.commands ?? []).flatMap(({ replay }) => replay).map((line) => JSON.parse(line));
  assert.deepEqual([event, typeof origin], [{ item: "1", type: "watch", time: 0, sequence: 1 }, "string"], "and so has the next");
  await recommender.close();
});

test("who closes it on hearing of a restart leaves no engine", { timeout: 10_000 }, async () => {
  const { started, start } = engines(recorded);
  const recommender = await connect({ catalog }, start, platform);
  /** @type {Promise<void> | undefined} */
  let closed;
  recommender.addEventListener("engine-restart", () => (closed = recommender.close()));
  started[0]?.listener.died(died);
  await closed;
  assert.ok(started.length > 0 && started.every(({ terminated }) => terminated), `${started.map(({ terminated }) => terminated)}`);
});

test("no timer is told to wait longer than it can, nor less than nothing", () => {
  assert.deepEqual([1e12, 2 ** 31, 1.2, 0, -1].map(timeout), [2 ** 31 - 1, 2 ** 31 - 1, 2, 0, 0]);
});
