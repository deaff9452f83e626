// The way of each call, as the option `debug` tells it.

import assert from "node:assert/strict";
import { join } from "node:path";
import { mock, test } from "node:test";
import { pathToFileURL } from "node:url";
import { root } from "../../scripts/workspace.mjs";

/** @type {typeof import("../../dist/node.js")} */
const { WatchnextError, createRecommender } = await import(pathToFileURL(join(root, "dist", "node.js")).href);

const catalog = [{ id: 1, title: "Heat", genres: ["Crime"] }, { id: 2, title: "Ronin", genres: ["Crime"] }];
const scorers = { mine: { score: () => { throw new Error("not today"); } } };

test("each step of each call is told to a function", async () => {
  /** @type {import("../../dist/node.js").DebugStep[]} */
  const steps = [];
  const recommender = await createRecommender({ catalog, scorers, debug: (step) => void steps.push(step) });
  assert.equal(steps.length, 0, "loading is no call");
  await recommender.record({ item: 1, type: "watch" });
  steps.length = 0;
  await recommender.recommend({ weights: { genre: 0 }, explain: true });
  const [first] = steps;
  assert.ok(steps.every(({ call, name, at }, place) => call === first?.call && name === "recommend" && at >= (steps[place - 1]?.at ?? 0)));
  const ways = (/** @type {string} */ queue) => steps.flatMap((step) => ("queue" in step && step.queue === queue ? [step.step] : []));
  assert.deepEqual(ways("popularity"), ["sent", "replied"]);
  assert.deepEqual(ways("mine"), ["sent", "replied", "given-up"]);
  assert.deepEqual(ways("genre"), [], "it is not asked");
  assert.deepEqual(steps.flatMap((step) => (step.step === "sent" && step.queue === "history" ? [[step.attempt, step.task]] : [])), [[1, "score"], [1, "explain"]]);
  assert.deepEqual(steps.flatMap((step) => (step.step === "replied" ? [[step.late, step.took >= 0]] : [])), steps.filter(({ step }) => step === "sent").flatMap(() => [[false, true]]));
  const last = steps.at(-1);
  assert.deepEqual([first?.step, last?.step === "answered" && last.missing], ["asked", ["mine"]]);

  steps.length = 0;
  await recommender.user("ada").record({ item: 1, type: "watch" });
  await assert.rejects(recommender.similar("nowhere"), WatchnextError);
  await recommender.stats();
  await recommender.patchCatalog({ remove: ["2"] });
  assert.deepEqual(steps.map(({ name, ...rest }) => [name, rest.step, "code" in rest ? rest.code : ""]), [
    ["record", "asked", ""],
    ["record", "answered", ""],
    ["similar", "asked", ""],
    ["similar", "failed", "ITEM_UNKNOWN"],
    ["stats", "asked", ""],
    ["stats", "answered", ""],
    ["catalog", "asked", ""],
    ["catalog", "answered", ""],
  ]);
  await recommender.close();
});

test("without a function each step is a line of the console", async () => {
  const debug = mock.method(console, "debug", () => undefined);
  const recommender = await createRecommender({ catalog, scorers, debug: true });
  await recommender.recommend();
  await assert.rejects(recommender.recommend({ deadline: -1 }));
  await recommender.close();
  const lines = debug.mock.calls.map(({ arguments: [line] }) => String(line).replaceAll(/\d+\.\d ms/g, "0 ms").replaceAll(/(?<=recommend )\d+/g, "N").replaceAll(/worker \d+/g, "worker N"));
  debug.mock.restore();
  assert.deepEqual(lines.filter((line) => !/history|genre|popularity/.test(line)), [
    "watchnext recommend N, 0 ms: asked",
    "watchnext recommend N, 0 ms: sent to mine, worker N, to score",
    "watchnext recommend N, 0 ms: mine, worker N, has replied, after 0 ms of work",
    "watchnext recommend N, 0 ms: mine is given up (rejected): score() has thrown: not today",
    "watchnext recommend N, 0 ms: answered without mine",
    "watchnext recommend N, 0 ms: asked",
    "watchnext recommend N, 0 ms: failed with OPTION",
  ]);
});

test("what the page's function throws harms nobody, and other values are refused", async () => {
  /** @type {unknown[]} */
  const uncaught = [];
  // As browsers have it.
  globalThis.reportError = (error) => void uncaught.push(error);
  const recommender = await createRecommender({ catalog, debug: () => { throw new Error("the page's own"); } });
  assert.equal((await recommender.recommend()).items.length, 2);
  await recommender.close();
  Reflect.deleteProperty(globalThis, "reportError");
  assert.ok(uncaught.length > 0 && uncaught.every((error) => /** @type {Error} */ (error).message === "the page's own"));
  await assert.rejects(createRecommender({ catalog, debug: /** @type {any} */ ("yes") }), /option debug: must be/);
  await (await createRecommender({ catalog, debug: false })).close();
});
