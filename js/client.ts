import type { Catalogs } from "./catalog.js";
import { WatchnextError, aborted, asWatchnextError, type ErrorCode } from "./errors.js";
import type { Histories, News } from "./history.js";
import type { Followed, List, Lister, LiveRequest } from "./live.js";
import { Loading, type Configured } from "./loading.js";
import { checkNothing, engineEvents, itemOptions, memberIds, recommendOptions, signalOf, userId } from "./options.js";
import { measured } from "./marks.js";
import type { ConfiguredMessage, Engine, EngineError, Lines, Loaded, StartEngine, ToEngine } from "./protocol.js";
import { likenessText, reasonText, whyText } from "./reasons.js";
import type { Platform } from "./source.js";
import { Supervisor, type Effect, type EngineDid, type Input, type NewCall } from "./supervisor.js";
import { timeout } from "./timers.js";
import { unharmed } from "./unharmed.js";
import type {
  CallOptions,
  CatalogChange,
  CatalogPatch,
  ContinueEntry,
  EventStream,
  Group,
  GroupRecommendations,
  HistoryEntry,
  HistoryFile,
  HistoryOptions,
  Imported,
  ImportOptions,
  Live,
  LiveGroupList,
  LiveList,
  LiveOptions,
  Profile,
  Recommendations,
  RecommendOptions,
  Recommender,
  RecommenderEvents,
  RecommenderEventTarget,
  RecommenderOptions,
  Recorded,
  SetCatalogOptions,
  SimilarOptions,
  Source,
  Stats,
  User,
  WatchEvent,
  Why,
  WhyOptions,
} from "./types.js";

/** Whether the console was told that scorers run without workers: once a page is enough. */
let warned = false;

