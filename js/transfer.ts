// Histories that leave the device, or come to it, because the viewer wants it. Only a page that does that loads this.

import type { HistoryFile, WatchEvent } from "./types.js";

/** What a history is, as a file. */
export function historyFile(user: string, lines: readonly Uint8Array[]): HistoryFile {
  const decoder = new TextDecoder();
  const seen = new Set<string>();
  const events = lines.flatMap((part) => decoder.decode(part).split("\n")).flatMap((line) => {
    const event = parsed(line);
    const identity = `${event?.origin} ${event?.sequence}`;
    if (!event || (event.origin && seen.has(identity))) return [];
    seen.add(identity);
    return [event];
  });
  return { format: "watchnext-history", version: 1, user, events };
}

/** The events of a file; throws what `error` makes of a reason. */
export function eventsOf(file: unknown, error: (reason: string) => Error): WatchEvent[] {
  const read = typeof file === "string" ? parsed(file) : file;
  const { format, version, events } = (read ?? {}) as Partial<HistoryFile>;
  if (format !== "watchnext-history" || !Array.isArray(events)) throw error("option file: is no history that exportHistory() has made");
  if (version !== 1) throw error(`option file: has version ${String(version)}, this package reads 1; update watchnext`);
  return events;
}

/** What is left of lines when those about an item are taken away, or all. */
export function without(item: string | undefined): (lines: string) => string {
  return (lines) => (item === undefined ? "" : lines.split("\n").filter((line) => line !== "" && parsed(line)?.item !== item).map((line) => `${line}\n`).join(""));
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
