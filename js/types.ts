/// <reference lib="esnext.disposable" preserve="true" />
import type { ErrorCode } from "./errors.js";
import type { AbortSignal, DetailedEvent, Fetch, Listener, ListenerOptions, Module, Request, Response, Target, URL, Worker } from "./platform.js";

/** What the viewer did with an item. What cannot be recorded is refused with `EVENT`, and with it all events of the same call. */
export interface WatchEvent {
  /** The item's id as in the catalog (a whole number below 2⁵³ is taken as its decimal digits). It need not be in the catalog yet. */
  item: string | number;
  /**
   * `impression`: it was shown. As long as nothing else is done with it, it rests: each showing leaves .81 of its chances in `recommend()`,
   * and a showing counts half after seven days or 200 later showings. Impressions of one item less than half an hour apart are one showing.
   * Record them when a list leaves the screen, or the next list already moves away from what the viewer is looking at.
   *
   * `remove` takes back one event: the last about the item, impressions aside, that has not been taken back. Where a title was watched and then liked, it was watched afterwards. Where there is none it does
   * nothing. All that is known of an item goes with `forget()`.
   */
  type: "watch" | "like" | "dislike" | "rate" | "click" | "skip" | "impression" | "remove";
  /** When: milliseconds since 1970, or a Date. Default: now. */
  time?: number | Date;
  /** `watch` only: the portion watched, 0 to 1. Default 1. */
  progress?: number;
  /** `watch` only: where it was left, in seconds from its beginning, 0 to 8,640,000. `continueWatching()` gives it back. */
  position?: number;
  /** `rate` only, required there: 0.5 to 5. */
  rating?: number;
  /**
   * With `sequence` the event's identity: what is recorded with an identity that the history has, or has had, changes nothing. For events that come
   * from elsewhere, maybe more than once. At most 1024 bytes. Default: a name of this recommender's own.
   */
  origin?: string;
  /** A whole number from 0 to 2⁵³ − 1 that no other event of the origin has. Default: the next one. */
  sequence?: number;
}

/**
 * The names of the page's own scorers, for TypeScript: a page adds its own.
 * @example
 * declare module "watchnext" {
 *   interface OwnScorers { newThisWeek: true }
 * }
 */
export interface OwnScorers {}

/** The built-in scorers, and the page's own; each has its own queue and workers. */
export type ScorerName = "history" | "genre" | "popularity" | keyof OwnScorers;

/** A scorer of the page's own (docs/scorers.md): a module, which runs in workers of its own, or functions, which run on the page. */
export type OwnScorer = ModuleScorer | FunctionScorer;

/** A scorer that is a module. */
export interface ModuleScorer extends ScorerReading {
  /** Where the module is; its exports are a `ScorerModule`. It needs to be allowed by the CSP that worker.js comes with. */
  url: string;
  score?: never;
  explain?: never;
}

/** A scorer that runs in the page's own thread: for 10,000 items at most. */
export interface FunctionScorer extends ScorerReading, ScorerModule {
  url?: never;
}

/** How an own scorer counts, and what it reads. */
export interface ScorerReading {
  /** What its score is multiplied by where a call does not say, 0 to 10. Default 1. */
  weight?: number;
  /**
   * What it reads of the items. `id`, `title`, `genres`, `year` and `popularity` are what was read; anything else is a path in the items' own
   * objects (`added`, `watch.providers[].name`).
   */
  columns?: readonly string[];
}

/** What the module of an own scorer exports, or a scorer that is no module has. */
export interface ScorerModule {
  /** One score an item, in the catalog's order: finite numbers from -1000 to 1000; a good one is about 1. Not a promise: what has to be waited for, the module awaits itself. */
  score(input: ScorerInput & { items: number }): ArrayLike<number>;
  /** Why an item has its score, as a sentence, by items of the history, or both. `item` is its place in the columns. */
  explain?(input: ScorerInput & { item: number }): string | ItemReasons | undefined;
}

/** Why an item has its score, by items of the history. */
export interface ItemReasons {
  /** A sentence; where there is none it is made of the items ("Because you watched Heat"). */
  text?: string;
  /** At most 5: each one of `profile.items` or `profile.averse`, and its part of the score before it is weighted, -1000 to 1000. */
  items: readonly (readonly [item: number, part: number])[];
}

/** What a scorer scores from. */
export interface ScorerInput {
  /** The items of the history that count, by their places in the columns, and how much; and those that were disliked or rated low. */
  profile: { items: Uint32Array; weights: Float32Array; averse: Uint32Array; averseWeights: Float32Array };
  /**
   * One value an item, always the same objects: a `Float32Array` for `year` and `popularity` (NaN where nobody knows), an array for all
   * others (null where an item has none).
   */
  columns: Record<string, any>;
}

/** What is read of an item. */
export type FieldName = "id" | "title" | "genres" | "year" | "popularity" | "tags" | "description";

/** Sources whose catalogs are known (docs/catalog.md). */
export type Preset = "tmdb" | "omdb" | "tvmaze" | "jellyfin" | "schema.org" | "movielens";

/**
 * Where it is in the catalog: a name or a path (`imdb.id`, `genres[].name`), or several: an id is made of all, joined by "|", genres and tags
 * are in all, of others the first counts that an item has. An empty array: nowhere. Or what makes it of an item, where the catalog is an array.
 */
