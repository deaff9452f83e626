import { WatchnextError, aborted, asWatchnextError } from "./errors.js";
import { openHistories, type Histories, type News } from "./history.js";
import type { Configured, Loading } from "./loading.js";
import { measured } from "./marks.js";
import type { ConfiguredMessage, Engine, EngineError, Lines, Loaded, StartEngine, ToEngine } from "./protocol.js";
import { Supervisor, type Effect, type EngineDid, type Input, type NewCall } from "./supervisor.js";
import { timeout } from "./timers.js";
import type { Recorded, RecommenderEvents, RecommenderOptions, Stats, WatchEvent } from "./types.js";
import { unharmed } from "./unharmed.js";

/** Whether the console was told that scorers run without workers: once a page is enough. */
let warned = false;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

interface Call extends Waiting {
  /** What it records, as it is kept, and whose. */
  lines?: string;
  user: string;
}

/** Events as they are kept. */
function eventsIn(lines: string): WatchEvent[] {
  return lines.split("\n").flatMap((line) => (line ? [JSON.parse(line) as WatchEvent] : []));
}

/** Calls to the engine, whichever runs, and the histories that it is told: does what the supervisor says, with real engines and timers. */
export class Connection {
  /** Where the histories are kept. */
  readonly histories: Promise<Histories>;
  mode: Stats["mode"] = "workers";
  /** Why scorers run where the engine runs, if any do. */
  reason: string | undefined;
  /** When every engine that was ended has. */
  gone: Promise<unknown> = Promise.resolve();
  /** Dispatches an event of the recommender's. */
  readonly tell: (name: keyof RecommenderEvents, detail: object) => void;
  readonly #supervisor = new Supervisor();
  readonly #startEngine: StartEngine;
  readonly #loading: Loading;
  readonly #onProgress: RecommenderOptions["onProgress"];
  readonly #calls = new Map<number, Call>();
  #nextCall = 1;
  /** The one there is, once it has started. */
  #engine: Engine | undefined;
  /** Ends the start of an engine. */
  #start = new AbortController();
  #ready: Waiting | undefined;
  /** How many requests may be open. What is on its way to the engine takes memory before a queue can refuse it. */
  #mostOpen = Infinity;
  #isReady: Promise<unknown> = Promise.resolve();
  /** Whether an engine has loaded: one that is restarted would give the same warnings. */
  #hasLoaded = false;
  #timer: { at: number; id: ReturnType<typeof setTimeout> } | undefined;
  /** What is being done, and what has to be done after it. */
  readonly #effects: Effect[] = [];
  /** Whose histories engines are told, and when they have been. */
  readonly #users = new Map([["", Promise.resolve()]]);
  /** Read for the first engine. */
  #history: Promise<Lines[]> | undefined;

  constructor(
    startEngine: StartEngine,
    { onProgress, history }: Pick<RecommenderOptions, "onProgress" | "history">,
    loading: Loading,
    tell: Connection["tell"],
  ) {
    this.tell = tell;
    const trouble = (trouble: RecommenderEvents["history-error"]): void => this.#tellLater("history-error", trouble);
    const isMoreComing = (): boolean => [...this.#calls.values()].some(({ lines }) => lines);
    this.histories = Promise.resolve().then(() => openHistories(history, trouble, isMoreComing, (news) => this.#hear(news)));
    this.#history = this.read([""]);
    this.#history.catch(() => undefined);
    this.#startEngine = startEngine;
    this.#loading = loading;
    this.#onProgress = onProgress;
  }

  /** Whether as many requests are open as may be. */
  get isFull(): boolean {
    return this.#calls.size >= this.#mostOpen;
  }

  /** Starts the first engine; resolves when it has loaded, and knows the history. */
  load(): Promise<unknown> {
    this.#isReady = new Promise((resolve, reject) => {
      this.#ready = { resolve, reject };
      this.#handle("begin");
    });
    return this.#isReady;
  }

  /** Asks the engine on behalf of a user; `lines` is what that records, as it is kept. */
  async call(
    command: object | string,
    signal: AbortSignal | undefined,
    user: string,
    rest: Pick<NewCall, "deadline" | "records" | "change"> = {},
    lines?: string,
  ): Promise<unknown> {
    if (user !== "") await this.#known(user);
    if (signal?.aborted) throw aborted(signal);
    const call = this.#nextCall++;
    const start = performance.now();
    const onAbort = (): void => this.#handle({ cancel: { call, error: aborted(signal as AbortSignal) } });
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      const text = JSON.stringify(user === "" ? command : { user: [user, command] });
      return await new Promise<unknown>((resolve, reject) => {
        this.#calls.set(call, { resolve, reject, user, ...(lines && { lines }) });
        this.#handle({ call: { call, command: text, ...rest } });
      });
    } catch (error) {
      throw asWatchnextError(error, "OPTION", "The options cannot be written as JSON");
    } finally {
      signal?.removeEventListener("abort", onAbort);
      measured(typeof command === "string" ? command : String(Object.keys(command)[0]), start);
    }
  }

