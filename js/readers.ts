// What other services give a viewer of their history, read into titles and events. Only a page that imports such a file loads this.

import type { ImportColumns, WatchEvent } from "./types.js";

/** A file may have so many rows, and so many characters. */
const MAX_ROWS = 1_000_000;
const MAX_LENGTH = 200_000_000;
/** Events recorded on the same day are so many milliseconds apart, in the order of the file. */
const DAY = 86_400_000;

/** A title, and what was done with it. */
export interface Read {
  titles: string[];
  year?: number;
  imdb?: string;
  tmdb?: string;
  event: Omit<WatchEvent, "item" | "time"> & { time: number };
}

/** Where a file is from, and what it says. */
export interface ReadFile {
  format: string;
  rows: Read[];
  /** Rows of which nothing can be made: without a title, a date or a rating that can be read. */
  unread: number;
}

type Row = Record<string, unknown>;

/** How a format's columns are called, by what tells it from others. The first whose columns are all there counts. */
const FORMATS: { name: string; has: string[]; columns: ImportColumns }[] = [
  { name: "letterboxd", has: ["Letterboxd URI", "Watched Date"], columns: { title: "Name", year: "Year", date: "Watched Date", rating: "Rating", watched: true } },
  { name: "letterboxd", has: ["Letterboxd URI", "Rating"], columns: { title: "Name", year: "Year", date: "Date", rating: "Rating" } },
  { name: "letterboxd", has: ["Letterboxd URI", "Name"], columns: { title: "Name", year: "Year", date: "Date" } },
  { name: "imdb", has: ["Const", "Your Rating"], columns: { title: "Title", year: "Year", imdb: "Const", date: "Date Rated", rating: "Your Rating", best: 10 } },
  { name: "netflix", has: ["Title", "Date"], columns: { title: "Title", date: "Date" } },
];

