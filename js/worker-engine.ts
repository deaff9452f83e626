import { WatchnextError } from "./errors.js";
import type { Engine, EngineListener, FromEngine } from "./protocol.js";

/** How long the engine's script may take to load, and then to start, where nothing else is said; in milliseconds. */
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
  const lock = `watchnext ${crypto.randomUUID?.() ?? Math.random()}`;
  try {
    const [compiled] = await Promise.all([module, nextMessage(worker, url, "load", startTimeout)]);
    worker.postMessage({ module: compiled, role: { engine: { module: compiled, lock } } });
    const first = (await nextMessage(worker, url, "start", startTimeout)) as Extract<FromEngine, "alive" | { died: object }>;
    if (first !== "alive") throw new WatchnextError(first.died.code, `The engine died: ${first.died.message}`);
  } catch (error) {
    engine.terminate();
    throw error;
  }
  const died = (message: string, code = "ENGINE_DIED"): void => {
    if (watch.signal.aborted) return;
    engine.terminate();
    listener.died({ code, message });
  };
  // Whoever holds this lock lives: we get it when it does not. There are no locks in insecure contexts.
  globalThis.navigator?.locks?.request(lock, { signal: watch.signal }, () => died("it ended")).catch(() => undefined);
  worker.onmessage = ({ data }: MessageEvent<Exclude<FromEngine, "alive">>) =>
    "died" in data ? died(data.died.message, data.died.code) : listener.message(data);
  worker.onerror = (event) => {
    event.preventDefault();
    died(event.message);
  };
  return engine;
}

/** What a worker says next, while it starts. */
function nextMessage(worker: Worker, url: string, what: "load" | "start", timeout: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const fail = (how: string): void => {
      const hint = "check its path, its MIME type (text/javascript) and the page's CSP (worker-src, script-src)";
      reject(new WatchnextError("WORKER_LOAD", `The worker script ${url} ${how}; ${hint}.`));
    };
    const timer = setTimeout(() => fail(`did not ${what} within ${timeout / 1000} s`), timeout);
    worker.onmessage = ({ data }) => {
      clearTimeout(timer);
      resolve(data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      clearTimeout(timer);
      // A script that cannot be fetched gives an event without a message.
      fail(event.message ? `failed: ${event.message}` : `did not ${what}`);
    };
  });
}
