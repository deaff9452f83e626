// What the page itself downloads, and that it does not wait for ever.

import { WatchnextError } from "./errors.js";
import { timeout } from "./timers.js";

/** How long a download may bring no byte where nothing else is said, in milliseconds. */
const IDLE_TIMEOUT = 30_000;

/** The option, checked. */
export function idleTimeout(option: unknown = IDLE_TIMEOUT): number {
  if (typeof option === "number" && Number.isFinite(option) && option > 0) return option;
  throw new WatchnextError("OPTION", `option idleTimeout: must be a finite number of milliseconds above 0, found ${String(option)}`);
}

/** A download that ends with `TIMEOUT`, and its connection with it, when nothing has come for so long. */
export class Download {
  /** For `fetch`: aborted when the download is given up. */
  readonly signal: AbortSignal;
  readonly #connection = new AbortController();
  readonly #name: string;
  readonly #idle: number;
  #loaded = 0;
  #total: string | null = null;

  /** `signals` end it, too. */
  constructor(name: string, idle: number, signals: readonly AbortSignal[] = []) {
    this.#name = name;
    this.#idle = idle;
    this.signal = this.#connection.signal;
    for (const signal of signals) {
      if (signal.aborted) this.end(signal.reason);
      else signal.addEventListener("abort", () => this.end(signal.reason), { once: true });
    }
  }

  /** Ends the connection, if there is one still. */
  end(reason?: unknown): void {
    this.#connection.abort(reason);
  }

  /** What the next step gives, unless that takes too long. */
  next<T>(step: Promise<T>): Promise<T> {
    const { signal } = this;
    return new Promise((resolve, reject) => {
      const stop = (): void => reject(signal.reason);
      // In two halves: where the machine slept, or this thread was busy, timers go off at once, and before what has come meanwhile.
      const half = timeout(this.#idle / 2);
      let timer = setTimeout(() => (timer = setTimeout(() => this.end(this.#timeout()), half)), half);
      const clear = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", stop);
      };
      signal.addEventListener("abort", stop);
      if (signal.aborted) stop();
      step.then(resolve, reject).finally(clear);
    });
  }

  /** Hands on what comes, to the end, with how many bytes have come, and of how many where that is known. */
  async read(response: Response, take: (chunk: Uint8Array<ArrayBuffer>, loaded: number, total: number) => void): Promise<void> {
    // It speaks of compressed bytes where they are.
    if (!response.headers.has("content-encoding")) this.#total = response.headers.get("content-length");
    const reader = response.body?.getReader();
    if (!reader) return;
    try {
      for (;;) {
        const { done, value } = await this.next(reader.read());
        if (done) return;
        // It may be another realm's Uint8Array.
        if (!ArrayBuffer.isView(value)) throw new TypeError("its body is not made of bytes");
        this.#loaded += value.byteLength;
        take(value, this.#loaded, Number(this.#total));
      }
    } catch (error) {
      // A body that was not fetched has no connection to end.
      reader.cancel(error).catch(() => undefined);
      throw error;
    }
  }

  #timeout(): WatchnextError {
    const bytes = this.#total === null ? this.#loaded : `${this.#loaded} of ${this.#total}`;
    return new WatchnextError("TIMEOUT", `${this.#name} stands still: nothing came for ${this.#idle} ms, after ${bytes} bytes`);
  }
}