export type Field = string | readonly string[] | ((item: any) => unknown);

/** What is where in the catalog. What is not said is the preset's, or guessed from the first items (docs/catalog.md). */
export type FieldNames = { [Name in FieldName]?: Field } & { preset?: Preset };

/**
 * What a start is busy with; `phase` tells which of these it is. Downloads come side by side, in any order, and `ready` last. What was there already
 * (a core that another recommender of the page has compiled, a model that is bytes) is not told of.
 */
export type Progress =
  | {
      /** `wasm-download`: the core, which is compiled while it comes. A catalog is read while it comes. */
      phase: "wasm-download" | "catalog-download" | "model-download";
      /** Bytes so far. */
      loaded: number;
      /** Of how many; absent where nobody honestly knows, as for a compressed download. */
      total?: number;
    }
  /** A catalog that was not given as an address is being read: so many bytes of it, of all. */
  | { phase: "catalog-parse"; loaded: number; total: number }
  | { phase: "ready"; loaded: 1; total: 1 };

/** Anything bytes can come from. */
export type Source = string | URL | Request | Response | ArrayBuffer | Uint8Array;

/** What is not known, at whatever depth, or of another type, is refused with `OPTION` and its name; calls do the same with theirs. */
export interface RecommenderOptions<Item extends object = Record<string, unknown>> {
  /** The catalog: an address, a request or response, bytes of JSON, or the items themselves. */
  catalog: Source | readonly Item[];
  /** A model made by `watchnext train`. Without it history is scored from content. */
  model?: Source;
  fields?: FieldNames | Preset;
  /** Where the items are in the catalog, as in `data.movies.edges[].node`. Usually found. */
  items?: string;
  /** What separates genres (or tags) written as one string. Default: the first of "|", ";" and "," that they have. */
  separator?: string;
  /** The names of genres that are written as numbers or codes. */
  genreNames?: Record<string, string>;
  /** What a single bad item does: be skipped and reported (default), or fail the load; so does then a field that cannot be read. */
  onBadItem?: "skip" | "strict";
  history?: {
    /**
     * Where it is kept: in IndexedDB (default, in browsers), nowhere (default elsewhere), or where the page says. What cannot be kept there
     * stays in memory: a `history-error` event says so.
     */
    store?: "indexeddb" | "memory" | HistoryStore;
    /** The database in IndexedDB: recommenders of one origin with the same name have the same histories. Default "watchnext". */
    name?: string;
    weights?: Partial<Record<"watch" | "rewatch" | "like" | "rating" | "click" | "skip", number>>;
    /** After how many later items, or days, an item counts half. Default: the model's. */
    halfLife?: { events?: number | null; days?: number | null };
  };
  /** The page's own scorers, by name: docs/scorers.md. */
  scorers?: Record<string, OwnScorer>;
  /** Workers for each scorer (default 1), or false: score where the engine runs. */
  workers?: false | number | Partial<Record<ScorerName, number>>;
  /**
   * Where `worker.js` of this package is. Only needed where a bundler does not see it, or where the page's CSP has
   * `require-trusted-types-for 'script'`: then a TrustedScriptURL. In its workers the package makes a policy named `watchnext`.
   */
  workerUrl?: string | URL | TrustedScriptURL;
  /**
   * Makes the worker that runs `watchnext/worker.js`, where neither the bundler nor `workerUrl` does it as the page wants; called for each
   * engine. The worker may be a module or a classic script; it starts those of the scorers from its own address.
   */
  createWorker?: () => Worker;
  /** The core, where the bundler does not see it: where `watchnext.wasm` of this package is, its bytes, or the compiled module. */
  wasm?: WasmSource | Promise<WasmSource>;
  /**
   * Fetches core, catalog and model in place of the global `fetch`, with a header for example. It is called on the page, so catalog and
   * model come without `progress`, and `integrity` of them is refused.
   */
  fetch?: Fetch;
  /** Hashes as in HTML (`sha384-…`) of what is given as an address, and of the core itself; what has another is not loaded. */
  integrity?: { catalog?: string; model?: string; wasm?: string };
  /** How much of everything is allowed; what is larger is refused with a coded error. */
  limits?: Limits;
  /** How the scorers' queues behave. */
  broker?: BrokerOptions;
  /**
   * How long a download (of the catalog, the model, the core) may bring no byte, in milliseconds. Default 30,000. After that it is
   * given up: `TIMEOUT`.
   */
  idleTimeout?: number;
  /**
   * What a model that cannot be loaded does: nothing but a `model-error` event and `stats().model.error`, and history is scored from
   * content (default), or fail the load. What is no source of a model at all (not an address, a body that was read already) always fails.
   */
  onModelError?: "continue" | "fail";
  /** Whether a model of which no item is in the catalog fails the load with `MODEL_UNMATCHED`. Default: a `warning` event, and history is scored from content. */
  strictModel?: boolean;
  /** What it throws is an uncaught error of the page's, and changes nothing. */
  onProgress?: (progress: Progress) => void;
  /** Tells each step of each call, to look for what takes long: to the console (`console.debug`), or to a function. Default false. */
  debug?: boolean | ((step: DebugStep) => void);
  signal?: AbortSignal;
}

/**
 * Where a page keeps histories itself, on its server for example. Lines are events as JSON, each with a line break after it; nothing need be
 * read of them. `user` is empty for whoever is not named. What throws or rejects, or takes more than 5 s, has not been done: what was to be
 * appended comes again with the next events, and may be there twice; events are known by their `origin` and `sequence`.
 */
