// Lists that follow the history. Only a page that asks for one loads this.

import type { LiveList, LiveOptions, Moved, Recommendation, Recommendations, RecommendOptions, RecommenderEventTarget, RecommenderEvents, WatchEvent } from "./types.js";

/** So many lists in a row may be passed over because something newer has happened meanwhile. */
const PASSED_OVER = 5;
/** How long what came too late for a list may take, in milliseconds. */
const PATIENCE = 30_000;

/** What a live list is made with. */
export interface Lister<Item extends object> extends RecommenderEventTarget {
  recommend(options: RecommendOptions, user: string): Promise<Recommendations<Item>>;
}

/** The list of a user, and again whenever it becomes another one, until the signal is aborted. */
export async function* liveLists<Item extends object>(
  recommender: Lister<Item>,
  user: string,
  { signal, ...options }: LiveOptions = {},
): AsyncGenerator<LiveList<Item>, void> {
  let events: WatchEvent[] = [];
  let changed = true;
  let wake = (): void => undefined;
  const change = ({ detail }: { readonly detail: RecommenderEvents["history-change"] }): void => {
    if (detail.user !== user) return;
    events.push(...detail.events);
    changed = true;
    wake();
  };
  /** The next request says why. */
  const close = (): void => {
    changed = true;
    wake();
  };
  recommender.addEventListener("history-change", change);
  recommender.addEventListener("closed", close);
  const end = (): void => wake();
  signal?.addEventListener("abort", end);
  /** What the page has. */
  let last: Recommendations<Item> | undefined;
  let passedOver = 0;
  try {
    while (!signal?.aborted) {
      // What came too late for the last list is waited for, once.
      const completes = !changed && last !== undefined && !last.complete;
      if (!changed && !completes) {
        await new Promise<void>((resolve) => (wake = resolve));
        continue;
      }
      changed = false;
      const whole: RecommendOptions = { wait: "all", deadline: PATIENCE };
      const asking = recommender.recommend({ ...options, ...(completes && whole), ...(signal && { signal }) }, user);
      const list = await (completes ? asking.catch(() => undefined) : asking);
      if (!list) {
        // Nobody has the rest: the list stays what it is, until something happens.
        last = last && { ...last, complete: true };
        continue;
      }
      if (changed && last && (passedOver += 1) <= PASSED_OVER) continue;
      passedOver = 0;
      const difference = compare(last?.items ?? [], list.items);
      const isNews = !last || !same(last.items, list.items) || last.complete !== list.complete;
      last = list;
      if (!isNews) continue;
      const because = events;
      events = [];
      yield { ...list, ...difference, events: because };
    }
  } catch (error) {
    // Whoever has aborted it knows.
    if (!signal?.aborted) throw error;
  } finally {
    recommender.removeEventListener("history-change", change);
    recommender.removeEventListener("closed", close);
    signal?.removeEventListener("abort", end);
  }
}

/** The same titles in the same order, and for the same reasons where those were asked for. */
function same<Item extends object>(one: Recommendation<Item>[], other: Recommendation<Item>[]): boolean {
  const text = (items: Recommendation<Item>[]): string => JSON.stringify(items.map(({ id, explanation }) => [id, explanation?.reason?.text]));
  return text(one) === text(other);
}

function compare<Item extends object>(before: Recommendation<Item>[], now: Recommendation<Item>[]): Pick<LiveList<Item>, "added" | "removed" | "moved"> {
  const was = new Map(before.map(({ id }, place) => [id, place]));
  const is = new Set(now.map(({ id }) => id));
  const moved: Moved[] = now.flatMap(({ id }, to) => {
    const from = was.get(id);
    return from === undefined || from === to ? [] : [{ id, from, to }];
  });
  const added = now.flatMap(({ id }) => (was.has(id) ? [] : [id]));
  return { added, removed: before.flatMap(({ id }) => (is.has(id) ? [] : [id])), moved };
}
