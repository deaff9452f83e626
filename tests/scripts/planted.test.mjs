// What is planted has a place to be planted in: the code goes on, and nobody runs `npm run planted` as often.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { BUGS } from "../../scripts/planted.mjs";
import { root } from "../../scripts/workspace.mjs";

test("each planted bug's text is in its file, once", async () => {
  for (const [what, file, from, to] of BUGS) {
    const source = await readFile(join(root, file), "utf8");
    assert.equal(source.split(from).length, 2, `${what}: ${file} does not have exactly one:\n${from}`);
    assert.notEqual(from, to, what);
  }
});
