import { coreErrorCode } from "./errors.js";
import { lastWords } from "./guard.js";
import { newCore } from "./wasm/watchnext.js";

interface StartMessage {
  module: WebAssembly.Module;
  role: object;
}

/*
 * Engine and scorers run the same script; the first message says which this is. Nothing is awaited before the
 * handler is there, or messages would be lost.
 */
const { initSync, run } = newCore((error) => postMessage({ died: lastWords(error) }));
addEventListener("unhandledrejection", ({ reason }) => rethrow(reason));
addEventListener("messageerror", unreadable);
addEventListener("message", start, { once: true });
postMessage("loaded");

let started = false;

function start({ data }: MessageEvent<StartMessage>): void {
  try {
    initSync({ module: data.module });
  } catch (error) {
    return refuse(error);
  }
  started = true;
  run(data.role);
}

function unreadable(): void {
  const what = "a message could not be read";
  // Firefox does not let a module in that it would not let run.
  if (started) rethrow(new Error(what));
  else refuse(what);
}

function refuse(reason: unknown): void {
  // Firefox has no RangeError for it. It was compiled, so that it is not cut off.
  const code = /out of memory/i.test(String(reason)) ? "MEMORY" : coreErrorCode(reason);
  const hint = code === "MEMORY" ? "too many recommenders or workers may be open" : "allow 'wasm-unsafe-eval' in the CSP that worker.js comes with";
  postMessage({ died: { code, message: `the core cannot run here (${reason}); ${hint}` } });
}

/** A parent hears of uncaught errors, and of nothing else. */
function rethrow(reason: unknown): void {
  setTimeout(() => {
    throw reason;
  });
}
