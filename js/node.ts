import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

import { connect } from "./client.js";
import { WatchnextError, coreError } from "./errors.js";
import { localEngine } from "./local-engine.js";
import type { Recommender, RecommenderOptions } from "./types.js";

export { WatchnextError } from "./errors.js";
export { ENGLISH, reasonText, whyText } from "./reasons.js";
export type * from "./types.js";

/**
 * The same as in a browser, in this thread: for servers, scripts and tests. Addresses may also be paths and
 * `file:` URLs; paths start at the working directory.
 */
export async function createRecommender<Item = Record<string, unknown>>(
  options: RecommenderOptions,
): Promise<Recommender<Item>> {
  if (options?.integrity?.wasm !== undefined) throw new WatchnextError("OPTION", "option integrity.wasm: the core comes from the disk here.");
  return connect(
    options,
    async (listener) => {
      try {
        const bytes = await readFile(new URL("./wasm/watchnext_bg.wasm", import.meta.url));
        return localEngine(await WebAssembly.compile(bytes), listener);
      } catch (error) {
        throw coreError(error);
      }
    },
    {
      base: pathToFileURL(`${process.cwd()}/`).href,
      read: (url) => (url.protocol === "file:" ? readFile(url) : undefined),
    },
  );
}
