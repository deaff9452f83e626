import { wasmUrl, workerUrl } from "./assets.js";
import { connect } from "./client.js";
import { pageEngine } from "./page-engine.js";
import type { Recommender, RecommenderOptions } from "./types.js";

export { WatchnextError, type ErrorCode } from "./errors.js";
export { lastList } from "./last-list.js";
export { ENGLISH, likenessText, reasonText, whyText } from "./reasons.js";
export type * from "./types.js";
export { version } from "./version.js";

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
export function createRecommender<Item extends object = Record<string, unknown>>(
  options: RecommenderOptions<Item>,
): Promise<Recommender<Item>> {
  const base = globalThis.document?.baseURI ?? globalThis.location?.href;
  const local = async () => (await import("./local-engine.js")).localEngine;
  return connect(options, pageEngine(options, { core: wasmUrl, worker: workerUrl, local }, base), { base });
}
