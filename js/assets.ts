// Where the package's two files are. Bundlers look for these very expressions, and put there what they have made of the files; each is
// here once, since some emit a file as often as they are asked for it.

import { WatchnextError } from "./errors.js";

/** Vite up to 7, in development, moves the script and not the files: those are still where npm put them. */
const optimized = /^(.*\/node_modules\/)\.vite\/deps\//.exec(import.meta.url)?.[1];

/** The core's. */
export const wasmUrl = (): URL => found("WASM_LOAD", "wasm", () => new URL("./watchnext.wasm", import.meta.url));

/** The worker's script. */
export const workerUrl = (): URL => found("WORKER_LOAD", "workerUrl", () => new URL("./worker.js", import.meta.url));

/** Where a file is; `option` is what says it where that is not known, and `other` what else there is to do. */
export function found(code: "WASM_LOAD" | "WORKER_LOAD", option: string, url: () => URL, other = 'import "watchnext/inline", '): URL {
  try {
    const { href } = url();
    // Next.js makes addresses without an origin of them.
    return new URL(href.replace(/^.*\/\.vite\/deps\//, optimized ? `${optimized}watchnext/dist/` : "$&"), globalThis.location?.href);
  } catch (error) {
    const hint = `give the option ${option}, ${other}or let the bundler write ES modules`;
    throw new WatchnextError(code, `A bundle without import.meta.url does not know where its files are: ${hint}.`, { cause: error });
  }
}
