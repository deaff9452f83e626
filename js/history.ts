// Where histories are kept; what cannot be kept is said, and the session goes on.

import { WatchnextError } from "./errors.js";
import { IndexedDbStore } from "./indexed-db.js";
import { failOption } from "./options.js";
import { timeout } from "./timers.js";
import type { HistoryStore, LastList, LastListOptions, Recommendations, RecommenderEvents } from "./types.js";

/** How long a store may take for anything, in milliseconds, before the session goes on without it. */
const LIMIT = 5_000;
/** How long a batch waits for the rest of a burst, in milliseconds. */
const BURST = 500;

/** Ours, or one of the page's. */
type Store = HistoryStore | IndexedDbStore;

/** What is told of trouble. */
type Tell = (trouble: RecommenderEvents["history-error"]) => void;

/** Lines that wait for the store. */
interface Batch {
  user: string;
  lines: string;
  /** Told whether they are where they outlive the page. */
  done(durable: boolean): void;
}

/** What another tab has done: events as JSON, one a line. */
export interface News {
  user: string;
  lines: string;
  /** That is not recorded, but forgotten: an item, or all. */
  forgets?: boolean;
  item?: string | undefined;
}

/** The histories of a page, in the store that its options name. */
export function openHistories(options: unknown, tell: Tell, isMoreComing: () => boolean, hear: (news: News) => void): Histories {
  const { store, name = "watchnext" } = (options ?? {}) as { store?: unknown; name?: unknown };
  if (typeof name !== "string" || name === "") failOption("history.name", "must be a string that is not empty");
  if (store === undefined || store === "indexeddb") {
    if (typeof indexedDB !== "undefined") return new Histories(new IndexedDbStore(name, tell), tell, isMoreComing, tabs(name), hear);
    if (store) failOption("history.store", "there is no IndexedDB here");
  } else if (store !== "memory") {
    const { read, append, replace } = (store ?? {}) as Partial<HistoryStore>;
    if ([read, append, replace].some((method) => typeof method !== "function")) {
      failOption("history.store", 'must be "indexeddb", "memory" or an object with the functions read, append and replace');
    }
    return new Histories(store as HistoryStore, tell, isMoreComing);
  }
  return new Histories(undefined, tell, isMoreComing);
}

/** The other tabs of this origin that have the same histories. */
function tabs(name: string): BroadcastChannel | undefined {
  try {
    return new BroadcastChannel(`watchnext ${name}`);
  } catch {
    // In a frame without an origin; it has no store either.
    return undefined;
  }
}

/**
 * Puts what is recorded into the store, in order: what comes while the store is busy goes together, as one batch. What the store does not
 * take stays here, and goes with the next batch. Lines may get there twice, where a store says nothing in time; their identity tells.
 */
export class Histories {
  readonly #store: Store | undefined;
  readonly #tell: Tell;
  readonly #tabs: BroadcastChannel | undefined;
  /** By user, what no store has. */
  readonly #here = new Map<string, string>();
  #waiting: Batch[] = [];
  /** One thing after the other: what is kept while something is forgotten would go with it. */
  #work: Promise<void> = Promise.resolve();
  #forgetting = 0;
  /** Whether something that is recorded is on its way here. */
  readonly #isMoreComing: () => boolean;

  constructor(store: Store | undefined, tell: Tell, isMoreComing: () => boolean, tabs?: BroadcastChannel, hear?: (news: News) => void) {
    this.#store = store;
    this.#tell = tell;
    this.#isMoreComing = isMoreComing;
    this.#tabs = tabs;
    tabs?.addEventListener("message", ({ data }: MessageEvent<News>) => {
      // What another version of this package may say.
      if (typeof data?.lines !== "string") return;
      if (data.forgets) void this.#forget(data.user, data.item).catch(() => undefined);
      hear?.(data);
    });
  }

  /** Whether the lines are where they outlive the page. */
  append(user: string, lines: string): Promise<boolean> {
    return new Promise((done) => {
      if (this.#waiting.push({ user, lines, done }) === 1) this.#work = this.#work.then(() => this.#flush());
    });
  }

  /** The histories of these users, as bytes: what the store has, then what it has not taken. */
  async read(users: readonly string[]): Promise<[user: string, lines: Uint8Array][]> {
    await this.#work;
    const histories = await Promise.all(users.map(async (user) => {
      const kept = await this.#try(async (store) => store.read(user));
      return [...(kept ?? []), this.#here.get(user) ?? ""].map((lines) => [user, bytes(lines)] as [string, Uint8Array]);
    }));
    return histories.flat().filter(([, { length }]) => length > 0);
  }

  /** Keeps nothing of a user that is about this item, or nothing at all; rejects where the store may have it still. */
  async replace(user: string, item?: string): Promise<void> {
    this.#forgetting += 1;
    await this.#forget(user, item, this.#store).finally(() => {
      this.#forgetting -= 1;
      this.#tabs?.postMessage({ user, lines: "", forgets: true, item } satisfies News);
    });
  }

