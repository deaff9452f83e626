import { lastWords, onEnd } from "./guard.js";
import type { Engine, EngineListener } from "./protocol.js";
import { EngineHost, initSync } from "./wasm/watchnext.js";

/** An engine in this thread, for where there is no `Worker`. */
export function localEngine(module: WebAssembly.Module, listener: EngineListener): Engine {
  initSync({ module });
  let terminated = false;
  const forget = onEnd((error) => {
    terminated = true;
    listener.died(lastWords(error));
  });
  const host = new EngineHost((message: Parameters<EngineListener["message"]>[0]) => {
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
