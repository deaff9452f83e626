// Defects planted into the engine's own worker, between it and whom it hears or tells. A fault run that does not see them would not see
// ours. Served to the page's workers only; the published package has none of this.

import { read, withBody } from "./message.js";

/**
 * @typedef {import("./message.js").Message} Reply
 * @typedef {object} Dice
 * @property {(...numbers: number[]) => boolean} chosen whether it is to happen to this message
 * @property {() => void} planted it has happened
 */

/** How long a reply is kept for another to change places with, and a catalog while something is recorded; in milliseconds. */
const PATIENCE = 200;

/** @type {Record<string, (dice: Dice) => void>} */
export const PLANTS = {
  /** A reply has the body of an earlier one of its scorer. */
  stale({ chosen, planted }) {
    /** The last of each kind. @type {Map<string, Uint8Array>} */
    const earlier = new Map();
    onReply((reply, pass) => {
      const old = earlier.get(kindOf(reply));
      earlier.set(kindOf(reply), reply.body);
      if (!old || same(old, reply.body) || !chosen(...numbersOf(reply))) return pass(reply);
      planted();
      pass(withBody(reply, old));
    });
  },

  /** Two replies of a scorer's two workers change places. */
  swapped({ chosen, planted }) {
    /** By kind, one that waits for another. @type {Map<string, { reply: Reply, pass: (reply: Reply) => void }>} */
    const kept = new Map();
    onReply((reply, pass) => {
      const kind = kindOf(reply);
      const other = kept.get(kind);
      kept.delete(kind);
      if (other && !same(other.reply.body, reply.body)) {
        planted();
        other.pass(withBody(other.reply, reply.body));
        return pass(withBody(reply, other.reply.body));
      }
      other?.pass(other.reply);
      if (!chosen(...numbersOf(reply))) return pass(reply);
      kept.set(kind, { reply, pass });
      setTimeout(() => {
        if (kept.get(kind)?.reply !== reply) return;
        kept.delete(kind);
        pass(reply);
      }, PATIENCE);
    });
  },

  /** When a catalog has changed, the next list is the last one of the catalog before. */
  before({ planted }) {
    /** @type {object | undefined} */
    let last;
    let isNext = false;
    /** @type {Set<number>} */
    const open = new Set();
    addEventListener("message", ({ data }) => {
      const { change: [call] = [] } = Array.isArray(data) ? JSON.parse(data[0]) : {};
      if (call) open.add(call);
    });
    const post = globalThis.postMessage;
    globalThis.postMessage = (/** @type {any} */ message) => {
      const { answer } = typeof message === "string" ? JSON.parse(message) : {};
      if (open.delete(answer?.call)) isNext = last !== undefined;
      if (!answer?.value?.items?.[0]?.item) return post(message);
      const former = last;
      last = answer.value;
      if (!isNext) return post(message);
      isNext = false;
      planted();
      post(JSON.stringify({ answer: { ...answer, value: former } }));
    };
  },

  /** What is recorded while a catalog changes, which takes a while, is acknowledged and not heard. */
  unheard({ planted }) {
    let isChanging = false;
    addEventListener("message", (/** @type {MessageEvent & { passed?: boolean }} */ event) => {
      const { call: [call, command] = [], change } = Array.isArray(event.data) ? JSON.parse(event.data[0]) : {};
      if (event.passed || !(change || (isChanging && command?.record))) return;
      event.stopImmediatePropagation();
      if (!change) {
        for (const _ of command.record) planted();
        return globalThis.postMessage(JSON.stringify({ answer: { call, value: { recorded: command.record.length, unknown: [] } } }));
      }
      isChanging = true;
      setTimeout(() => {
        isChanging = false;
        dispatchEvent(Object.assign(new MessageEvent("message", { data: event.data }), { passed: true }));
      }, PATIENCE);
    });
  },

  /** What is to go from a catalog stays in it. */
  stays({ planted }) {
    addEventListener("message", (event) => {
      const { change: [call, { patch, ...rest }] = [0, {}] } = Array.isArray(event.data) ? JSON.parse(event.data[0]) : {};
      if (!patch?.remove.length) return;
      event.stopImmediatePropagation();
      planted();
      const text = JSON.stringify({ change: [call, { ...rest, patch: { ...patch, remove: [] } }] });
      dispatchEvent(new MessageEvent("message", { data: [text, ...event.data.slice(1)] }));
    });
  },

  /** A list is posted to the page twice. */
  twice({ chosen, planted }) {
    const post = globalThis.postMessage;
    globalThis.postMessage = (/** @type {any} */ message) => {
      post(message);
      const { answer } = typeof message === "string" ? JSON.parse(message) : {};
      if (!answer?.value.items || !chosen(answer.call)) return;
      planted();
      post(message);
    };
  },
};

/** One that the engine could not tell by its form: of the same scorer, for the same, and of the same size. @param {Reply} reply */
const kindOf = ({ phase, scorer, shard, body }) => [phase, scorer, shard, body.length].join(" ");

/** @param {Reply} reply */
const numbersOf = ({ request, phase, scorer, shard }) => [request, phase, scorer, shard];

/** The engine hears of a scorer's replies what `pass` is given. @param {(reply: Reply, pass: (reply: Reply) => void) => void} change */
function onReply(change) {
  const RealWorker = globalThis.Worker;
  globalThis.Worker = class extends RealWorker {
    /** @param {string | URL} url @param {WorkerOptions} [options] */
    constructor(url, options) {
      super(url, options);
      this.addEventListener("message", (/** @type {MessageEvent & { passed?: boolean }} */ event) => {
        if (event.passed || !(event.data instanceof ArrayBuffer)) return;
        event.stopImmediatePropagation();
        const pass = (/** @type {Reply} */ { bytes }) => new MessageEvent("message", { data: bytes });
        change(read(event.data), (reply) => void this.dispatchEvent(Object.assign(pass(reply), { passed: true })));
      });
    }
  };
}

/** @param {Uint8Array} a @param {Uint8Array} b */
const same = (a, b) => a.length === b.length && a.every((byte, place) => byte === b[place]);
