// The page's supervisor: rule by rule, then under an adversary with a seed, in virtual time. `SEEDS=100000` tries more runs,
// `SEED=7` this one only.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Supervisor } from "../../pkg/supervisor.js";

/** @typedef {import("../../pkg/supervisor.js").Effect} Effect */
/** @typedef {import("../../pkg/supervisor.js").Input} Input */
/** @typedef {import("../../pkg/supervisor.js").EngineDid} EngineDid */

const STARTED = { started: { catalog: { bytes: new Uint8Array() } } };
/** @type {EngineDid} */
const LOADED = { say: { loaded: { mode: "workers", mostOpen: 3000 } } };
/** What was kept, as it is read for an engine. @returns {EngineDid} */
const histories = (/** @type {string[]} */ ...lines) => ({ histories: lines.map((line) => ["", new TextEncoder().encode(line)]) });
const ABORTED = Object.assign(new Error("aborted"), { code: "ABORTED" });
const died = (/** @type {string} */ cause = "planted") => ({ fail: Object.assign(new Error(cause), { code: "ENGINE_DIED" }) });
/** @returns {EngineDid} */
const answer = (/** @type {number} */ call, /** @type {unknown} */ value = "answer") => ({ say: { answer: { call, value } } });

/** What an effect says in short. @param {Effect} effect */
function short(effect) {
  if ("post" in effect) {
    const { engine, message } = effect.post;
    if ("load" in message) return `load ${engine}`;
    if ("replay" in message) return `replay at ${engine}: ${message.replay.map(([, lines]) => new TextDecoder().decode(lines))}`;
    if ("cancel" in message) return `cancel ${message.cancel} at ${engine}`;
    if ("change" in message) return `change ${message.change.call} at ${engine}`;
    return `call ${message.call.call} at ${engine}: ${message.call.command}`;
  }
  if ("start" in effect) return `start ${effect.start.engine}`;
  if ("terminate" in effect) return `terminate ${effect.terminate.engine}`;
  if ("resolve" in effect) return `resolve ${effect.resolve.call}: ${effect.resolve.value}`;
  if ("reject" in effect) return `reject ${effect.reject.call}: ${/** @type {any} */ (effect.reject.error).code}`;
  if ("ended" in effect) return `ended: ${/** @type {any} */ (effect.ended).code}`;
  return Object.keys(effect).join();
}

/** A supervisor that says in short what it wants. */
class Bench {
  supervisor = new Supervisor();
  now = 0;
  /** @param {Input} input */
  does(input) {
    return this.supervisor.handle(input, this.now).map(short);
  }
  /** @param {number} engine @param {EngineDid} did */
  engine(engine, did) {
    return this.does({ engine, did });
  }
  /** With an engine that is ready. */
  static ready() {
    const bench = new Bench();
    assert.deepEqual(bench.does("begin"), ["start 1"]);
    assert.deepEqual(bench.engine(1, STARTED), ["load 1"]);
    assert.deepEqual(bench.engine(1, LOADED), ["read"]);
    assert.deepEqual(bench.engine(1, histories()), ["progress", "ready"]);
    return bench;
  }
  /** The engine dies; the next one is started as soon as it may, and gets ready. @param {number} engine @param {string[]} lines */
  replace(engine, ...lines) {
    const effects = this.engine(engine, died());
    assert.deepEqual(effects.slice(0, 2), [`terminate ${engine}`, "restart"]);
    const delay = this.wait();
    effects.push(...(delay === undefined ? [] : this.does("tick")));
    assert.equal(effects.at(-1), `start ${engine + 1}`);
    this.engine(engine + 1, STARTED);
    assert.deepEqual(this.engine(engine + 1, LOADED), ["read"]);
    return { delay: delay ?? 0, effects: this.engine(engine + 1, histories(...lines)) };
  }
  /** Lets the time pass until it wants to be called. */
  wait() {
    const at = this.supervisor.wakesAt();
    if (at === undefined) return undefined;
    const waited = at - this.now;
    this.now = at;
    return waited;
  }
}

