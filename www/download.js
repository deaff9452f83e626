// The downloads of catalog and model. They begin as soon as this file is there, beside the rest of the page's scripts: index.html has
// it as an `async` script of its own.

import { catalogUrl, modelUrl } from "./address.js";

/** How long a server may take to begin its answer, in milliseconds. */
const PATIENCE = 30_000;

export class Download {
  #connection = new AbortController();
  /** What the server answers; its body has yet to come. */
  response;

  /** @param {string} url */
  constructor(url) {
    this.response = this.#ask(url);
    // Whoever waits for it hears of it.
    this.response.catch(() => undefined);
  }

  /** @param {string} url */
  async #ask(url) {
    const timer = setTimeout(() => this.end(), PATIENCE);
    try {
      return await fetch(url, { signal: this.#connection.signal });
    } catch (cause) {
      const why = this.#connection.signal.aborted ? `did not answer in ${PATIENCE / 1000} s` : "could not be reached";
      throw Object.assign(new Error(`${url} ${why}`, { cause }), { code: "NETWORK" });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends it, if it has not ended. */
  end() {
    this.#connection.abort();
  }
}

const begin = () => ({ catalog: new Download(catalogUrl), model: modelUrl === undefined ? undefined : new Download(modelUrl) });

/** @type {ReturnType<typeof begin> | undefined} */
let early = begin();

/** The downloads of a start: those that have begun already, or new ones where it is tried again. */
export function downloads() {
  const all = early ?? begin();
  early = undefined;
  return all;
}

/**
 * The bytes of an answer.
 * @param {Response} response
 * @param {(loaded: number, total?: number) => void} progress `total` only where somebody knows
 */
export async function read(response, progress) {
  const { headers, body } = response;
  const total = headers.has("content-encoding") ? undefined : Number(headers.get("content-length") ?? NaN) || undefined;
  let loaded = 0;
  const counted = body?.pipeThrough(
    new TransformStream({
      transform(chunk, controller) {
        loaded += chunk.byteLength;
        progress(loaded, total);
        controller.enqueue(chunk);
      },
    }),
  );
  return new Response(counted).arrayBuffer();
}
