import { WatchnextError, aborted, asWatchnextError } from "./errors.js";
import { Loading, type Configured } from "./loading.js";
import { SCORERS, engineEvents, recommendOptions, signalOf, similarOptions } from "./options.js";
import type { ConfiguredMessage, Engine, EngineError, RawRecommendations, StartEngine, ToEngine } from "./protocol.js";
import { reasonText } from "./reasons.js";
import type { Platform } from "./source.js";
import { Supervisor, type Effect, type EngineDid, type Input, type NewCall } from "./supervisor.js";
import { timeout } from "./timers.js";
import type {
  Profile,
  Recommendations,
  RecommendOptions,
  Recommender,
  RecommenderEvents,
  RecommenderEventTarget,
  RecommenderOptions,
  Recorded,
  SimilarOptions,
  Stats,
  WatchEvent,
} from "./types.js";

/** The broker's own default. */
const QUEUE_LIMIT = 1000;

/** Starts an engine, lets it load, and gives back the recommender that talks to it. */
export async function connect<Item>(
  options: RecommenderOptions,
  startEngine: StartEngine,
  platform: Platform,
): Promise<Recommender<Item>> {
  const loading = new Loading(options, platform);
  const { signal } = options;
  if (signal?.aborted) throw aborted(signal);
  const client = new Client<Item>(startEngine, options, loading);
  const onAbort = (): void => client.end(aborted(signal as AbortSignal));
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    await client.load();
    return client;
  } catch (error) {
    const failure = asWatchnextError(error, "INTERNAL", "The recommender could not be created");
    client.end(failure);
    throw failure;
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

/** The platform's, which knows only that events have names. */
const Events = EventTarget as new () => RecommenderEventTarget;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Calls what the page has given us; what it throws is the page's own uncaught error, as a listener's is. */
function unharmed(call: () => void): void {
  try {
    call();
  } catch (error) {
    if (typeof reportError === "function") reportError(error);
    else setTimeout(() => {
      throw error;
    });
  }
}

/** Does what the supervisor says, with real engines and timers. */
class Client<Item> extends Events implements Recommender<Item> {
  readonly #supervisor = new Supervisor();
  readonly #startEngine: StartEngine;
  readonly #loading: Loading;
  readonly #onProgress: RecommenderOptions["onProgress"];
  /** How many requests may be open. What is on its way to the engine takes memory before a queue can refuse it. */
  readonly #mostOpen: number;
  readonly #calls = new Map<number, Waiting>();
  #nextCall = 1;
  /** The one there is, once it has started. */
  #engine: Engine | undefined;
  /** Ends the start of an engine. */
  #start = new AbortController();
  #ready: Waiting | undefined;
  #mode: Stats["mode"] = "workers";
  #isReady = false;
  #timer: { at: number; id: ReturnType<typeof setTimeout> } | undefined;
  /** What is being done, and what has to be done after it. */
  readonly #effects: Effect[] = [];
  /** When every engine that was ended has. */
  #gone: Promise<unknown> = Promise.resolve();

  constructor(startEngine: StartEngine, { broker, onProgress }: RecommenderOptions, loading: Loading) {
    super();
    this.#startEngine = startEngine;
    this.#loading = loading;
    this.#onProgress = onProgress;
    this.#mostOpen = SCORERS.length * (broker?.queueLimit ?? QUEUE_LIMIT);
  }

  load(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#ready = { resolve, reject };
      this.#handle("begin");
    });
  }

  async record(events: WatchEvent | readonly WatchEvent[], options?: { signal?: AbortSignal }): Promise<Recorded> {
    const signal = signalOf(options);
    const record = engineEvents(events);
    return (await this.#call({ record }, signal, { events: record })) as Recorded;
  }

  async recommend(options?: RecommendOptions): Promise<Recommendations<Item>> {
    const { signal, ...recommend } = recommendOptions(options);
    return this.#request({ recommend }, signal, recommend.deadline);
  }

  async similar(id: string | number, options?: SimilarOptions): Promise<Recommendations<Item>> {
    const { signal, ...similar } = similarOptions(id, options);
    return this.#request({ similar }, signal, similar.deadline);
  }

  async profile(options?: { signal?: AbortSignal }): Promise<Profile> {
    return (await this.#call("profile", signalOf(options))) as Profile;
  }

  async stats(options?: { signal?: AbortSignal }): Promise<Stats> {
    return { mode: this.#mode, ...((await this.#call("stats", signalOf(options))) as Omit<Stats, "mode">) };
  }

  async close(): Promise<void> {
    this.end(new WatchnextError("CLOSED", "The recommender is closed."));
    await this.#gone;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Ends the engine and everything that waits for it; the first error is the one that counts. */
  end(error: Error): void {
    this.#handle({ end: error });
  }

  async #request(command: object, signal?: AbortSignal, deadline?: number): Promise<Recommendations<Item>> {
    if (this.#calls.size >= this.#mostOpen) {
      throw new WatchnextError("OVERLOADED", "Too many requests are open; try again when some have been answered.");
    }
    const { items, ...rest } = (await this.#call(command, signal, { deadline })) as RawRecommendations;
    if (!rest.complete) this.#tell("partial", { missing: rest.missing, unexplained: rest.unexplained ?? [] });
    for (const { explanation } of items) if (explanation?.reason) explanation.reason.text = reasonText(explanation.reason);
    return { ...rest, items: items.map((entry) => ({ ...entry, item: this.#loading.ownItem(entry.item) as Item })) };
  }

  async #call(
    command: object | string,
    signal: AbortSignal | undefined,
    rest: Pick<NewCall, "deadline" | "events"> = {},
  ): Promise<unknown> {
    if (signal?.aborted) throw aborted(signal);
    const call = this.#nextCall++;
    const onAbort = (): void => this.#handle({ cancel: { call, error: aborted(signal as AbortSignal) } });
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      const text = JSON.stringify(command);
      return await new Promise<unknown>((resolve, reject) => {
        this.#calls.set(call, { resolve, reject });
        this.#handle({ call: { call, command: text, ...rest } });
      });
    } catch (error) {
      throw asWatchnextError(error, "OPTION", "The options cannot be written as JSON");
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
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
      this.#gone = Promise.all([this.#gone, this.#engine?.terminate()]);
      this.#engine = undefined;
    } else if ("resolve" in effect) {
      this.#take(effect.resolve.call)?.resolve(effect.resolve.value);
    } else if ("reject" in effect) {
      this.#take(effect.reject.call)?.reject(effect.reject.error);
    } else if ("progress" in effect) {
      unharmed(() => this.#onProgress?.(effect.progress));
    } else if ("notice" in effect) {
      const { type, ...detail } = effect.notice;
      this.#tell(type, detail);
    } else if ("restart" in effect) {
      this.#tell("engine-restart", effect.restart);
    } else if ("ready" in effect) {
      this.#mode = effect.ready.mode;
      this.#ready?.resolve(undefined);
    } else {
      this.#ready?.reject(effect.ended);
    }
  }

  #begin(engine: number): void {
    const did = (what: EngineDid): void => this.#handle({ engine, did: what });
    const { signal } = (this.#start = new AbortController());
    const listener = {
      message: (message: ConfiguredMessage): void => {
        if ("loaded" in message) this.#tellOf(message.loaded);
        did({ say: message });
      },
      died: ({ code, message }: EngineError): void => did({ fail: new WatchnextError(code, `The engine died: ${message}`) }),
    };
    const started = this.#loading.start(this.#startEngine, listener, signal).then(
      ({ engine: running, load }: Configured) => {
        if (signal.aborted) return running.terminate();
        this.#engine = running;
        did({ started: load });
      },
      (error: unknown) => did({ fail: asWatchnextError(error, "ENGINE_DIED", "The engine could not be started") }),
    );
    this.#gone = Promise.all([this.#gone, started]);
  }

  #tellOf({ modelError, warnings = [] }: { modelError?: EngineError; warnings?: EngineError[] }): void {
    const isNews = modelError && this.#loading.doWithoutModel(modelError);
    // In a task of its own: until then nobody has the recommender to listen to.
    setTimeout(() => {
      if (isNews) this.#tell("model-error", modelError);
      // An engine that is restarted would say the same.
      for (const warning of this.#isReady ? [] : warnings) {
        console.warn(`watchnext: ${warning.message} (${warning.code})`);
        this.#tell("warning", warning);
      }
      this.#isReady = true;
    });
  }

  #post(engine: number, message: ToEngine): void {
    try {
      this.#engine?.post(message);
    } catch (error) {
      // Bytes that were given away meanwhile cannot be sent.
      this.#handle({ engine, did: { fail: asWatchnextError(error, "INTERNAL", "The engine could not be told") } });
    }
  }

  #tell<Name extends keyof RecommenderEvents>(name: Name, detail: object): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  #take(call: number): Waiting | undefined {
    const waiting = this.#calls.get(call);
    this.#calls.delete(call);
    return waiting;
  }
}