export interface HistoryStore {
  /** All that was appended, in that order, in as many parts as there are. */
  read(user: string): Promise<readonly (string | Uint8Array)[]>;
  /** Resolves when the lines are kept. Not called again before that. */
  append(user: string, lines: string): Promise<void>;
  /** Keeps these lines in place of all that was appended; resolves when nothing else is left. */
  replace(user: string, lines: string): Promise<void>;
  /** Nothing is asked of it any more. */
  close?(): void;
}

/** What the core comes from. */
export type WasmSource = Exclude<Source, Request> | Module;

/** In bytes, where nothing else is said. */
export interface Limits {
  catalog?: {
    /** Of the file. Default 1 GiB. */
    maxBytes?: number;
    /** Items, bad ones included. Default 5,000,000. */
    maxItems?: number;
    /** Of one item. Default 1 MiB. */
    maxItemBytes?: number;
    /** Levels of nesting in an item. Default 64. */
    maxDepth?: number;
    /** Different genres. Default 100,000. */
    maxGenres?: number;
    /** Genres, and tags, of one item. Default 256. */
    maxPerItem?: number;
  };
  /** Of a model's file. Default 256 MiB. */
  modelBytes?: number;
  /** The WebAssembly memory of the engine: catalog, model, history, messages. Default 2 GiB. */
  engineMemory?: number;
  /** The WebAssembly memory of each scorer's worker. Default 1 GiB. */
  scorerMemory?: number;
}

/** Which of a scorer's idle workers gets a message: the one that has handled the fewest (default), one after the other, any, or by weights. */
export type Dispatch = "least-outstanding" | "round-robin" | { random: number } | { weighted: number[] };

/** Times are in milliseconds. */
export interface BrokerOptions {
  /** How many messages may wait for a scorer. Default 1000. */
  queueLimit?: number;
  /** What a message does for which there is no room: it is refused (default), or takes the place of the one that would be next. */
  overflow?: "reject-publish" | "drop-head";
  dispatch?: Dispatch | Partial<Record<ScorerName, Dispatch>>;
  /** How long a message has to wait to be as urgent as one whose priority is higher by 1. Default 1000. */
  ageing?: number;
  /** How often a message is delivered, to workers that die of it, before it is given up. Default 3. */
  deliveryLimit?: number;
  /** How long a worker may take to start. Default 10,000; for the engine's script 30,000. */
  startTimeout?: number;
  /** How long a worker may take for a message before it is replaced. Default 30,000. */
  deliveryTimeout?: number;
  /** How long a worker may have a message before an idle one of the same scorer gets it, too; what comes first counts. Default: never. */
  hedgeAfter?: number;
  /** How long a worker is left with a message that nobody waits for any more before it is replaced. Default 2000. */
  stuckFor?: number;
  /** Workers beyond a scorer's own, in place of those. Default 1. */
  spares?: number;
  /** Deaths in a row, without a reply between them, that open a scorer's circuit. Default 5. */
  restartLimit?: number;
  /** How long the second of these deaths delays the next start; each further one twice as long. Default 10. */
  restartDelay?: number;
  /** How long a circuit stays open before a worker is started to probe. Default 5000. */
  openFor?: number;
  /** How many dead letters `stats()` keeps. Default 100. */
  deadLetters?: number;
}

/** What a Trusted Types policy makes of an address; not all of TypeScript's libraries know it. */
export interface TrustedScriptURL {
  toString(): string;
}

export interface Filter {
  /**
   * Genre names as in the catalog; case, and blanks around and between words, do not matter. An item passes that has at least one of
   * `any`, every one of `all`, and not one of `none`. A name that no item of the catalog has is no error (the list names it in
   * `unknownGenres`): with `any` nothing passes because of it, with `all` nothing passes, and with `none` it excludes nothing.
   */
  genres?: { any?: string[]; all?: string[]; none?: string[] };
  /** Both ends included; an item without a year does not pass. */
  year?: { min?: number; max?: number };
  /** Only these ids (`allow`), or none of these (`deny`). */
  ids?: { allow?: (string | number)[]; deny?: (string | number)[] };
  /** Whether what was already seen may be recommended. Default "exclude". Dislikes never are. */
  seen?: "exclude" | "include";
}

export interface RecommendOptions {
  /** How many items, 1 to 1000. Default 20. */
  limit?: number;
  /** What a scorer's score is multiplied by, 0 to 10. A scorer that is not named keeps its default for this length of history. */
  weights?: Partial<Record<ScorerName, number>>;
  filter?: Filter;
  /** How much the list is to differ in genres, 0 (default: the best scores alone) to 1. 0.1 costs next to nothing. */
  diversity?: number;
  /** How much its genres are to be mixed as the viewer's are, 0 (default) to 1. */
  calibration?: number;
  /**
   * Turns what is nearly equal: a whole number from 0 to 2⁵³ − 1, and the same list for the same. With the day
   * (`Math.floor(Date.now() / 86_400_000)`) two or three titles of 20 are others than the day before, and of each three viewers one or more have
   * another first title. No title gives way to one that is chosen for less than .75 of what it is chosen for.
   */
  seed?: number;
  /** Say why: each scorer's part, and the history items and genres that caused it. */
  explain?: boolean;
  /**
   * Which scorers the list is made from: those that have answered when all have, or the deadline has come (default "deadline");
   * all of them, or else an error; the first so many, or else an error.
   */
  wait?: "deadline" | "all" | { quorum: number };
  /**
   * Milliseconds after which the list is made from what has arrived, 1 to 600,000. Default 500; 10,000 until a first list was complete, and with
   * `wait: "all"` or a quorum.
   */
  deadline?: number;
  /** How urgent it is where requests wait, 0 to 9. Default 4. A lower one is overtaken, but not for ever. */
  priority?: number;
  signal?: AbortSignal;
}