test("calls wait for the engine, and are answered once", () => {
  const bench = new Bench();
  bench.does("begin");
  assert.deepEqual(bench.does({ call: { call: 1, command: "stats" } }), []);
  bench.engine(1, STARTED);
  assert.deepEqual(bench.engine(1, answer(1)), [], "it does not have it yet");
  assert.deepEqual(bench.engine(1, histories()), [], "it has not loaded");
  assert.deepEqual(bench.engine(1, LOADED), ["read"]);
  assert.deepEqual(bench.engine(1, histories("a")), ["progress", "ready", "replay at 1: a", "call 1 at 1: stats"]);
  assert.deepEqual([bench.engine(1, LOADED), bench.engine(1, histories("a"))], [[], []]);
  assert.deepEqual(bench.engine(1, answer(1)), ["resolve 1: answer"]);
  assert.deepEqual([bench.engine(1, answer(1)), bench.engine(1, answer(7))], [[], []]);
  assert.equal(bench.supervisor.wakesAt(), undefined);
});

test("a first engine that dies while it starts or loads is the end", () => {
  for (const states of [[], [STARTED]]) {
    const bench = new Bench();
    bench.does("begin");
    for (const state of states) bench.engine(1, state);
    assert.deepEqual(bench.engine(1, died()), ["terminate 1", "ended: ENGINE_DIED"]);
  }
  const bench = new Bench();
  bench.does("begin");
  bench.engine(1, STARTED);
  assert.deepEqual(bench.engine(1, { say: { loadFailed: { code: "HTTP", message: "" } } }), ["terminate 1", "ended: HTTP"]);
});

test("the next engine is told what was recorded, then what is open", () => {
  const bench = Bench.ready();
  bench.does({ call: { call: 1, command: "one", records: true } });
  bench.does({ call: { call: 2, command: "two", records: true } });
  bench.does({ call: { call: 3, command: "three" } });
  bench.engine(1, answer(1));
  assert.deepEqual(bench.replace(1, "a", "b").effects, ["replay at 2: a,b", "call 2 at 2: two", "call 3 at 2: three"]);
  assert.deepEqual(bench.engine(1, answer(3)), [], "what the dead one says counts for nothing");
  assert.deepEqual(bench.engine(2, answer(0)), []);
  assert.deepEqual(bench.engine(2, answer(2)), ["resolve 2: answer"]);
  assert.deepEqual(bench.replace(2, "abc").effects[0], "replay at 3: abc");
  assert.deepEqual(bench.does({ histories: [["kim", new Uint8Array()]] }), ["replay at 3: "], "another user's, when it is asked for");
  assert.deepEqual(bench.engine(3, { say: { answer: { call: 0, value: { recorded: 2, damaged: 1 } } } }), ["damaged"]);
});

test("what is heard of while no engine can be told is told to the next one, once, before what is open", () => {
  const heard = (/** @type {string} */ line) => /** @type {Input} */ (histories(line));
  const bench = new Bench();
  bench.does("begin");
  assert.deepEqual(bench.does(heard("a")), []);
  bench.engine(1, STARTED);
  assert.deepEqual(bench.does(heard("b")), []);
  bench.engine(1, LOADED);
  bench.does({ call: { call: 1, command: "one" } });
  assert.deepEqual(bench.does(heard("c")), []);
  assert.deepEqual(bench.engine(1, histories("read")), ["progress", "ready", "replay at 1: read,a,b,c", "call 1 at 1: one"]);
  assert.deepEqual(bench.does(heard("d")), ["replay at 1: d"]);
  assert.deepEqual(bench.replace(1, "read").effects[0], "replay at 2: read");
});

test("an engine that does not take what was recorded is replaced", () => {
  const bench = Bench.ready();
  bench.does({ call: { call: 1, command: "one", records: true } });
  bench.engine(1, answer(1));
  bench.replace(1, "a");
  assert.deepEqual(bench.engine(2, { say: { error: { call: 0, error: { code: "INTERNAL", message: "" } } } }).slice(0, 2), ["terminate 2", "restart"]);
});

test("engines that die in a row are started ever later, and then no more; an answer to the replay does not count", () => {
  const bench = Bench.ready();
  bench.does({ call: { call: 1, command: "one", records: true } });
  bench.engine(1, answer(1));
  const delays = [1, 2, 3].map((engine) => {
    const { delay } = bench.replace(engine);
    bench.engine(engine + 1, answer(0));
    return delay;
  });
  assert.deepEqual(delays, [0, 100, 200]);
  assert.deepEqual(bench.engine(4, died()), ["terminate 4", "ended: ENGINE_DIED"]);
  assert.deepEqual(bench.does({ call: { call: 2, command: "stats" } }), ["reject 2: ENGINE_DIED"]);
});

