import { WatchnextError, asWatchnextError } from "./errors.js";

/** Compiled once for all recommenders of a page, and for engines that are started again; by address and hash. */
const modules = new Map<string, Promise<WebAssembly.Module>>();

/** The core, compiled; workers get the compiled module. */
export function compiledWasm(url: URL, integrity = ""): Promise<WebAssembly.Module> {
  const key = `${integrity} ${url.href}`;
  const module = modules.get(key) ?? compile(url, integrity);
  modules.set(key, module);
  // What has failed may succeed another time.
  module.catch(() => modules.delete(key));
  return module;
}

async function compile(url: URL, integrity: string): Promise<WebAssembly.Module> {
  try {
    const response = await fetch(url, { integrity });
    if (!response.ok) {
      throw new WatchnextError("WASM_LOAD", `${url.href} answered with HTTP status ${response.status}`);
    }
    // Streaming compilation insists on the MIME type; servers that do not know it are common.
    return response.headers.get("content-type")?.startsWith("application/wasm")
      ? await WebAssembly.compileStreaming(response)
      : await WebAssembly.compile(await response.arrayBuffer());
  } catch (error) {
    const hint =
      "check that the file is served, whole" + (integrity && ", that integrity.wasm is that of this version's file") +
      ", and that the page's CSP allows it (connect-src) and 'wasm-unsafe-eval' (script-src)";
    throw asWatchnextError(error, "WASM_LOAD", `${url.href} could not be loaded (${hint})`);
  }
}
