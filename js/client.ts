import type { Catalogs } from "./catalog.js";
import { Connection } from "./connection.js";
import { WatchnextError, aborted, asWatchnextError } from "./errors.js";
import type { Followed, List, Lister, LiveRequest } from "./live.js";
import { Loading } from "./loading.js";
import { measured } from "./marks.js";
import { areFunctions, checkNothing, engineEvents, failOption, itemOptions, memberIds, recommendOptions, signalOf, userId } from "./options.js";
import type { StartEngine } from "./protocol.js";
import { likenessText, reasonText, whyText } from "./reasons.js";
import type { Platform } from "./source.js";
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

/** Starts an engine, lets it load, and gives back the recommender that talks to it. */
export async function connect<Item extends object>(
  options: RecommenderOptions<Item>,
  startEngine: StartEngine,
  platform: Platform,
): Promise<Recommender<Item>> {
  const { signal, debug, scorers } = options ?? {};
  const told = areFunctions(scorers) ? { ...options, scorers: (await import("./functions.js")).engineScorers(scorers) } : options;
  const loading = new Loading(told, platform);
  const start = debug ? (await import("./debug.js")).logged(startEngine, debug) : startEngine;
  if (signal?.aborted) throw aborted(signal);
  const connection = new Connection(start, options, loading, (name, detail) => client.dispatchEvent(new CustomEvent(name, { detail })));
  const client = new Client<Item>(connection, loading);
  const onAbort = (): void => connection.end(aborted(signal as AbortSignal));
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    const begun = performance.now();
    await connection.load();
    measured("start", begun);
    return client;
  } catch (error) {
    const failure = asWatchnextError(error, "INTERNAL", "The recommender was not created");
    connection.end(failure);
    throw failure;
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

/** The platform's, which knows only that events have names. */
const Events = EventTarget as new () => RecommenderEventTarget;

/** What each person has of their own. */
const OF_USER = ["record", "ingest", "recommend", "live", "similar", "why", "profile", "stats", "history", "continueWatching", "importHistory", "forget"] as const;

/** What a page calls: makes of a call what the engine is asked, and of its answer what the page gets. */
class Client<Item extends object> extends Events implements Recommender<Item> {
  readonly #connection: Connection;
  readonly #loading: Loading;
  /** Of what this recommender records, and of nothing else; with a number the identity of an event. */
  readonly #origin = `watchnext ${crypto.randomUUID?.() ?? Math.random()}`;
  #sequence = 0;
  /** Once the page has changed its catalog. */
  #catalogs: Promise<Catalogs> | undefined;

  constructor(connection: Connection, loading: Loading) {
    super();
    this.#connection = connection;
    this.#loading = loading;
  }

  async record(events: WatchEvent | readonly WatchEvent[], options?: CallOptions, user = ""): Promise<Recorded> {
    const signal = signalOf(options);
    const record = engineEvents(events).map((event) => ({ origin: this.#origin, sequence: (this.#sequence += 1), ...event }));
    const lines = record.map((event) => `${JSON.stringify(event)}\n`).join("");
    return (await this.#connection.call({ record }, signal, user, { records: true }, lines)) as Recorded;
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
      lastList: async (name, list) => (await this.#connection.histories).lastList(user, name, list),
    }, options, listener);
  }

  #live<Of extends List>(of: Lister<Of>, options?: LiveOptions, listener?: (list: Followed<Of>) => void): AsyncGenerator<Followed<Of>, void> | Live {
    // A listener in the place of the options would never hear of anything.
    if (typeof options === "function" || !["undefined", "function"].includes(typeof listener)) failOption("listener", "must be a function, after the options");
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
    return (await this.#connection.call("profile", signalOf(options), user)) as Profile;
  }

  async stats(options?: CallOptions, user = ""): Promise<Stats> {
    const stats = (await this.#connection.call("stats", signalOf(options), user)) as Omit<Stats, "mode" | "reason">;
    return { mode: this.#connection.mode, ...(this.#connection.reason && { reason: this.#connection.reason }), ...stats };
  }

  async history(options?: HistoryOptions, user = ""): Promise<HistoryEntry<Item>[]> {
    return this.#entries("history", options, user);
  }

  async continueWatching(options?: HistoryOptions, user = ""): Promise<ContinueEntry<Item>[]> {
    return this.#entries("continue", options, user) as Promise<ContinueEntry<Item>[]>;
  }

  async #entries(command: string, options: HistoryOptions | undefined, user: string): Promise<HistoryEntry<Item>[]> {
    const { signal, ...range } = recommendOptions(options as object);
    const entries = (await this.#connection.call({ [command]: range }, signal, user)) as HistoryEntry<Item>[];
    for (const { item } of entries) if (item) this.#loading.restore(item);
    return entries;
  }

  exportHistory(...nothing: unknown[]): Promise<HistoryFile> {
    return this.#export("", nothing);
  }

  async #export(user: string, nothing: unknown[]): Promise<HistoryFile> {
    checkNothing("exportHistory", nothing);
    const { historyFile } = await import("./transfer.js");
    return historyFile(user, await this.#connection.read([user]));
  }

  async importHistory(file: HistoryFile | string, options?: ImportOptions, user = ""): Promise<Imported> {
    const { importHistory } = await import("./transfer.js");
    return importHistory(file, options, {
      match: (match) => this.#connection.call({ match }, undefined, user),
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
    this.#connection.end(new WatchnextError("CLOSED", "The recommender is closed."));
    const kept = this.#connection.histories.then((histories) => histories.close(), () => undefined);
    await Promise.all([this.#connection.gone, kept]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #catalog(change: (catalogs: Catalogs) => Promise<CatalogChange>): Promise<CatalogChange> {
    const loading = this.#loading;
    this.#catalogs ??= import("./catalog.js").then(({ Catalogs }) => new Catalogs({
      recommender: this,
      reading: loading.reading,
      change: (change, signal) => this.#connection.call("catalog", signal, "", { change: { ...loading.model, ...change } }),
      loads: (sources) => loading.loads(sources),
      changed: (change, warnings) => {
        this.#connection.warn(warnings);
        this.#connection.tell("catalog-change", change);
      },
    }));
    return change(await this.#catalogs);
  }

  /** Of the engine first, so that no list has it; then of the store, and of the other tabs. */
  async #forget(user: string, item?: string): Promise<number> {
    const events = (await this.#connection.call({ forget: item ?? null }, undefined, user)) as number;
    await (await this.#connection.histories).replace(user, item).finally(() => this.#connection.change(user, []));
    return events;
  }

  async #request(command: object, signal: AbortSignal | undefined, user: string, deadline?: number): Promise<Recommendations<Item>> {
    if (this.#connection.isFull) {
      throw new WatchnextError("OVERLOADED", "Too many requests are open; try again when some have been answered.");
    }
    const list = (await this.#connection.call(command, signal, user, { deadline })) as Recommendations<Item>;
    if (!list.complete) this.#connection.tell("partial", { missing: list.missing, unexplained: list.unexplained ?? [] });
    for (const { item, explanation } of list.items) {
      this.#loading.restore(item);
      if (!explanation) continue;
      if (explanation.reason) explanation.reason.text = reasonText(explanation.reason);
      const alike = likenessText(explanation);
      if (alike) explanation.text = alike;
    }
    return list;
  }
}