test("an engine that answers and dies, again and again, is started ever later; one that lived for long, at once", () => {
  const bench = Bench.ready();
  const delays = Array.from({ length: 10 }, (_, index) => {
    bench.does({ call: { call: index + 1, command: "stats" } });
    bench.engine(index + 1, answer(index + 1));
    return bench.replace(index + 1).delay;
  });
  assert.deepEqual(delays, [0, 100, 200, 400, 800, 1600, 3200, 3200, 3200, 3200]);
  bench.now += 10_000;
  bench.does({ call: { call: 11, command: "stats" } });
  bench.engine(11, answer(11));
  assert.equal(bench.replace(11).delay, 0);
});

test("a restart that fails is tried again", () => {
  const bench = Bench.ready();
  bench.engine(1, died());
  bench.engine(2, STARTED);
  assert.deepEqual(bench.engine(2, { say: { loadFailed: { code: "NETWORK", message: "" } } }), ["terminate 2", "restart"]);
  bench.wait();
  assert.deepEqual(bench.does("tick"), ["start 3"]);
  assert.deepEqual(bench.engine(3, died()), ["terminate 3", "restart"]);
});

test("a call is put to three engines", () => {
  const bench = Bench.ready();
  bench.does({ call: { call: 1, command: "poison" } });
  for (const engine of [1, 2]) assert.deepEqual(bench.replace(engine).effects, [`call 1 at ${engine + 1}: poison`]);
  assert.deepEqual(bench.engine(3, died()), ["terminate 3", "reject 1: ENGINE_DIED", "restart"]);
});

test("an engine that does not answer is replaced, but not for having slept", () => {
  const bench = Bench.ready();
  bench.does({ call: { call: 1, command: "stats", deadline: 500 } });
  bench.now = 1e6;
  assert.deepEqual(bench.does("tick"), []);
  assert.equal(bench.wait(), 1000);
  bench.replace(1);
  bench.wait();
  assert.deepEqual([bench.does("tick"), bench.wait()], [[], 1000], "nor is the next one");
  assert.deepEqual(bench.does("tick"), ["terminate 2", "restart", "start 3"]);
});

test("a deadline that no timer can count to is the longest there is", () => {
  for (const [deadline, waits] of [[1e12, 604_000], [-1e12, 4000], [undefined, 14_000]]) {
    const bench = Bench.ready();
    bench.does({ call: { call: 1, command: "stats", deadline } });
    assert.equal(bench.wait(), waits);
  }
});

test("a change of the catalog may take as long as it likes, and be done, though it was aborted", () => {
  const bench = Bench.ready();
  const change = (/** @type {number} */ call) => bench.does({ call: { call, command: "", change: { patch: { remove: [] } } } });
  const cancel = (/** @type {number} */ call) => bench.does({ cancel: { call, error: ABORTED } });
  const failed = (/** @type {number} */ call) => bench.engine(1, { say: { error: { call, error: { code: "NETWORK", message: "" } } } });
  assert.deepEqual(change(1), ["change 1 at 1"]);
  assert.equal(bench.wait(), undefined, "nothing is overdue");
  assert.deepEqual([cancel(1), bench.engine(1, answer(1))], [["cancel 1 at 1"], ["resolve 1: answer"]], "it was done before that came");
  change(2);
  assert.deepEqual([cancel(2), failed(2)], [["cancel 2 at 1"], ["reject 2: ABORTED"]], "it was not done, because of that");
  change(3);
  assert.deepEqual(failed(3), ["reject 3: NETWORK"]);
  change(4);
  assert.deepEqual(bench.replace(1).effects, ["change 4 at 2"], "the next engine is to do it");
});