/** What made the difference for a title. */
export interface Reason {
  /** What speaks for it most. */
  kind: ScorerName;
  /** How much of what speaks for it each scorer says; they add up to 1. */
  shares: Record<ScorerName, number>;
  /** The items of the history that at least 0.15 of it is due to, the strongest first (at most 2). */
  items: { id: string; title: string; verb: "watched" | "liked" | "rated" | "clicked"; share: number }[];
  /** With `kind: "genre"`: the genres, the strongest first (at most 2). */
  genres: string[];
  /** What the page's own scorer says, where `kind` is one; its name, where it says nothing. */
  said?: string;
  /** The reason as a sentence in English; `reasonText(reason, words)` says it in other words. */
  text: string;
}

/** The words for a reason: `acts` is what the viewer did, said with `acts` and `and`, where an item is named. The rest is for `why()` and `similar()`. */
export interface ReasonWords {
  acts: Record<Reason["items"][number]["verb"], (titles: string) => string>;
  and(parts: string[]): string;
  history(acts: string | undefined): string;
  genre(genres: string, acts: string | undefined): string;
  popularity(acts: string | undefined): string;
  excluded: Record<Exclusion, string>;
  /** What two titles may have in common, for `similar()`, and how that is said of some of it. */
  likeness: Record<Likeness, string>;
  similar(ways: string): string;
  /** Nothing speaks for the title. */
  nothing: string;
}

/** What may make two titles alike: who watches them, genres, decade, tags, the words of the title, and those of the description. */
export type Likeness = "viewers" | "genres" | "decade" | "tags" | "title" | "words";

/** Without the items and genres of a scorer that is `unexplained`. */
export interface Explanation {
  /** Each scorer's part of the score; they add up to it exactly. */
  parts: Record<string, number>;
  /** Items of the history that caused it, the strongest first (at most 5). */
  items: { id: string; title: string; part: number }[];
  /** Genres that caused it, the strongest first (at most 5). */
  genres: { genre: string; part: number }[];
  /** What made the difference, for a list of `recommend()`; absent where nothing speaks for the title. */
  reason?: Reason;
  /** What is left of the title's chances, below 1, since it was shown and not chosen; absent where it does not rest. */
  rest?: number;
  /** Of `similar`: what makes it like the item; the parts add up to `parts.history`. */
  likeness?: Record<Likeness, number>;
  /** Of `similar`: the likeness as a sentence in English; `likenessText(explanation, words)` says it in other words. Absent where there is none. */
  text?: string;
  /** What the page's own scorers say of it, by name, where they say anything. */
  said?: Record<string, string>;
}

export interface Recommendation<Item extends object = Record<string, unknown>> {
  id: string;
  score: number;
  /** The catalog's own object. */
  item: Item;
  explanation?: Explanation;
}

export interface Recommendations<Item extends object = Record<string, unknown>> {
  items: Recommendation<Item>[];
  /** False where a scorer had not answered by the deadline, or not said why. */
  complete: boolean;
  /** The scorers that had not answered; the list is made without them. */
  missing: string[];
  /** With `explain`: the scorers that are in the list and had not said why, if there are any. */
  unexplained?: string[];
  /** Genres of the filter that no item of the catalog has, as they were written, if there are any. */
  unknownGenres?: string[];
  /** The weights that the list was made with. */
  weights: Record<ScorerName, number>;
}

/** What keeps a title out of every list: the viewer dislikes it or has seen it, it is an episode and its series is in the list, or the filter's ids, year or genres are others. */
export type Exclusion = "disliked" | "seen" | "episode" | "ids" | "year" | "genres";

/** As in `RecommendOptions`: those of the list that the title is, or is not, in. */
export type WhyOptions = Pick<RecommendOptions, "weights" | "filter" | "seed" | "wait" | "deadline" | "priority" | "signal">;

/** Where a title stands, whether it is in a list or not, and why. */
export interface Why<Item extends object = Record<string, unknown>>
  extends Omit<Recommendations<Item>, "items">,
    Required<Recommendation<Item>> {
  /** Its place, from 1, in a list of all that may be recommended, without `diversity` and `calibration`. Absent where it may not be. */
  place?: number;
  /** What keeps it out of every list; of several things the first of `Exclusion`. */
  excluded?: Exclusion;
  /** What keeps it out, else what speaks for it, as a sentence in English; `whyText(why, words)` says it in other words. */
  text: string;
}

export interface Profile {
  /** The most-watched genres, the largest share first. */
  genres: {
    genre: string;
    /** Of the viewer's watching, 0 to 1. */
    share: number;
    /** How many items of the history have it. */
    count: number;
    /** The share over the population's: 2 is twice as much as others. */
    lift: number;
  }[];
  /** Items of the history that count, the most recent first. */
  items: { id: string; title: string; weight: number }[];
  /** What the viewer disliked or rated 2 or less: the genres that this speaks against, the most avoided first, and the titles. */
  avoided: { genres: string[]; titles: string[] };
  /** How many events were recorded. */
  events: number;
  /** How many items of the history are not in the catalog. */
  unknown: number;
}

