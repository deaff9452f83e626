import { importing } from "./functions.js";
import { lastWords } from "./guard.js";
import { CLOSE, written, type Engine, type EngineListener, type EngineMessage } from "./protocol.js";
import type { RecommenderOptions } from "./types.js";
import { newCore } from "./wasm/watchnext.js";

/** An engine in this thread, for where there is no `Worker` (`inProcess` says why); each has a core of its own, and dies alone. */
export function localEngine(module: WebAssembly.Module, listener: EngineListener, inProcess: string, scorers: RecommenderOptions["scorers"] = {}): Engine {
  let terminated = false;
  const { hostEngine, start } = newCore((error) => {
    if (!terminated) listener.died(lastWords(error));
  });
  start(module);
  const receive = hostEngine((message: string) => {
    if (!terminated) listener.message(JSON.parse(message) as EngineMessage);
  }, importing(scorers, (url) => import(url)));
  return {
    inProcess,
    post: (message) => {
      const [text, ...bytes] = written(message);
      receive(text, bytes);
    },
    terminate: async () => {
      if (terminated) return;
      terminated = true;
      // Not while the host may be on the stack, as when a progress callback aborts.
      await undefined;
      receive(CLOSE[0], []);
    },
  };
}