test("what is aborted is cancelled; what an engine may have recorded is not", () => {
  const bench = new Bench();
  const cancel = (/** @type {number} */ call) => bench.does({ cancel: { call, error: ABORTED } });
  bench.does("begin");
  bench.does({ call: { call: 1, command: "one", records: true } });
  assert.deepEqual(cancel(1), ["reject 1: ABORTED"], "no engine has it");
  bench.engine(1, STARTED);
  bench.engine(1, LOADED);
  bench.engine(1, histories());
  bench.does({ call: { call: 2, command: "stats" } });
  assert.deepEqual(cancel(2), ["cancel 2 at 1", "reject 2: ABORTED"]);
  assert.deepEqual([cancel(2), bench.engine(1, answer(2))], [[], []]);
  for (const call of [3, 4]) bench.does({ call: { call, command: "record", records: true } });
  assert.deepEqual([cancel(3), cancel(4), bench.engine(1, answer(3))], [[], [], ["resolve 3: answer"]], "the promise tells what happened");
  assert.deepEqual(bench.engine(1, died()), ["terminate 1", "reject 4: ABORTED", "restart", "start 2"]);
  bench.engine(2, STARTED);
  assert.deepEqual([bench.engine(2, LOADED), bench.engine(2, histories("3"))], [["read"], ["replay at 2: 3"]]);
});

test("after its end nothing happens", () => {
  const error = Object.assign(new Error("closed"), { code: "CLOSED" });
  const bench = Bench.ready();
  bench.does({ call: { call: 1, command: "stats" } });
  assert.deepEqual(bench.does({ end: error }), ["terminate 1", "reject 1: CLOSED", "ended: CLOSED"]);
  assert.deepEqual([bench.does({ end: error }), bench.does("tick"), bench.engine(1, died()), bench.supervisor.wakesAt()], [[], [], [], undefined]);
  const waiting = Bench.ready();
  waiting.replace(1);
  waiting.engine(2, died());
  assert.deepEqual([waiting.does({ end: error }), waiting.supervisor.wakesAt()], [["ended: CLOSED"], undefined]);
});

/** @param {number} seed */
function chance(seed) {
  let state = seed;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { random, one: (/** @type {number} */ part) => random() < part, below: (/** @type {number} */ most) => Math.floor(random() * most) };
}

const MAX_ENGINES = 3;
/** The delays are 0, 100, 200, 400 ms. */
const MOST_STARTS_A_SECOND = 5;

/**
 * @typedef {object} Engine
 * @property {"starting" | "alive" | "loading" | "loaded" | "reading" | "ready" | "dead"} state as far as the supervisor can know
 * @property {boolean} ended terminated
 * @property {boolean} hangs
 * @property {Set<number>} put the calls it was given
 * @property {number[]} knows the events it has recorded
 * @property {number} saysAt when it last said something
 */

/** The events of a replay. @param {import("../../pkg/protocol.js").Lines[]} histories */
const replayed = (histories) => histories.flatMap(([, lines]) => new TextDecoder().decode(lines).split("\n").map((n) => ({ n: Number(n) })));

/** Engines that die, hang and say things twice or too late; whoever calls them aborts. Checks what must hold after every step. */
class World {
  supervisor = new Supervisor();
  now = 0;
  /** What will happen. @type {{ at: number, run: () => void }[]} */
  agenda = [];
  /** The one with number 1 first. @type {Engine[]} */
  engines = [];
  /** @type {Map<number, { events: number[], engines: number, aborted: boolean, settled: boolean }>} */
  calls = new Map();
  /** The events whose record was resolved, in that order. @type {number[]} */
  acknowledged = [];
  /** When engines were started. @type {number[]} */
  starts = [];
  deathsInARow = 0;
  /** No more evil. */
  calm = false;
  /** How often it has ended. */
  over = 0;

  /** @param {number} seed */
  constructor(seed) {
    const { random, one, below } = chance(seed);
    this.one = (/** @type {number} */ part) => !this.calm && one(part);
    this.below = below;
    // How bad this world is, is a matter of chance, too.
    this.evil = (random() * random()) / 2;
    this.deadline = below(2) ? 300 : 20_000;
  }

  /** @param {number} delay @param {() => void} run */
  later(delay, run) {
    this.agenda.push({ at: this.now + delay, run });
  }

  /** @param {Input} input */
  handle(input) {
    for (const effect of this.supervisor.handle(input, this.now)) this.carryOut(effect);
    const at = this.supervisor.wakesAt();
    assert.ok(at === undefined || at > this.now || input !== "tick", "it asks to be called at once, again and again");
    if (this.over) assert.equal(at, undefined, "no timer is left");
  }

