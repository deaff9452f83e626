// The public API where there is no Worker: in this thread, from the built package.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { root } from "../../scripts/workspace.mjs";
import { golden, goldenCases, listOfCommandLine } from "../golden.mjs";

/** @type {typeof import("../../dist/node.js")} */
const { WatchnextError, createRecommender } = await import(pathToFileURL(join(root, "dist", "node.js")).href);

const catalog = join(golden, "catalog.json");
const model = join(golden, "model.wnm");

/** @param {string} code */
const coded = (code) => (/** @type {unknown} */ error) => error instanceof WatchnextError && error.code === code;

const FILMS = [
  { id: 1, title: "Heat", genres: ["Crime", "Thriller"], year: 1995 },
  { id: 2, title: "Ronin", genres: ["Crime", "Thriller"], year: 1998, note: { kept: [1, 2] } },
  { id: 3, title: "Toy Story", genres: ["Animation", "Comedy"], year: 1995 },
];

test("lists are the command line's, explanations too", async () => {
  for (const { name, model: withModel, events, options } of await goldenCases()) {
    const { weights, filter, diversity, limit, seed } = /** @type {any} */ (options);
    if (weights || filter || diversity) continue; // The command line has no such options.
    const files = { catalog, ...(withModel && { model }) };
    const expected = await listOfCommandLine({ ...files, events, limit, seed });
    const recommender = await createRecommender(files);
    await recommender.record(events);
    const { items, complete } = await recommender.recommend({ limit, seed, explain: true });
    assert.ok(complete);
    // The words are the client's.
    for (const { explanation } of items) if (explanation?.reason) Reflect.deleteProperty(explanation.reason, "text");
    assert.deepEqual(items, expected, name);
    for (const { score, explanation } of items) {
      assert.equal(Object.values(explanation?.parts ?? {}).reduce((sum, part) => sum + part, 0), score, "the parts add up");
    }
    await recommender.close();
  }
});

test("a catalog may be bytes, items, an address or a response, with names of its own", async () => {
  const bytes = new TextEncoder().encode(JSON.stringify({ items: FILMS }));
  const renamed = FILMS.map(({ id, title, genres, ...rest }) => ({ movieId: id, name: title, kinds: genres.join("/"), ...rest }));
  for (const options of /** @type {import("../../dist/node.js").RecommenderOptions<any>[]} */ ([
    { catalog: bytes },
    { catalog: bytes.buffer },
    { catalog: FILMS },
    { catalog: new Response(bytes) },
    { catalog: `data:application/json,${encodeURIComponent(JSON.stringify(FILMS))}` },
    { catalog: renamed, fields: { id: "movieId", title: "name", genres: "kinds" }, separator: "/" },
  ])) {
    const recommender = await createRecommender(options);
    await recommender.record({ item: 1, type: "watch" });
    const { items } = await recommender.recommend({ explain: true });
    assert.deepEqual(items.map(({ id }) => id), ["2", "3"]);
    assert.deepEqual(items[0]?.item["note"], { kept: [1, 2] }, "the catalog's own object comes back");
    assert.equal(items[0]?.explanation?.items[0]?.title, "Heat");
    await recommender.close();
  }
});

test("the profile has the most-watched genres with share, count and lift", async () => {
  const recommender = await createRecommender({ catalog: FILMS });
  const recorded = await recommender.record([
    { item: 1, type: "watch", time: new Date(0) },
    { item: 2, type: "watch", progress: 0.5, time: 1 },
    { item: "later", type: "like", time: 2 },
  ]);
  assert.deepEqual(recorded, { recorded: 3, unknown: ["later"], durable: false });
  const profile = await recommender.profile();
  assert.deepEqual(profile.genres.map(({ genre, share, count }) => [genre, share, count]), [["Crime", 0.5, 2], ["Thriller", 0.5, 2]]);
  assert.equal(profile.genres[0]?.lift.toFixed(9), "1.500000000");
  assert.deepEqual(profile.items.map(({ title }) => title), ["Ronin", "Heat"], "the latest first");
  assert.deepEqual([profile.events, profile.unknown], [3, 1]);
  await recommender.close();
});

test("similar items, filters, and what the queues did", async () => {
  const recommender = await createRecommender({ catalog, model });
  const similar = await recommender.similar(1, { limit: 5 });
  assert.equal(similar.items.length, 5);
  assert.ok(similar.items.every(({ id }) => id !== "1"));
  assert.ok(similar.items.some(({ item }) => item["title"] === "Toy Story 2"), "is like Toy Story");

  const { items } = await recommender.recommend({
    limit: 1000,
    filter: { genres: { all: ["sci-fi"], none: ["Action"] }, year: { max: 1990 }, ids: { deny: [924] } },
  });
  assert.ok(items.length > 3);
  for (const { item } of items) {
    const { genres, year } = /** @type {any} */ (item);
    assert.ok(genres.includes("Sci-Fi") && !genres.includes("Action") && year <= 1990);
  }

  await recommender.record({ item: 1, type: "watch" });
  /** How many of the pairs of a list share no genre. @param {number} diversity */
  const unlike = async (diversity) => {
    const { items } = await recommender.recommend({ limit: 10, diversity });
    const genres = items.map(({ item }) => /** @type {string[]} */ (item["genres"]));
    return genres.flatMap((a, place) => genres.slice(place + 1).filter((b) => !a.some((genre) => b.includes(genre)))).length;
  };
  assert.ok((await unlike(0.7)) > (await unlike(0)), "the items of a varied list have less in common");

  const stats = await recommender.stats();
  assert.equal(stats.mode, "in-process");
  assert.equal(stats.catalog.items, 400);
  assert.deepEqual([stats.model?.matched, stats.model?.unmatched], [370, 0]);
  assert.deepEqual(stats.queues.map(({ name }) => name), ["history", "genre", "popularity"]);
  assert.equal(stats.requests.settled, 4);
  await recommender.close();
});

