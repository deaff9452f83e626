// In a file, and so a process, of its own: once the core of a thread has ended, it stays so.

import assert from "node:assert/strict";
import { test } from "node:test";
import { guarded, onEnd } from "../../dist/guard.js";
import { createRecommender } from "../../dist/node.js";

const catalog = Array.from({ length: 20_000 }, (_, id) => ({ id, title: `A title that takes some bytes, number ${id}`, genres: ["Drama"] }));

test("what needs more memory than it may have is a coded error, and the core is not used again", async () => {
  const small = await createRecommender({ catalog: catalog.slice(0, 10), limits: { engineMemory: 64 << 20 } });
  assert.equal((await small.recommend({ limit: 3 })).items.length, 3);
  await assert.rejects(createRecommender({ catalog, limits: { engineMemory: 3 << 20 } }), { code: "MEMORY", message: /the limit is 3 MiB/ });
  // In a browser each engine has a worker of its own; here there is one thread, and its core has ended.
  await assert.rejects(small.recommend(), { code: /^(MEMORY|ENGINE_DIED)$/ });
  await assert.rejects(createRecommender({ catalog: catalog.slice(0, 10) }), { code: "ENGINE_DIED", message: /does not start again/ });
});

test("of a hundred calls after a trap none enters wasm", () => {
  // (func (export "trap") unreachable) (func (export "fine") (result i32) i32.const 7)
  const bytes = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 2, 96, 0, 0, 96, 0, 1, 127, 3, 3, 2, 0, 1, 7, 15, 2, 4, 116, 114, 97, 112, 0, 0, 4, 102, 105, 110, 101, 0, 1, 10, 10, 2, 3, 0, 0, 11, 4, 0, 65, 7, 11);
  const { trap, fine } = /** @type {Record<string, () => number>} */ (new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports);
  let entered = 0;
  const counted = () => ((entered += 1), fine?.());
  const exports = /** @type {Record<string, () => number>} */ (guarded(/** @type {WebAssembly.Exports} */ ({ trap, fine: counted })));
  assert.equal(exports["fine"]?.(), 7);
  /** @type {Error[]} */
  const told = [];
  onEnd((error) => told.push(error));
  exports["trap"]?.();
  assert.ok(told.length === 1 && told[0] instanceof WebAssembly.RuntimeError, `${told}`);
  for (let call = 0; call < 100; call += 1) assert.deepEqual(exports["fine"]?.(), [], "no result");
  assert.equal(entered, 1);
});
