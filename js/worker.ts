import { coreErrorCode } from "./errors.js";
import { lastWords } from "./guard.js";
import { FUNCTION } from "./options.js";
import type { EngineError } from "./protocol.js";
import { newCore } from "./wasm/watchnext.js";

/** What it is told, by the page or by the engine. */
interface StartMessage {
  /** Comes first where there is anything to fetch, while the core is still being compiled. */
  fetch?: string[];
  module?: WebAssembly.Module;
  /** It is to be the engine, and holds this lock while it lives. */
  engine?: string;
  /** Where it asks for scorers that are functions of the page's. */
  functions?: MessagePort;
  /** It is to be a scorer: which, as JSON, and its columns: as bytes, or as one of the page's own sees them. */
  scorer?: [start: string, columns: unknown[]];
}

/*
 * Engine and scorers run the same script; a message says which this is. Nothing is awaited before the
 * handler is there, or messages would be lost.
 */
const { start: instantiate, runEngine, runScorer } = newCore((error) => say({ died: lastWords(error) }));
addEventListener("unhandledrejection", ({ reason }) => rethrow(reason));
addEventListener("messageerror", unreadable);
addEventListener("message", begin);
say("loaded");

let started = false;

/** What was asked for before there was a core, by address. */
const fetched = new Map<string, { response: Promise<Response>; connection: AbortController }>();

/** How long to wait before it is tried again, in milliseconds: what workers have that were ended is given back a moment later. */
const MEMORY_DELAYS = [50, 100, 200, 400, 800, 1600];

function say(message: "loaded" | { died: EngineError }): void {
  postMessage(JSON.stringify(message));
}

function begin({ data }: MessageEvent<StartMessage>): void {
  for (const url of data.fetch ?? []) {
    const connection = new AbortController();
    const response = fetch(url, { signal: connection.signal });
    // Nobody minds before it is wanted.
    response.catch(() => undefined);
    fetched.set(url, { response, connection });
  }
  if (!data.module) return;
  // From now on the core listens.
  removeEventListener("message", begin);
  start(data.module, data);
}

function start(module: WebAssembly.Module, message: StartMessage, attempt = 0): void {
  try {
    instantiate(module);
  } catch (error) {
    const delay = codeOf(error) === "MEMORY" ? MEMORY_DELAYS[attempt] : undefined;
    return delay === undefined ? refuse(error) : void setTimeout(() => start(module, message, attempt + 1), delay);
  }
  started = true;
  if (message.scorer) runScorer(...message.scorer, imported);
  else runEngine(module, message.engine ?? "", fetchOnce, (url: string) => remote(url, message.functions) ?? imported(url));
}

/** The module of one of the page's own scorers, which bundlers are not to look for. */
const imported = (url: string): Promise<unknown> => import(url);

/** Functions of the page's (functions.ts), as a module that gives promises: they answer in the order in which they were asked. */
function remote(url: string, functions?: MessagePort): Promise<unknown> | undefined {
  if (!functions || !url.startsWith(FUNCTION)) return undefined;
  const { port1, port2 } = new MessageChannel();
  const waiting: [resolve: (given: unknown) => void, reject: (error: Error) => void][] = [];
  port1.onmessage = ({ data }: MessageEvent<{ given?: unknown; thrown?: string }>) => {
    const [resolve, reject] = waiting.shift() ?? [];
    if (data.thrown === undefined) resolve?.(data.given);
    else reject?.(new Error(data.thrown));
  };
  functions.postMessage(url.slice(FUNCTION.length), [port2]);
  let sent = false;
  const ask = (does: string) => ({ columns, ...input }: { columns: object }): Promise<unknown> => {
    port1.postMessage([does, input, sent ? undefined : columns]);
    sent = true;
    return new Promise((...settle) => waiting.push(settle));
  };
  return Promise.resolve({ score: ask("score"), explain: ask("explain") });
}

/** `fetch`, of which the first part may have been done already. Where the browser is to compare with a hash, it has to do all of it. */
function fetchOnce(url: string, init: RequestInit): Promise<Response> {
  const early = fetched.get(url);
  fetched.delete(url);
  if (!early || init.integrity) return fetch(url, init);
  init.signal?.addEventListener("abort", () => early.connection.abort(init.signal?.reason));
  return early.response;
}

/** Firefox has no RangeError for it. The core was compiled, so that it is not cut off. */
function codeOf(reason: unknown): "MEMORY" | "WASM_LOAD" {
  return /out of memory/i.test(`${reason}`) ? "MEMORY" : coreErrorCode(reason);
}

function unreadable(): void {
  const what = "an unreadable message";
  // Firefox does not let a module in that it would not let run.
  if (started) rethrow(new Error(what));
  else refuse(what);
}

function refuse(reason: unknown): void {
  const code = codeOf(reason);
  const hint = code === "MEMORY" ? "too many recommenders or workers may be open" : "allow 'wasm-unsafe-eval' in its CSP";
  say({ died: { code, message: `the core cannot run here (${reason}); ${hint}` } });
}

/** A parent hears of uncaught errors, and of nothing else. */
function rethrow(reason: unknown): void {
  setTimeout(() => {
    throw reason;
  });
}
