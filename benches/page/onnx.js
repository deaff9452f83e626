// @ts-nocheck: onnxruntime-web is not a dependency, so its types are not there.
// The dense product of a history and an item-item matrix, and its twenty best, in onnxruntime-web: what a model that is not made small costs.

import { ask, history, inTurn, recommenderOf } from "./common.js";

/** A protocol buffer's field of bytes. @param {number} field @param {...Uint8Array} parts */
function message(field, ...parts) {
  return [varint((field << 3) | 2), varint(parts.reduce((sum, { length }) => sum + length, 0)), ...parts];
}

function varint(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return Uint8Array.of(...bytes, value);
}

const number = (field, value) => [varint(field << 3), varint(value)];
const text = (field, value) => message(field, new TextEncoder().encode(value));

/** `scores = history × matrix`, and the twenty largest. */
function model(items) {
  const matrix = new Float32Array(items * items);
  for (let place = 0, state = 1; place < matrix.length; place += 1) matrix[place] = (state = (state * 48271) % 2147483647) / 2147483647;
  const tensor = (name, dims, kind, raw) => message(5, ...dims.flatMap((dim) => number(1, dim)), ...number(2, kind), ...text(8, name), ...message(9, raw));
  const value = (field, name, kind, dims) => {
    const shape = message(2, ...dims.flatMap((dim) => message(1, ...number(1, dim))));
    return message(field, ...text(1, name), ...message(2, ...message(1, ...number(1, kind), ...shape)));
  };
  const node = (type, inputs, outputs) => message(1, ...inputs.flatMap((name) => text(1, name)), ...outputs.flatMap((name) => text(2, name)), ...text(4, type));
  const graph = message(
    7,
    ...node("MatMul", ["history", "matrix"], ["scores"]),
    ...node("TopK", ["scores", "k"], ["best", "places"]),
    ...text(2, "dense"),
    ...tensor("matrix", [items, items], 1, new Uint8Array(matrix.buffer)),
    ...tensor("k", [1], 7, new Uint8Array(BigInt64Array.of(20n).buffer)),
    ...value(11, "history", 1, [1, items]),
    ...value(12, "best", 1, [1, 20]),
    ...value(12, "places", 7, [1, 20]),
  );
  const parts = [...number(1, 8), ...graph, ...message(8, ...number(2, 13))];
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** @param {{ items: number, repeats: number }} options */
export async function onnx({ items, repeats }) {
  const ort = await import("/onnx/ort.wasm.min.mjs");
  const session = await ort.InferenceSession.create(model(items), { executionProviders: ["wasm"] });
  const recommender = await recommenderOf(items);
  const events = history(items, 300);
  await recommender.record(events);
  const watched = new Float32Array(items);
  for (const { item } of events) watched[item] = 1;
  const feeds = { history: new ort.Tensor("float32", watched, [1, items]) };
  const times = await inTurn(repeats, { ours: () => ask(recommender), "onnxruntime-web": () => session.run(feeds) });
  await recommender.close();
  await session.release();
  return times;
}

Object.assign(globalThis, { onnx });