  /** @param {Effect} effect */
  carryOut(effect) {
    if ("start" in effect) this.start(effect.start.engine);
    else if ("post" in effect) this.post(effect.post.engine, effect.post.message);
    else if ("terminate" in effect) this.terminate(effect.terminate.engine);
    else if ("resolve" in effect) this.resolved(effect.resolve.call, effect.resolve.value);
    else if ("reject" in effect) this.settled(effect.reject.call, /** @type {any} */ (effect.reject.error).code === "OPTION");
    else if ("ended" in effect) this.over += 1;
    else if ("read" in effect) this.read(effect.read.engine);
    else assert.ok(!this.over, `${short(effect)} after the end`);
    assert.ok(this.over <= 1, "it ends once");
  }

  /** @param {number} number */
  engine(number) {
    const engine = this.engines[number - 1];
    assert.ok(engine);
    return engine;
  }

  /** @param {number} number */
  start(number) {
    assert.ok(!this.over && this.engines.every(({ ended }) => ended), "one engine at a time");
    assert.ok(this.deathsInARow <= MAX_ENGINES, "it ends when engines die again and again");
    this.starts.push(this.now);
    assert.ok(this.starts.filter((at) => at > this.now - 1000).length <= MOST_STARTS_A_SECOND, "restarts are delayed");
    this.engines.push({ state: "starting", ended: false, hangs: this.one(this.evil), put: new Set(), knows: [], saysAt: 0 });
    this.does(number, this.one(this.evil) ? died("start") : STARTED);
  }

  /** The histories are read as they are when they have been read; what is acknowledged meanwhile cannot be, since nothing is asked. @param {number} number */
  read(number) {
    const state = this.engine(number);
    state.state = "reading";
    this.later(this.below(50), () => {
      if (state.state !== "reading") return;
      state.state = "ready";
      const lines = this.acknowledged.map((n) => `${n}`).join("\n");
      this.handle({ engine: number, did: histories(...(lines ? [lines] : [])) });
    });
  }

  /** What an engine does is heard in its order, after a while; and late, where it has been ended meanwhile. @param {number} number @param {EngineDid} did */
  does(number, did) {
    const engine = this.engine(number);
    engine.saysAt = Math.max(engine.saysAt, this.now + this.below(this.one(0.1) ? 3000 : 30));
    this.later(engine.saysAt - this.now, () => {
      if (did === STARTED) engine.state = "alive";
      else if (did === LOADED) engine.state = "loaded";
      else if ("fail" in did) engine.state = "dead";
      this.handle({ engine: number, did });
    });
  }

  /** @param {number} number @param {import("../../pkg/protocol.js").ToConfigured} message */
  post(number, message) {
    const engine = this.engine(number);
    assert.ok(!engine.ended && engine.state !== "dead" && number === this.engines.length, "nothing is posted to a dead engine");
    if ("load" in message) {
      assert.equal(engine.state, "alive", "what has started is told once what to load");
      engine.state = "loading";
      return this.does(number, this.one(this.evil) ? died("loading") : this.one(this.evil) ? { say: { loadFailed: { code: "NETWORK", message: "" } } } : LOADED);
    }
    assert.equal(engine.state, "ready", "an engine that loads gets no calls");
    if ("cancel" in message) return assert.ok(engine.put.has(message.cancel), "what it never had is not cancelled");
    if ("change" in message) throw new Error("nobody changes the catalog here");
    const { call, command } = "replay" in message ? { call: 0, command: JSON.stringify({ record: replayed(message.replay) }) } : message.call;
    /** @type {number[]} */
    const events = JSON.parse(command).record?.map((/** @type {{ n: number }} */ { n }) => n) ?? [];
    this.put(engine, call, events);
    if (engine.hangs) return;
    if (this.one(this.evil)) return this.does(number, died("a call"));
    if (this.one(0.05)) return this.does(number, { say: { error: { call, error: { code: "OPTION", message: "" } } } });
    engine.knows.push(...events);
    this.does(number, answer(call, `${call} by ${number}`));
    if (this.one(0.1)) this.does(number, answer(call, "twice"));
    if (this.one(0.1)) this.does(number, answer(this.below(2) * 1e9, "for nothing"));
  }

  /** @param {Engine} engine @param {number} number @param {number[]} events */
  put(engine, number, events) {
    const isFirst = engine.put.size === 0;
    assert.ok(!engine.put.has(number), "a call is put to an engine once");
    engine.put.add(number);
    if (number === 0) {
      assert.deepEqual(events, this.acknowledged, "the replay has all that was acknowledged, in order, once");
      assert.ok(isFirst, "the replay comes first");
      return;
    }
    const call = this.calls.get(number);
    assert.ok(call && !call.settled && !call.aborted, "what has ended is not put to an engine");
    call.engines += 1;
    assert.ok(call.engines <= MAX_ENGINES, "a call is put to three engines at most");
    if (isFirst) assert.deepEqual(this.acknowledged, [], "the replay comes first");
  }