export interface WorkerStats {
  worker: number;
  /** `stuck`: it has a message that nobody waits for any more, and a spare takes its place. */
  state: "starting" | "idle" | "busy" | "stuck";
  /** Messages acknowledged. */
  handled: number;
  /** Milliseconds spent scoring, in all and for the last message. */
  busy: number;
  last: number;
}

export interface QueueStats {
  name: string;
  /** Messages waiting. */
  ready: number;
  /** Messages delivered and not yet acknowledged. */
  unacknowledged: number;
  published: number;
  acknowledged: number;
  redelivered: number;
  /** Deliveries to a second worker while the first still had the message. */
  hedged: number;
  deadLettered: number;
  /** Workers that died; others took their places. */
  restarts: number;
  /** `open`: too many died, none is started; `half-open`: one is, to see whether it lives. */
  circuit: "closed" | "open" | "half-open";
  workers: WorkerStats[];
}

/** Why a message got no reply. */
export interface DeadLetter {
  queue: ScorerName;
  reason: "delivery_limit" | "rejected" | "expired" | "maxlen" | "no_worker";
  /** How often it was delivered. */
  attempts: number;
  /** What the last worker died of, or said. */
  cause: string;
}

/** Of a message to a scorer: the engine's request, whether it asks for scores (0) or reasons (1), which scorer, and which part of its work. */
export interface MessageId {
  request: number;
  phase: number;
  scorer: number;
  shard: number;
}

/**
 * A step of a call's way, as `debug` tells of it: which call, what it asks for (`recommend`, `record`, …), and when, in milliseconds since it was
 * put to the engine.
 */
export type DebugStep = { call: number; name: string; at: number } & (
  | { step: "asked" | "cancelled" }
  /** A scorer's worker has a message; `attempt` is above 1 where it was delivered again. */
  | ({ step: "sent" } & DebugMessage)
  /** It has replied, after so many milliseconds of work; late: the list was made without it. */
  | ({ step: "replied"; took: number; late: boolean } & DebugMessage)
  /** A message was given up. */
  | { step: "given-up"; queue: ScorerName; reason: DeadLetter["reason"]; cause: string }
  /** The call has its answer; a list lacks these scorers. */
  | { step: "answered"; missing: ScorerName[] }
  | { step: "failed"; code: ErrorCode }
);

/** A message to a scorer, or its reply. */
export interface DebugMessage {
  queue: ScorerName;
  worker: number;
  attempt: number;
  task: "score" | "explain";
}

/** The events of a recommender, and what each has as its `detail`. */
export interface RecommenderEvents {
  /** A worker has died; another takes its place. */
  "worker-restart": { queue: ScorerName; worker: number; cause: string };
  /** A message to a scorer was given up; the list lacks that scorer. */
  "dead-letter": DeadLetter & { id: MessageId };
  /** A scorer's workers are no longer started, or are again. */
  circuit: { queue: ScorerName; circuit: QueueStats["circuit"] };
  /** The engine has died; another takes its place and is told all that was recorded. Open calls are put to it. */
  "engine-restart": { cause: string };
  /**
   * There is no model, and why; told once, just after `createRecommender` has resolved. An engine that is restarted after that does
   * without it, too, and does not try again: lists do not change by that. It is also told where only such an engine could not load it.
   */
  "model-error": { code: ErrorCode; message: string };
  /** A scorer that was to have workers runs where the engine runs, and why: lists are the same, and take longer. */
  "in-process": { queue: ScorerName; reason: string };
  /**
   * What the page's developer should know, told on the console, too, just after `createRecommender` has resolved or the catalog was changed: `MODEL_UNMATCHED`, no item of
   * the model is in the catalog; `FIELD_UNKNOWN`, no item of the catalog has a field that `fields` names.
   */
  warning: { code: ErrorCode; message: string };
  /**
   * The history could not be read, or kept: `HISTORY_FULL`, the browser gives no more space; `HISTORY_STORE`, the store fails (a private window,
   * an upgrade that another tab holds up, a broken disk); `HISTORY_LOST`, somebody has deleted it; `HISTORY_DAMAGED`, lines of it are no events
   * and were left out. The session goes on with what it knows, in memory, and what the store did not take is tried again with the next events.
   */
  "history-error": { code: ErrorCode; message: string };
  /** The catalog is another one, by `setCatalog()` or `patchCatalog()`: lists that were made before have items of the old one. */
  "catalog-change": CatalogChange;
  /** Somebody's history has changed, here or in another tab: by these events, or because something was forgotten (then there are none). */
  "history-change": { user: string; events: WatchEvent[] };
  /** The recommender has ended: `CLOSED`, or `ENGINE_DIED` where its engine died again and again. */
  closed: { code: ErrorCode; message: string };
  /** A list was made without these scorers, or without the reasons of those. */
  partial: { missing: string[]; unexplained: string[] };
}

export interface ModelStats {
  items: number;
  matched: number;
  unmatched: number;
  bytes: number;
}

