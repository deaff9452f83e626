import type { Engine, EngineListener, FromEngine } from "./protocol.js";
import { EngineHost, initSync } from "./wasm/watchnext.js";

/** An engine in this thread, for where there is no `Worker`. */
export function localEngine(module: WebAssembly.Module, listener: EngineListener): Engine {
  initSync({ module });
  let terminated = false;
  const host = new EngineHost((message: Exclude<FromEngine, "alive">) => {
    if (!terminated) listener.message(message);
  });
  return {
    post: (message) => host.receive(message),
    terminate: () => {
      if (terminated) return;
      terminated = true;
      // Not while the host may be on the stack, as when a progress callback aborts.
      queueMicrotask(() => host.free());
    },
  };
}
