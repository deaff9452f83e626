// The demo page's files, as they are.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../scripts/workspace.mjs";

const read = (/** @type {string} */ name) => readFile(join(root, "www", name), "utf8");

test("the page says beforehand which scripts it needs, so that they come side by side", async () => {
  const page = await read("index.html");
  /** What a script imports, and those in turn. @type {Set<string>} */
  const needed = new Set();
  const follow = async (/** @type {string} */ name) => {
    for (const [, next = ""] of (await read(name)).matchAll(/^import [^;]*"\.\/(.+\.js)";$/gm)) {
      if (!needed.has(next)) await follow((needed.add(next), next));
    }
  };
  await follow("main.js");
  assert.ok(needed.size > 10);
  const named = [...page.matchAll(/<(?:link rel="modulepreload" href|script type="module" async src)="([a-z-]+\.js)"/g)].map(([, name]) => name);
  assert.deepEqual([...named].sort(), [...needed].sort());
});
