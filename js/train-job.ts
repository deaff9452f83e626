import { WatchnextError, aborted, asWatchnextError } from "./errors.js";
import { isAddress, kind } from "./options.js";
import { absolute } from "./address.js";
import type { TrainJob, TrainMessage } from "./train-core.js";
import type { TrainOptions, TrainSource, Trained } from "./train-types.js";

/** Reads what there is to learn from. `read` reads addresses that are no fetch's. */
export async function trainJob(options: TrainOptions, base: string | undefined, read?: (url: URL) => Promise<Uint8Array> | undefined): Promise<TrainJob> {
  const { interactions, catalog, onProgress: _, signal, ...rest } = options;
  if (signal?.aborted) throw aborted(signal);
  const bytesOf = async (source: TrainSource, what: string): Promise<{ name: string; bytes: Uint8Array }> => {
    if (isAddress(source)) {
      const url = absolute(source, base);
      return { name: String(source), bytes: (await read?.(url)) ?? (await fetched(url, signal)) };
    }
    const name = (source as { name?: string; url?: string }).name ?? ((source as { url?: string }).url || what);
    if (kind(source) === "Uint8Array") return { name, bytes: source as Uint8Array };
    if (kind(source) === "ArrayBuffer") return { name, bytes: new Uint8Array(source as ArrayBuffer) };
    if (["Blob", "File", "Response"].includes(kind(source))) return { name, bytes: new Uint8Array(await (source as Blob).arrayBuffer()) };
    throw new WatchnextError("OPTION", `option ${what}: must be an address, a Blob, a Response or bytes.`);
  };
  const sources = Array.isArray(interactions) ? (interactions as readonly TrainSource[]) : [interactions as TrainSource];
  try {
    const [files, ofCatalog] = await Promise.all([
      Promise.all(sources.map((source) => bytesOf(source, "interactions"))),
      catalog === undefined ? undefined : bytesOf(catalog, "catalog"),
    ]);
    return { files, catalog: ofCatalog?.bytes, options: JSON.stringify(rest) };
  } catch (error) {
    throw signal?.aborted ? aborted(signal) : asWatchnextError(error, "NETWORK", "What there is to learn from could not be read");
  }
}

async function fetched(url: URL, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const response = await fetch(url, { signal: signal ?? null });
  if (!response.ok) throw new WatchnextError("HTTP", `${url.href} was answered with HTTP status ${response.status}.`);
  return new Uint8Array(await response.arrayBuffer());
}

/** A thread that trains. */
export interface TrainThread {
  post(job: TrainJob): void;
  onMessage(listener: (message: TrainMessage) => void): void;
  onError(listener: (reason: string) => void): void;
  end(): void;
}

/** What comes of a job in a thread of its own, which ends with it. */
export function trainIn(thread: TrainThread, job: TrainJob, { onProgress, signal }: TrainOptions): Promise<Trained> {
  const done = new Promise<Trained>((resolve, reject) => {
    thread.onMessage((message) => {
      if ("progress" in message) onProgress?.(...message.progress);
      else if ("trained" in message) resolve(message.trained);
      else reject(new WatchnextError(message.failed.code, message.failed.message));
    });
    thread.onError((reason) => reject(new WatchnextError("WORKER_LOAD", `The worker that trains could not be started, or has died: ${reason}`)));
    signal?.addEventListener("abort", () => reject(aborted(signal)), { once: true });
    if (signal?.aborted) reject(aborted(signal));
    thread.post(job);
  });
  return done.finally(() => thread.end());
}
