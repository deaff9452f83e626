// What a page gives that is no address. Only a page that gives something else, or reads addresses itself, loads this.

import { absolute } from "./address.js";
import { Download } from "./download.js";
import { WatchnextError, aborted, asWatchnextError } from "./errors.js";
import { described, isAddress, kind, type FieldFunctions } from "./options.js";
import type { EngineSource } from "./protocol.js";
import type { Source } from "./types.js";

/** So many items are turned into JSON between two turns of the event loop. */
const ITEMS_AT_A_TIME = 200;

/** Where relative addresses start, and how to read those that fetch cannot. */
export interface Platform {
  base: string | undefined;
  read?(url: URL): Promise<Uint8Array> | undefined;
}

/** How the page reads what the engine cannot. */
export interface Reading extends Platform {
  /** The page's own, where it has one: then the engine can read no address. */
  fetch: typeof fetch | undefined;
  /** How long nothing may come, in milliseconds. */
  idle: number;
  signal: AbortSignal;
  /** What is made of each item of a catalog that is an array. */
  functions?: FieldFunctions;
}

/**
 * A model as the engine takes it. Where the page cannot read it, the engine is told, and decides whether to go on without it; what is
 * no model's source at all fails.
 */
export async function modelSource(source: Source, integrity: string | undefined, reading: Reading): Promise<EngineSource> {
  if (Array.isArray(source)) throw new WatchnextError("OPTION", "A model must be an address, a Request, a Response or bytes.");
  try {
    return await engineSource(source, integrity, reading);
  } catch (error) {
    if (!(error instanceof WatchnextError) || error.code === "OPTION" || reading.signal.aborted) throw error;
    return { failed: { code: error.code, message: error.message } };
  }
}

/**
 * A source as the engine takes it. Addresses stay addresses: the engine fetches and parses them, off this thread.
 */
export async function engineSource(
  source: Source | readonly object[],
  integrity: string | undefined,
  platform: Reading,
): Promise<EngineSource> {
  const { fetch, idle, signal } = platform;
  if (isAddress(source)) {
    const url = absolute(source, platform.base);
    const bytes = await platform.read?.(url)?.catch((error: unknown) => {
      throw asWatchnextError(error, "NETWORK", `${url.href} could not be read`);
    });
    if (!bytes && !fetch) return { url: url.href, ...(integrity && { integrity }) };
    refuse(integrity);
    return bytes ? { bytes: bytesOf(bytes) } : request(url.href, url, fetch, new Download(url.href, idle, [signal]));
  }
  refuse(integrity);
  if (kind(source) === "Uint8Array" || kind(source) === "ArrayBuffer") return { bytes: bytesOf(source as Uint8Array | ArrayBuffer) };
  if (Array.isArray(source)) return { bytes: await itemsAsJson(source, platform) };
  if (typeof Request !== "undefined" && source instanceof Request) {
    refuseUsed(source);
    return request(source.url, source, fetch, new Download(source.url, idle, [signal, source.signal]));
  }
  if (typeof Response !== "undefined" && source instanceof Response) {
    refuseUsed(source);
    const name = source.url || "The response";
    return read(name, async () => source, new Download(name, idle, [signal]));
  }
  throw new WatchnextError(
    "OPTION",
    `A catalog or model must be an address, a Request, a Response, bytes or, for a catalog, an array of items; found ${described(source)}.`,
  );
}

/** Only the engine compares with a hash, and only what it downloads. */
function refuse(integrity: string | undefined): void {
  if (integrity !== undefined) {
    throw new WatchnextError("OPTION", "option integrity: is for what is given as an http(s) address, and without the option fetch.");
  }
}

/** The same bytes as a Uint8Array of this window; test environments have several, too. */
function bytesOf(bytes: Uint8Array | ArrayBuffer): Uint8Array {
  if (bytes instanceof Uint8Array) return bytes;
  return ArrayBuffer.isView(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : new Uint8Array(bytes);
}

/** A body can be read once. */
function refuseUsed(source: Request | Response): void {
  if (source.bodyUsed || source.body?.locked) {
    throw new WatchnextError("OPTION", `The body of ${source.url || "the response"} was read already; give a clone() made before that.`);
  }
}

function request(name: string, source: URL | Request, fetch = globalThis.fetch, download: Download): Promise<EngineSource> {
  return read(name, () => download.next(fetch(source, { signal: download.signal })), download);
}

async function read(name: string, respond: () => Promise<Response>, download: Download): Promise<EngineSource> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let from: string;
  try {
    const response = await respond();
    from = `${name} answered with HTTP status ${response.status} and ${response.headers.get("content-type") ?? "no content type"}`;
    if (!response.ok) throw new WatchnextError("HTTP", from);
    await download.read(response, (chunk) => chunks.push(chunk));
  } catch (error) {
    throw asWatchnextError(error, "NETWORK", `${name} could not be loaded`);
  } finally {
    download.end();
  }
  // Put together by the browser, off this thread.
  return { bytes: new Uint8Array(await new Blob(chunks).arrayBuffer()), from };
}

/** In slices, so that no task blocks the page however many items there are. */
async function itemsAsJson(items: readonly object[], { signal, functions = [] }: Reading): Promise<Uint8Array> {
  const parts: BlobPart[] = [];
  for (let start = 0; start < items.length; start += ITEMS_AT_A_TIME) {
    if (start > 0) await new Promise((resolve) => setTimeout(resolve));
    if (signal.aborted) throw aborted(signal);
    const slice = items.slice(start, start + ITEMS_AT_A_TIME).map((item, place) => itemAsJson(item, `catalog[${start + place}]`, functions));
    parts.push(start === 0 ? "[" : ",", slice.join(","));
  }
  if (parts.length === 0) parts.push("[");
  return new Uint8Array(await new Blob([...parts, "]"]).arrayBuffer());
}

/** `place` is that in what the page has given. */
export function itemAsJson(item: object, place: string, functions: FieldFunctions): string {
  const json = asJson(item, place);
  if (functions.length === 0 || !json.startsWith("{")) return json;
  const made = functions.map(([name, make]) => {
    try {
      return [name, make(item)];
    } catch (error) {
      throw asWatchnextError(error, "OPTION", `option fields.${name.slice(0, -2)}: has thrown for ${place}`);
    }
  });
  const fields = asJson(Object.fromEntries(made), place);
  return fields === "{}" ? json : json === "{}" ? fields : `${fields.slice(0, -1)},${json.slice(1)}`;
}

function asJson(value: object, place: string): string {
  try {
    return JSON.stringify(value) ?? "null";
  } catch (error) {
    throw asWatchnextError(error, "OPTION", `option ${place}: cannot be written as JSON`);
  }
}
