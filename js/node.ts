import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

import { connect } from "./client.js";
import { coreError } from "./errors.js";
import { localEngine } from "./local-engine.js";
import type { Recommender, RecommenderOptions } from "./types.js";
import { unpacked } from "./unpack.js";
import { compiledBytes, compiledCore } from "./wasm-module.js";

export { WatchnextError, type ErrorCode } from "./errors.js";
export { fileStore } from "./file-store.js";
export { lastList } from "./last-list.js";
export { ENGLISH, likenessText, reasonText, whyText } from "./reasons.js";
export type * from "./types.js";
export { version } from "./version.js";

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
        return localEngine(core, listener, "in Node.js there are no workers", options.scorers);
      } catch (error) {
        throw coreError(error);
      }
    },
    { base, read: (url) => (url.protocol === "file:" ? readFile(url) : undefined) },
  );
}

/** Bundlers do not follow it from here: they would put the core somewhere else, and some say of it only where browsers find it. */
const here = import.meta.url;

let module: Promise<WebAssembly.Module> | undefined;

/** Compiled once for all recommenders of the process. */
function coreFromDisk(): Promise<WebAssembly.Module> {
  module ??= read().then(compiledBytes);
  module.catch(() => (module = undefined));
  return module;
}

async function read(): Promise<BufferSource> {
  try {
    return await readFile(new URL("./watchnext.wasm", here));
  } catch {
    // In a bundle it is not beside the script; but what the script imports is there.
    return unpacked((await import("./core.js")).core);
  }
}
