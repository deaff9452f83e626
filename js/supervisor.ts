// Which engine there is, which calls are open, and what becomes of both: a state machine without a worker, a timer or a clock.
// `handle` takes what happened and the time in milliseconds, and returns what is to be done; connection.ts does it.

import { WatchnextError } from "./errors.js";
import type { EngineChange, EngineSources, Lines, Notice, SupervisedMessage, ToConfigured } from "./protocol.js";
import type { Progress } from "./types.js";

/** How often a call is put to an engine, and how many engines in a row may die without having answered a call. */
const MAX_ATTEMPTS = 3;
/** The longest deadline that the engine gives a call that names none, and the longest that it takes, in milliseconds. */
const DEADLINE = 10_000;
const MAX_DEADLINE = 600_000;
/** How much longer than its deadline a call may take before the engine counts as dead. */
const GRACE = 4_000;
/** A machine that slept fires all timers at once: the engine gets this long after it woke. */
const LAST_GRACE = 1_000;
/** An engine that dies sooner than this after it was ready delays the next start, the second of them in a row by so much. */
const STEADY = 10_000;
const RESTART_DELAY = 100;
/** Each further one delays it twice as long, at most 2 to this power times. */
const MAX_BACKOFF_EXPONENT = 5;
/** The number of what tells an engine of the histories; the client's own begin with 1. */
const REPLAY = 0;

/** A call, with a number that is never used again. */
export interface NewCall {
  call: number;
  /** As JSON. */
  command: string;
  /** In milliseconds; absent where the engine chooses. */
  deadline?: number | undefined;
  /** Whether it records something. */
  records?: boolean;
  /** That it is no command, but this. */
  change?: EngineChange;
}

/** What can happen. */
export type Input =
  /** The first of all. */
  | "begin"
  | { call: NewCall }
  /** Nobody waits for a call any more; `error` is what its caller gets. */
  | { cancel: { call: number; error: Error } }
  /** Engines are numbered as they are started: what a former one does counts for nothing. */
  | { engine: number; did: EngineDid }
  /** More of the histories was read. */
  | { histories: Lines[] }
  /** The time of `wakesAt` has come. */
  | "tick"
  | { end: Error };

/**
 * `started`: it lives, has found its options good, and is to load this. `histories`: they have been read for it. `fail`: it did not start, or
 * has died.
 */
export type EngineDid = { started: EngineSources } | { histories: Lines[] } | { say: SupervisedMessage } | { fail: Error };

/** What is to be done, in this order. */
export type Effect =
  | { start: { engine: number } }
  | { post: { engine: number; message: ToConfigured } }
  /** The engine has loaded, and is to be told the histories: all that was acknowledged, or will be. */
  | { read: { engine: number } }
  /** Once for each that was started, also for one that still starts and for one that has died, which may have left workers behind. */
  | { terminate: { engine: number } }
  /** How many lines of the histories were no events. */
  | { damaged: number }
  /** The end of a call, exactly once. What it recorded is the history's from now on. */
  | { resolve: { call: number; value: unknown } }
  | { reject: { call: number; error: Error } }
  | { progress: Progress }
  | { notice: Notice }
  | { restart: { cause: string } }
  /** The first engine is ready: the recommender is there. */
  | { ready: true }
  /** Nothing happens any more. */
  | { ended: Error };

interface Call {
  command: string;
  change: EngineChange | undefined;
  deadline: number;
  records: boolean;
  /** How many engines it has been put to. */
  attempts: number;
  /** When the engine that has it counts as dead; absent while none has it. */
  overdueAt: number | undefined;
  /** Whether that time has come once. */
  warned: boolean;
  /** What its caller gets where the engine that has it dies: it was aborted when it could no longer be taken back. */
  aborted: Error | undefined;
}

/** `waiting`: for the next start. */
type State = "new" | "starting" | "loading" | "reading" | "ready" | "waiting" | "ended";

