import { WatchnextError, asWatchnextError } from "./errors.js";

/** Compiles the core once; workers get the compiled module. */
export async function compileWasm(url: URL, integrity = ""): Promise<WebAssembly.Module> {
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
