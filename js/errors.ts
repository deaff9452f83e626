import type { AbortSignal } from "./platform.js";

/** What can go wrong; docs/errors.md says when, and what to do. Those of the core are in src/error.rs. */
export type ErrorCode =
  | "CATALOG_SYNTAX"
  | "CATALOG_HTML"
  | "CATALOG_TRUNCATED"
  | "CATALOG_SHAPE"
  | "CATALOG_EMPTY"
  | "CATALOG_TOO_LARGE"
  | "ITEM_NOT_AN_OBJECT"
  | "ITEM_FIELD_MISSING"
  | "ITEM_FIELD_INVALID"
  | "ITEM_ID_DUPLICATE"
  | "ITEM_TOO_DEEP"
  | "ITEM_TOO_LONG"
  | "MODEL_FORMAT"
  | "MODEL_VERSION"
  | "MODEL_CHECKSUM"
  | "MODEL_TRUNCATED"
  | "MODEL_TOO_LARGE"
  | "MODEL_UNMATCHED"
  | "INTERACTIONS"
  | "MEMORY"
  | "HTTP"
  | "NETWORK"
  | "TIMEOUT"
  | "OPTION"
  | "EVENT"
  | "ITEM_UNKNOWN"
  | "OVERLOADED"
  | "DEADLINE"
  | "SCORERS_FAILED"
  | "HISTORY_STORE"
  | "HISTORY_FULL"
  | "HISTORY_LOST"
  | "HISTORY_DAMAGED"
  | "ABORTED"
  | "CLOSED"
  | "WASM_LOAD"
  | "WORKER_LOAD"
  | "ENGINE_DIED"
  | "INTERNAL";

/**
 * Every failure of watchnext. Match on `code`, which is stable; the message says what happened and what to do,
 * and may change. docs/errors.md lists the codes.
 */
export class WatchnextError extends Error {
  override readonly name = "WatchnextError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** Also of what another script of this package has thrown, which has a class of its own. */
  static override [Symbol.hasInstance](error: unknown): boolean {
    return (error as Partial<Error> | undefined)?.name === "WatchnextError";
  }
}

/** What an abort signal's owner gets. The signal's reason is the cause. */
export function aborted(signal: AbortSignal): WatchnextError {
  return new WatchnextError("ABORTED", "The request was aborted.", { cause: signal.reason });
}

/** Why the core was not compiled or instantiated. "Out of memory" Firefox also says of a core that is cut off. */
export function coreErrorCode(error: unknown): "MEMORY" | "WASM_LOAD" {
  return (error as Error | undefined)?.name === "RangeError" ? "MEMORY" : "WASM_LOAD";
}

/** What keeps the core from being compiled, or an instance of it from being made, in this thread. */
export function coreError(error: unknown): WatchnextError {
  return asWatchnextError(error, coreErrorCode(error), "The core could not be started");
}

/** Any thrown value as a WatchnextError. */
export function asWatchnextError(error: unknown, code: ErrorCode, message: string): WatchnextError {
  if (error instanceof WatchnextError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new WatchnextError(code, `${message}: ${reason}`, { cause: error });
}
