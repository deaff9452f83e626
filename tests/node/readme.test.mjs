// The README's example does what it says.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { root } from "../../scripts/workspace.mjs";
import { golden } from "../golden.mjs";

test("the README's example prints titles, scores and reasons", async () => {
  const readme = await readFile(join(root, "README.md"), "utf8");
  let example = /```js\n(.*?)```/s.exec(readme)?.[1] ?? "";
  for (const [name, file] of [
    ['"watchnext"', join(root, "dist", "node.js")],
    ['"/catalog.json"', join(golden, "catalog.json")],
    ['"/model.wnm"', join(golden, "model.wnm")],
  ]) {
    assert.ok(example.includes(/** @type {string} */ (name)), `the example has ${name}`);
    example = example.replace(/** @type {string} */ (name), JSON.stringify(pathToFileURL(/** @type {string} */ (file)).href));
  }
  assert.ok(example.trim().split("\n").length <= 10, "it has ten lines");

  const folder = await mkdtemp(join(tmpdir(), "watchnext-"));
  /** @type {unknown[][]} */
  const printed = [];
  const log = console.log;
  console.log = (...words) => void printed.push(words);
  try {
    const file = join(folder, "example.mjs");
    await writeFile(file, example);
    await import(pathToFileURL(file).href);
  } finally {
    console.log = log;
    await rm(folder, { recursive: true });
  }
  assert.equal(printed.length, 10);
  for (const [title, score, reason] of printed) {
    assert.equal(typeof title, "string");
    assert.equal(typeof score, "number");
    assert.match(String(reason), /^(Because you|Goes with|Many people)/);
  }
  assert.ok(printed.some(([, , reason]) => String(reason).includes("you liked Pulp Fiction")), "what was done is said of some");
});
