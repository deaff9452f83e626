import { connect } from "./client.js";
import { underCsp } from "./csp.js";
import { idleTimeout } from "./download.js";
import { asWatchnextError, coreError } from "./errors.js";
import type { Recommender, RecommenderOptions } from "./types.js";
import { compiledWasm } from "./wasm-module.js";
import { workerEngine } from "./worker-engine.js";

export { WatchnextError } from "./errors.js";
export { ENGLISH, reasonText, whyText } from "./reasons.js";
export type * from "./types.js";

/**
 * Loads a catalog, and a model if there is one, and starts the scorers.
 *
 * The engine and the scorers run in workers; where there is no `Worker`, in this thread, with the same results.
 *
 * @throws WatchnextError with the code of what went wrong: docs/errors.md.
 * @example
 * const recommender = await createRecommender({ catalog: "/catalog.json", model: "/model.wnm" });
 * await recommender.record({ item: "318", type: "watch" });
 * const { items } = await recommender.recommend({ limit: 10, explain: true });
 */
export function createRecommender<Item = Record<string, unknown>>(
  options: RecommenderOptions,
): Promise<Recommender<Item>> {
  const platform = { base: globalThis.document?.baseURI ?? globalThis.location?.href };
  return connect(
    options,
    (listener, signal) => underCsp(async () => {
      const module = compiledWasm(new URL("./wasm/watchnext_bg.wasm", import.meta.url), options.integrity?.wasm, idleTimeout(options.idleTimeout));
      if (typeof Worker === "undefined") {
        const { localEngine } = await import("./local-engine.js");
        const compiled = await module;
        try {
          return localEngine(compiled, listener);
        } catch (error) {
          throw coreError(error);
        }
      }
      const { workerUrl, broker } = options;
      const url = String(workerUrl ?? new URL("./worker.js", import.meta.url));
      return workerEngine(startWorker(url, workerUrl), url, module, listener, signal, broker?.startTimeout);
    }),
    platform,
  );
}

function startWorker(url: string, workerUrl: RecommenderOptions["workerUrl"]): Worker {
  try {
    // Bundlers look for this very expression.
    return workerUrl
      ? new Worker(workerUrl as URL, { type: "module", name: "watchnext engine" })
      : new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "watchnext engine" });
  } catch (error) {
    const hint = "where the page has Trusted Types, workerUrl must be a TrustedScriptURL";
    throw asWatchnextError(error, "WORKER_LOAD", `The worker ${url} could not be started (${hint})`);
  }
}
