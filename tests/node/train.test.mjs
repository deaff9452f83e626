// Training without Rust: the module of the package, by its function and by its command.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { root } from "../../scripts/workspace.mjs";
import { createRecommender } from "../../dist/node.js";
import { train } from "../../dist/train.js";

const folder = await mkdtemp(join(tmpdir(), "watchnext-"));
after(() => rm(folder, { recursive: true }));

/** Films 0 to 9 are watched by the even viewers, 10 to 19 by the odd ones; every one leaves out one of them. */
const FILMS = Array.from({ length: 20 }, (_, id) => ({ id: String(id), title: `Film ${id}`, genres: [id < 10 ? "Crime" : "War"] }));
const RATINGS = ["userId,movieId,rating,timestamp"];
for (let viewer = 0; viewer < 60; viewer += 1) {
  for (let film = 0; film < 10; film += 1) {
    if (film !== (viewer >> 1) % 10) RATINGS.push(`${viewer},${film + 10 * (viewer % 2)},5,${1000 * viewer + film}`);
  }
}
const ratings = join(folder, "ratings.csv");
const catalog = join(folder, "catalog.json");
await writeFile(ratings, RATINGS.join("\n"));
await writeFile(catalog, JSON.stringify(FILMS));

/** @param {string[]} args */
const command = (...args) => promisify(execFile)(process.execPath, [join(root, "dist", "cli.js"), ...args]);

test("a model is learnt, and recommends what its viewers have", async () => {
  /** @type {[string, number][]} */
  const heard = [];
  const { model, report } = await train({ interactions: ratings, catalog, onProgress: (...progress) => heard.push(progress) });
  const { reasons, ...figures } = report;
  assert.deepEqual(figures, { viewers: 60, items: 20, interactions: 540, skipped: 0, itemsInCatalog: 20, warnings: [] });
  assert.match(reasons.join("\n"), /^540 interactions of 60 viewers with 20 items/);
  assert.deepEqual(heard[0], ["together", 0]);

  const recommender = await createRecommender({ catalog: FILMS, model, onModelError: "fail" });
  await recommender.record({ item: "11", type: "watch" });
  const { items } = await recommender.recommend({ limit: 9, weights: { genre: 0, popularity: 0 } });
  assert.deepEqual(items.map(({ id }) => Number(id)).sort((a, b) => a - b), [10, 12, 13, 14, 15, 16, 17, 18, 19]);
  await recommender.close();
});

test("all kinds of sources are the same log, and the command writes the same model", async () => {
  const { model } = await train({ interactions: ratings, catalog });
  const text = await readFile(ratings);
  const half = RATINGS.length / 2;
  const parts = [RATINGS.slice(0, half), [/** @type {string} */ (RATINGS[0]), ...RATINGS.slice(half)]].map((lines) => new Blob([lines.join("\n")]));
  for (const interactions of [text, new Uint8Array(gzipSync(text)), new Response(text), parts]) {
    assert.deepEqual((await train({ interactions, catalog: new Response(JSON.stringify(FILMS)) })).model, model);
  }
  const out = join(folder, "model.wnm");
  const { stdout, stderr } = await command("train", ratings, "--catalog", catalog, "--out", out);
  assert.deepEqual(new Uint8Array(await readFile(out)), model);
  assert.match(stdout, /^.*model\.wnm: \d+ kB \([\d.]+ bytes an item\), in [\d.]+ s\n$/);
  assert.match(stderr, /one thread.*\n.*20 of 20 items of the interactions are in it\n540 interactions/);
});

test("options reach it, and those that make no sense are named", async () => {
  const columns = { user: "0", item: "1" };
  const { report } = await train({ interactions: Buffer.from("a;x\nb;x\nb;y\nbad\n"), columns, minSupport: 2, budget: "5KB", order: "none" });
  assert.deepEqual([report.items, report.interactions, report.skipped, report.itemsInCatalog], [1, 2, 1, undefined]);
  assert.match(String(report.firstSkipped), /^interactions, line 4: /);
  for (const [wrong, message] of /** @type {[object, RegExp][]} */ ([
    [{ pressent: "nano" }, /pressent/],
    [{ preset: "tiny" }, /preset.*nano/],
    [{ budget: "5 miles" }, /budget/],
    [{ interactions: 5 }, /interactions: must be an address/],
  ])) {
    await assert.rejects(train({ interactions: ratings, ...wrong }), { code: "OPTION", message }, JSON.stringify(wrong));
  }
});

test("what cannot be read is named", async () => {
  await assert.rejects(train({ interactions: join(folder, "none.csv") }), { code: "NETWORK", message: /none\.csv/ });
  await assert.rejects(train({ interactions: Buffer.from("\x28\xb5\x2f\xfd0000", "latin1") }), { code: "INTERACTIONS", message: /zstd/ });
  await assert.rejects(train({ interactions: ratings, catalog: Buffer.from("<html>") }), { code: "CATALOG_HTML" });
  for (const [args, message] of /** @type {[string[], RegExp][]} */ ([
    [["train"], /error\[OPTION\]: say what to learn from/],
    [["train", ratings], /error\[OPTION\]: say what to write/],
    [["train", ratings, "--out", join(folder, "no", "model.wnm")], /error\[FILE\]: .*model\.wnm/],
    [["train", join(folder, "none.csv"), "--out", "x"], /error\[FILE\]: .*none\.csv/],
    [["train", ratings, "--out", "x", "--min-support", "many"], /error\[OPTION\]: --min-support/],
    [["train", ratings, "--out", "x", "--fields", "{"], /error\[OPTION\]: --fields/],
    [["evaluate"], /error\[OPTION\]: .*native program/],
    [["train", "--colour"], /error\[OPTION\]: .*colour/],
  ])) {
    await assert.rejects(command(...args), { code: 1, stderr: message }, args.join(" "));
  }
  assert.match((await command("--help")).stdout, /npx watchnext train ratings\.csv/);
  assert.match((await command("--version")).stdout, /^watchnext \d+\.\d+\.\d+\n$/);
});

test("an abort ends it", async () => {
  const controller = new AbortController();
  const interactions = RATINGS.join("\n");
  const training = train({ interactions: Buffer.from(interactions), signal: controller.signal, onProgress: () => controller.abort() });
  await assert.rejects(training, { code: "ABORTED" });
  await assert.rejects(train({ interactions: ratings, signal: AbortSignal.abort() }), { code: "ABORTED" });
});