/** Where a part of the items comes from. */
export interface FieldStats {
  from: string[];
  /** Who says so: options, a preset, or nobody. */
  by: "options" | "preset" | "guess";
  /** How many items have it. */
  items: number;
  /** How many have something there that cannot be read, and what is wrong with the first. */
  unread: number;
  problem?: string;
}

export interface Stats {
  /** Where the scorers run: in workers of their own, or all of them where the engine runs. */
  mode: "workers" | "in-process";
  /** Why scorers run where the engine runs, all of them or some; absent where none does. */
  reason?: string;
  catalog: {
    items: number;
    genres: number;
    bytes: number;
    skipped: number;
    /** The first 100 of them. */
    problems: { index: number; offset: number; code: string; message: string }[];
    /** What was taken for what. */
    fields: { [Name in FieldName]?: FieldStats };
    /** Paths that `fields` names, and that no item has. */
    unknown: { field: FieldName; path: string }[];
  };
  /** Where a model was named: its figures, or why the recommender does without it. */
  model?: (ModelStats & { error?: never }) | ({ error: { code: ErrorCode; message: string } } & { [Name in keyof ModelStats]?: never });
  history: { events: number; unknown: number };
  requests: { open: number; settled: number; partial: number; aborted: number; failed: number };
  queues: QueueStats[];
  /** The last 100 messages that were given up, the oldest first. */
  deadLetters: DeadLetter[];
  /** Messages and replies that match nothing that is open: duplicates, late ones, forgeries. */
  unmatched: number;
}

export interface Recorded {
  recorded: number;
  /** Whether it is kept where it outlives the page. */
  durable: boolean;
  /** Ids that are not in the catalog. They are kept: the catalog may get them later. */
  unknown: string[];
}

/** As in `RecommendOptions`; seen items are included unless `filter` says otherwise. */
export interface SimilarOptions {
  limit?: number;
  filter?: Filter;
  diversity?: number;
  /** How much it counts how many watch an item, 0 (default: likeness alone) to 1. 0.1 is much: a good likeness is 0.3. */
  popularity?: number;
  /** Say why: `likeness`, as numbers and as a sentence (`text`), and the genres that both have. */
  explain?: boolean;
  deadline?: number;
  priority?: number;
  signal?: AbortSignal;
}

/** What tells of the events in `RecommenderEvents`. */
export interface RecommenderEventTarget extends Target {
  addEventListener<Name extends keyof RecommenderEvents>(
    type: Name,
    listener: (event: DetailedEvent<RecommenderEvents[Name]>) => void,
    options?: ListenerOptions,
  ): void;
  addEventListener(type: string, listener: Listener, options?: ListenerOptions): void;
  removeEventListener<Name extends keyof RecommenderEvents>(
    type: Name,
    listener: (event: DetailedEvent<RecommenderEvents[Name]>) => void,
    options?: ListenerOptions,
  ): void;
  removeEventListener(type: string, listener: Listener, options?: ListenerOptions): void;
}

/** What every call may be given. */
export interface CallOptions {
  signal?: AbortSignal;
}

/** As in `RecommendOptions`. An abort ends the lists. */
export interface LiveOptions extends RecommendOptions {
  /**
   * Keeps the last list of this name beside the history, where that is in IndexedDB: it comes first the next time, marked as `stale`, and
   * `lastList(name)` has it while the catalog still loads. It goes when something is forgotten, until there is another one.
   */
  name?: string;
}

/** A live list that calls the page, and may be changed. */
export interface Live {
  /** The lists are made with these options from now on: another filter, other weights. The name and the signal stay what they were. */
  update(options: LiveOptions): void;
  /** Ends it; the page is called no more. */
  stop(): void;
  /** Resolves when it was stopped or aborted, or the recommender was closed; rejects with what ended it otherwise: `OPTION`, what `recommend()` rejects with. */
  ended: Promise<void>;
}

/** Whose last list, and from which histories (`history.name` of `createRecommender`). */
export interface LastListOptions {
  user?: string;
  history?: string;
}

/** A list of a former visit. */
export type LastList<Item extends object = Record<string, unknown>> = Recommendations<Item> & { stale: true };

/** A title that stands elsewhere in a list: its places, from 0. */
export interface Moved {
  id: string;
  from: number;
  to: number;
}

/** How a list differs from the one before it (of the first all is `added`). */
export interface ListChange {
  /** The titles that were not in it, and are. */
  added: string[];
  /** The titles that were in it, and are not. */
  removed: string[];
  /** The titles that stand elsewhere. */
  moved: Moved[];
  /** What has happened since the list before it, here or in another tab. */
  events: WatchEvent[];
}

/** A list, and how it differs from the one before it. */
export interface LiveList<Item extends object = Record<string, unknown>> extends Recommendations<Item>, ListChange {
  /** It is the last one of a former visit (`name`), and the one of today is on its way. */
  stale?: true;
}

/** Which part of a history. */
export interface HistoryOptions extends CallOptions {
  /** How many events are passed over, from the newest on. Default 0. */
  from?: number;
  /** How many events, 1 to 1000. Default 100. */
  limit?: number;
}

/** An event of a history, and the item that it is about. */
export interface HistoryEntry<Item extends object = Record<string, unknown>> {
  id: string;
  type: WatchEvent["type"];
  /** Milliseconds since 1970. */
  time: number;
  progress?: number;
  position?: number;
  rating?: number;
  /** The catalog's own object; absent where the catalog does not have it (any more). */
  item?: Item;
}

