import { WatchnextError, aborted, asWatchnextError } from "./errors.js";
import type { Engine, EngineListener, FromEngine, RawRecommendations, StartEngine } from "./protocol.js";
import { engineSource, type Platform } from "./source.js";
import type {
  Filter,
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

/** The order in which the engine knows its scorers. */
const SCORERS = ["history", "genre", "popularity"] as const;
const MAX_WORKERS = 64;

interface Call {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Starts an engine, lets it load, and gives back the recommender that talks to it. */
export async function connect<Item>(
  options: RecommenderOptions,
  startEngine: StartEngine,
  platform: Platform,
): Promise<Recommender<Item>> {
  const { signal } = options;
  if (signal?.aborted) throw aborted(signal);
  const client = new Client<Item>();
  const onAbort = (): void => client.end(aborted(signal as AbortSignal));
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    const workers = workerCounts(options.workers);
    const [catalog, model] = await Promise.all([
      engineSource(options.catalog, platform, signal),
      options.model === undefined ? undefined : engineSource(options.model, platform, signal),
    ]);
    await client.start(startEngine);
    await client.load(
      { catalog, ...(model && { model }), options: loadOptions(options), workers },
      options.onProgress,
    );
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

class Client<Item> extends Events implements Recommender<Item>, EngineListener {
  readonly #calls = new Map<number, Call>();
  #engine: Engine | undefined;
  #ended: Error | undefined;
  #loading: Call | undefined;
  #onProgress: RecommenderOptions["onProgress"];
  #mode: Stats["mode"] = "workers";
  #nextCall = 1;

  async start(startEngine: StartEngine): Promise<void> {
    const engine = await startEngine(this);
    if (this.#ended) engine.terminate();
    this.#throwIfEnded();
    this.#engine = engine;
  }

  load(load: Extract<Parameters<Engine["post"]>[0], { load: object }>["load"], onProgress: RecommenderOptions["onProgress"]): Promise<unknown> {
    this.#onProgress = onProgress;
    return new Promise((resolve, reject) => {
      this.#loading = { resolve, reject };
      this.#engine?.post({ load });
    });
  }

  async record(
    events: WatchEvent | readonly WatchEvent[],
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<Recorded> {
    const list = Array.isArray(events) ? (events as readonly WatchEvent[]) : [events as WatchEvent];
    const now = Date.now();
    const record = list.map(({ item, time, ...rest }) => {
      return { ...rest, item: String(item), time: time === undefined ? now : Number(time) };
    });
    return (await this.#call({ record }, signal)) as Recorded;
  }

  async recommend({ signal, filter, ...rest }: RecommendOptions = {}): Promise<Recommendations<Item>> {
    const recommend = { ...rest, filter: filter && engineFilter(filter) };
    return this.#list(await this.#call({ recommend }, signal));
  }

  async similar(
    id: string | number,
    { signal, filter, ...rest }: SimilarOptions = {},
  ): Promise<Recommendations<Item>> {
    const similar = { ...rest, item: String(id), filter: filter && engineFilter(filter) };
    return this.#list(await this.#call({ similar }, signal));
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
    this.#loading?.reject(error);
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const call of calls) call.reject(error);
  }

  failed(error: Error): void {
    this.end(error);
  }

  message(message: FromEngine): void {
    if ("progress" in message) {
      this.#onProgress?.(message.progress);
    } else if ("loaded" in message) {
      this.#mode = message.loaded.mode;
      this.#onProgress?.({ phase: "ready", loaded: 1, total: 1 });
      this.#loading?.resolve(undefined);
    } else if ("loadFailed" in message) {
      this.#loading?.reject(new WatchnextError(message.loadFailed.code, message.loadFailed.message));
    } else if ("answer" in message) {
      this.#take(message.answer.call)?.resolve(message.answer.value);
    } else if ("notice" in message) {
      const { type, ...detail } = message.notice;
      this.#tell(type, detail);
    } else {
      const { code, message: text } = message.error.error;
      this.#take(message.error.call)?.reject(new WatchnextError(code, text));
    }
  }

  #list(value: unknown): Recommendations<Item> {
    const { items, ...rest } = value as RawRecommendations;
    if (!rest.complete) this.#tell("partial", { missing: rest.missing });
    return { ...rest, items: items.map((entry) => ({ ...entry, item: JSON.parse(entry.item) as Item })) };
  }

  #tell<Name extends keyof RecommenderEvents>(name: Name, detail: object): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  #take(call: number): Call | undefined {
    const waiting = this.#calls.get(call);
    this.#calls.delete(call);
    return waiting;
  }

  #throwIfEnded(): void {
    if (this.#ended) throw this.#ended;
  }

  async #call(command: object | string, signal: AbortSignal | undefined): Promise<unknown> {
    this.#throwIfEnded();
    if (signal?.aborted) throw aborted(signal);
    const call = this.#nextCall++;
    const answer = new Promise<unknown>((resolve, reject) => this.#calls.set(call, { resolve, reject }));
    const onAbort = (): void => {
      this.#engine?.post({ cancel: { call } });
      this.#take(call)?.reject(aborted(signal as AbortSignal));
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      this.#engine?.post({ call: { call, command: json(command) } });
      return await answer;
    } catch (error) {
      this.#calls.delete(call);
      throw asWatchnextError(error, "OPTION", "The options cannot be written as JSON");
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }
}

function loadOptions({ fields, separator, onBadItem, history }: RecommenderOptions): string {
  return json({ catalog: { fields, separator, onBadItem }, history });
}

function engineFilter({ ids, ...rest }: Filter): object {
  return { ...rest, ids: ids && { allow: ids.allow?.map(String), deny: ids.deny?.map(String) } };
}

function workerCounts(workers: RecommenderOptions["workers"]): number[] {
  const counts = SCORERS.map((scorer) => {
    if (workers === false) return 0;
    return typeof workers === "number" ? workers : (workers?.[scorer] ?? 1);
  });
  if (counts.some((count) => !Number.isInteger(count) || count < 0 || count > MAX_WORKERS)) {
    throw new WatchnextError("OPTION", `option workers: each must be a whole number from 0 to ${MAX_WORKERS}, or false`);
  }
  return counts;
}

/**
 * Options and commands travel as JSON: what is undefined is left out, and what the engine does not know it can name.
 * JSON has no NaN and no Infinity; they would arrive as null, that is as if they had not been given.
 */
function json(value: object | string): string {
  return JSON.stringify(value, (name, entry: unknown) => {
    if (typeof entry === "number" && !Number.isFinite(entry)) {
      throw new WatchnextError("OPTION", `option ${name}: must be a finite number, found ${entry}`);
    }
    return entry;
  });
}
