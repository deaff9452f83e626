import { WatchnextError } from "./errors.js";
import type { Engine, EngineListener, FromEngine } from "./protocol.js";

/** How long the engine's script may take to load where nothing else is said, in milliseconds. */
const START_TIMEOUT = 30_000;

/** An engine in a worker. `module` may still be compiling while the worker's script loads. */
export async function workerEngine(
  worker: Worker,
  url: string,
  module: Promise<WebAssembly.Module>,
  listener: EngineListener,
  startTimeout = START_TIMEOUT,
): Promise<Engine> {
  const watch = new AbortController();
  const engine: Engine = {
    post: (message) => worker.postMessage(message),
    terminate: () => {
      watch.abort();
      worker.onmessage = worker.onerror = null;
      worker.terminate();
    },
  };
  try {
    await Promise.all([scriptLoaded(worker, url, startTimeout), module]);
  } catch (error) {
    engine.terminate();
    throw error;
  }
  const died = (message: string, code = "ENGINE_DIED"): void => {
    if (watch.signal.aborted) return;
    engine.terminate();
    listener.died({ code, message });
  };
  const lock = `watchnext ${crypto.randomUUID?.() ?? Math.random()}`;
  worker.onmessage = ({ data }: MessageEvent<FromEngine>) => {
    if (data !== "alive") return "died" in data ? died(data.died.message, data.died.code) : listener.message(data);
    // Whoever holds this lock lives: we get it when it does not. There are no locks in insecure contexts.
    globalThis.navigator?.locks?.request(lock, { signal: watch.signal }, () => died("it ended")).catch(() => undefined);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    died(event.message);
  };
  const compiled = await module;
  worker.postMessage({ module: compiled, role: { engine: { module: compiled, lock } } });
  return engine;
}

function scriptLoaded(worker: Worker, url: string, timeout: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (what: string): void => {
      const hint = "check its path, its MIME type (text/javascript) and the page's CSP (worker-src, script-src)";
      reject(new WatchnextError("WORKER_LOAD", `The worker script ${url} ${what}; ${hint}.`));
    };
    const timer = setTimeout(() => fail(`did not load within ${timeout / 1000} s`), timeout);
    worker.onmessage = () => {
      clearTimeout(timer);
      resolve();
    };
    worker.onerror = (event) => {
      event.preventDefault();
      clearTimeout(timer);
      // A script that cannot be fetched gives an event without a message.
      fail(event.message ? `failed: ${event.message}` : "did not load");
    };
  });
}