/**
 * Watches over the engine. When it has died, the next one loads the same, is told the histories, and gets the calls that are open, each `MAX_ATTEMPTS` times at most.
 *
 * Two counts keep it from being started for ever. More than `MAX_ATTEMPTS` deaths in a row, without an answer to a client's call (one to
 * the replay does not count) between them, end it. And deaths within `STEADY` of being ready delay the next start ever longer, whether
 * the engine has answered or not: what dies of every second call is not loaded again and again without a pause.
 */
export class Supervisor {
  readonly #calls = new Map<number, Call>();
  #state: State = "new";
  /** The number of the last engine. */
  #engine = 0;
  /** Whether a recommender was there once. */
  #wasReady = false;
  #readyAt = 0;
  /** Deaths in a row without an answer, and deaths in a row soon after being ready. */
  #deaths = 0;
  #hastyDeaths = 0;
  #restartAt = 0;
  #cause: Error | undefined;
  /** What was read, or heard of, while there was no engine to tell: it may not be in what was read for the next. */
  #heard: Lines[] = [];
  #effects: Effect[] = [];

  /** Takes note of what happened at `now`, and says what to do. */
  handle(input: Input, now: number): Effect[] {
    if (this.#state !== "ended") this.#handle(input, now);
    else if (typeof input === "object" && "call" in input) this.#do({ reject: { call: input.call.call, error: this.#cause as Error } });
    return this.#effects.splice(0);
  }

  /** When "tick" is due, if nothing else happens before. */
  wakesAt(): number | undefined {
    let at = this.#state === "waiting" ? this.#restartAt : Infinity;
    for (const { overdueAt } of this.#calls.values()) at = Math.min(at, overdueAt ?? Infinity);
    return at === Infinity ? undefined : at;
  }

  #handle(input: Input, now: number): void {
    if (input === "tick") return this.#tick(now);
    if (input === "begin") return this.#start();
    if ("call" in input) return this.#call(input.call, now);
    if ("cancel" in input) return this.#cancel(input.cancel.call, input.cancel.error);
    if ("histories" in input) return this.#replay(input.histories);
    if ("end" in input) return this.#end(input.end);
    if (input.engine === this.#engine && this.#state !== "waiting") this.#engineDid(input.did, now);
  }

  #engineDid(did: EngineDid, now: number): void {
    if ("started" in did) {
      this.#state = "loading";
      this.#post({ load: did.started });
    } else if ("histories" in did) {
      if (this.#state === "reading") this.#read(did.histories, now);
    } else if ("fail" in did) {
      this.#fail(did.fail, now);
    } else {
      this.#message(did.say, now);
    }
  }

  #message(message: SupervisedMessage, now: number): void {
    if ("progress" in message) {
      if (!this.#wasReady) this.#do({ progress: message.progress });
    } else if ("loaded" in message) {
      if (this.#state !== "loading") return;
      this.#state = "reading";
      this.#do({ read: { engine: this.#engine } });
    } else if ("loadFailed" in message) {
      const { code, message: text } = message.loadFailed;
      this.#fail(new WatchnextError(code, text), now);
    } else if ("notice" in message) {
      this.#do({ notice: message.notice });
    } else if ("answer" in message) {
      const { call: number, value } = message.answer;
      if (this.#answered(number)) this.#do({ resolve: { call: number, value } });
      const { damaged = 0 } = number === REPLAY ? (value as { damaged?: number }) : {};
      if (damaged > 0) this.#do({ damaged });
    } else {
      const { call: number, error } = message.error;
      const failure = new WatchnextError(error.code, error.message);
      // It has forgotten what was recorded: no list of its would be right.
      if (number === REPLAY) return this.#fail(failure, now);
      const call = this.#answered(number);
      if (call) this.#do({ reject: { call: number, error: call.aborted ?? failure } });
    }
  }

  /** The call that the engine has settled, if it has this call. */
  #answered(number: number): Call | undefined {
    const call = this.#calls.get(number);
    if (call?.overdueAt === undefined) return undefined;
    this.#calls.delete(number);
    this.#deaths = 0;
    return call;
  }

  #replay(histories: Lines[]): void {
    if (this.#state !== "ready") this.#heard.push(...histories);
    else if (histories.length > 0) this.#post({ replay: histories });
  }

  #read(histories: Lines[], now: number): void {
    this.#state = "ready";
    this.#readyAt = now;
    if (!this.#wasReady) {
      this.#wasReady = true;
      this.#do({ progress: { phase: "ready", loaded: 1, total: 1 } }, { ready: true });
    }
    this.#replay(histories.concat(this.#heard.splice(0)));
    for (const [number, call] of this.#calls) this.#put(number, call, now);
  }

  #call({ call: number, command, deadline = DEADLINE, records = false, change }: NewCall, now: number): void {
    // A download has a time-out of its own.
    const within = change ? Infinity : Math.min(Math.max(deadline, 0), MAX_DEADLINE);
    const call = { command, change, deadline: within, records, attempts: 0, overdueAt: undefined, warned: false, aborted: undefined };
    this.#calls.set(number, call);
    if (this.#state === "ready") this.#put(number, call, now);
  }

  /** Puts a call to the engine. */
  #put(number: number, call: Call, now: number): void {
    call.attempts += 1;
    call.warned = false;
    call.overdueAt = now + call.deadline + GRACE;
    this.#post(call.change ? { change: { call: number, to: call.change } } : { call: { call: number, command: call.command } });
  }

  #cancel(number: number, error: Error): void {
    const call = this.#calls.get(number);
    if (!call) return;
    const isWithEngine = call.overdueAt !== undefined;
    // What the engine may have recorded already cannot be taken back; its answer says whether it has.
    const mayBeDone = isWithEngine && (call.records || call.change !== undefined);
    if (mayBeDone) call.aborted ??= error;
    if (isWithEngine && !call.records) this.#post({ cancel: number });
    if (!mayBeDone) this.#reject(number, error);
  }

  #tick(now: number): void {
    if (this.#state === "waiting" && now >= this.#restartAt) this.#start();
    for (const call of this.#calls.values()) {
      if (call.overdueAt === undefined || now < call.overdueAt) continue;
      if (call.warned) return this.#fail(new WatchnextError("ENGINE_DIED", "The engine died: it does not answer"), now);
      call.warned = true;
      call.overdueAt = now + LAST_GRACE;
    }
  }

  #start(): void {
    this.#state = "starting";
    this.#engine += 1;
    this.#do({ start: { engine: this.#engine } });
  }

