import { asWatchnextError } from "./errors.js";
import { kind } from "./options.js";
import type { RecommenderOptions } from "./types.js";

/** A worker that loads its script. */
export interface Script {
  worker: Worker;
  /** Where the script is, if that is known. */
  url: URL | undefined;
  /** Gives back what is needed as long as the worker lives. */
  release(): void;
}

const nothing = (): void => undefined;

/** Starts a worker: the page's own, or one that runs the script. */
export function startWorker(
  { createWorker, workerUrl }: Pick<RecommenderOptions<object>, "createWorker" | "workerUrl">,
  own: () => URL,
  base: string | undefined,
  name: string,
): Script {
  let url: URL | undefined;
  try {
    if (createWorker) return { worker: createWorker(), url, release: nothing };
    url = workerUrl ? new URL(String(workerUrl), base) : own();
    const isTrusted = typeof workerUrl === "object" && kind(workerUrl) !== "URL";
    // What Trusted Types have let through must stay what it is.
    if (isTrusted || isOurs(url)) return { worker: construct(isTrusted ? (workerUrl as URL) : url, name), url, release: nothing };
    const blob = URL.createObjectURL(new Blob([importing(url)], { type: "text/javascript" }));
    // Scorers are started from it at any time.
    return { worker: construct(blob, name), url, release: () => URL.revokeObjectURL(blob) };
  } catch (error) {
    const hint = "under Trusted Types workerUrl must be a TrustedScriptURL";
    throw asWatchnextError(error, "WORKER_LOAD", `The worker ${url?.href ?? workerUrl ?? ""} could not be started (${hint})`);
  }
}

/** Modules, which Trusted Types prefer; but in a sandboxed frame Chromium starts none from a blob. */
const construct = (url: string | URL, name: string): Worker => new Worker(url, { type: String(url).startsWith("blob:") ? "classic" : "module", name });

/** Whether browsers start a worker from it. Those of other origins can only be imported, by a script that is the page's own. */
function isOurs({ origin, protocol }: URL): boolean {
  return protocol === "blob:" || (origin === globalThis.origin && protocol !== "data:");
}

/** A rejection is told to nobody outside; an error that nobody catches is. */
const importing = ({ href }: URL): string => `import(${JSON.stringify(href)}).catch((error) => setTimeout(() => { throw error; }));`;
