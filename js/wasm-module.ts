import { Download } from "./download.js";
import { WatchnextError, asWatchnextError, coreErrorCode } from "./errors.js";

/** Compiled once for all recommenders of a page, and for engines that are started again; by address and hash. */
const modules = new Map<string, Promise<WebAssembly.Module>>();

/** The core, compiled; workers get the compiled module. `idle` is for how many milliseconds nothing of it may come. */
export function compiledWasm(url: URL, integrity = "", idle: number): Promise<WebAssembly.Module> {
  const key = `${integrity} ${url.href}`;
  const module = modules.get(key) ?? compile(url, integrity, idle);
  modules.set(key, module);
  // What has failed may succeed another time.
  module.catch(() => modules.delete(key));
  return module;
}

async function compile(url: URL, integrity: string, idle: number): Promise<WebAssembly.Module> {
  const download = new Download(url.href, idle);
  const { signal } = download;
  try {
    const response = await download.next(fetch(url, { integrity, signal }));
    if (!response.ok) {
      throw new WatchnextError("WASM_LOAD", `${url.href} answered with HTTP status ${response.status}`);
    }
    // Nobody sees what compileStreaming reads. The clone shows it; and what is compiled stays the browser's own response, for which
    // it may keep the code.
    const arrived = download.read(response.clone(), () => undefined);
    // Streaming compilation insists on the MIME type; servers that do not know it are common.
    const compiled = response.headers.get("content-type")?.startsWith("application/wasm")
      ? WebAssembly.compileStreaming(response)
      : response.arrayBuffer().then((bytes) => WebAssembly.compile(bytes));
    const [module] = await Promise.all([compiled, arrived]);
    return module;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const code = coreErrorCode(error);
    const hint =
      code === "MEMORY"
        ? "too many recommenders or workers may be open"
        : "check that the file is served, whole" + (integrity && ", that integrity.wasm is that of this version's file") +
          ", and that the page's CSP allows it (connect-src) and 'wasm-unsafe-eval' (script-src)";
    throw asWatchnextError(error, code, `${url.href} could not be loaded (${hint})`);
  } finally {
    download.end();
  }
}
