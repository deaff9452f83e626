// Histories that leave the device, or come to it, because the viewer wants it. Only a page that does that loads this.

import { WatchnextError } from "./errors.js";
import type { Lines } from "./protocol.js";
import type { HistoryFile, HistoryStore, ImportColumns, Imported, ImportOptions, Recorded, WatchEvent } from "./types.js";

/** What a history is, as a file. */
export function historyFile(user: string, histories: readonly Lines[]): HistoryFile {
  const decoder = new TextDecoder();
  const seen = new Set<string>();
  const events = histories.flatMap(([, lines]) => decoder.decode(lines).split("\n")).flatMap((line) => {
    const event = parsed(line);
    const identity = `${event?.origin} ${event?.sequence}`;
    if (!event || (event.origin && seen.has(identity))) return [];
    seen.add(identity);
    return [event];
  });
  return { format: "watchnext-history", version: 1, user, events };
}

/** What a title from elsewhere is in the catalog. */
export interface Found {
  id?: string;
  confidence: number;
}

/** What an import is done with. */
export interface Importer {
  /** What each title is in the catalog, as `Found`. */
  match(titles: readonly object[]): Promise<unknown>;
  record(events: WatchEvent[]): Promise<Recorded>;
}

const error = (reason: string): Error => new WatchnextError("OPTION", reason);

/** Surer than that is the title itself; what is less sure is told. */
const SURE = 0.9;

const COLUMNS: Record<keyof ImportColumns, true> = { title: true, year: true, imdb: true, tmdb: true, date: true, rating: true, best: true, watched: true };

/** The options, checked. */
function importOptions(options: ImportOptions | undefined): ImportOptions {
  const check = (place: string, given: unknown, known: object): void => {
    if (typeof given !== "object" || given === null || Array.isArray(given)) throw error(`${place ? `option ${place}` : "options"}: must be an object`);
    const unknown = Object.keys(given).find((name) => !Object.hasOwn(known, name));
    const path = place ? `${place}.${unknown}` : unknown;
    if (unknown !== undefined) throw error(`option ${path}: is unknown; known are ${Object.keys(known).join(", ")}`);
  };
  if (options === undefined) return {};
  check("", options, { columns: true, least: true });
  const { columns, least } = options;
  if (columns !== undefined) check("columns", columns, COLUMNS);
  if (columns !== undefined && typeof columns.title !== "string") throw error("option columns.title: must be the name of a column");
  if (least !== undefined && !(typeof least === "number" && least >= 0 && least <= 1)) throw error(`option least: must be from 0 to 1, found ${String(least)}`);
  return options;
}

/** Takes in a file of ours, or of another service. */
export async function importHistory(file: unknown, options: ImportOptions | undefined, { match, record }: Importer): Promise<Imported> {
  const { columns, least = 0 } = importOptions(options);
  const value = typeof file === "string" ? parsed(file) : file;
  const { format, version, events } = (value ?? {}) as Partial<HistoryFile>;
  if (format === "watchnext-history" && Array.isArray(events)) {
    if (version !== 1) throw error(`option file: has version ${String(version)}, this package reads 1; update watchnext`);
    return { format, ...(await record(events)), unread: 0, unmatched: [], unsure: [] };
  }
  if (typeof file !== "string") throw error("option file: must be what exportHistory() has made, or the text of a file");
  const { identified, readFile } = await import("./readers.js");
  const { rows, unread, format: from } = readFile(file, columns, error);
  const found = (await match(rows.map(({ event: _, ...title }) => title))) as Found[];
  const [matched, unmatched, unsure]: [WatchEvent[], Imported["unmatched"], Imported["unsure"]] = [[], [], []];
  rows.forEach(({ titles: [title = ""], year, event }, place) => {
    const { id, confidence } = found[place] as Found;
    if (id === undefined || id === null || confidence < least) return void unmatched.push({ title, ...(year && { year }) });
    if (confidence < SURE) unsure.push({ title, ...(year && { year }), id, confidence });
    matched.push({ ...event, item: id });
  });
  return { format: from, ...(await record(identified(from, matched))), unread, unmatched, unsure };
}

/** What is left of lines when those about an item are taken away, or all. */
export function without(item: string | undefined): (lines: string) => string {
  return (lines) => (item === undefined ? "" : lines.split("\n").filter((line) => line !== "" && parsed(line)?.item !== item).map((line) => `${line}\n`).join(""));
}

/** What `keep` leaves of a user's lines, in a store of the page's. */
export async function rewrite(store: HistoryStore, user: string, keep: (lines: string) => string): Promise<void> {
  const decoder = new TextDecoder();
  const lines = (await store.read(user)).map((lines) => (typeof lines === "string" ? lines : decoder.decode(lines)));
  await store.replace(user, keep(lines.join("")));
}

/** Nothing where it is no JSON object. */
function parsed(text: string): (WatchEvent & Partial<HistoryFile>) | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as WatchEvent) : undefined;
  } catch {
    return undefined;
  }
}
