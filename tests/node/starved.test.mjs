// Where there is no memory for the core. In a file, and so a process, of its own: it takes from WebAssembly what others need.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createRecommender } from "../../dist/node.js";

const catalog = [{ id: 1, title: "Heat", genres: ["Crime"] }];
const text = "Out of memory: Cannot allocate Wasm memory for new instance";

test("no memory to compile the core, or for an instance of it, is MEMORY; later there may be some", async () => {
  const { Instance, compile } = WebAssembly;
  WebAssembly.compile = () => Promise.reject(new RangeError(`WebAssembly.compile(): ${text}`));
  await assert.rejects(createRecommender({ catalog }), { code: "MEMORY", message: /Cannot allocate Wasm memory/ });
  WebAssembly.compile = compile;
  // @ts-expect-error It is no class any more.
  WebAssembly.Instance = function () {
    throw new RangeError(`WebAssembly.Instance(): ${text}`);
  };
  await assert.rejects(createRecommender({ catalog }), { code: "MEMORY", message: /Cannot allocate Wasm memory/ });
  WebAssembly.Instance = Instance;
  const recommender = await createRecommender({ catalog });
  assert.equal((await recommender.recommend()).items.length, 1);
  await recommender.close();
});
