import { underCsp } from "./csp.js";
import { asWatchnextError, coreError } from "./errors.js";
import type { localEngine } from "./local-engine.js";
import { kind } from "./options.js";
import type { Engine, StartEngine } from "./protocol.js";
import type { RecommenderOptions } from "./types.js";
import { compiledCore, type Core } from "./wasm-module.js";
import { workerEngine, type Script } from "./worker-engine.js";

/** What differs between the entry points for pages. */
export interface Parts {
  core(): Core;
  /** The worker's script, where the page says no other. */
  worker(): URL;
  /** For where there are no workers. */
  local(): Promise<typeof localEngine>;
}

const nothing = (): void => undefined;

/** Starts engines in workers, or where there are none, in this thread. */
export function pageEngine(options: RecommenderOptions<object>, { core, worker, local }: Parts, base: string | undefined): StartEngine {
  const compiled = compiledCore(options, core, base);
  return (listener, signal, early) =>
    underCsp(async (): Promise<Engine> => {
      const module = compiled();
      if (typeof Worker === "undefined" && !options.createWorker) {
        const [start, compiled] = await Promise.all([local(), module]);
        try {
          return start(compiled, listener, "there are no workers here");
        } catch (error) {
          throw coreError(error);
        }
      }
      module.catch(nothing);
      return workerEngine(startWorker(options, worker, base), module, listener, signal, early, options.broker?.startTimeout);
    });
}

/** Starts the worker: the page's own, or one that runs the script. */
function startWorker({ createWorker, workerUrl }: RecommenderOptions<object>, own: () => URL, base: string | undefined): Script {
  let url: URL | undefined;
  try {
    if (createWorker) return { worker: createWorker(), url, release: nothing };
    url = workerUrl ? new URL(String(workerUrl), base) : own();
    const isTrusted = typeof workerUrl === "object" && kind(workerUrl) !== "URL";
    // What Trusted Types have let through must stay what it is.
    if (isTrusted || isOurs(url)) return { worker: construct(isTrusted ? (workerUrl as URL) : url), url, release: nothing };
    const blob = URL.createObjectURL(new Blob([importing(url)], { type: "text/javascript" }));
    // Scorers are started from it at any time.
    return { worker: construct(blob), url, release: () => URL.revokeObjectURL(blob) };
  } catch (error) {
    const hint = "under Trusted Types workerUrl must be a TrustedScriptURL";
    throw asWatchnextError(error, "WORKER_LOAD", `The worker ${url?.href ?? workerUrl ?? ""} could not be started (${hint})`);
  }
}

/** Modules, which Trusted Types prefer; but in a sandboxed frame Chromium starts none from a blob. */
const construct = (url: string | URL): Worker =>
  new Worker(url, { type: String(url).startsWith("blob:") ? "classic" : "module", name: "watchnext-engine" });

/** Whether browsers start a worker from it. Those of other origins can only be imported, by a script that is the page's own. */
function isOurs({ origin, protocol }: URL): boolean {
  return protocol === "blob:" || (origin === globalThis.origin && protocol !== "data:");
}

/** A rejection is told to nobody outside; an error that nobody catches is. */
const importing = ({ href }: URL): string => `import(${JSON.stringify(href)}).catch((error) => setTimeout(() => { throw error; }));`;
