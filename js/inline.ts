import { connect } from "./client.js";
import { core } from "./core.js";
import { localEngine } from "./local-engine.js";
import { pageEngine } from "./page-engine.js";
import type { Recommender, RecommenderOptions } from "./types.js";
import { unpacked } from "./unpack.js";
import { compiledBytes } from "./wasm-module.js";
import { worker } from "./worker-text.js";

export { WatchnextError, type ErrorCode } from "./errors.js";
export { lastList } from "./last-list.js";
export { ENGLISH, likenessText, reasonText, whyText } from "./reasons.js";
export type * from "./types.js";
export { version } from "./version.js";

/**
 * The same as of "watchnext", with the core and the worker's script in scripts: whatever serves or bundles it needs to know nothing.
 * It costs some 35 kB more to download than brotli makes of the core, no browser compiles it while it comes, and the page's CSP has to have
 * `worker-src blob:`.
 * It also runs where nothing can be imported later: in service workers, and bundled for Node.
 */
export function createRecommender<Item extends object = Record<string, unknown>>(
  options: RecommenderOptions<Item>,
): Promise<Recommender<Item>> {
  const base = globalThis.document?.baseURI ?? globalThis.location?.href;
  return connect(options, pageEngine(options, { core: compiled, worker: workerUrl, local: async () => localEngine }, base), { base });
}

let module: Promise<WebAssembly.Module> | undefined;
let url: URL | undefined;

/** Compiled once for all recommenders of the page. */
function compiled(): Promise<WebAssembly.Module> {
  module ??= unpacked(core).then(compiledBytes);
  module.catch(() => (module = undefined));
  return module;
}

/** One for the page, which stays: workers start others from it. */
const workerUrl = (): URL => (url ??= new URL(URL.createObjectURL(new Blob([worker], { type: "text/javascript" }))));