test("queues are bounded as the options say, and messages go where the strategy says", async () => {
  const ask = async (/** @type {import("../../dist/node.js").BrokerOptions} */ broker) => {
    const recommender = await createRecommender({ catalog: FILMS, workers: 2, broker });
    await recommender.record({ item: 1, type: "watch" });
    const answers = await Promise.allSettled(Array.from({ length: 12 }, () => recommender.recommend()));
    const { queues } = await recommender.stats();
    await recommender.close();
    return {
      codes: answers.map((answer) => (answer.status === "rejected" ? answer.reason.code : answer.value.complete)),
      handled: queues.map(({ workers }) => workers.map(({ handled }) => handled)),
    };
  };
  const { handled } = await ask({ dispatch: "round-robin" });
  assert.deepEqual(handled, [[6, 6], [6, 6], [6, 6]]);
  const { codes } = await ask({ queueLimit: 2, dispatch: { history: { weighted: [3, 1] }, genre: { random: 7 } } });
  // Two with the workers, two that wait.
  assert.deepEqual(codes.slice(0, 6), [true, true, true, true, "OVERLOADED", "OVERLOADED"]);
  assert.ok(codes.slice(6).every((code) => code === "OVERLOADED"));
});

test("progress ends with ready, and tells of bytes", async () => {
  /** @type {import("../../dist/node.js").Progress[]} */
  const heard = [];
  const recommender = await createRecommender({ catalog, model, onProgress: (progress) => heard.push(progress) });
  const phases = [...new Set(heard.map(({ phase }) => phase))];
  assert.deepEqual(phases, ["catalog-parse", "ready"], "nothing is downloaded where files are read");
  const parsed = heard.filter(({ phase }) => phase === "catalog-parse").at(-1);
  const { length } = await readFile(catalog);
  assert.deepEqual(parsed, { phase: "catalog-parse", loaded: length, total: length });
  await recommender.close();
});

test("every failure has its code", async () => {
  const server = createServer((request, response) => {
    if (request.url === "/html") response.end("<!doctype html><title>app</title>");
    else response.writeHead(404).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const origin = `http://127.0.0.1:${port}`;

  await assert.rejects(createRecommender({ catalog: `${origin}/missing.json` }), coded("HTTP"));
  await assert.rejects(createRecommender({ catalog: `${origin}/html` }), coded("CATALOG_HTML"));
  server.close();
  await once(server, "close");
  await assert.rejects(createRecommender({ catalog: `${origin}/catalog.json` }), coded("NETWORK"));
  await assert.rejects(createRecommender({ catalog: [] }), coded("CATALOG_EMPTY"));
  await assert.rejects(createRecommender({ catalog: FILMS.concat(/** @type {any} */ ([{ id: 1, title: "again" }])), onBadItem: "strict" }), coded("ITEM_ID_DUPLICATE"));
  await assert.rejects(createRecommender({ catalog: FILMS, model: new Uint8Array([1, 2, 3]), onModelError: "fail" }), coded("MODEL_FORMAT"));
  await assert.rejects(createRecommender({ catalog: FILMS, workers: -1 }), coded("OPTION"));
  await assert.rejects(createRecommender({ catalog: FILMS, history: { halfLife: { days: 0 } } }), coded("OPTION"));
  // @ts-expect-error A misspelt option.
  await assert.rejects(createRecommender({ catalog: FILMS, fields: { ids: "id" } }), coded("OPTION"));
  await assert.rejects(createRecommender({ catalog: FILMS, limits: { catalog: { maxItems: 2 } } }), coded("CATALOG_TOO_LARGE"));
  await assert.rejects(createRecommender({ catalog: FILMS, model, limits: { modelBytes: 1000 }, onModelError: "fail" }), coded("MODEL_TOO_LARGE"));
  await assert.rejects(createRecommender({ catalog: FILMS, integrity: { catalog: "sha384-AAAA" } }), coded("OPTION"));
  await assert.rejects(createRecommender({ catalog: FILMS, broker: { deliveryLimit: 0 } }), { code: "OPTION", message: /broker\.deliveryLimit: must be from 1 to 100, found 0/ });
  // @ts-expect-error Nobody's messages.
  await assert.rejects(createRecommender({ catalog: FILMS, broker: { dispatch: { nobody: "round-robin" } } }), { code: "OPTION", message: /broker\.dispatch\.nobody/ });
  // @ts-expect-error No such strategy.
  await assert.rejects(createRecommender({ catalog: FILMS, broker: { dispatch: "fastest" } }), coded("OPTION"));

  const recommender = await createRecommender({ catalog: FILMS });
  await assert.rejects(recommender.record({ item: 1, type: "rate", rating: 6 }), coded("EVENT"));
  await assert.rejects(recommender.recommend({ limit: 0 }), coded("OPTION"));
  await assert.rejects(recommender.recommend({ calibration: 2 }), coded("OPTION"));
  await assert.rejects(recommender.recommend({ weights: { genre: NaN } }), coded("OPTION"));
  await assert.rejects(recommender.similar("nowhere"), coded("ITEM_UNKNOWN"));
  await assert.rejects(recommender.recommend({ signal: AbortSignal.abort() }), coded("ABORTED"));
  assert.equal((await recommender.recommend()).items.length, 3, "and it still works");
  await recommender.close();
  await assert.rejects(recommender.recommend(), coded("CLOSED"));
  await assert.rejects(createRecommender({ catalog: FILMS, signal: AbortSignal.abort() }), coded("ABORTED"));
});