  /** The engine is dead, or of no use. */
  #fail(error: Error, now: number): void {
    this.#do({ terminate: { engine: this.#engine } });
    const livedLong = this.#state === "ready" && now >= this.#readyAt + STEADY;
    this.#hastyDeaths = livedLong ? 0 : this.#hastyDeaths + 1;
    this.#deaths += 1;
    this.#state = "waiting";
    // What kills the first while it loads will kill the next one, too.
    if (!this.#wasReady || this.#deaths > MAX_ATTEMPTS) return this.#end(error);
    for (const [number, call] of this.#calls) {
      call.overdueAt = undefined;
      if (call.aborted) this.#reject(number, call.aborted);
      else if (call.attempts >= MAX_ATTEMPTS) this.#reject(number, error);
    }
    const exponent = Math.min(this.#hastyDeaths - 2, MAX_BACKOFF_EXPONENT);
    this.#restartAt = now + (exponent < 0 ? 0 : RESTART_DELAY * 2 ** exponent);
    this.#do({ restart: { cause: error.message } });
    if (this.#restartAt === now) this.#start();
  }

  /** Ends the engine and everything that waits for it. */
  #end(error: Error): void {
    const hasEngine = this.#state === "starting" || this.#state === "loading" || this.#state === "reading" || this.#state === "ready";
    this.#state = "ended";
    this.#cause = error;
    if (hasEngine) this.#do({ terminate: { engine: this.#engine } });
    for (const [number, { aborted }] of this.#calls) this.#reject(number, aborted ?? error);
    this.#do({ ended: error });
  }

  #reject(call: number, error: Error): void {
    this.#calls.delete(call);
    this.#do({ reject: { call, error } });
  }

  #post(message: ToConfigured): void {
    this.#do({ post: { engine: this.#engine, message } });
  }

  #do(...effects: Effect[]): void {
    this.#effects.push(...effects);
  }
}