/** A title that was begun, or the next episode of a series. */
export interface ContinueEntry<Item extends object = Record<string, unknown>> {
  id: string;
  /** When it was last watched; of an episode that was not begun, when the one before it was. Milliseconds since 1970. */
  time: number;
  /** The portion watched, below 0.9; absent where an episode was not begun. */
  progress?: number;
  /** Where it was left, in seconds, where that was recorded. */
  position?: number;
  /** The catalog's own object. */
  item: Item;
}

/** Events as they come: one at a time, or several. */
export type EventStream = AsyncIterable<WatchEvent | readonly WatchEvent[]> | Iterable<WatchEvent | readonly WatchEvent[]>;

/** A history as a file: `JSON.stringify` makes it text. Events in the order in which they were kept. */
export interface HistoryFile {
  format: "watchnext-history";
  version: 1;
  user: string;
  events: WatchEvent[];
}

/** What is where in a table of another origin: the names of columns (CSV), or of members of the objects in a list (JSON). */
export interface ImportColumns {
  title: string;
  year?: string;
  /** Ids at IMDb (`tt…`), at TMDB. */
  imdb?: string;
  tmdb?: string;
  /** When: `2024-05-31`, with or without a time, `31.5.24` or `5/31/2024`. Without it everything was in 1970. */
  date?: string;
  /** A row with a rating is a `rate`, one without a `watch`. */
  rating?: string;
  /** The best rating. Default 5. */
  best?: number;
  /** Whether a row with a rating is a `watch`, too. Default false. */
  watched?: boolean;
}

export interface ImportOptions {
  /** For a file that is of no service that is known. */
  columns?: ImportColumns;
  /** How sure a title must be matched, 0 (default) to 1: as `confidence` in `unsure`. */
  least?: number;
}

/** What became of an import. */
export interface Imported extends Recorded {
  /** What the file was taken for: "letterboxd", "imdb", "netflix", "trakt", "columns", "watchnext-history". */
  format: string;
  /** Rows of which nothing could be made: without a title, or with a date or rating that cannot be read. */
  unread: number;
  /** Titles that the catalog does not have, or has twice without a year that tells. */
  unmatched: { title: string; year?: number }[];
  /** Titles that were matched by the same title and a year that is one off (.8), or by the title alone (.7). The same title and year is .95, the same id 1. */
  unsure: { title: string; year?: number; id: string; confidence: number }[];
}

/** A title of a list for several people. */
export interface GroupRecommendation<Item extends object = Record<string, unknown>> {
  id: string;
  /** The catalog's own object. */
  item: Item;
  /** By name, its place in what that member would get alone, from 1, and with `explain` why. */
  members: Record<string, { place: number; explanation?: Explanation }>;
}

/** A list for several people. */
export interface GroupRecommendations<Item extends object = Record<string, unknown>> {
  items: GroupRecommendation<Item>[];
  /** By name, how much of a list of their own, as long as this one, it is to each: 1 is all of it (docs/history.md). */
  shares: Record<string, number>;
  /** As of `Recommendations`: whether those of all members are. */
  complete: boolean;
  missing: string[];
}

/** A list for several people, and how it differs from the one before it. */
export interface LiveGroupList<Item extends object = Record<string, unknown>> extends GroupRecommendations<Item>, ListChange {}

/** Several people over one engine. */
export interface Group<Item extends object = Record<string, unknown>> {
  /**
   * What all of them may like: nothing that anybody has seen or dislikes, and only what is among the first 1000 of each, chosen so that nobody's share is small. It may be
   * shorter than asked for. Options count for each member.
   */
  recommend(options?: RecommendOptions): Promise<GroupRecommendations<Item>>;
  /** As `live()` of one person: the list for all, and again whenever what one of them does makes it another one. It has no `name`. */
  live(options?: RecommendOptions): AsyncGenerator<LiveGroupList<Item>, void>;
  live(options: RecommendOptions | undefined, listener: (list: LiveGroupList<Item>) => void): Live;
}

export interface SetCatalogOptions extends CallOptions {
  /** A hash as in HTML (`sha384-…`) of what is given as an address. */
  integrity?: string;
}

/** What changes in a catalog: first items go, then others come. */
export interface CatalogPatch<Item extends object = Record<string, unknown>> {
  /** Items that come: one whose id the catalog has takes that item's place, others come last. All have to be good, or nothing is changed. */
  put?: readonly Item[];
  /** The ids of items that go. */
  remove?: readonly (string | number)[];
}

/** What a change of the catalog has done. */
export interface CatalogChange {
  /** How many items the catalog has now. */
  items: number;
  /** How many bad items were left out. */
  skipped: number;
  /** Items with ids that there were not, and items that there are no more. */
  added: number;
  removed: number;
  /** Of a patch: items that took the places of others, and ids that were to go and were not there. */
  changed?: number;
  unknown?: string[];
}

