// What passes between the page and its engines, seen where the library cannot hide it: at the engine's worker.


/**
 * @typedef {object} EngineLog
 * @property {{ call: number, command: string }[]} asked in the order in which they were posted
 * @property {Map<number, number>} answers how many messages answered each call
 */

/**
 * From now on the page's workers are watched, and their scripts get this query.
 * @param {URLSearchParams} query
 */
export function watchPort(query) {
  const RealWorker = globalThis.Worker;
  /** One for each worker that was an engine, in their order. @type {EngineLog[]} */
  const engines = [];
  /** @type {Worker | undefined} */
  let newest;
  globalThis.Worker = class extends RealWorker {
    /** @type {EngineLog} */
    #log = { asked: [], answers: new Map() };
    /** What a worker said last may come after it was ended, and is for nobody. */
    #ended = false;

    /** @param {string | URL} url @param {WorkerOptions} [options] */
    constructor(url, options) {
      super(`${url}?${query}`, options);
      engines.push(this.#log);
      newest = this;
      this.addEventListener("message", ({ data }) => {
        const call = data.answer?.call ?? data.error?.call;
        if (call === undefined || this.#ended) return;
        this.#log.answers.set(call, (this.#log.answers.get(call) ?? 0) + 1);
      });
    }

    /** @param {any} message @param {any} [transfer] */
    postMessage(message, transfer) {
      if (message.call) this.#log.asked.push(message.call);
      super.postMessage(message, transfer);
    }

    terminate() {
      this.#ended = true;
      super.terminate();
    }
  };
  return {
    engines,
    /** Ends the engine behind the library's back. */
    kill: () => newest && RealWorker.prototype.terminate.call(newest),
    restore: () => void (globalThis.Worker = RealWorker),
  };
}

/**
 * How many calls were answered more than once, or without having been asked. A call that was open when an engine died is put to the
 * next one: that is one call still, and one answer.
 * @param {EngineLog[]} engines
 */
export function duplicates(engines) {
  /** @type {Map<number, number>} */
  const answers = new Map();
  for (const engine of engines) for (const [call, count] of engine.answers) answers.set(call, (answers.get(call) ?? 0) + count);
  const asked = new Set(engines.flatMap((engine) => engine.asked.map(({ call }) => call)));
  return [...answers].filter(([call, count]) => count > 1 || !asked.has(call)).length;
}
