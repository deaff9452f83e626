// What becomes of a core that has ended, and of others beside it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { guarded } from "../../pkg/guard.js";
import { createRecommender } from "../../dist/node.js";

const catalog = Array.from({ length: 20_000 }, (_, id) => ({ id, title: `A title that takes some bytes, number ${id}`, genres: ["Drama"] }));

test("what needs more memory than it may have is a coded error, and harms no other recommender of the process", async () => {
  const small = () => createRecommender({ catalog: catalog.slice(0, 10), limits: { engineMemory: 64 << 20 } });
  const before = await small();
  await before.record({ item: 1, type: "watch" });
  const open = before.recommend({ limit: 3 });
  await assert.rejects(createRecommender({ catalog, limits: { engineMemory: 3 << 20 } }), { code: "MEMORY", message: /the limit is 3 MiB/ });
  assert.equal((await open).items.length, 3);
  assert.equal((await before.profile()).events, 1, "it knows what it knew");
  const after = await small();
  assert.equal((await after.recommend({ limit: 3 })).items.length, 3);
  assert.equal((await after.profile()).events, 0, "and no other knows it");
  await Promise.all([before.close(), after.close()]);
});

test("an engine that runs out of memory later is replaced, and what was recorded is known again", async () => {
  const recommender = await createRecommender({ catalog: catalog.slice(0, 10), limits: { engineMemory: 8 << 20 } });
  const other = await createRecommender({ catalog: catalog.slice(0, 10) });
  await recommender.record({ item: 1, type: "watch" });
  /** @type {string[]} */
  const restarts = [];
  recommender.addEventListener("engine-restart", ({ detail }) => restarts.push(detail.cause));
  const many = Array.from({ length: 100_000 }, (_, id) => ({ item: `an id that takes some bytes, number ${id}`, type: /** @type {const} */ ("watch") }));
  await assert.rejects(recommender.record(many), { code: "MEMORY" });
  assert.ok(restarts.length > 0 && restarts.every((cause) => cause.includes("the limit is 8 MiB")), `${restarts}`);
  assert.equal((await recommender.profile()).events, 1);
  assert.equal((await other.profile()).events, 0);
  await Promise.all([recommender.close(), other.close()]);
});

test("of a hundred calls after a trap none enters wasm", () => {
  // (func (export "trap") unreachable) (func (export "fine") (result i32) i32.const 7)
  const bytes = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 2, 96, 0, 0, 96, 0, 1, 127, 3, 3, 2, 0, 1, 7, 15, 2, 4, 116, 114, 97, 112, 0, 0, 4, 102, 105, 110, 101, 0, 1, 10, 10, 2, 3, 0, 0, 11, 4, 0, 65, 7, 11);
  const { trap, fine } = /** @type {Record<string, () => number>} */ (new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports);
  /** @type {Error[]} */
  const told = [];
  let entered = 0;
  const counted = () => ((entered += 1), fine?.());
  const exports = /** @type {Record<string, () => number>} */ (guarded(/** @type {WebAssembly.Exports} */ ({ trap, fine: counted }), (error) => told.push(error)));
  assert.equal(exports["fine"]?.(), 7);
  exports["trap"]?.();
  assert.ok(told.length === 1 && told[0] instanceof WebAssembly.RuntimeError, `${told}`);
  for (let call = 0; call < 100; call += 1) assert.deepEqual(exports["fine"]?.(), [], "no result");
  assert.equal(entered, 1);
});
