import type { EngineError } from "./protocol.js";

type Exports = WebAssembly.Exports;

/**
 * A core's exports, closed for good once one of them has thrown: after a trap an instance still answers calls, with broken state.
 * wasm-bindgen's glue takes them from here (scripts/build.mjs). Its own `--force-enable-abort-handler` needs WebAssembly exceptions,
 * which Node 20 and browsers from before 2025 do not have.
 *
 * `onEnd` is told, once. Nothing is thrown out of here: most calls come from timers and promises, where nobody could catch it.
 */
export function guarded(exports: Exports, onEnd: (error: Error) => void): Exports {
  let ended: Error | undefined;
  let depth = 0;
  const guard = (call: Function) => (...args: unknown[]): unknown => {
    depth += 1;
    try {
      if (ended) throw ended;
      return call(...args);
    } catch (error) {
      // An error that the core returns comes another way: what is thrown has left its frames behind.
      if (!ended) {
        ended = error instanceof Error ? error : new Error(String(error));
        console.error("watchnext:", ended);
        onEnd(ended);
      }
      if (depth > 1) throw error;
      // The glue takes it for a result without an error.
      return [];
    } finally {
      depth -= 1;
    }
  };
  return Object.fromEntries(Object.entries(exports).map(([name, value]) => [name, typeof value === "function" ? guard(value) : value]));
}

/** The error of a core that has ended, as the page gets it. */
export function lastWords(error: Error & { code?: string }): EngineError {
  return { code: error.code === "MEMORY" ? "MEMORY" : "ENGINE_DIED", message: error.message };
}