  /** The histories of these users, as they are kept. */
  async read(users: string[]): Promise<Lines[]> {
    return (await this.histories).read(users);
  }

  /** Tells people and the page. */
  warn(warnings: EngineError[]): void {
    for (const warning of warnings) {
      console.warn(`watchnext: ${warning.message} (${warning.code})`);
      this.#tellLater("warning", warning);
    }
  }

  /** Ends the engine and everything that waits for it; the first error is the one that counts. */
  end(error: Error): void {
    this.#handle({ end: error });
  }

  /** Tells what makes lists others. */
  change(user: string, events: WatchEvent[]): void {
    this.tell("history-change", { user, events });
  }

  #handle(input: Input): void {
    // In their order, whatever those who hear of one of them do at once.
    const isOutermost = this.#effects.length === 0;
    this.#effects.push(...this.#supervisor.handle(input, performance.now()));
    if (!isOutermost) return;
    for (const effect of this.#effects) this.#carryOut(effect);
    this.#effects.length = 0;
    this.#setTimer();
  }

  /** Keeps one timer, for the moment at which the supervisor wants to be called. */
  #setTimer(): void {
    const at = this.#supervisor.wakesAt();
    if (at === this.#timer?.at) return;
    clearTimeout(this.#timer?.id);
    this.#timer = undefined;
    if (at === undefined) return;
    const goOff = (): void => {
      this.#timer = undefined;
      this.#handle("tick");
    };
    this.#timer = { at, id: setTimeout(goOff, timeout(at - performance.now())) };
  }

  #carryOut(effect: Effect): void {
    if ("start" in effect) {
      this.#begin(effect.start.engine);
    } else if ("post" in effect) {
      this.#post(effect.post.engine, effect.post.message);
    } else if ("terminate" in effect) {
      this.#start.abort();
      this.gone = Promise.all([this.gone, this.#engine?.terminate()]);
      this.#engine = undefined;
    } else if ("resolve" in effect) {
      this.#settle(effect.resolve.call, effect.resolve.value);
    } else if ("read" in effect) {
      this.#replay(effect.read.engine);
    } else if ("damaged" in effect) {
      void this.histories.then((histories) => histories.damaged(effect.damaged));
    } else if ("reject" in effect) {
      this.#take(effect.reject.call)?.reject(effect.reject.error);
    } else if ("progress" in effect) {
      unharmed(() => this.#onProgress?.(effect.progress));
    } else if ("notice" in effect) {
      const { type, ...detail } = effect.notice;
      this.tell(type, detail);
    } else if ("restart" in effect) {
      this.tell("engine-restart", effect.restart);
    } else if ("ready" in effect) {
      this.#ready?.resolve(undefined);
    } else {
      this.#ready?.reject(effect.ended);
      const { code, message } = asWatchnextError(effect.ended, "INTERNAL", "");
      this.tell("closed", { code, message });
    }
  }

  /** An answer. What was recorded is acknowledged when it is kept. */
  async #settle(call: number, value: unknown): Promise<void> {
    const waiting = this.#take(call);
    if (!waiting?.lines) return waiting?.resolve(value);
    const { lines, user } = waiting;
    this.change(user, eventsIn(lines));
    const durable = await (await this.histories).append(user, lines);
    waiting.resolve({ ...(value as Recorded), durable });
  }

  /** When the engine knows the history of this user. */
  #known(user: string): Promise<void> {
    const known = this.#users.get(user) ?? this.read([user]).then((histories) => this.#handle({ histories }));
    this.#users.set(user, known);
    return known;
  }

  /** Reads the histories for an engine; for the first while it still loads. */
  #replay(engine: number): void {
    const did = (what: EngineDid): void => this.#handle({ engine, did: what });
    (this.#history ?? this.read([...this.#users.keys()])).then(
      (histories) => did({ histories }),
      (error: unknown) => did({ fail: asWatchnextError(error, "HISTORY_STORE", "The history could not be read") }),
    );
    this.#history = undefined;
  }