/** Starts an engine, lets it load, and gives back the recommender that talks to it. */
export async function connect<Item extends object>(
  options: RecommenderOptions<Item>,
  startEngine: StartEngine,
  platform: Platform,
): Promise<Recommender<Item>> {
  const loading = new Loading(options, platform);
  const { signal, debug } = options;
  const start = debug ? (await import("./debug.js")).logged(startEngine, debug) : startEngine;
  if (signal?.aborted) throw aborted(signal);
  const client = new Client<Item>(start, options, loading);
  const onAbort = (): void => client.end(aborted(signal as AbortSignal));
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    const begun = performance.now();
    await client.load();
    measured("start", begun);
    return client;
  } catch (error) {
    const failure = asWatchnextError(error, "INTERNAL", "The recommender was not created");
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

interface Call extends Waiting {
  /** What it records, as it is kept, and whose. */
  lines?: string;
  user: string;
}

/** Events as they are kept. */
function eventsIn(lines: string): WatchEvent[] {
  return lines.split("\n").flatMap((line) => (line ? [JSON.parse(line) as WatchEvent] : []));
}

/** What each person has of their own. */
const OF_USER = ["record", "ingest", "recommend", "live", "similar", "why", "profile", "stats", "history", "continueWatching", "importHistory", "forget"] as const;

/** Does what the supervisor says, with real engines and timers. */
class Client<Item extends object> extends Events implements Recommender<Item> {
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
  #mode: Stats["mode"] = "workers";
  /** How many requests may be open. What is on its way to the engine takes memory before a queue can refuse it. */
  #mostOpen = Infinity;
  /** Why scorers run where the engine runs, if any do. */
  #reason: string | undefined;
  #isReady: Promise<unknown> = Promise.resolve();
  /** Whether an engine has loaded: one that is restarted would give the same warnings. */
  #hasLoaded = false;
  #timer: { at: number; id: ReturnType<typeof setTimeout> } | undefined;
  /** What is being done, and what has to be done after it. */
  readonly #effects: Effect[] = [];
  /** Of what this recommender records, and of nothing else; with a number the identity of an event. */
  readonly #origin = `watchnext ${crypto.randomUUID?.() ?? Math.random()}`;
  #sequence = 0;
  readonly #histories: Promise<Histories>;
  /** Once the page has changed its catalog. */
  #catalogs: Promise<Catalogs> | undefined;
  /** Whose histories engines are told, and when they have been. */
  readonly #users = new Map([["", Promise.resolve()]]);
  /** Read for the first engine. */
  #history: Promise<Lines[]> | undefined;
  /** When every engine that was ended has. */
  #gone: Promise<unknown> = Promise.resolve();

  constructor(startEngine: StartEngine, { onProgress, history }: RecommenderOptions<Item>, loading: Loading) {
    super();
    const tell = (trouble: RecommenderEvents["history-error"]): void => this.#tellLater("history-error", trouble);
    const isMoreComing = (): boolean => [...this.#calls.values()].some(({ lines }) => lines);
    this.#histories = import("./history.js").then(({ openHistories }) => openHistories(history, tell, isMoreComing, (news) => this.#hear(news)));
    this.#history = this.#read([""]);
    this.#history.catch(() => undefined);
    this.#startEngine = startEngine;
    this.#loading = loading;
    this.#onProgress = onProgress;
  }

  load(): Promise<unknown> {
    this.#isReady = new Promise((resolve, reject) => {
      this.#ready = { resolve, reject };
      this.#handle("begin");
    });
    return this.#isReady;
  }

  async record(events: WatchEvent | readonly WatchEvent[], options?: CallOptions, user = ""): Promise<Recorded> {
    const signal = signalOf(options);
    const record = engineEvents(events).map((event) => ({ origin: this.#origin, sequence: (this.#sequence += 1), ...event }));
    const lines = record.map((event) => `${JSON.stringify(event)}\n`).join("");
    return (await this.#call({ record }, signal, user, { records: true }, lines)) as Recorded;
  }

  async recommend(options?: RecommendOptions, user = ""): Promise<Recommendations<Item>> {
    const { signal, ...recommend } = recommendOptions(options);
    return this.#request({ recommend }, signal, user, recommend.deadline);
  }

  live(options?: LiveOptions): AsyncGenerator<LiveList<Item>, void>;
  live(options: LiveOptions | undefined, listener: (list: LiveList<Item>) => void): Live;
  live(options?: LiveOptions, listener?: (list: LiveList<Item>) => void, user = ""): AsyncGenerator<LiveList<Item>, void> | Live {
    return this.#live<Recommendations<Item>>({
      recommender: this,
      users: [user],
      recommend: (own) => this.recommend(own, user),
      lastList: async (name, list) => (await this.#histories).lastList(user, name, list),
    }, options, listener);
  }

  #live<Of extends List>(of: Lister<Of>, options?: LiveOptions, listener?: (list: Followed<Of>) => void): AsyncGenerator<Followed<Of>, void> | Live {
    const begun = async (): Promise<LiveRequest<Of>> => {
      return new (await import("./live.js")).LiveRequest(of, options);
    };
    if (!listener) return (async function* () {
      yield* (await begun()).lists();
    })();
    const live = begun();
    const ended = live.then((request) => request.follow(listener));
    return { ended, update: (next: LiveOptions) => void live.then((request) => request.update(next)), stop: () => void live.then((request) => request.stop()) };
  }

  async ingest(stream: EventStream, options?: CallOptions, user = ""): Promise<Recorded> {
    signalOf(options);
    const { ingest } = await import("./ingest.js");
    return ingest(stream, (events) => this.record(events, undefined, user), this, options);
  }

  async similar(id: string | number, options?: SimilarOptions, user = ""): Promise<Recommendations<Item>> {
    const { signal, ...similar } = itemOptions(id, options);
    return this.#request({ similar }, signal, user, similar.deadline);
  }

  async why(id: string | number, options?: WhyOptions, user = ""): Promise<Why<Item>> {
    const { signal, ...why } = itemOptions(id, options);
    const { items, ...rest } = await this.#request({ why }, signal, user, why.deadline);
    const item = items[0] as Omit<Why<Item>, "text">;
    return { ...rest, ...item, text: whyText(item) };
  }

  async profile(options?: CallOptions, user = ""): Promise<Profile> {
    return (await this.#call("profile", signalOf(options), user)) as Profile;
  }

  async stats(options?: CallOptions, user = ""): Promise<Stats> {
    const stats = (await this.#call("stats", signalOf(options), user)) as Omit<Stats, "mode" | "reason">;
    return { mode: this.#mode, ...(this.#reason && { reason: this.#reason }), ...stats };
  }

  async history(options?: HistoryOptions, user = ""): Promise<HistoryEntry<Item>[]> {
    return this.#entries("history", options, user);
  }

  async continueWatching(options?: HistoryOptions, user = ""): Promise<ContinueEntry<Item>[]> {
    return this.#entries("continue", options, user) as Promise<ContinueEntry<Item>[]>;
  }

  async #entries(command: string, options: HistoryOptions | undefined, user: string): Promise<HistoryEntry<Item>[]> {
    const { signal, ...range } = recommendOptions(options as object);
    const entries = (await this.#call({ [command]: range }, signal, user)) as HistoryEntry<Item>[];
    for (const { item } of entries) if (item) this.#loading.restore(item);
    return entries;
  }

  exportHistory(...nothing: unknown[]): Promise<HistoryFile> {
    return this.#export("", nothing);
  }

  async #export(user: string, nothing: unknown[]): Promise<HistoryFile> {
    checkNothing("exportHistory", nothing);
    const { historyFile } = await import("./transfer.js");
    return historyFile(user, await this.#read([user]));
  }

  async importHistory(file: HistoryFile | string, options?: ImportOptions, user = ""): Promise<Imported> {
    const { importHistory } = await import("./transfer.js");
    return importHistory(file, options, {
      match: (match) => this.#call({ match }, undefined, user),
      record: (events) => this.record(events, undefined, user),
    });
  }

  async forget(id: string | number, user = ""): Promise<number> {
    return this.#forget(user, itemOptions(id, undefined).item);
  }

  clearHistory(...nothing: unknown[]): Promise<number> {
    return this.#clear("", nothing);
  }

  async #clear(user: string, nothing: unknown[]): Promise<number> {
    checkNothing("clearHistory", nothing);
    return this.#forget(user);
  }

  setCatalog(catalog: Source | readonly Item[], options?: SetCatalogOptions): Promise<CatalogChange> {
    return this.#catalog((catalogs) => catalogs.set(catalog, options));
  }

  patchCatalog(patch: CatalogPatch<Item>, options?: CallOptions): Promise<CatalogChange> {
    return this.#catalog((catalogs) => catalogs.patch(patch, options));
  }

  user(name: string): User<Item> {
    const id = userId(name);
    const call = (name: (typeof OF_USER)[number]): ((...given: unknown[]) => unknown) => {
      const own = this[name] as (...given: unknown[]) => unknown;
      // The last parameter, and the only one with a default, is whose it is.
      return (...given) => own.call(this, ...Array.from({ length: own.length }, (_, place) => given[place]), id);
    };
    return {
      ...(Object.fromEntries(OF_USER.map((name) => [name, call(name)])) as unknown as User<Item>),
      exportHistory: (...nothing: unknown[]) => this.#export(id, nothing),
      clearHistory: (...nothing: unknown[]) => this.#clear(id, nothing),
    };
  }

  together(users: readonly string[]): Group<Item> {
    const members = memberIds(users);
    const recommend = async (options?: RecommendOptions): Promise<GroupRecommendations<Item>> => {
      recommendOptions(options);
      return (await import("./together.js")).together<Item>(members, (own, user) => this.recommend(own, user), options);
    };
    const live = (options?: RecommendOptions, listener?: (list: LiveGroupList<Item>) => void) => this.#live({ recommender: this, users: members, recommend }, options, listener);
    return { recommend, live: live as Group<Item>["live"] };
  }

  async close(): Promise<void> {
    this.end(new WatchnextError("CLOSED", "The recommender is closed."));
    const kept = this.#histories.then((histories) => histories.close(), () => undefined);
    await Promise.all([this.#gone, kept]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Ends the engine and everything that waits for it; the first error is the one that counts. */
  end(error: Error): void {
    this.#handle({ end: error });
  }

  async #catalog(change: (catalogs: Catalogs) => Promise<CatalogChange>): Promise<CatalogChange> {
    const loading = this.#loading;
    this.#catalogs ??= import("./catalog.js").then(({ Catalogs }) => new Catalogs({
      recommender: this,
      reading: loading.reading,
      change: (change, signal) => this.#call("catalog", signal, "", { change: { ...loading.model, ...change } }),
      loads: (sources) => loading.loads(sources),
      changed: (change, warnings) => {
        this.#warn(warnings);
        this.#tell("catalog-change", change);
      },
    }));
    return change(await this.#catalogs);
  }

  /** Of the engine first, so that no list has it; then of the store, and of the other tabs. */
  async #forget(user: string, item?: string): Promise<number> {
    const events = (await this.#call({ forget: item ?? null }, undefined, user)) as number;
    await (await this.#histories).replace(user, item);
    this.#change(user, []);
    return events;
  }

  /** Tells what makes lists others. */
  #change(user: string, events: WatchEvent[]): void {
    this.#tell("history-change", { user, events });
  }

  async #request(command: object, signal: AbortSignal | undefined, user: string, deadline?: number): Promise<Recommendations<Item>> {
    if (this.#calls.size >= this.#mostOpen) {
      throw new WatchnextError("OVERLOADED", "Too many requests are open; try again when some have been answered.");
    }
    const list = (await this.#call(command, signal, user, { deadline })) as Recommendations<Item>;
    if (!list.complete) this.#tell("partial", { missing: list.missing, unexplained: list.unexplained ?? [] });
    for (const { item, explanation } of list.items) {
      this.#loading.restore(item);
      if (!explanation) continue;
      if (explanation.reason) explanation.reason.text = reasonText(explanation.reason);
      const alike = likenessText(explanation);
      if (alike) explanation.text = alike;
    }
    return list;
  }

  async #call(
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
      this.#settle(effect.resolve.call, effect.resolve.value);
    } else if ("read" in effect) {
      this.#replay(effect.read.engine);
    } else if ("damaged" in effect) {
      void this.#histories.then((histories) => histories.damaged(effect.damaged));
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
      this.#ready?.resolve(undefined);
    } else {
      this.#ready?.reject(effect.ended);
      const { code, message } = asWatchnextError(effect.ended, "INTERNAL", "");
      this.#tell("closed", { code, message });
    }
  }

  /** An answer. What was recorded is acknowledged when it is kept. */
  async #settle(call: number, value: unknown): Promise<void> {
    const waiting = this.#take(call);
    if (!waiting?.lines) return waiting?.resolve(value);
    const { lines, user } = waiting;
    this.#change(user, eventsIn(lines));
    const durable = await (await this.#histories).append(user, lines);
    waiting.resolve({ ...(value as Recorded), durable });
  }

  async #read(users: string[]): Promise<Lines[]> {
    return (await this.#histories).read(users);
  }

  /** When the engine knows the history of this user. */
  #known(user: string): Promise<void> {
    const known = this.#users.get(user) ?? this.#read([user]).then((histories) => this.#handle({ histories }));
    this.#users.set(user, known);
    return known;
  }

  /** Reads the histories for an engine; for the first while it still loads. */
  #replay(engine: number): void {
    const did = (what: EngineDid): void => this.#handle({ engine, did: what });
    (this.#history ?? this.#read([...this.#users.keys()])).then(
      (histories) => did({ histories }),
      // The other script has a class of its own.
      ({ code, message }: Error & { code?: ErrorCode }) => did({ fail: new WatchnextError(code ?? "HISTORY_STORE", message) }),
    );
    this.#history = undefined;
  }

  /** Another tab has recorded something, or forgotten it. */
  #hear({ user, lines, forgets, item }: News): void {
    if (!this.#users.has(user)) return;
    if (forgets) void this.#call({ forget: item ?? null }, undefined, user).catch(() => undefined);
    else this.#handle({ histories: [[user, new TextEncoder().encode(lines)]] });
    this.#change(user, eventsIn(lines));
  }

  #begin(engine: number): void {
    const did = (what: EngineDid): void => this.#handle({ engine, did: what });
    const { signal } = (this.#start = new AbortController());
    this.#reason = undefined;
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
        this.#reason = running.inProcess;
        did({ started: load });
      },
      (error: unknown) => did({ fail: asWatchnextError(error, "ENGINE_DIED", "The engine could not be started") }),
    );
    this.#gone = Promise.all([this.#gone, started]);
  }

  #loaded({ mode, mostOpen, modelError, warnings = [] }: Loaded): void {
    this.#mode = mode;
    this.#mostOpen = mostOpen;
    if (mode === "in-process") this.#reason ??= "the option workers says so";
    if (modelError && this.#loading.doWithoutModel(modelError)) this.#tellLater("model-error", modelError);
    if (!this.#hasLoaded) this.#warn(warnings);
    this.#hasLoaded = true;
  }

  #warn(warnings: EngineError[]): void {
    for (const warning of warnings) {
      console.warn(`watchnext: ${warning.message} (${warning.code})`);
      this.#tellLater("warning", warning);
    }
  }

  #fellBack({ mode, ...detail }: RecommenderEvents["in-process"] & Pick<Loaded, "mode">): void {
    this.#mode = mode;
    this.#reason ??= `${detail.queue}: ${detail.reason}`;
    if (!warned) console.warn(`watchnext: scorers run in the engine's thread: ${this.#reason}`);
    warned = true;
    this.#tellLater("in-process", detail);
  }

  /** When the page has the recommender to listen to, and has had the time to. */
  #tellLater<Name extends keyof RecommenderEvents>(name: Name, detail: RecommenderEvents[Name]): void {
    this.#isReady.then(() => setTimeout(() => this.#tell(name, detail)), () => undefined);
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

  #tell<Name extends keyof RecommenderEvents>(name: Name, detail: object): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  #take(call: number): Call | undefined {
    const waiting = this.#calls.get(call);
    this.#calls.delete(call);
    return waiting;
  }
}
