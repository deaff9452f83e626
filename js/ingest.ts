// Events that arrive as a stream. Only a page that has one loads this.

import { WatchnextError, aborted, asWatchnextError } from "./errors.js";
import { described, failOption } from "./options.js";
import type { CallOptions, EventStream, Recorded, RecommenderEventTarget, WatchEvent } from "./types.js";

/** So many events are taken from a stream while others are on their way to the store. */
const AHEAD = 1000;

type Record = (events: readonly WatchEvent[]) => Promise<Recorded>;

/**
 * Records what a stream brings, in its order, until it ends. What comes while events are recorded goes with the next batch; nothing is taken from the
 * stream beyond a batch, so that whoever feeds it waits as the store does.
 */
export async function ingest(stream: EventStream, record: Record, recommender: RecommenderEventTarget, { signal }: CallOptions = {}): Promise<Recorded> {
  const iterable = Object(stream) as Partial<AsyncIterable<WatchEvent>>;
  if (!(Symbol.asyncIterator in iterable || Symbol.iterator in iterable)) failOption("stream", `must be an iterable of events, found ${described(stream)}`);
  const total: Recorded = { recorded: 0, durable: true, unknown: [] };
  const unknown = new Set<string>();
  /** Taken, and not recorded yet; and how many events were before those. */
  let batch: WatchEvent[] = [];
  let before = 0;
  let recording: Promise<void> | undefined;

  const add = (recorded: Recorded): void => {
    total.recorded += recorded.recorded;
    total.durable &&= recorded.durable;
    for (const id of recorded.unknown) unknown.add(id);
  };
  const put = async (events: WatchEvent[]): Promise<void> => {
    try {
      add(await record(events));
    } catch (error) {
      const { code, message } = asWatchnextError(error, "INTERNAL", "");
      // The good ones before a bad one count.
      const place = code === "EVENT" ? Number(/^event (\d+): /.exec(message)?.[1]) : NaN;
      if (place > 0) add(await record(events.slice(0, place)));
      throw place >= 0 ? new WatchnextError("EVENT", message.replace(/^event \d+/, `event ${before + place}`)) : error;
    }
    before += events.length;
  };
  const flush = async (): Promise<void> => {
    // What a stream has at once goes together.
    await Promise.resolve();
    try {
      while (batch.length > 0 && !end) await put(batch.splice(0));
    } catch (error) {
      stop(error);
    }
    recording = undefined;
  };

  let end: { error: unknown } | undefined;
  let wake: (error: unknown) => void = () => undefined;
  const stop = (error: unknown): void => {
    end ??= { error };
    wake(end.error);
  };
  // Not `Promise.race` with one promise that lasts as long as the stream: it would remember each of these.
  const unlessStopped = <T>(work: T | Promise<T>): Promise<T> => new Promise((resolve, reject) => {
    wake = reject;
    if (end) reject(end.error);
    Promise.resolve(work).then(resolve, reject);
  });
  const onAbort = (): void => stop(aborted(signal as NonNullable<typeof signal>));
  const onClosed = ({ detail: { code, message } }: { readonly detail: { code: WatchnextError["code"]; message: string } }): void => stop(new WatchnextError(code, message));
  if (signal?.aborted) onAbort();
  signal?.addEventListener("abort", onAbort);
  recommender.addEventListener("closed", onClosed);

  const iterator = Symbol.asyncIterator in stream ? stream[Symbol.asyncIterator]() : stream[Symbol.iterator]();
  let isOver = false;
  try {
    for (;;) {
      const next = await unlessStopped(iterator.next());
      if (next.done) break;
      batch = batch.concat(next.value);
      recording ??= flush();
      if (batch.length >= AHEAD) await unlessStopped(recording);
    }
    isOver = true;
    await recording;
    if (end) throw (end as { error: unknown }).error;
    return { ...total, unknown: [...unknown] };
  } catch (error) {
    // What was taken before is recorded, where it can be.
    await recording;
    throw error;
  } finally {
    signal?.removeEventListener("abort", onAbort);
    recommender.removeEventListener("closed", onClosed);
    // A stream that brings nothing may not end either: nobody waits for it.
    if (!isOver) void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}
