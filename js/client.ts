import { WatchnextError, aborted, asWatchnextError } from "./errors.js";
import { SCORERS, engineEvents, engineFilter, json, loadOptions, workerCounts } from "./options.js";
import { idleTimeout } from "./download.js";
import type { Engine, EngineError, EngineListener, EngineMessage, EngineSources, RawRecommendations, StartEngine, ToEngine } from "./protocol.js";
import { engineSource, modelSource, type Platform, type Reading } from "./source.js";
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
/** How often a call is put to an engine, and how often in a row an engine that dies is replaced. */
const MAX_ATTEMPTS = 3;
/** The engine's own deadline where a call has none, and how much longer it may take before it counts as dead. */
const DEADLINE = 10_000;
const GRACE = 4_000;
/** A machine that slept fires all timers at once: the engine gets this long after it woke. */
const LAST_GRACE = 1_000;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

interface Call extends Waiting {
  /** As JSON. */
  command: string;
  /** Milliseconds. */
  deadline: number;
  attempts: number;
  timer?: ReturnType<typeof setTimeout>;
}

/** What every engine is told, one after the other. */
interface Load {
  configure: Extract<ToEngine, { configure: object }>;
  /** Read when the options are known to be good, and then kept. */
  sources: () => Promise<EngineSources>;
}

/** Starts an engine, lets it load, and gives back the recommender that talks to it. */
export async function connect<Item>(
  options: RecommenderOptions,
  startEngine: StartEngine,
  platform: Platform,
): Promise<Recommender<Item>> {
  const { signal } = options;
  if (signal?.aborted) throw aborted(signal);
  const client = new Client<Item>(startEngine, options.broker?.queueLimit);
  const ended = new AbortController();
  const onAbort = (): void => client.end(aborted(signal as AbortSignal));
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    const configure = { options: loadOptions(options), workers: workerCounts(options.workers) };
    const reading = { ...platform, idle: idleTimeout(options.idleTimeout), signal: ended.signal };
    await client.load({ configure: { configure }, sources: () => engineSources(options, reading) }, options.onProgress);
    return client;
  } catch (error) {
    const failure = asWatchnextError(error, "INTERNAL", "The recommender could not be created");
    client.end(failure);
    throw failure;
  } finally {
    ended.abort();
    signal?.removeEventListener("abort", onAbort);
  }
}

async function engineSources({ catalog, model, integrity }: RecommenderOptions, reading: Reading): Promise<EngineSources> {
  const sources = await Promise.all([
    engineSource(catalog, integrity?.catalog, reading),
    model === undefined ? undefined : modelSource(model, integrity?.model, reading),
  ]);
  return { catalog: sources[0], ...(sources[1] && { model: sources[1] }) };
}

/** The platform's, which knows only that events have names. */
const Events = EventTarget as new () => RecommenderEventTarget;

class Client<Item> extends Events implements Recommender<Item>, EngineListener {
  readonly #startEngine: StartEngine;
  readonly #calls = new Map<number, Call>();
  /** How many requests may be open. What is on its way to the engine takes memory before a queue can refuse it. */
  readonly #mostOpen: number;
  /** Every event that was recorded: what a new engine has to know. */
  readonly #recorded: object[] = [];
  /** Absent while it is being started, or restarted. */
  #engine: Engine | undefined;
  #ended: Error | undefined;
  #load: Load | undefined;
  #sources: EngineSources | undefined;
  #withoutModel = false;
  #loading: Waiting | undefined;
  #onProgress: RecommenderOptions["onProgress"];
  #mode: Stats["mode"] = "workers";
  #nextCall = 1;
  #deaths = 0;

  constructor(startEngine: StartEngine, queueLimit = QUEUE_LIMIT) {
    super();
    this.#startEngine = startEngine;
    this.#mostOpen = SCORERS.length * queueLimit;
  }

  async load(load: Load, onProgress: RecommenderOptions["onProgress"]): Promise<void> {
    this.#load = load;
    this.#onProgress = onProgress;
    await this.#begin();
    this.#onProgress = undefined;
  }