  /** Another tab has recorded something, or forgotten it. */
  #hear({ user, lines, forgets, item }: News): void {
    if (!this.#users.has(user)) return;
    if (forgets) void this.call({ forget: item ?? null }, undefined, user).catch(() => undefined);
    else this.#handle({ histories: [[user, new TextEncoder().encode(lines)]] });
    this.change(user, eventsIn(lines));
  }

  #begin(engine: number): void {
    const did = (what: EngineDid): void => this.#handle({ engine, did: what });
    const { signal } = (this.#start = new AbortController());
    this.reason = undefined;
    const listener = {
      message: (message: ConfiguredMessage): void => {
        if ("inProcess" in message) return this.#fellBack(message.inProcess);
        if ("loaded" in message) this.#loaded(message.loaded);
        did({ say: message });
      },
      died: ({ code, message }: EngineError): void => did({ fail: new WatchnextError(code, `The engine died: ${message}`) }),
    };
    const started = this.#loading.start(this.#startEngine, listener, signal).then(
      ({ engine: running, load }: Configured) => {
        if (signal.aborted) return running.terminate();
        this.#engine = running;
        this.reason = running.inProcess;
        did({ started: load });
      },
      (error: unknown) => did({ fail: asWatchnextError(error, "ENGINE_DIED", "The engine could not be started") }),
    );
    this.gone = Promise.all([this.gone, started]);
  }

  #loaded({ mode, mostOpen, modelError, warnings = [] }: Loaded): void {
    this.mode = mode;
    this.#mostOpen = mostOpen;
    if (mode === "in-process") this.reason ??= "the option workers says so";
    if (modelError && this.#loading.doWithoutModel(modelError)) this.#tellLater("model-error", modelError);
    if (!this.#hasLoaded) this.warn(warnings);
    this.#hasLoaded = true;
  }

  #fellBack({ mode, ...detail }: RecommenderEvents["in-process"] & Pick<Loaded, "mode">): void {
    this.mode = mode;
    this.reason ??= `${detail.queue}: ${detail.reason}`;
    if (!warned) console.warn(`watchnext: scorers run in the engine's thread: ${this.reason}`);
    warned = true;
    this.#tellLater("in-process", detail);
  }

  /** When the page has the recommender to listen to, and has had the time to. */
  #tellLater<Name extends keyof RecommenderEvents>(name: Name, detail: RecommenderEvents[Name]): void {
    this.#isReady.then(() => setTimeout(() => this.tell(name, detail)), () => undefined);
  }

  #post(engine: number, message: ToEngine): void {
    try {
      this.#engine?.post(message);
    } catch (error) {
      // An engine that is started again needs them again.
      const fail = asWatchnextError(error, "OPTION", "Bytes of the catalog or model were transferred");
      this.#handle({ engine, did: { fail } });
    }
  }

  #take(call: number): Call | undefined {
    const waiting = this.#calls.get(call);
    this.#calls.delete(call);
    return waiting;
  }
}
