// What a page says, as the engine takes it.

import { WatchnextError } from "./errors.js";
import type { Filter, RecommenderOptions, WatchEvent } from "./types.js";

/** The order in which the engine knows its scorers. */
export const SCORERS = ["history", "genre", "popularity"] as const;
const MAX_WORKERS = 64;

export function engineEvents(events: WatchEvent | readonly WatchEvent[]): object[] {
  const list = Array.isArray(events) ? (events as readonly WatchEvent[]) : [events as WatchEvent];
  const now = Date.now();
  return list.map(({ item, time, ...rest }) => {
    return { ...rest, item: String(item), time: time === undefined ? now : Number(time) };
  });
}

/** What the engine is told: all options but those that only this side knows. */
export function loadOptions({ catalog, model, workers, workerUrl, integrity, onProgress, signal, ...rest }: RecommenderOptions): string {
  return json(rest);
}

export function engineFilter({ ids, ...rest }: Filter): object {
  return { ...rest, ids: ids && { allow: ids.allow?.map(String), deny: ids.deny?.map(String) } };
}

export function workerCounts(workers: RecommenderOptions["workers"]): number[] {
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
export function json(value: object | string): string {
  return JSON.stringify(value, (name, entry: unknown) => {
    if (typeof entry === "number" && !Number.isFinite(entry)) {
      throw new WatchnextError("OPTION", `option ${name}: must be a finite number, found ${entry}`);
    }
    return entry;
  });
}
