import type { ErrorCode } from "./errors.js";
import type { MessageId, Progress, RecommenderEvents, ScorerName } from "./types.js";

/** Where the engine's bytes come from; `from` says that of those which the page has asked for. */
export type EngineSource = { url: string; integrity?: string } | { bytes: Uint8Array; from?: string } | { failed: EngineError };

/** Items put into a catalog, as a JSON array, and ids of those that go before. */
export interface PatchSource {
  bytes?: Uint8Array;
  remove: string[];
}

/** What an engine is to load. */
export interface EngineSources {
  catalog: EngineSource;
  model?: EngineSource;
  patch?: PatchSource;
}

/** What it is to load in place of what it has; without a catalog that one is patched. */
export type EngineChange = Partial<EngineSources>;

/** Events of a user's as they are kept: JSON, one a line. */
export type Lines = [user: string, lines: Uint8Array];

/** From the client to the engine. Options and commands are JSON text. */
export type ToEngine =
  | { configure: string }
  | { load: EngineSources }
  | { call: { call: number; command: string } }
  | { change: { call: number; to: EngineChange } }
  | { replay: Lines[] }
  | { cancel: number };

/** A message as it travels, and as src/browser/message.rs reads it: JSON, and beside it the bytes that the JSON has the places of. */
export type Written = [text: string, ...bytes: Uint8Array[]];

/** The last message for an engine in a worker: it is to end its scorers, and will be ended itself. */
export const CLOSE: Written = ['"close"'];

/** A message as it travels. */
export function written(message: ToEngine): Written {
  if ("configure" in message) return [`{"configure":${message.configure}}`];
  if ("call" in message) return [`{"call":[${message.call.call},${message.call.command}]}`];
  if ("cancel" in message) return [JSON.stringify(message)];
  if ("replay" in message) return [JSON.stringify({ replay: message.replay.map(([user]) => user) }), ...message.replay.map(([, lines]) => lines)];
  const bytes: Uint8Array[] = [];
  const place = (source: EngineSource | PatchSource): object => ("bytes" in source ? { ...source, bytes: bytes.push(source.bytes) - 1 } : source);
  const { call, to } = "change" in message ? message.change : { call: undefined, to: message.load };
  const sources = Object.fromEntries(Object.entries(to).map(([name, source]) => [name, place(source)]));
  return [JSON.stringify(call === undefined ? { load: sources } : { change: [call, sources] }), ...bytes];
}

/** What an engine is told once it has found its options good. */
export type ToConfigured = Exclude<ToEngine, { configure: string }>;

/** From the engine to the client, as JSON; written by src/browser/message.rs. */
export type FromEngine =
  | "alive"
  | { configured: object }
  | { progress: Progress }
  | { loaded: Loaded }
  | { loadFailed: EngineError }
  | { inProcess: RecommenderEvents["in-process"] & Pick<Loaded, "mode"> }
  | { answer: { call: number; value: unknown } }
  | { error: { call: number; error: EngineError } }
  | { notice: Notice }
  | { died: EngineError };

/** What a running engine says. That it lives, or has died, is for those who started it. */
export type EngineMessage = Exclude<FromEngine, "alive" | { died: object }>;

/** What it says from then on when it has found its options good. */
export type ConfiguredMessage = Exclude<EngineMessage, { configured: object }>;

/** What concerns the calls and the life of an engine, and not only where its scorers run. */
export type SupervisedMessage = Exclude<ConfiguredMessage, { inProcess: object }>;

/** What the engine tells of without being asked: the name of an event, and beside it the event's detail. */
export type Notice = {
  [Name in TellsOf]: { type: Name } & RecommenderEvents[Name];
}[TellsOf];

type TellsOf = Exclude<keyof RecommenderEvents, "partial" | "closed" | "catalog-change" | "history-error" | "history-change" | "engine-restart" | "model-error" | "in-process" | "warning">;

/**
 * What an engine says besides, as `{ step }`, where the options ask for it (debug.ts): a message that a worker got, or with `took` its reply; without
 * a call nobody waits for it any more.
 */
export interface Step {
  call?: number;
  queue: ScorerName;
  worker: number;
  id: MessageId;
  attempt: number;
  took?: number;
}

export interface Loaded {
  mode: "workers" | "in-process";
  /** How many requests may be open. */
  mostOpen: number;
  /** Why it does without the model that was named. */
  modelError?: EngineError;
  /** What people should know all the same. */
  warnings?: EngineError[];
}

export interface EngineError {
  code: ErrorCode;
  message: string;
}

/** A running engine: in a worker, or in this thread. */
export interface Engine {
  /** Why there are no workers, where it is in this thread. */
  readonly inProcess?: string;
  post(message: ToEngine): void;
  /** Ends its scorers, and then it, whatever they are doing; resolves when all have ended. Nothing is heard of it any more. */
  terminate(): Promise<void>;
}

/** Who listens to an engine. */
export interface EngineListener<Message = EngineMessage> {
  message(message: Message): void;
  /** The engine has died. */
  died(reason: EngineError): void;
}

/**
 * Brings an engine to life; where `signal` is aborted meanwhile, ends what there is of it and rejects. `early` are addresses that it will be told
 * to load: what it may ask for while it still starts.
 */
export type StartEngine = (listener: EngineListener, signal: AbortSignal, early: readonly string[]) => Promise<Engine>;
