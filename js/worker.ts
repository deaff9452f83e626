import { lastWords, onEnd } from "./guard.js";
import { initSync, run } from "./wasm/watchnext.js";

interface StartMessage {
  module: WebAssembly.Module;
  role: object;
}

/*
 * Engine and scorers run the same script; the first message says which this is. Nothing is awaited before the
 * handler is there, or messages would be lost.
 */
onEnd((error) => postMessage({ died: lastWords(error) }));
addEventListener("unhandledrejection", ({ reason }) => rethrow(reason));
addEventListener("messageerror", () => rethrow(new Error("a message could not be read")));
addEventListener(
  "message",
  ({ data }: MessageEvent<StartMessage>) => {
    initSync({ module: data.module });
    run(data.role);
  },
  { once: true },
);
postMessage("loaded");

/** A parent hears of uncaught errors, and of nothing else. */
function rethrow(reason: unknown): void {
  setTimeout(() => {
    throw reason;
  });
}