  /** Starts an engine, lets it load, tells it what was recorded, and puts to it what is open. */
  async #begin(): Promise<void> {
    this.#throwIfEnded();
    await new Promise((resolve, reject) => {
      // Whatever ends the recommender rejects this at once, however long an engine takes to start.
      this.#loading = { resolve, reject };
      const begin = async (): Promise<void> => {
        const engine = await this.#startEngine(this);
        if (this.#ended) return engine.terminate();
        // It may die while it loads; then nobody else would end it.
        this.#engine = engine;
        engine.post((this.#load as Load).configure);
      };
      begin().catch(reject);
    });
    this.#loading = undefined;
    if (this.#recorded.length > 0) {
      this.#engine?.post({ call: { call: this.#nextCall++, command: json({ record: this.#recorded }) } });
    }
    for (const [number, call] of this.#calls) this.#post(number, call);
  }

  /** Gives an engine what to load once it has found its options good. */
  async #giveSources(engine: Engine | undefined): Promise<void> {
    try {
      this.#sources ??= await this.#load?.sources();
      if (this.#sources && engine === this.#engine) engine?.post({ load: this.#sources });
    } catch (error) {
      this.#loading?.reject(error as Error);
    }
  }

  /** No engine after this one is to try again, nor to tell again. */
  #doWithoutModel(error: EngineError): void {
    if (this.#withoutModel) return;
    this.#withoutModel = true;
    this.#sources = { ...(this.#sources as EngineSources), model: { failed: error } };
    // In a task of its own: until then nobody has the recommender to listen to.
    setTimeout(() => this.#tell("model-error", error));
  }

  async record(
    events: WatchEvent | readonly WatchEvent[],
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<Recorded> {
    const record = engineEvents(events);
    const recorded = (await this.#call({ record }, signal)) as Recorded;
    this.#recorded.push(...record);
    return recorded;
  }

  async recommend({ signal, filter, ...rest }: RecommendOptions = {}): Promise<Recommendations<Item>> {
    const recommend = { ...rest, filter: filter && engineFilter(filter) };
    return this.#request({ recommend }, signal, rest.deadline);
  }

  async similar(
    id: string | number,
    { signal, filter, ...rest }: SimilarOptions = {},
  ): Promise<Recommendations<Item>> {
    const similar = { ...rest, item: String(id), filter: filter && engineFilter(filter) };
    return this.#request({ similar }, signal, rest.deadline);
  }

  async profile({ signal }: { signal?: AbortSignal } = {}): Promise<Profile> {
    return (await this.#call("profile", signal)) as Profile;
  }

  async stats({ signal }: { signal?: AbortSignal } = {}): Promise<Stats> {
    return { mode: this.#mode, ...((await this.#call("stats", signal)) as Omit<Stats, "mode">) };
  }

  close(): Promise<void> {
    this.end(new WatchnextError("CLOSED", "The recommender is closed."));
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Ends the engine and everything that waits for it; the first error is the one that counts. */
  end(error: Error): void {
    if (this.#ended) return;
    this.#ended = error;
    this.#engine?.terminate();
    this.#engine = undefined;
    this.#loading?.reject(error);
    for (const number of [...this.#calls.keys()]) this.#take(number)?.reject(error);
  }

  died({ code, message }: EngineError): void {
    if (this.#ended) return;
    const error = new WatchnextError(code, `The engine died: ${message}`);
    const loading = this.#loading !== undefined;
    this.#engine = undefined;
    this.#deaths += 1;
    // What kills an engine while it loads will kill the next one, too.
    if (loading || this.#deaths > MAX_ATTEMPTS) return this.end(error);
    for (const [number, call] of this.#calls) {
      clearTimeout(call.timer);
      if (call.attempts >= MAX_ATTEMPTS) this.#take(number)?.reject(error);
    }
    this.#tell("engine-restart", { cause: error.message });
    this.#begin().catch((failure: unknown) => {
      this.end(asWatchnextError(failure, "ENGINE_DIED", "The engine died and could not be started again"));
    });
  }

  message(message: EngineMessage): void {
    if ("configured" in message) {
      void this.#giveSources(this.#engine);
    } else if ("progress" in message) {
      this.#onProgress?.(message.progress);
    } else if ("loaded" in message) {
      this.#mode = message.loaded.mode;
      if (message.loaded.modelError) this.#doWithoutModel(message.loaded.modelError);
      this.#onProgress?.({ phase: "ready", loaded: 1, total: 1 });
      this.#loading?.resolve(undefined);
    } else if ("loadFailed" in message) {
      this.#loading?.reject(new WatchnextError(message.loadFailed.code, message.loadFailed.message));
    } else if ("answer" in message) {
      this.#deaths = 0;
      this.#take(message.answer.call)?.resolve(message.answer.value);
    } else if ("notice" in message) {
      const { type, ...detail } = message.notice;
      this.#tell(type, detail);
    } else {
      const { code, message: text } = message.error.error;
      this.#take(message.error.call)?.reject(new WatchnextError(code, text));
    }
  }

  async #request(command: object, signal?: AbortSignal, deadline?: number): Promise<Recommendations<Item>> {
    if (this.#calls.size >= this.#mostOpen) {
      throw new WatchnextError("OVERLOADED", "Too many requests are open; try again when some have been answered.");
    }
    const { items, ...rest } = (await this.#call(command, signal, deadline)) as RawRecommendations;
    if (!rest.complete) this.#tell("partial", { missing: rest.missing, unexplained: rest.unexplained ?? [] });
    return { ...rest, items: items.map((entry) => ({ ...entry, item: JSON.parse(entry.item) as Item })) };
  }

  #tell<Name extends keyof RecommenderEvents>(name: Name, detail: object): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  #take(call: number): Call | undefined {
    const waiting = this.#calls.get(call);
    clearTimeout(waiting?.timer);
    this.#calls.delete(call);
    return waiting;
  }

  #post(number: number, call: Call): void {
    const engine = this.#engine;
    if (!engine || this.#loading) return;
    call.attempts += 1;
    const overdue = (): void => {
      engine.terminate();
      this.died({ code: "ENGINE_DIED", message: "it does not answer" });
    };
    call.timer = setTimeout(() => (call.timer = setTimeout(overdue, LAST_GRACE)), call.deadline + GRACE);
    engine.post({ call: { call: number, command: call.command } });
  }

  #throwIfEnded(): void {
    if (this.#ended) throw this.#ended;
  }

  async #call(command: object | string, signal: AbortSignal | undefined, deadline?: number): Promise<unknown> {
    this.#throwIfEnded();
    if (signal?.aborted) throw aborted(signal);
    const number = this.#nextCall++;
    const onAbort = (): void => {
      this.#engine?.post({ cancel: { call: number } });
      this.#take(number)?.reject(aborted(signal as AbortSignal));
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      const text = json(command);
      return await new Promise<unknown>((resolve, reject) => {
        const call = { command: text, deadline: typeof deadline === "number" ? deadline : DEADLINE, attempts: 0, resolve, reject };
        this.#calls.set(number, call);
        this.#post(number, call);
      });
    } catch (error) {
      this.#take(number);
      throw asWatchnextError(error, "OPTION", "The options cannot be written as JSON");
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }
}
