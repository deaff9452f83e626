import { WatchnextError, aborted, asWatchnextError } from "./errors.js";
import type { EngineSource } from "./protocol.js";
import type { Source } from "./types.js";

/** So many items are turned into JSON between two turns of the event loop. */
const ITEMS_AT_A_TIME = 200;

/** Where relative addresses start, and how to read those that fetch cannot. */
export interface Platform {
  base: string | undefined;
  read?(url: URL): Promise<Uint8Array> | undefined;
}

/**
 * A source as the engine takes it. Addresses stay addresses: the engine fetches and parses them, off this thread.
 */
export async function engineSource(
  source: Source | readonly object[],
  integrity: string | undefined,
  platform: Platform,
  signal: AbortSignal | undefined,
): Promise<EngineSource> {
  if (typeof source === "string" || source instanceof URL) {
    const url = absolute(source, platform.base);
    const bytes = await platform.read?.(url)?.catch((error: unknown) => {
      throw asWatchnextError(error, "NETWORK", `${url.href} could not be read`);
    });
    if (!bytes) return { url: { url: url.href, ...(integrity && { integrity }) } };
    refuse(integrity);
    return { bytes };
  }
  refuse(integrity);
  if (source instanceof Uint8Array) return { bytes: source };
  if (source instanceof ArrayBuffer) return { bytes: new Uint8Array(source) };
  if (Array.isArray(source)) return { bytes: await itemsAsJson(source, signal) };
  if (typeof Request !== "undefined" && source instanceof Request) {
    const response = await fetch(source, signal ? { signal } : {}).catch((error: unknown) => {
      if (signal?.aborted) throw aborted(signal);
      throw asWatchnextError(error, "NETWORK", `${source.url} could not be loaded`);
    });
    return { bytes: await body(response) };
  }
  if (typeof Response !== "undefined" && source instanceof Response) return { bytes: await body(source) };
  throw new WatchnextError(
    "OPTION",
    "A catalog or model must be an address, a Request, a Response, bytes or, for a catalog, an array of items.",
  );
}

/** Only `fetch` compares bytes with a hash. */
function refuse(integrity: string | undefined): void {
  if (integrity !== undefined) {
    throw new WatchnextError("OPTION", "option integrity: is for what is given as an http(s) address.");
  }
}

function absolute(source: string | URL, base: string | undefined): URL {
  try {
    return new URL(source, base);
  } catch (error) {
    throw new WatchnextError("OPTION", `${String(source)} is not an address.`, { cause: error });
  }
}

async function body(response: Response): Promise<Uint8Array> {
  if (!response.ok) {
    throw new WatchnextError("HTTP", `${response.url} answered with HTTP status ${response.status}`);
  }
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw asWatchnextError(error, "NETWORK", `${response.url} could not be loaded`);
  }
}

/** In slices, so that no task blocks the page however many items there are. */
async function itemsAsJson(items: readonly object[], signal: AbortSignal | undefined): Promise<Uint8Array> {
  const parts: BlobPart[] = [];
  for (let start = 0; start < items.length; start += ITEMS_AT_A_TIME) {
    if (start > 0) await new Promise((resolve) => setTimeout(resolve));
    if (signal?.aborted) throw aborted(signal);
    const slice = items.slice(start, start + ITEMS_AT_A_TIME).map((item) => JSON.stringify(item) ?? "null");
    parts.push(start === 0 ? "[" : ",", slice.join(","));
  }
  if (parts.length === 0) parts.push("[");
  return new Uint8Array(await new Blob([...parts, "]"]).arrayBuffer());
}