  /** @param {number} number */
  terminate(number) {
    const engine = this.engine(number);
    assert.ok(!engine.ended, "an engine is ended once");
    engine.ended = true;
    this.deathsInARow += 1;
  }

  /** @param {number} number @param {boolean} byEngine */
  settled(number, byEngine) {
    const call = this.calls.get(number);
    assert.ok(call && !call.settled, `call ${number} settles once`);
    call.settled = true;
    if (byEngine) this.deathsInARow = 0;
    return call;
  }

  /** @param {number} number @param {unknown} value */
  resolved(number, value) {
    this.acknowledged.push(...this.settled(number, true).events);
    assert.equal(value, `${number} by ${this.engines.length}`, "with the living engine's answer to it");
  }

  /** Somebody calls, and perhaps aborts. */
  call() {
    const number = this.calls.size + 1;
    const events = this.below(2) === 0 ? [{ n: number * 10 }, { n: number * 10 + 1 }] : undefined;
    const call = { events: events?.map(({ n }) => n) ?? [], engines: 0, aborted: false, settled: false };
    this.calls.set(number, call);
    this.handle({ call: { call: number, command: JSON.stringify(events ? { record: events } : "stats"), deadline: this.deadline, records: events !== undefined } });
    const abort = () => {
      call.aborted = true;
      this.handle({ cancel: { call: number, error: ABORTED } });
    };
    if (this.one(0.2)) this.later(this.below(200), abort);
  }

  /** Lets things happen until then. @param {number} until */
  run(until) {
    for (let step = 0; ; step += 1) {
      assert.ok(step < 10_000, "it comes to an end");
      this.agenda.sort((a, b) => a.at - b.at);
      const tick = this.supervisor.wakesAt() ?? Infinity;
      const next = this.agenda[0]?.at ?? Infinity;
      if (Math.min(tick, next) > until) break;
      this.now = Math.max(this.now, Math.min(tick, next));
      if (next <= tick) this.agenda.shift()?.run();
      else {
        // Timers are late now and then: a machine sleeps.
        this.now += this.one(0.05) ? this.below(60_000) : 0;
        this.handle("tick");
      }
    }
    this.now = Math.max(this.now, until);
  }
}

/** @param {number} seed */
function adversary(seed) {
  const world = new World(seed);
  world.handle("begin");
  for (let turn = 0; turn < 30; turn += 1) {
    if (world.below(3) > 0) world.call();
    world.run(world.now + world.below(world.one(0.2) ? 15_000 : 100));
    if (world.one(world.evil)) world.does(world.engines.length, died("just so"));
  }
  world.calm = true;
  // It takes a call to notice that an engine hangs.
  world.call();
  world.run(world.now + 1e6);
  assert.ok([...world.calls.values()].every(({ settled }) => settled), "every call settles");
  const { engines, acknowledged, over: ended } = world;
  if (!ended) assert.deepEqual(engines.at(-1)?.knows, acknowledged, "what the engine knows is what was acknowledged");
  world.call();
  world.handle({ end: ABORTED });
  world.call();
  assert.equal(world.over, 1);
  assert.ok([...world.calls.values()].every(({ settled }) => settled), "nothing waits for what has ended");
  assert.ok(engines.every((engine) => engine.ended), "and every engine is ended");
  return { restarts: engines.length - 1, ended };
}

test("under an adversary every call settles once, and nothing that was acknowledged is lost", () => {
  const only = process.env.SEED;
  const seeds = only === undefined ? Array.from({ length: Number(process.env.SEEDS ?? 4000) }, (_, seed) => seed) : [Number(only)];
  let [restarts, ended] = [0, 0];
  for (const seed of seeds) {
    try {
      const run = adversary(seed);
      restarts += run.restarts;
      ended += run.ended;
    } catch (error) {
      throw new Error(`with SEED=${seed}`, { cause: error });
    }
  }
  // One that does nothing finds nothing.
  if (only === undefined) assert.ok(restarts > seeds.length && ended > seeds.length / 20 && ended < seeds.length, `${restarts} restarts, ${ended} ended of ${seeds.length}`);
});
