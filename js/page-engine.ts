import { underCsp } from "./csp.js";
import { coreError } from "./errors.js";
import type { localEngine } from "./local-engine.js";
import { areFunctions } from "./options.js";
import type { Engine, StartEngine } from "./protocol.js";
import { startWorker } from "./script.js";
import type { RecommenderOptions } from "./types.js";
import { compiledCore, type Core } from "./wasm-module.js";
import { workerEngine } from "./worker-engine.js";

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
          return start(compiled, listener, "there are no workers here", options.scorers);
        } catch (error) {
          throw coreError(error);
        }
      }
      module.catch(nothing);
      const { broker, scorers } = options;
      const functions = areFunctions(scorers) ? import("./functions.js").then(({ serve }) => serve(scorers)) : undefined;
      return workerEngine(startWorker(options, worker, base, "watchnext-engine"), module, listener, signal, early, broker?.startTimeout, functions);
    });
}
