// lzma1's decoder alone: its entry point has the encoder in the same class, which is five times as large.

// @ts-expect-error its scripts have no types beside them
import { Decoder } from "../node_modules/lzma1/lib/decoder.js";
// @ts-expect-error the same
import { InputBuffer, OutputBuffer } from "../node_modules/lzma1/lib/streams.js";

/** @param {Uint8Array} packed @returns {Uint8Array<ArrayBuffer>} */
export function unpacked(packed) {
  const output = new OutputBuffer(4 * packed.length);
  new Decoder().decompress(new InputBuffer(packed), output);
  return output.toArray();
}
