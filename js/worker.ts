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
const { start: instantiate, run } = newCore((error) => postMessage({ died: lastWords(error) }));
addEventListener("unhandledrejection", ({ reason }) => rethrow(reason));
addEventListener("messageerror", unreadable);
addEventListener("message", ({ data }: MessageEvent<StartMessage>) => start(data), { once: true });
postMessage("loaded");

let started = false;

/** How long to wait before it is tried again, in milliseconds: what workers have that were ended is given back a moment later. */
const MEMORY_DELAYS = [50, 100, 200, 400, 800, 1600];

function start(message: StartMessage, attempt = 0): void {
  try {
    instantiate(message.module);
  } catch (error) {
    const delay = codeOf(error) === "MEMORY" ? MEMORY_DELAYS[attempt] : undefined;
    return delay === undefined ? refuse(error) : void setTimeout(() => start(message, attempt + 1), delay);
  }
  started = true;
  run(message.role);
}

/** Firefox has no RangeError for it. The core was compiled, so that it is not cut off. */
function codeOf(reason: unknown): "MEMORY" | "WASM_LOAD" {
  return /out of memory/i.test(String(reason)) ? "MEMORY" : coreErrorCode(reason);
}

function unreadable(): void {
  const what = "a message could not be read";
  // Firefox does not let a module in that it would not let run.
  if (started) rethrow(new Error(what));
  else refuse(what);
}

function refuse(reason: unknown): void {
  const code = codeOf(reason);
  const hint = code === "MEMORY" ? "too many recommenders or workers may be open" : "allow 'wasm-unsafe-eval' in the CSP that worker.js comes with";
  postMessage({ died: { code, message: `the core cannot run here (${reason}); ${hint}` } });
}

/** A parent hears of uncaught errors, and of nothing else. */
function rethrow(reason: unknown): void {
  setTimeout(() => {
    throw reason;
  });
}
