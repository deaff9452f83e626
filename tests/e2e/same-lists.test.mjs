// In each browser, through worker and queues, with one and three workers a scorer and with none: the lists that the
// command line makes, to the last bit.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { serve } from "../../scripts/serve.mjs";
import { golden, goldenCases, listOfCommandLine } from "../golden.mjs";
import { browserNames, withBrowser } from "./browser.mjs";

/**
 * Runs in the page: makes all lists, several at once where there are several workers, each as in
 * tests/golden/expected.json. Scores become bits there already: not every driver hands a number on to its last bit.
 */
const MAKE_LISTS = `
  ${bits}
  const [workers, cases, done] = arguments;
  (async () => {
    const { createRecommender } = await import("/dist/index.js");
    const lists = [];
    for (const { model, events, options } of cases) {
      const files = { catalog: "/golden/catalog.json", ...(model && { model: "/golden/model.wnm" }) };
      const recommender = await createRecommender({ ...files, workers, history: { store: "memory" } });
      await recommender.record(events);
      const made = await Promise.all(Array.from({ length: 4 }, () => recommender.recommend(options)));
      const { mode } = await recommender.stats();
      await recommender.close();
      const list = ({ items }) =>
        items.map(({ id, score, explanation: { parts, items, genres } }) => [
          id, bits(score), Object.keys(parts).sort().map((name) => bits(parts[name])), items.map(({ id }) => id), genres.map(({ genre }) => genre),
        ]);
      lists.push({ mode, complete: made.every(({ complete }) => complete), made: made.map(list) });
    }
    return lists;
  })().then((lists) => done({ lists }), (error) => done({ error: String(error) + " " + error.code }));`;

/** The score as in tests/golden/expected.json. @param {number} score */
function bits(score) {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, score);
  return view.getBigUint64(0).toString(16).padStart(16, "0");
}

for (const name of browserNames()) {
  test(`${name} makes the command line's lists, with 1 and 3 workers and with none`, async () => {
    const cases = await goldenCases();
    /** @type {{ name: string, list: [string, string, string[], string[], string[]][] }[]} */
    const expected = JSON.parse(await readFile(join(golden, "expected.json"), "utf8"));
    const routes = new Map([["/", (/** @type {any} */ _, /** @type {any} */ response) => void response.end("<!doctype html><title>lists</title>")]]);
    const { root } = await import("../../scripts/workspace.mjs");
    const server = await serve({ routes, folders: { "/dist/": join(root, "dist"), "/golden/": golden } });
    try {
      await withBrowser(name, async (driver) => {
        await driver.manage().setTimeouts({ script: 60_000 });
        await driver.get(`${server.origin}/`);
        for (const workers of [1, 3, false]) {
          /** @type {{ error?: string, lists: { mode: string, complete: boolean, made: unknown[][] }[] }} */
          const { error, lists } = await driver.executeAsyncScript(MAKE_LISTS, workers, cases);
          assert.equal(error, undefined);
          assert.equal(lists.length, expected.length);
          for (const [place, { mode, complete, made }] of lists.entries()) {
            assert.equal(mode, workers ? "workers" : "in-process");
            assert.ok(complete);
            for (const list of made) {
              assert.deepEqual(list, expected[place]?.list, `${expected[place]?.name}, ${workers} workers`);
            }
          }
        }
        const [, question] = cases;
        const events = question?.events ?? [];
        const model = join(golden, "model.wnm");
        const printed = await listOfCommandLine({ catalog: join(golden, "catalog.json"), model, events, limit: 15 });
        assert.deepEqual(printed.map(({ id, score }) => [id, bits(score)]), expected[1]?.list.map(([id, score]) => [id, score]));
      });
    } finally {
      await server.close();
    }
  });
}
