// How fast the history's scorer goes through its model, beside how fast a thread of the same page can read memory at all.

import { ask, history, inTurn, recommenderOf } from "./common.js";

/** What a score must read and write at least: 64 factors of a byte, the weight and the score of four. */
const BYTES_OF_AN_ITEM = 64 + 4 + 4;

/** Bytes a millisecond. @param {{ items: number, repeats: number }} options */
export async function kernels({ items, repeats }) {
  const recommender = await recommenderOf(items);
  await recommender.record(history(items, 300));
  const { instance } = await WebAssembly.instantiateStreaming(fetch("/data/bandwidth.wasm"));
  const { memory, read } = /** @type {{ memory: WebAssembly.Memory, read: (bytes: number) => void }} */ (/** @type {unknown} */ (instance.exports));
  const { byteLength } = memory.buffer;
  new Uint8Array(memory.buffer).fill(1);
  /** @type {number[]} */
  const scoring = [];
  const { reading } = await inTurn(repeats, {
    reading: () => read(byteLength),
    asking: async () => {
      await ask(recommender);
      const queue = (await recommender.stats()).queues.find(({ name }) => name === "history");
      scoring.push((BYTES_OF_AN_ITEM * items) / (queue?.workers[0]?.last ?? NaN));
    },
  });
  await recommender.close();
  return { scoring: scoring.slice(-repeats), reading: reading.map((milliseconds) => byteLength / milliseconds) };
}

Object.assign(globalThis, { kernels });