  /** What no store has taken goes, and what this one has. */
  async #forget(user: string, item: string | undefined, store?: Store): Promise<void> {
    const { rewrite, without } = await import("./transfer.js");
    const keep = without(item);
    let isGone = false;
    await (this.#work = this.#work.then(async () => {
      this.#here.set(user, keep(this.#here.get(user) ?? ""));
      const forgotten = store && await this.#try(async () => {
        // Ours does it in one transaction, so that what another tab keeps meanwhile stays.
        await (store instanceof IndexedDbStore ? store.rewrite(user, keep) : rewrite(store, user, keep));
        return true;
      });
      isGone = !store || forgotten === true;
    }));
    if (!isGone) throw new WatchnextError("HISTORY_STORE", "What was to be forgotten may still be in the store, which failed: forget it again when the store works.");
  }

  /** The last list of this name, as JSON, where the store has a place for it; keeps this one, where there is one. */
  async lastList(user: string, name: string, list?: string): Promise<string | undefined> {
    // What is being forgotten may be in it.
    if (list === undefined || !this.#forgetting) return (this.#store as Partial<IndexedDbStore> | undefined)?.lastList?.(user, name, list).catch(() => undefined);
    return undefined;
  }

  /** So many lines that were read are no events. */
  damaged(lines: number): void {
    this.#tell({ code: "HISTORY_DAMAGED", message: `${lines} lines of the history are no events, and were left out; they stay in the store.` });
  }

  /** When all is kept that can be. */
  async close(): Promise<void> {
    await this.#work;
    this.#tabs?.close();
    this.#store?.close?.();
  }

  async #flush(): Promise<void> {
    // What is recorded in one turn of the page goes together, and of a burst what the engine still has.
    const until = performance.now() + BURST;
    do {
      await new Promise((resolve) => setTimeout(resolve));
    } while (this.#isMoreComing() && performance.now() < until);
    const batches = this.#waiting.splice(0);
    for (const user of new Set(batches.map(({ user }) => user))) {
      const own = batches.filter((batch) => batch.user === user);
      const news = own.map(({ lines }) => lines).join("");
      const lines = (this.#here.get(user) ?? "") + news;
      const durable = await this.#try(async (store) => {
        await store.append(user, lines);
        return true;
      });
      if (durable) this.#here.delete(user);
      else this.#here.set(user, lines);
      this.#tabs?.postMessage({ user, lines: news } satisfies News);
      for (const { done } of own) done(durable ?? false);
    }
  }

  /** Nothing where there is no store, or it fails; of that it is told. */
  async #try<T>(work: (store: Store) => Promise<T>): Promise<T | undefined> {
    if (!this.#store) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`it says nothing for ${LIMIT / 1000} s`)), timeout(LIMIT));
    });
    try {
      return await Promise.race([work(this.#store), late]);
    } catch (error) {
      const { name, message } = (error ?? {}) as Partial<Error>;
      const [code, advice] = name === "QuotaExceededError" ? (["HISTORY_FULL", "the browser gives no more space"] as const) : (["HISTORY_STORE", "history stays in memory"] as const);
      this.#tell({ code, message: `The history could not be kept or read (${message ?? String(error)}): ${advice}, until the store works again.` });
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }
}

function bytes(lines: string | Uint8Array): Uint8Array {
  return typeof lines === "string" ? new TextEncoder().encode(lines) : lines;
}

/** The last list of this name that a recommender has kept; nothing where there is none, or it cannot be read. */
export async function lastList<Item extends object>(name: string, { user = "", history = "watchnext" }: LastListOptions): Promise<LastList<Item> | undefined> {
  try {
    const store = new IndexedDbStore(history, () => undefined);
    const list = await store.lastList(user, name);
    store.close();
    return list === undefined ? undefined : { ...(JSON.parse(list) as Recommendations<Item>), stale: true };
  } catch {
    return undefined;
  }
}
