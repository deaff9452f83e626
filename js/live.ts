// Lists that follow the history, the catalog and what they are asked with. Only a page that asks for one loads this.

import { failOption, liveOptions } from "./options.js";
import type { Explanation, LiveOptions, Moved, RecommendOptions, RecommenderEventTarget, RecommenderEvents, WatchEvent } from "./types.js";
import { unharmed } from "./unharmed.js";

/** So many lists in a row may be passed over because something newer has happened meanwhile. */
const PASSED_OVER = 5;
/** How long what came too late for a list may take, in milliseconds. */
const PATIENCE = 30_000;

/** What is asked for again and again: a list for one person, or for several. */
export interface List {
  items: { id: string; explanation?: Explanation; members?: Record<string, { explanation?: Explanation }> }[];
  complete: boolean;
}

/** What is told of it. */
export type Followed<Of extends List> = Of & { added: string[]; removed: string[]; moved: Moved[]; events: WatchEvent[]; stale?: true };

/** What a live list is made with. */
export interface Lister<Of extends List> {
  recommender: RecommenderEventTarget;
  /** Whose histories it follows. */
  users: readonly string[];
  recommend(options: RecommendOptions): Promise<Of>;
  /** The last list of this name, as JSON; keeps this one, where there is one. Absent for several: what one forgets would be in it. */
  lastList?: (name: string, list?: string) => Promise<string | undefined>;
}

/** A list, and again whenever it becomes another one. */
export class LiveRequest<Of extends List> {
  readonly #of: Lister<Of>;
  #options: LiveOptions;
  readonly #stop = new AbortController();
  #events: WatchEvent[] = [];
  #changed = true;
  #wake = (): void => undefined;

  constructor(of: Lister<Of>, options: LiveOptions = {}) {
    liveOptions(options);
    if (options.name !== undefined && !of.lastList) failOption("name", "is for the list of one person");
    this.#of = of;
    this.#options = options;
  }

  /** Lists are made with these options from now on; the name and the signal stay what they were. */
  update(options: LiveOptions): void {
    this.#options = options;
    this.#change();
  }

  stop(): void {
    this.#stop.abort();
  }

  /** Calls the page with each list. Resolves when it is stopped, or the page closes the recommender. */
  async follow(listener: (list: Followed<Of>) => void): Promise<void> {
    try {
      for await (const list of this.lists()) {
        if (!this.#stop.signal.aborted) unharmed(() => listener(list));
      }
    } catch (error) {
      // Nobody may have kept what to wait for.
      if ((error as { code?: string }).code !== "CLOSED") throw error;
    }
  }

  async *lists(): AsyncGenerator<Followed<Of>, void> {
    const { recommender, users, recommend, lastList } = this.#of;
    const { name, signal } = this.#options;
    const end = (): void => this.#stop.abort();
    if (signal?.aborted) end();
    signal?.addEventListener("abort", end);
    const stopped = this.#stop.signal;
    const change = ({ detail }: { readonly detail: RecommenderEvents["history-change"] }): void => {
      if (!users.includes(detail.user)) return;
      this.#events.push(...detail.events);
      this.#change();
    };
    // Of one that has closed the next request says why.
    const others = ["closed", "catalog-change"];
    const other = (): void => this.#change();
    const wake = (): void => this.#wake();
    recommender.addEventListener("history-change", change);
    for (const type of others) recommender.addEventListener(type, other);
    stopped.addEventListener("abort", wake);
    /** What the page has. */
    let last: Followed<Of> | undefined;
    let passedOver = 0;
    try {
      const kept = name === undefined ? undefined : await lastList?.(name);
      if (kept !== undefined && !stopped.aborted) {
        const stale = JSON.parse(kept) as Of;
        yield (last = { ...stale, ...compare([], stale.items), events: [], stale: true });
      }
      while (!stopped.aborted) {
        // What came too late for the last list is waited for, once.
        const completes = !this.#changed && last !== undefined && !last.complete;
        if (!this.#changed && !completes) {
          await new Promise<void>((resolve) => (this.#wake = resolve));
          continue;
        }
        this.#changed = false;
        const { name: _, ...options } = this.#options;
        const whole: RecommendOptions = { wait: "all", deadline: PATIENCE };
        const asking = recommend({ ...options, ...(completes && whole), signal: stopped });
        const list = await (completes ? asking.catch(() => undefined) : asking);
        if (!list) {
          // Nobody has the rest: the list stays what it is, until something happens.
          last = last && { ...last, complete: true };
          continue;
        }
        if (this.#changed && last && !last.stale && (passedOver += 1) <= PASSED_OVER) continue;
        passedOver = 0;
        // One that something has changed meanwhile may have what was forgotten.
        if (name !== undefined && list.complete && !this.#changed) void lastList?.(name, JSON.stringify(list)).catch(() => undefined);
        const isNews = !last || last.stale || !same(last.items, list.items) || last.complete !== list.complete;
        const before = last?.items ?? [];
        last = { ...list, ...compare(before, list.items), events: this.#events };
        if (!isNews) continue;
        this.#events = [];
        yield last;
      }
    } catch (error) {
      // Whoever has stopped it knows.
      if (!stopped.aborted) throw error;
    } finally {
      recommender.removeEventListener("history-change", change);
      for (const type of others) recommender.removeEventListener(type, other);
      signal?.removeEventListener("abort", end);
      end();
    }
  }

  #change(): void {
    this.#changed = true;
    this.#wake();
  }
}

/** The same titles in the same order, and for the same reasons where those were asked for. */
function same(one: List["items"], other: List["items"]): boolean {
  const text = (items: List["items"]): string =>
    JSON.stringify(items.map(({ id, explanation, members = {} }) => [id, ...[{ explanation }, ...Object.values(members)].map((of) => of.explanation?.reason?.text)]));
  return text(one) === text(other);
}

function compare(before: List["items"], now: List["items"]): { added: string[]; removed: string[]; moved: Moved[] } {
  const was = new Map(before.map(({ id }, place) => [id, place]));
  const is = new Set(now.map(({ id }) => id));
  const moved: Moved[] = now.flatMap(({ id }, to) => {
    const from = was.get(id);
    return from === undefined || from === to ? [] : [{ id, from, to }];
  });
  const added = now.flatMap(({ id }) => (was.has(id) ? [] : [id]));
  return { added, removed: before.flatMap(({ id }) => (is.has(id) ? [] : [id])), moved };
}
