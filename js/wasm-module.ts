import { absolute } from "./address.js";
import { Download, idleTimeout } from "./download.js";
import { WatchnextError, asWatchnextError, coreErrorCode } from "./errors.js";
import { isAddress, kind } from "./options.js";
import type { RecommenderOptions, WasmSource } from "./types.js";
import { unharmed } from "./unharmed.js";

/** Where the core is, or the core itself. */
export type Core = URL | Promise<WebAssembly.Module>;

type Options = Pick<RecommenderOptions<object>, "wasm" | "integrity" | "fetch" | "idleTimeout" | "onProgress">;

/** Compiled once for all recommenders of a page, by address and hash. */
const modules = new Map<string, Promise<WebAssembly.Module>>();

/**
 * What gets the compiled core, whenever an engine is started; workers get the compiled module. It comes from what the page gives (`wasm`),
 * else from what the entry point has.
 */
export function compiledCore(options: Options, own: () => Core, base: string | undefined): () => Promise<WebAssembly.Module> {
  const load = async (): Promise<WebAssembly.Module> => {
    const { wasm } = options;
    return compiled(wasm === undefined ? own() : coreOf(await wasm, options, base), options);
  };
  let module: Promise<WebAssembly.Module> | undefined;
  return () => {
    module ??= load();
    // What has failed may succeed another time.
    module.catch(() => (module = undefined));
    return module;
  };
}

function coreOf(source: WasmSource, options: Options, base: string | undefined): Core {
  if (isAddress(source)) return absolute(source, base);
  if (kind(source) === "WebAssembly.Module") return Promise.resolve(source as WebAssembly.Module);
  if (kind(source) === "ArrayBuffer" || ArrayBuffer.isView(source)) return compiledBytes(source as BufferSource);
  if (kind(source) === "Response") {
    const response = source as Response;
    const name = response.url || "The core's response";
    return compiledResponse(new Download(name, idleTimeout(options.idleTimeout)), name, "", async () => response, options);
  }
  throw new WatchnextError("OPTION", "option wasm: must be an address, a Response, bytes or a compiled module.");
}

function compiled(core: Core, options: Options): Promise<WebAssembly.Module> {
  const { integrity: { wasm: hash = "" } = {}, fetch, idleTimeout: idle } = options;
  if (!(core instanceof URL)) {
    if (hash) throw new WatchnextError("OPTION", "option integrity.wasm: is for a core that is given as an address.");
    return core;
  }
  const { href } = core;
  const load = (): Promise<WebAssembly.Module> => {
    const download = new Download(href, idleTimeout(idle));
    return compiledResponse(download, href, hash, () => (fetch ?? globalThis.fetch)(href, { integrity: hash, signal: download.signal }), options);
  };
  // What the page's own function answers is for this recommender.
  if (fetch) return load();
  const key = `${hash} ${href}`;
  const module = modules.get(key) ?? load();
  modules.set(key, module);
  module.catch(() => modules.delete(key));
  return module;
}

async function compiledResponse(
  download: Download,
  name: string,
  integrity: string,
  respond: () => Promise<Response>,
  { onProgress }: Options,
): Promise<WebAssembly.Module> {
  const { signal } = download;
  let answered = "";
  try {
    const response = await download.next(respond());
    const { status } = response;
    const type = response.headers.get("content-type") ?? "no MIME type";
    answered = `HTTP status ${status} and ${type}`;
    if (!response.ok || type.startsWith("text/html")) {
      const advice = await import("./advice.js").then(({ refused }) => refused(name, status, type), () => answered);
      throw new WatchnextError("WASM_LOAD", `${name} is not the core: ${advice}`);
    }
    // Nobody sees what compileStreaming reads. The clone shows it; and what is compiled stays the browser's own response, for which
    // it may keep the code.
    const arrived = download.read(response.clone(), (_, loaded, total) => {
      if (onProgress) unharmed(() => onProgress({ phase: "wasm-download", loaded, ...(total && { total }) }));
    });
    // Streaming compilation insists on the MIME type; servers that do not know it are common.
    const compiling = type.startsWith("application/wasm")
      ? WebAssembly.compileStreaming(response)
      : response.arrayBuffer().then((bytes) => WebAssembly.compile(bytes));
    const [module] = await Promise.all([compiling, arrived]);
    return module;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw await loadError(error, name, answered, integrity);
  } finally {
    download.end();
  }
}

/** For an entry point that has the core in itself, too. */
export async function compiledBytes(bytes: BufferSource): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(bytes);
  } catch (error) {
    throw await loadError(error);
  }
}

/** Of a core that came from `name`, or was there. */
async function loadError(error: unknown, name?: string, answered?: string, integrity?: string): Promise<WatchnextError> {
  const code = coreErrorCode(error);
  const hint = await import("./advice.js").then(async ({ coreHint }) => ` (${await coreHint(code, name, answered, integrity)})`, () => "");
  return asWatchnextError(error, code, `${name ?? "The core"} could not be ${name ? "loaded" : "compiled"}${hint}`);
}
