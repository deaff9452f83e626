import { WatchnextError } from "./errors.js";
import type { Engine, EngineListener, FromEngine } from "./protocol.js";

/** How long a worker's script may take to load, in milliseconds. */
const START_TIMEOUT = 30_000;

/** An engine in a worker. `module` may still be compiling while the worker's script loads. */
export async function workerEngine(
  worker: Worker,
  url: URL,
  module: Promise<WebAssembly.Module>,
  listener: EngineListener,
): Promise<Engine> {
  const engine: Engine = {
    post: (message) => worker.postMessage(message),
    terminate: () => worker.terminate(),
  };
  try {
    await Promise.all([scriptLoaded(worker, url), module]);
  } catch (error) {
    worker.terminate();
    throw error;
  }
  worker.onmessage = ({ data }: MessageEvent<FromEngine>) => listener.message(data);
  worker.onerror = (event) => {
    event.preventDefault();
    listener.failed(new WatchnextError("ENGINE_DIED", `The engine died: ${event.message}`));
  };
  const compiled = await module;
  worker.postMessage({ module: compiled, role: { engine: { module: compiled } } });
  return engine;
}

function scriptLoaded(worker: Worker, url: URL): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (what: string): void => {
      const hint = "check its path, its MIME type (text/javascript) and the page's CSP (worker-src, script-src)";
      reject(new WatchnextError("WORKER_LOAD", `The worker script ${url.href} ${what}; ${hint}.`));
    };
    const timer = setTimeout(() => fail(`did not load within ${START_TIMEOUT / 1000} s`), START_TIMEOUT);
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
