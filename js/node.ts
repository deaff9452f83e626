import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

import { connect } from "./client.js";
import { asWatchnextError, coreError } from "./errors.js";
import { localEngine } from "./local-engine.js";
import type { Recommender, RecommenderOptions } from "./types.js";
import { compiledBytes, compiledCore } from "./wasm-module.js";

export { WatchnextError, type ErrorCode } from "./errors.js";
export { ENGLISH, reasonText } from "./reasons.js";
export type * from "./types.js";

/**
 * The same as in a browser, in this thread: for servers, scripts and tests. Addresses may also be paths and
 * `file:` URLs; paths start at the working directory.
 */
export function createRecommender<Item extends object = Record<string, unknown>>(
  options: RecommenderOptions<Item>,
): Promise<Recommender<Item>> {
  const base = pathToFileURL(`${process.cwd()}/`).href;
  const compiled = compiledCore(options, coreFromDisk, base);
  return connect(
    options,
    async (listener) => {
      const core = await compiled();
      try {
        return localEngine(core, listener, "in Node.js there are no workers");
      } catch (error) {
        throw coreError(error);
      }
    },
    { base, read: (url) => (url.protocol === "file:" ? readFile(url) : undefined) },
  );
}

let module: Promise<WebAssembly.Module> | undefined;

/** Compiled once for all recommenders of the process. */
function coreFromDisk(): Promise<WebAssembly.Module> {
  module ??= read().then(compiledBytes);
  module.catch(() => (module = undefined));
  return module;
}

async function read(): Promise<Uint8Array<ArrayBuffer>> {
  const file = new URL("./watchnext.wasm", import.meta.url);
  try {
    return await readFile(file);
  } catch (error) {
    const hint = "a bundle for Node needs watchnext.wasm of node_modules/watchnext/dist beside it, or watchnext left out of it (external), or watchnext/inline";
    throw asWatchnextError(error, "WASM_LOAD", `${file.href} could not be read (${hint})`);
  }
}