/** Reads a file. `columns` says what is where in one of no format that is known. Throws what `error` makes of a reason. */
export function readFile(text: string, columns: ImportColumns | undefined, error: (reason: string) => Error): ReadFile {
  if (text.length > MAX_LENGTH) throw error(`option file: has ${text.length} characters, the limit is ${MAX_LENGTH}`);
  const isJson = /^\s*[[{]/.test(text);
  const rows = isJson ? jsonRows(text, error) : csvRows(text);
  if (rows.length > MAX_ROWS) throw error(`option file: has ${rows.length} rows, the limit is ${MAX_ROWS}`);
  if (!columns && isJson && rows.some((row) => isObject(row["movie"]) || isObject(row["show"]))) return readRows("trakt", rows.map(ofTrakt), TRAKT);
  const known = FORMATS.find(({ has }) => !isJson && rows.some((row) => has.every((name) => Object.hasOwn(row, name))));
  if (!columns && !known) {
    const found = Object.keys(rows[0] ?? {}).slice(0, 20).join(", ") || "none";
    throw error(`option file: is no export of Letterboxd, IMDb, Netflix or Trakt; found the columns ${found}: say what they are with the option columns`);
  }
  for (const [role, name] of Object.entries(columns ?? {})) {
    // In JSON an object may lack what others have.
    if (typeof name !== "string" || rows.length === 0 || (isJson && role !== "title") || rows.some((row) => Object.hasOwn(row, name))) continue;
    throw error(`option columns.${role}: there is no column ${JSON.stringify(name)}; found ${Object.keys(rows[0] ?? {}).slice(0, 20).join(", ")}`);
  }
  return readRows(columns ? "columns" : (known?.name ?? ""), rows, columns ?? known?.columns ?? { title: "" });
}

const TRAKT: ImportColumns = { title: "title", year: "year", imdb: "imdb", tmdb: "tmdb", date: "date", rating: "rating", best: 10 };

/** An entry of Trakt's history or ratings as a row. An episode stands for its show. */
function ofTrakt(entry: Row): Row {
  const about = entry["show"] ?? entry["movie"];
  const { title, year, ids } = isObject(about) ? about : {};
  const date = entry["watched_at"] ?? entry["rated_at"] ?? entry["last_watched_at"];
  return { title, year, date, rating: entry["rating"], ...(isObject(ids) && { imdb: ids["imdb"], tmdb: ids["tmdb"] }) };
}

function readRows(format: string, rows: Row[], columns: ImportColumns): ReadFile {
  const dates = rows.map((row) => (columns.date === undefined ? undefined : row[columns.date]));
  // 13/2 says that days come first; where nothing says so, months do.
  const daysFirst = dates.some((date) => typeof date === "string" && /^(1[3-9]|[23]\d)[/.]/.test(date));
  const read: Read[] = [];
  let unread = 0;
  rows.forEach((row, place) => {
    const text = (name: string | undefined): string | undefined => {
      const value = name === undefined ? undefined : row[name];
      return (typeof value === "string" && value.trim() !== "") || typeof value === "number" ? String(value).trim() : undefined;
    };
    const title = text(columns.title);
    const [imdb, tmdb] = [text(columns.imdb), text(columns.tmdb)];
    const date = timeOf(text(columns.date), daysFirst);
    if ((title ?? imdb ?? tmdb) === undefined || (columns.date !== undefined && date === undefined)) return void (unread += 1);
    // The newest comes first in all of these files, and each day's events are told apart by their places.
    const time = (date ?? 0) + (DAY - 1 - (place % DAY)) * (date !== undefined && date % DAY === 0 ? 1 : 0);
    const year = Number(text(columns.year));
    // "Series: Season 1: The episode": the catalog has the series, or a film of that very name.
    const titles = title === undefined ? [] : format === "netflix" ? prefixes(title) : [title];
    const about = { titles, ...(Number.isInteger(year) && year > 1800 && { year }), ...(imdb && { imdb }), ...(tmdb && { tmdb }) };
    const rating = text(columns.rating);
    const stars = (Number(rating) / (columns.best ?? 5)) * 5;
    if (rating !== undefined && stars >= 0.5 && stars <= 5) read.push({ ...about, event: { type: "rate", rating: Math.round(stars * 10) / 10, time } });
    else if (rating !== undefined && columns.watched !== true) return void (unread += 1);
    if (rating === undefined || columns.watched) read.push({ ...about, event: { type: "watch", time } });
  });
  return { format, rows: read, unread };
}

function prefixes(title: string): string[] {
  const parts = title.split(": ");
  return parts.map((_, count) => parts.slice(0, parts.length - count).join(": "));
}

/** Milliseconds since 1970, of the day in UTC where no time is said. */
function timeOf(text: string | undefined, daysFirst: boolean): number | undefined {
  const [, first, second, third] = /^(\d{1,2})[/.](\d{1,2})[/.](\d{2}|\d{4})$/.exec(text ?? "") ?? [];
  if (first && second && third) {
    const [day, month] = daysFirst ? [Number(first), Number(second)] : [Number(second), Number(first)];
    const year = third.length === 2 ? 2000 + Number(third) : Number(third);
    return month >= 1 && month <= 12 && day >= 1 && day <= 31 ? Date.UTC(year, month - 1, day) : undefined;
  }
  // A date alone is UTC's; everything else says what it is.
  const time = text !== undefined && /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : NaN;
  return Number.isFinite(time) ? time : undefined;
}

function isObject(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function jsonRows(text: string, error: (reason: string) => Error): Row[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw error("option file: is not valid JSON");
  }
  const list = Array.isArray(value) ? value : Object.values(value as Row).find(Array.isArray);
  return (list ?? []).filter(isObject);
}

/** CSV as RFC 4180 has it, by the names of the first line; a quote that is not closed goes to the end. */
export function csvRows(text: string): Row[] {
  const lines: string[][] = [];
  let line: string[] = [];
  const end = (): void => {
    if (line.length > 1 || (line[0] ?? "") !== "") lines.push(line);
    line = [];
  };
  const field = /(?:"((?:[^"]|"")*)(?:"|$)|([^,\r\n]*))(,|\r\n|\n|\r|$)?/gy;
  field.lastIndex = text.startsWith("\uFEFF") ? 1 : 0;
  while (field.lastIndex < text.length) {
    const [, quoted, plain = "", after] = field.exec(text) ?? [];
    // What stands behind a closing quote belongs to nothing.
    if (after === undefined) field.lastIndex += 1;
    line.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (after !== ",") end();
    else if (field.lastIndex === text.length) line.push("");
  }
  end();
  const [names = [], ...rows] = lines;
  return rows.map((values) => Object.fromEntries(names.map((name, place) => [name.trim(), values[place] ?? ""])));
}

/** The same events have the same identities, however often the file is read: 53 bits of what they say, and the how-manieth they are. */
export function identified(format: string, events: WatchEvent[]): WatchEvent[] {
  const counts = new Map<string, number>();
  return events.map((event) => {
    // The place within a day is the file's, which grows.
    const text = `${event.item} ${event.type} ${event.rating ?? ""} ${Math.floor(Number(event.time) / DAY)}`;
    const count = counts.get(text) ?? 0;
    counts.set(text, count + 1);
    return { ...event, origin: format, sequence: hash(`${text} ${count}`) };
  });
}

/** FNV-1a twice, with different beginnings. */
function hash(text: string): number {
  const half = (start: number): number => {
    let hash = start;
    for (let place = 0; place < text.length; place += 1) hash = Math.imul(hash ^ text.charCodeAt(place), 0x01000193);
    return hash >>> 0;
  };
  return (half(0x811c9dc5) & 0x1fffff) * 2 ** 32 + half(0x1234567);
}
