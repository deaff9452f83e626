/**
 * Every failure of watchnext. Match on `code`, which is stable; the message says what happened and what to do,
 * and may change. docs/errors.md lists the codes.
 */
export class WatchnextError extends Error {
  override readonly name = "WatchnextError";
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
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
export function asWatchnextError(error: unknown, code: string, message: string): WatchnextError {
  if (error instanceof WatchnextError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new WatchnextError(code, `${message}: ${reason}`, { cause: error });
}