/** A person: a history, and what is made of it. Every failure is a `WatchnextError`. */
export interface User<Item extends object = Record<string, unknown>> {
  /**
   * Takes note of what the viewer did: all of it, or nothing where one event is bad. Resolves when it is kept (`durable`), or where it cannot
   * be, when it counts. An abort takes it back as long as the engine does not
   * have it (while the engine is being started again, say): then nothing is recorded, and the promise rejects with `ABORTED`. After that the
   * promise tells what happened: it resolves if it was recorded; if the engine died over it, it was not, and the promise rejects with `ABORTED`.
   */
  record(event: WatchEvent | readonly WatchEvent[], options?: CallOptions): Promise<Recorded>;
  /**
   * Records what a stream brings (a WebSocket's messages, an EventSource's), in its order, until it ends; what comes at once is one batch. Of a stream no more is taken than can be
   * kept: at most 1000 events, and what it brings at once, are on their way. A bad event ends it with `EVENT` and its place in the stream, counted from 0; those before it
   * count. An abort and a recommender that is closed end it, too; whatever ends it, the stream's `return()` is called.
   * @example
   * await recommender.ingest(playerEvents(socket), { signal });
   */
  ingest(stream: EventStream, options?: CallOptions): Promise<Recorded>;
  recommend(options?: RecommendOptions): Promise<Recommendations<Item>>;
  /**
   * The list of `recommend()`, and again whenever an event, here or in another tab, or another catalog makes it another one: other titles, another order, or with `explain` other
   * reasons. What happens while a list is made, or while the page is busy with one, makes one list, not many. A list that lacks a scorer
   * comes again when that scorer has answered. It ends when the loop is left, or the signal is aborted; a recommender that is closed ends it with `CLOSED`.
   * @example
   * for await (const { items, added } of recommender.live({ limit: 20, signal })) show(items, added);
   */
  live(options?: LiveOptions): AsyncGenerator<LiveList<Item>, void>;
  /**
   * The same, for a page that is called with each list and may change what it asks for. What the listener throws is an uncaught error of the page's.
   * @example
   * const live = recommender.live({ name: "home" }, ({ items, stale }) => show(items, stale));
   * genre.onchange = () => live.update({ filter: { genres: { any: [genre.value] } } });
   */
  live(options: LiveOptions | undefined, listener: (list: LiveList<Item>) => void): Live;
  similar(id: string | number, options?: SimilarOptions): Promise<Recommendations<Item>>;
  /** Where a title stands in the list that `recommend()` would give, however far down, and why; or what keeps it out. */
  why(id: string | number, options?: WhyOptions): Promise<Why<Item>>;
  profile(options?: CallOptions): Promise<Profile>;
  stats(options?: CallOptions): Promise<Stats>;
  /** What was recorded, the newest first; of the same time, what was recorded last. */
  history(options?: HistoryOptions): Promise<HistoryEntry<Item>[]>;
  /**
   * What to go on with, the newest first: titles whose last `watch` has a `progress` below 0.9, and of each series whose last watched episode is over the next one that
   * was not watched (docs/history.md). What was disliked, or passed over since, is not there.
   */
  continueWatching(options?: HistoryOptions): Promise<ContinueEntry<Item>[]>;
  /** All that is kept of this person, to be taken elsewhere. */
  exportHistory(): Promise<HistoryFile>;
  /**
   * Takes in what `exportHistory()` has made, or the text of a file: of that, of Letterboxd (`ratings.csv`, `watched.csv`, `diary.csv`), IMDb (ratings), Netflix
   * (viewing history), Trakt (JSON of history or ratings), or of any table whose `columns` are named. What is there already is not there twice,
   * however often a file is read. Nothing of it leaves the device.
   */
  importHistory(file: HistoryFile | string, options?: ImportOptions): Promise<Imported>;
  /**
   * Forgets all events about an item, here, in the store and in the other tabs; how many that were. Rejects with `HISTORY_STORE` where the store failed, and may have them still:
   * lists do not, but the next visit would. Call it again when the store works.
   */
  forget(id: string | number): Promise<number>;
  /** Forgets all events of this person, as `forget()` does; how many that were. */
  clearHistory(): Promise<number>;
}

/** How a page holds a recommender: the person without a name, and whatever is the same for all. */
export interface Recommender<Item extends object = Record<string, unknown>> extends RecommenderEventTarget, User<Item> {
  /** Several people, who want to watch something together: names as of `user()`, `""` for whoever has none. */
  together(users: readonly string[]): Group<Item>;
  /** Another person, of whom nobody has to be told before: any name that is not empty. All share the engine, and nothing else. */
  user(id: string): User<Item>;
  /**
   * Puts another catalog in place of this one, read with the same options; all or nothing: where it rejects, everything is as it was. Histories
   * stay, also of items that are in neither, and those that the model knows are where they were in it. What was asked before is answered over the
   * catalog that it was asked about; what is asked after it has resolved, over the new one. Live lists follow. The model is asked for again, from the browser's
   * cache mostly; while it lasts both catalogs take memory. Of several changes each begins when the one before it has ended. An abort takes it back as
   * long as that is possible; the promise tells what happened.
   */
  setCatalog(catalog: Source | readonly Item[], options?: SetCatalogOptions): Promise<CatalogChange>;
  /** The same with some items in place of others, or fewer, or more; what is where in items stays as it was found in the catalog. */
  patchCatalog(patch: CatalogPatch<Item>, options?: CallOptions): Promise<CatalogChange>;
  /**
   * Ends whatever is open with `CLOSED`, at once, and the workers. Resolves when they have ended, or after 5 s: a browser may need 2 s
   * to stop an endless loop, and WebKit never stops one in WebAssembly. In insecure contexts nobody can tell; there it resolves at once.
   */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
