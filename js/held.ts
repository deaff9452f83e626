// A recommender that a user interface holds: made when somebody needs it, closed when nobody does any more.

import { createRecommender, lastList } from "./index.js";
import type { LiveOptions, Recommendations, Recorded, Recommender, RecommenderOptions, WatchEvent } from "./types.js";

/** What is known of it now. A new object each time that something changes. */
export interface Held<Item extends object> {
  recommender?: Recommender<Item>;
  error?: unknown;
  /** How many times the history or the catalog has changed, here or in another tab: what is no live list is asked for again when it grows. */
  recorded: number;
}

/** What was asked for, by a key: the last answer stays until the next has come. */
export interface Asked<T> {
  data?: T;
  error?: unknown;
  /** Of {@link Held}, when it was asked for. */
  recorded: number;
  /** Until the answer is there. Never rejects. */
  asking: Promise<void> | undefined;
}

/** A live list, and how many components show it. */
interface Following {
  holders: number;
  stop: AbortController;
}

/** So many answers are kept, of which those that were asked for last. */
const MOST = 50;

/**
 * Counts who needs the recommender. Given up it is only closed when nobody has taken it again in the next task: React's StrictMode mounts twice,
 * and frameworks move elements by taking them out and putting them back.
 */
export class HeldRecommender<Item extends object> {
  held: Held<Item> = { recorded: 0 };
  /** Resolves when it is there; rejects when it cannot be. */
  readonly ready: Promise<Recommender<Item>>;
  private settle!: { resolve(recommender: Recommender<Item>): void; reject(error: unknown): void };
  private readonly options: RecommenderOptions<Item>;
  private readonly asked = new Map<string, Asked<unknown>>();
  private readonly following = new Map<string, Following>();
  private readonly listeners = new Set<() => void>();
  private readonly starting = new AbortController();
  private started: Promise<Recommender<Item>> | undefined;
  private holders = 0;

  constructor(options: RecommenderOptions<Item>) {
    this.options = options;
    this.ready = new Promise((resolve, reject) => (this.settle = { resolve, reject }));
    this.ready.catch(() => undefined);
  }

  /** Needs it, until the function that is returned is called. */
  take(): () => void {
    this.holders += 1;
    this.started ??= this.start();
    let taken = true;
    return () => {
      if (!taken) return;
      taken = false;
      this.holders -= 1;
      setTimeout(() => this.holders === 0 && this.close());
    };
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  snapshot = (): Held<Item> => this.held;

  record = async (event: WatchEvent | readonly WatchEvent[]): Promise<Recorded> => {
    return (await this.ready).record(event);
  };

  /** What was asked for with this key, if it was. */
  answer<T>(key: string): Asked<T> | undefined {
    return this.asked.get(key) as Asked<T> | undefined;
  }

  /** Asks, unless nothing was recorded since it was asked with this key. `again`: in any case. */
  ask<T>(key: string, ask: (recommender: Recommender<Item>) => Promise<T>, again = false): Asked<T> {
    const former = this.answer<T>(key);
    if (former && former.recorded === this.held.recorded && !again) return former;
    const asked: Asked<T> = { ...(former && "data" in former && { data: former.data as T }), recorded: this.held.recorded, asking: undefined };
    // What is overtaken is not told.
    const settle = (change: Partial<Asked<T>>): void => {
      if (this.asked.get(key) !== asked) return;
      this.asked.set(key, Object.assign(asked, change, { asking: undefined }));
      this.change({});
    };
    asked.asking = this.ready.then(ask).then(
      (data) => settle({ data }),
      (error: unknown) => settle({ error }),
    );
    this.keep(key, asked);
    return asked;
  }

  /** Keeps what was asked for with this key what a live list says, until the function that is returned is called. */
  follow(key: string, options: LiveOptions): () => void {
    const following = this.following.get(key) ?? this.beginToFollow(key, options);
    this.following.set(key, following);
    following.holders += 1;
    let holds = true;
    return () => {
      if (!holds) return;
      holds = false;
      following.holders -= 1;
      // StrictMode and whoever moves a component come back at once.
      setTimeout(() => {
        if (following.holders > 0 || this.following.get(key) !== following) return;
        this.following.delete(key);
        following.stop.abort();
      });
    };
  }

  private beginToFollow(key: string, options: LiveOptions): Following {
    const stop = new AbortController();
    const settle = (change: Partial<Asked<Recommendations<Item>>>): void => {
      if (stop.signal.aborted) return;
      const former = this.answer<Recommendations<Item>>(key);
      this.keep(key, { ...(former && "data" in former && { data: former.data as Recommendations<Item> }), recorded: this.held.recorded, asking: undefined, ...change });
      this.change({});
    };
    const { name } = options;
    if (name !== undefined && !this.answer(key)) {
      void lastList<Item>(name, { history: this.options.history?.name ?? "watchnext" }).then((data) => data && !this.answer(key) && settle({ data }));
    }
    const follow = (recommender: Recommender<Item>): Promise<void> => recommender.live({ ...options, signal: stop.signal }, (data) => settle({ data })).ended;
    // One that has closed was closed here.
    this.ready.then(follow).catch((error: { code?: string }) => error.code !== "CLOSED" && this.held.error === undefined && settle({ error }));
    return { holders: 0, stop };
  }

  /** Of the answers those stay that were asked for last. */
  private keep(key: string, asked: Asked<unknown>): void {
    this.asked.delete(key);
    this.asked.set(key, asked);
    const [oldest] = this.asked.keys();
    if (this.asked.size > MOST && oldest !== undefined) this.asked.delete(oldest);
  }

  private async start(): Promise<Recommender<Item>> {
    const { signal } = this.options;
    const own = this.starting.signal;
    const options = { ...this.options, signal: signal ? AbortSignal.any([signal, own]) : own };
    try {
      const recommender = await createRecommender<Item>(options);
      const changed = (): void => this.change({ recorded: this.held.recorded + 1 });
      recommender.addEventListener("history-change", ({ detail }) => detail.user === "" && changed());
      recommender.addEventListener("catalog-change", changed);
      this.settle.resolve(recommender);
      this.change({ recommender });
      return recommender;
    } catch (error) {
      this.settle.reject(error);
      if (!own.aborted) this.change({ error });
      throw error;
    }
  }

  private close(): void {
    this.starting.abort();
    this.started?.then((recommender) => recommender.close()).catch(() => undefined);
  }

  private change(change: Partial<Held<Item>>): void {
    this.held = { ...this.held, ...change };
    for (const listener of this.listeners) listener();
  }
}
