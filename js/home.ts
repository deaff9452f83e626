import type { AbortSignal } from "./platform.js";
import type { Recommendation, Recommendations, Recommender, RecommendOptions } from "./types.js";

/** One row of a home page: what `recommend` gives for these options, or what is like an item. */
export type HomeRow = { key: string; title?: string } & ({ options?: Omit<RecommendOptions, "signal"> } | { similarTo: string | number });

export interface HomeOptions {
  /**
   * The rows, in their order. Default: for the viewer, what is like the title that counts most recently, and the viewer's two most-watched
   * genres.
   */
  rows?: readonly HomeRow[];
  /** How many items a row has. Default 20. */
  limit?: number;
  /** Rows with fewer items are left out. Default 3. */
  least?: number;
  signal?: AbortSignal;
}

/** A row with its items. */
export interface FilledRow<Item extends object = Record<string, unknown>> {
  key: string;
  title: string;
  items: Recommendation<Item>[];
  /** False where a scorer had not answered in time. */
  complete: boolean;
}

const MORE = 3;

/**
 * The rows of a home page, of which no two have the same item: one that is in several is in the first. Made of `recommend` and `similar`, one
 * after the other, on the viewer's device as all lists are.
 *
 * @throws WatchnextError as `recommend` and `similar` do.
 */
export async function home<Item extends object>(recommender: Recommender<Item>, { rows, limit = 20, least = 3, signal }: HomeOptions = {}): Promise<FilledRow<Item>[]> {
  const shown = new Set<string>();
  const filled: FilledRow<Item>[] = [];
  for (const row of rows ?? (await usualRows(recommender, signal))) {
    const list = await ask(recommender, row, limit, shown, signal);
    const items = list.items.filter(({ id }) => !shown.has(id)).slice(0, limit);
    if (items.length < least) continue;
    for (const { id } of items) shown.add(id);
    filled.push({ key: row.key, title: row.title ?? row.key, items, complete: list.complete });
  }
  return filled;
}

function ask<Item extends object>(recommender: Recommender<Item>, row: HomeRow, limit: number, shown: Set<string>, signal: AbortSignal | undefined): Promise<Recommendations<Item>> {
  const given = signal && { signal };
  // What is like an item cannot be asked for without others.
  if ("similarTo" in row) return recommender.similar(row.similarTo, { limit: Math.min(1000, limit * MORE), ...given });
  const { filter, ...options } = row.options ?? {};
  const deny = [...(filter?.ids?.deny ?? []), ...shown];
  return recommender.recommend({ limit, ...options, ...given, filter: { ...filter, ids: { ...filter?.ids, deny } } });
}

async function usualRows<Item extends object>(recommender: Recommender<Item>, signal: AbortSignal | undefined): Promise<HomeRow[]> {
  const { genres, items } = await recommender.profile(signal && { signal });
  const [last] = items;
  return [
    { key: "for-you", title: "For you", options: {} },
    ...(last ? [{ key: `like-${last.id}`, title: `More like ${last.title}`, similarTo: last.id }] : []),
    ...genres.slice(0, 2).map(({ genre }) => ({ key: `genre-${genre}`, title: genre, options: { filter: { genres: { any: [genre] } } } })),
  ];
}
