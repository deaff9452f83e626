// A message between engine and scorers, as docs/messages.md has it.

const HEADER = 48;

/**
 * @typedef {object} Message
 * @property {number} request
 * @property {number} phase
 * @property {number} scorer
 * @property {number} shard
 * @property {number} attempt
 * @property {Uint8Array} body
 * @property {ArrayBuffer} bytes all of it
 */

/** @param {ArrayBuffer} bytes @returns {Message} */
export function read(bytes) {
  const view = new DataView(bytes);
  const short = (/** @type {number} */ at) => view.getUint16(at, true);
  const [request, attempt] = [Number(view.getBigUint64(16, true)), view.getUint32(40, true)];
  return { request, phase: short(24), scorer: short(26), shard: short(28), attempt, body: new Uint8Array(bytes, HEADER), bytes };
}

/** The same message with another body. @param {Message} message @param {Uint8Array} body */
export function withBody({ bytes }, body) {
  const changed = new Uint8Array(HEADER + body.length);
  changed.set(new Uint8Array(bytes, 0, HEADER));
  changed.set(body, HEADER);
  return read(changed.buffer);
}

/** The same message, of the next request. @param {Message} message */
export function ofNextRequest({ bytes, request }) {
  const changed = bytes.slice(0);
  new DataView(changed).setBigUint64(16, BigInt(request + 1), true);
  return changed;
}
