// What docs/history.md shows does what it says, and what is exported is what its schema says.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { root } from "../../scripts/workspace.mjs";

/** @type {typeof import("../../dist/node.js")} */
const { createRecommender } = await import(pathToFileURL(join(root, "dist", "node.js")).href);

const catalog = [{ id: 1, title: "Heat" }, { id: 2, title: "Ronin" }, { id: "s1", title: "Part 1", series: "S", episode: 1 }];
const docs = await readFile(join(root, "docs", "history.md"), "utf8");

/**
 * The example that has this in it, as a function of what it needs, which returns what it declares.
 * @param {string} has
 * @param {string[]} needs
 * @param {string} returns
 * @returns {(...needs: any[]) => Promise<any>}
 */
function example(has, needs, returns) {
  const examples = docs.match(/(?:^ {4}.*\n|^\n(?= {4}))+/gm) ?? [];
  const found = examples.filter((text) => text.includes(has));
  assert.equal(found.length, 1, `docs/history.md has one example with ${has}`);
  return async (...given) => new Function(...needs, `return (async () => { ${found[0]}\n return ${returns}; })()`)(...given);
}

test("a store on the page's server", async () => {
  /** @type {Map<string, string>} */
  const kept = new Map();
  let isBroken = false;
  const server = createServer(async (request, response) => {
    const url = request.url ?? "";
    const body = Buffer.concat(await request.toArray()).toString();
    if (request.method === "POST") kept.set(url, (kept.get(url) ?? "") + body);
    if (request.method === "PUT") kept.set(url, body);
    // What was posted is there all the same.
    response.writeHead(isBroken ? 503 : 200).end(request.method === "GET" ? kept.get(url) : "");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const fetchHere = (/** @type {string} */ path, /** @type {RequestInit} */ init) => fetch(`http://127.0.0.1:${port}${path}`, init);
  const open = () => example("const store = {", ["fetch", "createRecommender"], "recommender")(fetchHere, (/** @type {any} */ { history }) => createRecommender({ catalog, history }));
  try {
    const first = await open();
    assert.deepEqual(await first.record({ item: 1, type: "watch" }), { recorded: 1, durable: true, unknown: [] });
    isBroken = true;
    assert.equal((await first.record({ item: 2, type: "like" })).durable, false);
    isBroken = false;
    assert.equal((await first.user("kim & co").record({ item: 2, type: "watch" })).durable, true);
    assert.equal((await first.record({ item: 1, type: "like" })).durable, true);
    await first.close();
    assert.deepEqual([...kept.keys()].sort(), ["/histories/kim%20%26%20co", "/histories/me"]);
    assert.equal(kept.get("/histories/me")?.trim().split("\n").length, 4, "one is there twice");
    const again = await open();
    assert.deepEqual((await again.history()).map((/** @type {any} */ { id, type }) => `${type} ${id}`), ["like 1", "like 2", "watch 1"]);
    await again.forget(1);
    assert.doesNotMatch(kept.get("/histories/me") ?? "", /"item":"1"/);
    await again.user("kim & co").clearHistory();
    assert.equal(kept.get("/histories/kim%20%26%20co"), "");
    await again.close();
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test("messages of a socket as a stream", { timeout: 20_000 }, async () => {
  const recommender = await createRecommender({ catalog });
  /** @type {any} */
  const socket = {};
  const ingesting = example("async function* messages(socket)", ["recommender", "socket", "signal"], "undefined")(recommender, socket, undefined);
  while (!socket.onmessage) await new Promise((resolve) => setTimeout(resolve));
  const send = (/** @type {object} */ event) => socket.onmessage({ data: JSON.stringify(event) });
  for (let time = 0; time < 5; time += 1) send({ item: 1, type: "watch", time });
  while ((await recommender.stats()).history.events < 5) await new Promise((resolve) => setTimeout(resolve));
  send({ item: 2, type: "like", time: 5 });
  socket.onclose();
  await ingesting;
  assert.deepEqual((await recommender.history()).map(({ time }) => time), [5, 4, 3, 2, 1, 0]);
  await recommender.close();
});

/**
 * What a value has that its schema does not allow: as much of JSON Schema as this one uses, and no other word.
 * @param {any} schema
 * @param {any} value
 * @param {any} all
 * @param {string} [path]
 * @returns {string[]}
 */
function faults(schema, value, all, path = "$") {
  const { $ref, type, enum: among, const: only, oneOf, required = [], properties = {}, additionalProperties = true, items, minimum, maximum, minLength, maxLength, ...rest } = schema;
  const words = Object.keys(rest).filter((word) => !["$schema", "$defs", "title", "description"].includes(word));
  assert.deepEqual(words, [], "words that this test does not know");
  if ($ref) return faults($ref.split("/").slice(1).reduce((/** @type {any} */ at, /** @type {string} */ name) => at[name], all), value, all, path);
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  const is = { object: isObject, array: Array.isArray(value), string: typeof value === "string", number: typeof value === "number", integer: Number.isInteger(value) };
  const wrong = [
    type !== undefined && !is[/** @type {keyof typeof is} */ (type)],
    among && !among.includes(value),
    only !== undefined && only !== value,
    oneOf && oneOf.filter((/** @type {any} */ one) => faults(one, value, all).length === 0).length !== 1,
    value < minimum || value > maximum,
    is.string && (value.length < (minLength ?? 0) || value.length > (maxLength ?? Infinity)),
    isObject && required.some((/** @type {string} */ name) => !(name in value)),
    isObject && !additionalProperties && Object.keys(value).some((name) => !(name in properties)),
  ].some(Boolean);
  const within = [
    ...(is.array && items ? value.map((/** @type {any} */ one, /** @type {number} */ place) => faults(items, one, all, `${path}[${place}]`)) : []),
    ...(isObject ? Object.entries(properties).flatMap(([name, own]) => (name in value ? [faults(own, value[name], all, `${path}.${name}`)] : [])) : []),
  ];
  return [...(wrong ? [path] : []), ...within.flat()];
}

test("what is exported is what docs/history.schema.json says, and what that says is imported", async () => {
  const schema = JSON.parse(await readFile(join(root, "docs", "history.schema.json"), "utf8"));
  const recommender = await createRecommender({ catalog });
  const kim = recommender.user("kim");
  await kim.record([
    { item: 1, type: "watch", progress: 0.4, position: 12.5, time: new Date(5) },
    ...(/** @type {const} */ (["like", "dislike", "click", "skip", "impression", "remove"])).map((type) => ({ item: "s1", type })),
    { item: "gone", type: "rate", rating: 0.5, time: -1 },
  ]);
  await kim.importHistory("imdb,when\ntt1,2024-01-01\n", { columns: { title: "imdb", date: "when" } });
  const file = JSON.parse(JSON.stringify(await kim.exportHistory()));
  assert.deepEqual(faults(schema, file, schema), []);
  const { event } = schema.$defs;
  assert.deepEqual(Object.keys(event.properties).filter((name) => !file.events.some((/** @type {any} */ own) => name in own)), [], "every member is there");
  assert.deepEqual(event.properties.type.enum.filter((/** @type {string} */ type) => !file.events.some((/** @type {any} */ own) => own.type === type)), [], "and every kind");

  const least = { format: "watchnext-history", version: 1, events: [{ item: 2, type: "like" }] };
  assert.deepEqual(faults(schema, least, schema), []);
  assert.equal((await recommender.importHistory(JSON.stringify(least))).recorded, 1);
  // What the schema refuses is refused.
  for (const change of [{ type: "eat" }, { item: "" }, { rating: 3 }, { progress: 2 }, { position: -1 }, { time: "now" }, { sequence: -1 }, { sequence: 0.5 }, { origin: 5 }, { other: 1 }]) {
    const [, member] = /** @type {any} */ ([change, Object.keys(change)[0]]);
    const bad = { ...least, events: [{ item: 2, type: member === "rating" ? "watch" : member === "progress" || member === "position" ? "watch" : "like", ...change }] };
    if (member !== "rating") assert.notDeepEqual(faults(schema, bad, schema), [], JSON.stringify(change));
    await assert.rejects(recommender.importHistory(JSON.stringify(bad)), (/** @type {any} */ error) => ["EVENT", "OPTION"].includes(error.code), JSON.stringify(change));
  }
  for (const bad of [{ ...least, format: "other" }, { ...least, version: 2 }, { ...least, events: {} }]) {
    assert.notDeepEqual(faults(schema, bad, schema), []);
    await assert.rejects(recommender.importHistory(JSON.stringify(bad)), (/** @type {any} */ error) => error.code === "OPTION");
  }
  await recommender.close();
});
