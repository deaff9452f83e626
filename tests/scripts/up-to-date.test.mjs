import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { step } from "../../scripts/up-to-date.mjs";

test("a step runs again when its recipe, inputs or outputs changed, and only then", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "watchnext-"));
  t.after(() => rm(folder, { recursive: true }));
  const [inputs, output] = [join(folder, "in"), join(folder, "out")];
  await mkdir(inputs);
  await writeFile(join(inputs, "a"), "one");
  const make = () => writeFile(output, "made");
  const run = (recipe = "v1") => step("test", { recipe, inputs: [inputs], outputs: [output], stamps: folder }, make);

  assert.equal(await run(), true, "the first time");
  assert.equal(await run(), false, "nothing changed");

  await utimes(join(inputs, "a"), 0, 0);
  assert.equal(await run(), false, "only a time changed");

  await writeFile(join(inputs, "a"), "two");
  assert.equal(await run(), true, "an input changed");
  await writeFile(join(inputs, "b"), "");
  assert.equal(await run(), true, "an input was added");

  await rm(output);
  assert.equal(await run(), true, "the output is missing");
  await writeFile(output, "made by hand");
  assert.equal(await run(), true, "the output was changed");

  assert.equal(await run("v2"), true, "the recipe changed");
  assert.equal(await run("v2"), false, "nothing changed");
});

test("a step that fails runs again", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "watchnext-"));
  t.after(() => rm(folder, { recursive: true }));
  const files = { recipe: "", inputs: [], outputs: [], stamps: folder };
  await assert.rejects(
    step("test", files, () => Promise.reject(new Error("no"))),
    /no/,
  );
  assert.equal(await step("test", files, async () => {}), true);
});
