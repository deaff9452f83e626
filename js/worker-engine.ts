import { WatchnextError, type ErrorCode } from "./errors.js";
import { CLOSE, written, type Engine, type EngineListener, type FromEngine } from "./protocol.js";
import type { Script } from "./script.js";
import { timeout } from "./timers.js";

/** How long the engine's script may take to load, and then to start, where nothing else is said; in milliseconds. */
const START_TIMEOUT = 30_000;

/**
 * How long an engine that was ended may take to end, in milliseconds, after its scorers had their time: Chromium needs 2 s for a worker in
 * an endless loop, and WebKit never stops one that loops in WebAssembly.
 */
const END_TIMEOUT = 4_000;
/** How long the scorers may take to end before the engine is ended, whatever they do. */
const SCORERS_END_TIMEOUT = 1_000;
/** How much longer than its lock a scorer's thread may live; in Chromium it was less than 20 ms. */
const THREAD_END = 50;

/** An engine in a worker. `module` may still be compiling while the worker's script loads; `early` is fetched meanwhile; at `functions` it asks the page's own. */
export async function workerEngine(
  script: Script,
  module: Promise<WebAssembly.Module>,
  listener: EngineListener,
  signal: AbortSignal,
  early: readonly string[],
  startTimeout = START_TIMEOUT,
  functions?: Promise<MessagePort>,
): Promise<Engine> {
  const { worker, release } = script;
  const watch = new AbortController();
  const lock = `watchnext ${crypto.randomUUID?.() ?? Math.random()}`;
  let gone: Promise<void> | undefined;
  /** Whether it can be asked to end its scorers. */
  let listens = false;
  /** The scorers go first: Chromium keeps the thread of a worker that ends after its parent as long as the page's process lives. */
  const end = async (): Promise<void> => {
    if (listens) {
      worker.postMessage(CLOSE);
      await released(`${lock} `, SCORERS_END_TIMEOUT);
      await new Promise((resolve) => setTimeout(resolve, THREAD_END));
    }
    worker.terminate();
    release();
    await released(lock, END_TIMEOUT);
  };
  const engine: Engine = {
    post: (message) => worker.postMessage(written(message)),
    terminate: () => {
      watch.abort();
      worker.onmessage = worker.onerror = null;
      return (gone ??= end());
    },
  };
  try {
    const loaded = nextMessage(script, "load", startTimeout, signal).then(() => worker.postMessage({ fetch: early }));
    const [compiled, port] = await Promise.all([module, functions, loaded]);
    worker.postMessage({ module: compiled, engine: lock, functions: port }, port ? [port] : []);
    const first = (await nextMessage(script, "start", startTimeout, signal)) as Extract<FromEngine, "alive" | { died: object }>;
    if (first !== "alive") throw new WatchnextError(first.died.code, `The engine died: ${first.died.message}`);
    listens = true;
  } catch (error) {
    const ended = engine.terminate();
    if (signal.aborted) await ended;
    throw error;
  }
  const died = (message: string, code: ErrorCode = "ENGINE_DIED"): void => {
    listens = false;
    if (!watch.signal.aborted) listener.died({ code, message });
  };
  // Whoever holds this lock lives: we get it when it does not. There are no locks in insecure contexts.
  globalThis.navigator?.locks?.request(lock, { signal: watch.signal }, () => died("it ended")).catch(() => undefined);
  worker.onmessage = ({ data }: MessageEvent<string>) => {
    const message = JSON.parse(data) as Exclude<FromEngine, "alive">;
    if ("died" in message) died(message.died.message, message.died.code);
    else listener.message(message);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    died(event.message);
  };
  return engine;
}

/** Waits until no worker holds a lock whose name begins like this, or for so many milliseconds. */
async function released(prefix: string, within: number): Promise<void> {
  const locks = globalThis.navigator?.locks;
  if (!locks) return;
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), within);
  try {
    for (;;) {
      const { held = [] } = await locks.query();
      const names = held.flatMap(({ name }) => (name?.startsWith(prefix) ? [name] : []));
      if (names.length === 0) return;
      await Promise.all(names.map((name) => locks.request(name, { signal: limit.signal }, () => undefined)));
    }
  } catch {
    // It takes too long, or the page itself is going.
  } finally {
    clearTimeout(timer);
  }
}

function parsed(data: unknown): unknown {
  try {
    return JSON.parse(String(data));
  } catch {
    return undefined;
  }
}

/** What a worker says next, while it starts. */
function nextMessage({ worker, url }: Script, what: "load" | "start", limit: number, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const fail = async (how: string): Promise<void> => {
      clearTimeout(timer);
      worker.onmessage = worker.onerror = null;
      const advice = await import("./advice.js").then(({ answerOf }) => answerOf(url, signal), () => "");
      reject(new WatchnextError("WORKER_LOAD", `The worker script ${url ? `${url.href} ` : ""}${how}. ${advice}`));
    };
    const timer = setTimeout(() => fail(`did not ${what} within ${limit / 1000} s`), timeout(limit));
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
    worker.onmessage = ({ data }: MessageEvent<unknown>) => {
      clearTimeout(timer);
      const said = parsed(data) as "loaded" | "alive" | { died?: object } | undefined;
      if (what === "load" ? said === "loaded" : said === "alive" || (typeof said === "object" && said?.died)) resolve(said);
      else void fail("is another script");
    };
    worker.onerror = (event) => {
      event.preventDefault();
      // A script that cannot be fetched gives an event without a message.
      void fail(event.message ? `failed: ${event.message}` : `did not ${what}`);
    };
  });
}
