// Defects planted into the engine's own worker, between it and whom it hears or tells. A fault run that does not see them would not see
// ours. Served to the page's workers only; the published package has none of this.

/**
 * @typedef {{ request: number, part: number }} Id
 * @typedef {{ id: Id, body: Uint8Array }} Reply
 * @typedef {object} Dice
 * @property {(...numbers: number[]) => boolean} chosen whether it is to happen to this message
 * @property {() => void} planted it has happened
 */

/** How long a reply is kept for another to change places with, in milliseconds. */
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
      if (!old || same(old, reply.body) || !chosen(reply.id.request, reply.id.part)) return pass(reply);
      planted();
      pass({ ...reply, body: old });
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
        other.pass({ ...other.reply, body: reply.body });
        return pass({ ...reply, body: other.reply.body });
      }
      other?.pass(other.reply);
      if (!chosen(reply.id.request, reply.id.part)) return pass(reply);
      kept.set(kind, { reply, pass });
      setTimeout(() => {
        if (kept.get(kind)?.reply !== reply) return;
        kept.delete(kind);
        pass(reply);
      }, PATIENCE);
    });
  },

  /** A list is posted to the page twice. */
  twice({ chosen, planted }) {
    const post = globalThis.postMessage;
    globalThis.postMessage = (/** @type {any} */ message) => {
      post(message);
      if (!message.answer?.value.items || !chosen(message.answer.call)) return;
      planted();
      post(message);
    };
  },
};

/** One that the engine could not tell by its form: of the same scorer, for the same, and of the same size. @param {Reply} reply */
const kindOf = ({ id, body }) => `${id.part} ${body.length}`;

/** The engine hears of a scorer's replies what `pass` is given. @param {(reply: Reply, pass: (reply: Reply) => void) => void} change */
function onReply(change) {
  const RealWorker = globalThis.Worker;
  globalThis.Worker = class extends RealWorker {
    /** @param {string | URL} url @param {WorkerOptions} [options] */
    constructor(url, options) {
      super(url, options);
      this.addEventListener("message", (/** @type {MessageEvent & { passed?: boolean }} */ event) => {
        if (event.passed || !event.data.reply) return;
        event.stopImmediatePropagation();
        change(event.data.reply, (reply) => void this.dispatchEvent(Object.assign(new MessageEvent("message", { data: { reply } }), { passed: true })));
      });
    }
  };
}

/** @param {Uint8Array} a @param {Uint8Array} b */
const same = (a, b) => a.length === b.length && a.every((byte, place) => byte === b[place]);
