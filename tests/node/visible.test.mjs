// What a developer sees of the package: its version, how a start gets on, and how long things took.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PerformanceObserver, performance } from "node:perf_hooks";
import { test } from "node:test";
import { root } from "../../scripts/workspace.mjs";
import { createRecommender, likenessText, ENGLISH, version } from "../../dist/node.js";

const FILMS = [
  { id: 1, title: "Heat", genres: ["Crime"], year: 1995 },
  { id: 2, title: "Heat Wave", genres: ["Crime"], year: 1998 },
  { id: 3, title: "Up", genres: ["Animation"], year: 1950 },
  { id: 4, title: "Ronin", genres: ["Crime"], year: 1998 },
];
const core = await readFile(join(root, "dist", "watchnext.wasm"));

test("version is the package's, in each entry point", async () => {
  assert.equal(version, JSON.parse(await readFile(join(root, "package.json"), "utf8")).version);
  for (const entry of ["index.js", "inline.js"]) assert.equal((await import(join(root, "dist", entry))).version, version);
});

test("progress is a union: a phase says what else there is; the core's bytes are told of", async () => {
  /** @type {import("../../dist/node.js").Progress[]} */
  const heard = [];
  const onProgress = (/** @type {import("../../dist/node.js").Progress} */ progress) => void heard.push(progress);
  for (const [headers, total] of /** @type {[Record<string, string>, number | undefined][]} */ ([
    [{ "content-length": String(core.length) }, core.length],
    [{ "content-length": "7", "content-encoding": "br" }, undefined],
    [{}, undefined],
  ])) {
    heard.length = 0;
    const wasm = new Response(core, { headers: { "content-type": "application/wasm", ...headers } });
    const recommender = await createRecommender({ catalog: FILMS, wasm, onProgress });
    await recommender.close();
    const downloads = heard.filter(({ phase }) => phase === "wasm-download");
    assert.deepEqual(downloads.at(-1), { phase: "wasm-download", loaded: core.length, ...(total && { total }) });
    for (const [place, { loaded }] of downloads.entries()) assert.ok(loaded > (downloads[place - 1]?.loaded ?? 0), "it counts up");
    assert.deepEqual(heard.at(-1), { phase: "ready", loaded: 1, total: 1 });
  }
});

test("what it throws while the core comes changes nothing", async () => {
  /** @type {unknown[]} */
  const reported = [];
  const { reportError } = globalThis;
  globalThis.reportError = (error) => void reported.push(error);
  const planted = new Error("planted");
  const onProgress = ({ phase = "" }) => {
    if (phase === "wasm-download") throw planted;
  };
  const recommender = await createRecommender({ catalog: FILMS, wasm: new Response(core), onProgress });
  globalThis.reportError = reportError;
  await recommender.close();
  assert.ok(reported.length > 0 && reported.every((error) => error === planted));
});

test("observers of performance see each call and the start, and nothing is kept", async () => {
  /** @type {PerformanceEntry[]} */
  const seen = [];
  const observer = new PerformanceObserver((list) => void seen.push(...list.getEntries()));
  observer.observe({ entryTypes: ["measure"] });
  const before = performance.now();
  const recommender = await createRecommender({ catalog: FILMS });
  await recommender.record({ item: 1, type: "watch" });
  await recommender.recommend();
  await recommender.user("ada").similar(1);
  await recommender.stats();
  await recommender.recommend({ limit: 0 }).catch(() => undefined);
  await recommender.close();
  while (seen.length < 6) await new Promise((resolve) => setImmediate(resolve));
  observer.disconnect();
  assert.deepEqual(seen.map(({ name }) => name), ["start", "record", "recommend", "similar", "stats", "recommend"].map((what) => `watchnext ${what}`));
  for (const { startTime, duration, detail } of /** @type {any[]} */ (seen)) {
    assert.ok(startTime >= before && duration >= 0);
    assert.deepEqual(detail, { devtools: { track: "watchnext" } });
  }
  assert.deepEqual(performance.getEntriesByType("measure"), []);
});

test("similar says its likeness in words", async () => {
  const recommender = await createRecommender({ catalog: FILMS });
  const { items } = await recommender.similar(1, { explain: true });
  const texts = Object.fromEntries(items.map(({ id, explanation }) => [id, explanation?.text]));
  assert.equal(texts["2"], "Similar title", "the genre is less than .15 of it");
  assert.equal(texts["4"], "Similar genres and decade");
  assert.equal(texts["3"], undefined, "nothing is alike");
  assert.equal((await recommender.similar(1)).items[0]?.explanation, undefined, "where it is not asked");
  await recommender.close();
  const likeness = { viewers: 0.5, genres: 0.05, decade: 0.02, tags: 0.1, title: 0, words: 0.04 };
  assert.equal(likenessText({ likeness }), "Similar audience", "what is less than .15 of it is not named");
  assert.equal(likenessText({ likeness: { ...likeness, viewers: -1, genres: 0, decade: 0, tags: 0, words: 0 } }), undefined);
  const german = { ...ENGLISH, similar: (/** @type {string} */ ways) => `Ähnlich: ${ways}`, likeness: { ...ENGLISH.likeness, viewers: "Publikum" } };
  assert.equal(likenessText({ likeness }, german), "Ähnlich: Publikum");
  assert.equal(likenessText({}), undefined);
});
