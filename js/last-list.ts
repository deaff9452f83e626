import { lastList as kept } from "./history.js";
import type { LastList, LastListOptions } from "./types.js";

/**
 * The last list of `live({ name })`, of a former visit: what a page can show before it has a recommender, or a catalog. Nothing where there is none, or
 * something was forgotten since.
 * @example
 * const last = await lastList("home");
 * if (last) show(last.items, last.stale);
 */
export async function lastList<Item extends object = Record<string, unknown>>(name: string, options: LastListOptions = {}): Promise<LastList<Item> | undefined> {
  return kept<Item>(name, options);
}
