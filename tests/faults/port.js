// What passes between the page and its engines, seen where the library cannot hide it: at the engine's worker.

import { turnOf } from "./questions.js";

/**
 * @typedef {object} Asked
 * @property {number} call
 * @property {string} command
 * @property {boolean} [changes] it is another catalog
 * @property {boolean} [changed] it is the answer to that: whether it was made
 *
 * @typedef {object} EngineLog
 * @property {Asked[]} asked in the order in which they were posted, and among them when catalogs had changed
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
  /** Who waits until another catalog is asked for. @type {() => void} */
  let onChange = () => undefined;
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
        const { answer, error } = JSON.parse(data);
        const call = answer?.call ?? error?.call;
        if (call === undefined || this.#ended) return;
        this.#log.answers.set(call, (this.#log.answers.get(call) ?? 0) + 1);
        if (this.#log.asked.some((asked) => asked.changes && asked.call === call)) this.#log.asked.push({ call, command: "", changed: answer !== undefined });
      });
    }

    /** @param {any} message @param {any} [transfer] */
    postMessage(message, transfer) {
      const { call: [call, command] = [], change: [change] = [], replay } = Array.isArray(message) ? JSON.parse(message[0]) : {};
      if (change) this.#log.asked.push({ call: change, command: "", changes: true });
      if (replay) this.#log.asked.push({ call: 0, command: JSON.stringify({ record: events(message.slice(1)) }) });
      if (command) this.#log.asked.push({ call, command: JSON.stringify(command) });
      super.postMessage(message, transfer);
      if (change) onChange();
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
    /** When an engine is next asked for another catalog. @returns {Promise<void>} */
    nextChange: () => new Promise((resolve) => (onChange = resolve)),
    restore: () => void (globalThis.Worker = RealWorker),
  };
}

/** What an engine is told of former sessions, without what tells an event from another. @param {Uint8Array[]} histories */
function events(histories) {
  const lines = histories.map((lines) => new TextDecoder().decode(lines)).join("").trim().split("\n");
  return lines.map((line) => ({ ...JSON.parse(line), origin: undefined, sequence: undefined }));
}

/**
 * How many calls an engine answered more than once, or without having been asked, and how many lists were answered by two engines: only
 * what is open when one dies is put to the next.
 * @param {EngineLog[]} engines
 */
export function duplicates(engines) {
  /** Calls for lists. @type {Set<number>} */
  const answered = new Set();
  let found = 0;
  for (const { asked, answers } of engines) {
    const commands = new Map(asked.map(({ call, command }) => [call, command]));
    for (const [call, count] of answers) {
      if (count > 1 || !commands.has(call) || answered.has(call)) found += 1;
      if (turnOf(commands.get(call) ?? "") !== undefined) answered.add(call);
    }
  }
  return found;
}
