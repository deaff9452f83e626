import { WatchnextError } from "./errors.js";
import { lastWords, onEnd } from "./guard.js";
import type { Engine, EngineListener, EngineMessage } from "./protocol.js";
import { EngineHost, initSync } from "./wasm/watchnext.js";

/** Why there is no core any more; there is one for the whole thread. */
let ended: Error | undefined;
onEnd((error) => (ended = error));

/** An engine in this thread, for where there is no `Worker`. */
export function localEngine(module: WebAssembly.Module, listener: EngineListener): Engine {
  if (ended) {
    const what = `The core of this thread has ended, and does not start again in it: ${ended.message}`;
    throw new WatchnextError("ENGINE_DIED", what, { cause: ended });
  }
  initSync({ module });
  let terminated = false;
  const forget = onEnd((error) => {
    terminated = true;
    listener.died(lastWords(error));
  });
  const host = new EngineHost((message: EngineMessage) => {
    if (!terminated) listener.message(message);
  });
  return {
    post: (message) => host.receive(message),
    terminate: () => {
      if (terminated) return;
      terminated = true;
      forget();
      // Not while the host may be on the stack, as when a progress callback aborts.
      queueMicrotask(() => host.free());
    },
  };
}
