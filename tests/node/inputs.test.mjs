// What a page should not say, by name: each gets its code, and is told where it is and what would be right.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { runInNewContext } from "node:vm";
import { root } from "../../scripts/workspace.mjs";

/** Types are what these tests break. @type {any} */
const { WatchnextError, createRecommender } = await import(pathToFileURL(join(root, "dist", "node.js")).href);

const FILMS = [
  { id: 1, title: "Heat", genres: ["Crime"], year: 1995 },
  { id: 2, title: "Alien", genres: ["Horror"], year: 1979 },
  { id: 3, title: "Ronin", genres: ["Crime"], year: 1998 },
];
const circle = /** @type {any} */ ({ genres: {} });
circle.genres.again = circle;
const nobody = () => true;

/** Words that only somebody who writes Rust understands. */
const RUST = /\b(f64|f32|i32|u32|u64|usize|struct|enum|variant|serde|a sequence|map|missing field|invalid (type|value)|floating point|expected)\b/;

/**
 * @param {string} name
 * @param {() => Promise<unknown>} call
 * @param {"OPTION" | "EVENT"} code
 * @param {string} beginning of the message
 */
async function refused(name, call, code, beginning) {
  let error;
  try {
    await call();
  } catch (caught) {
    error = caught;
  }
  assert.ok(error instanceof WatchnextError, `${name}: ${error ?? "not refused"}`);
  const { code: found, message } = /** @type {any} */ (error);
  assert.deepEqual([found, message.slice(0, beginning.length)], [code, beginning], name);
  assert.doesNotMatch(message.replaceAll(/"[^"]*"/g, ""), RUST, name);
}

/** Options of `createRecommender` beside a catalog: a name, the options, how the message begins. @type {[string, any, string][]} */
const LOAD_OPTIONS = [
  ["a misspelt model", { modle: "/m.wnm" }, "option modle: is unknown; known are catalog, model, fields, "],
  ["misspelt workers", { wokers: 2 }, "option wokers: is unknown; known are catalog, "],
  ["no catalog", { catalog: undefined }, "option catalog: is missing"],
  ["a catalog that is null", { catalog: null }, "option catalog: is missing"],
  ["a catalog that has not come yet", { catalog: Promise.resolve(FILMS) }, "A catalog or model must be an address, a Request, a Response, bytes or, for a catalog, an array of items; found a Promise"],
  ["an item with a bigint", { catalog: [...FILMS, { id: 4n, title: "Spy" }] }, "option catalog[3]: cannot be written as JSON"],
  ["an item within itself", { catalog: [circle] }, "option catalog[0]: cannot be written as JSON"],
  ["a misspelt broker option", { broker: { queuLimit: 3 } }, "option broker.queuLimit: is unknown; known are queueLimit, overflow, dispatch, "],
  ["a misspelt limit", { limits: { modelByte: 3 } }, "option limits.modelByte: is unknown; known are catalog, modelBytes, "],
  ["a misspelt catalog limit", { limits: { catalog: { maxItem: 3 } } }, "option limits.catalog.maxItem: is unknown; known are maxBytes, maxItems, "],
  ["a misspelt store", { history: { stor: "memory" } }, "option history.stor: is unknown; known are store, name, weights, halfLife"],
  ["a store that is none", { history: { store: "disk" } }, 'option history.store: must be "indexeddb", "memory" or an object with the functions read, append and replace'],
  ["a store that only reads", { history: { store: { read: nobody } } }, "option history.store: must be "],
  ["a store that is not here", { history: { store: "indexeddb" } }, "option history.store: there is no IndexedDB here"],
  ["a history's name that is empty", { history: { name: "" } }, "option history.name: must be a string that is not empty"],
  ["a history's name that is a number", { history: { name: 7 } }, "option history.name: must be a string that is not empty"],
  ["a history that is a string", { history: "memory" }, 'option history: must be an object, found "memory"'],
  ["a scorer that is an address", { scorers: { mine: "/mine.js" } }, 'option scorers.mine: must be an object, found "/mine.js"'],
  ["a misspelt part of a scorer", { scorers: { mine: { url: "/mine.js", wieght: 1 } } }, "option scorers.mine.wieght: is unknown; known are "],
  ["scorers that are a list", { scorers: [{ url: "/mine.js" }] }, "option scorers: must be an object, found an array"],
  ["a strictness in words", { strictModel: "yes" }, 'option strictModel: must be true or false, found "yes"'],
  ["what a bad model does", { onModelError: "stop" }, 'option onModelError: must be continue or fail, found "stop"'],
  ["a worker's maker that is none", { createWorker: {} }, "option createWorker: must be a function, found an Object"],
  ["a misspelt weight", { history: { weights: { lik: 1 } } }, "option history.weights.lik: is unknown; known are watch, "],
  ["a misspelt half-life", { history: { halfLife: { day: 1 } } }, "option history.halfLife.day: is unknown; known are events, days"],
  ["a misspelt field", { fields: { ids: "id" } }, "option fields.ids: is unknown; known are id, title, "],
  ["a misspelt hash", { integrity: { catalogue: "sha384-AAAA" } }, "option integrity.catalogue: is unknown; known are catalog, model, wasm"],
  ["a hash that is none", { integrity: { catalog: "sha512abcdef" } }, 'option integrity.catalog: must be a hash as in HTML (sha384-…), found "sha512abcdef"'],
  ["a hash that is a number", { integrity: { model: 5 } }, "option integrity.model: must be a hash as in HTML"],
  ["hashes that are a string", { integrity: "sha384-AAAA" }, 'option integrity: must be an object, found "sha384-AAAA"'],
  ["workers for nobody", { workers: { popular: 2 } }, "option workers.popular: there is no such scorer; there are history, genre, popularity"],
  ["workers below 0", { workers: { genre: -1 } }, "option workers.genre: must be a whole number from 0 to 64, found -1"],
  ["half a worker", { workers: 1.5 }, "option workers: must be a whole number from 0 to 64, found 1.5"],
  ["workers in words", { workers: "2" }, 'option workers: must be a whole number from 0 to 64, found "2"'],
  ["workers that are a list", { workers: [1, 1, 1] }, "option workers: must be a whole number from 0 to 64, found an array"],
  ["workers that are true", { workers: true }, "option workers: must be a whole number from 0 to 64, found true"],
  ["progress for nobody", { onProgress: "log" }, 'option onProgress: must be a function, found "log"'],
  ["a signal that is none", { signal: { aborted: false } }, "option signal: must be an AbortSignal, found an Object"],
  ["a controller for its signal", { signal: new AbortController() }, "option signal: must be an AbortSignal, found an AbortController"],
  ["a worker's address that is a number", { workerUrl: 5 }, "option workerUrl: must be an address, found 5"],
  ["half a byte", { limits: { modelBytes: 1.5 } }, "option limits.modelBytes: must be a whole number, found 1.5"],
  ["half a place in a queue", { broker: { queueLimit: 2.5 } }, "option broker.queueLimit: must be a whole number, found 2.5"],
  ["a queue without end", { broker: { queueLimit: Infinity } }, "option broker.queueLimit: must be a finite number, found Infinity"],
  ["a queue in words", { broker: { queueLimit: "many" } }, 'option broker.queueLimit: must be a whole number, found "many"'],
  ["a start that takes no time", { broker: { startTimeout: 0 } }, "option broker.startTimeout: must be a number from 1 to 86400000, found 0"],
  ["a start in words", { broker: { startTimeout: "10 s" } }, 'option broker.startTimeout: must be a number from 1 to 86400000, found "10 s"'],
  ["a seed with a fraction", { broker: { dispatch: { random: 1.5 } } }, "option broker.dispatch.random: must be a whole number, found 1.5"],
  ["a strategy that is none", { broker: { dispatch: "fastest" } }, "option broker.dispatch: must be round-robin, random, least-outstanding or weighted"],
  ["a strategy without its value", { broker: { dispatch: "random" } }, "option broker.dispatch"],
  ["a strategy for nobody", { broker: { dispatch: { nobody: "round-robin" } } }, "option broker.dispatch.nobody: there is no such scorer; there are history, genre, popularity"],
  ["a broker that is a list", { broker: [] }, "option broker: must be an object, found an array"],
  ["a broker that is a function", { broker: nobody }, "option broker: must be a string, a number, an array or a plain object, found a function"],
  ["a function deep within", { limits: { catalog: { maxItems: nobody } } }, "option limits.catalog.maxItems: must be a string, a number, an array or a plain object, found a function"],
  ["a symbol", { separator: Symbol("|") }, "option separator: must be a string, a number, an array or a plain object, found a symbol"],
  ["a bigint", { limits: { modelBytes: 5n } }, "option limits.modelBytes: must be a string, a number, an array or a plain object, found a bigint"],
  ["a circle", { fields: circle }, "option fields.genres.again: is part of itself"],
  ["a policy that is none", { onBadItem: "stop" }, 'option onBadItem: must be skip or strict, found "stop"'],
  ["a weight that is NaN", { history: { weights: { like: NaN } } }, "option history.weights.like: must be a finite number, found NaN"],
  ["a weight below 0", { history: { weights: { like: -1 } } }, "option history.weights.like: must be from 0 to 100, found -1"],
];

test("options of createRecommender", async () => {
  for (const options of [undefined, null, 5, "/catalog.json", [], FILMS, nobody]) {
    await refused(`options ${typeof options}`, () => createRecommender(options), "OPTION", "options: must be an object, found ");
  }
  await refused("no options", () => createRecommender({}), "OPTION", "option catalog: is missing");
  for (const [name, options, message] of LOAD_OPTIONS) {
    await refused(name, () => createRecommender({ catalog: FILMS, ...options }), "OPTION", message);
  }
});

test("options are checked before anything is read", async () => {
  const catalog = new Proxy(FILMS, { get: () => assert.fail("the catalog is read") });
  await refused("a misspelt model", () => createRecommender({ catalog, modle: 1 }), "OPTION", "option modle");
});

/** Options of `recommend`. @type {[string, any, string][]} */
const CALL_OPTIONS = [
  ["null", null, "options: must be an object, found null"],
  ["a number", 5, "options: must be an object, found 5"],
  ["a string", "x", 'options: must be an object, found "x"'],
  ["a list", [], "options: must be an object, found an array"],
  ["a function", nobody, "options: must be an object, found a function"],
  ["a Map", new Map([["limit", 3]]), "options: must be an object, found a Map"],
  ["an unknown option", { limits: 3 }, "option limits: is unknown; known are limit, weights, filter, "],
  ["a filter that is a function", { filter: nobody }, "option filter: must be a string, a number, an array or a plain object, found a function"],
  ["a filter that is a list", { filter: [] }, "option filter: must be an object, found an array"],
  ["an unknown filter", { filter: { genre: { none: ["Horror"] } } }, "option filter.genre: is unknown; known are genres, year, ids, seen"],
  ["an unknown part of a filter", { filter: { genres: { non: ["Horror"] } } }, "option filter.genres.non: is unknown; known are any, all, none"],
  ["genres that are a list", { filter: { genres: ["Horror"] } }, "option filter.genres: must be an object, found an array"],
  ["genres that are no list", { filter: { genres: { none: "Horror" } } }, 'option filter.genres.none: must be an array, found "Horror"'],
  ["genres that are a Set", { filter: { genres: { none: new Set(["Horror"]) } } }, "option filter.genres.none: must be a string, a number, an array or a plain object, found a Set"],
  ["a genre that is a number", { filter: { genres: { none: ["Horror", 7] } } }, "option filter.genres.none[1]: must be a string, found 7"],
  ["a genre that is undefined", { filter: { genres: { none: ["Horror", undefined] } } }, "option filter.genres.none[1]: must not be undefined"],
  ["a hole among the genres", { filter: { genres: { none: ["Horror", , "War"] } } }, "option filter.genres.none[1]: must not be undefined"],
  ["ids that are a Set", { filter: { ids: { deny: new Set([1]) } } }, "option filter.ids.deny: must be a string, a number, an array or a plain object, found a Set"],
  ["ids that are a Map", { filter: { ids: { deny: new Map() } } }, "option filter.ids.deny: must be a string, a number, an array or a plain object, found a Map"],
  ["ids that are one", { filter: { ids: { deny: "1" } } }, 'option filter.ids.deny: must be an array, found "1"'],
  ["ids that are a list", { filter: { ids: ["1"] } }, "option filter.ids: must be an object, found an array"],
  ["an id that is an object", { filter: { ids: { allow: [1, { id: 1 }] } } }, "option filter.ids.allow[1]: must be a string or a whole number below 2^53, found an Object"],
  ["an id that is null", { filter: { ids: { allow: [null] } } }, "option filter.ids.allow[0]: must be a string or a whole number below 2^53, found null"],
  ["an id that is NaN", { filter: { ids: { deny: [NaN] } } }, "option filter.ids.deny[0]: must be a finite number, found NaN"],
  ["an id with a fraction", { filter: { ids: { deny: [1.5] } } }, "option filter.ids.deny[0]: must be a string or a whole number below 2^53, found 1.5"],
  ["years that are a list", { filter: { year: [1980, 1990] } }, "option filter.year: must be an object, found an array"],
  ["a year with a fraction", { filter: { year: { min: 1985.5 } } }, "option filter.year.min: must be a whole number, found 1985.5"],
  ["a year in words", { filter: { year: { min: "1985" } } }, 'option filter.year.min: must be a whole number, found "1985"'],
  ["years the wrong way round", { filter: { year: { min: 1990, max: 1980 } } }, "option filter.year: min 1990 is after max 1980"],
  ["seen that is neither", { filter: { seen: true } }, "option filter.seen: must be exclude or include, found true"],
  ["a limit in words", { limit: "3" }, 'option limit: must be a number, found "3"'],
  ["a limit that is NaN", { limit: NaN }, "option limit: must be a finite number, found NaN"],
  ["half an item", { limit: 1.5 }, "option limit: must be a whole number from 1 to 1000, found 1.5"],
  ["a weight for nobody", { weights: { popular: 1 } }, "option weights.popular: there is no such scorer; there are history, genre, popularity"],
  ["a weight that is null", { weights: { genre: null } }, "option weights.genre: must be a number, found null"],
  ["an explanation in words", { explain: "yes" }, 'option explain: must be true or false, found "yes"'],
  ["waiting for most", { wait: "most" }, 'option wait: must be deadline, all or quorum, found "most"'],
  ["waiting for a number", { wait: 2 }, "option wait: must be deadline, all or quorum, found 2"],
  ["waiting for two in words", { wait: { quorum: "2" } }, 'option wait.quorum: must be a number, found "2"'],
  ["a deadline in words", { deadline: "1 s" }, 'option deadline: must be a number, found "1 s"'],
  ["a signal that is none", { signal: "stop" }, 'option signal: must be an AbortSignal, found "stop"'],
];

/** Events. @type {[string, any, string][]} */
const EVENTS = [
  ["undefined", undefined, "event 0: must be an object, found undefined"],
  ["null", null, "event 0: must be an object, found null"],
  ["an id alone", "318", 'event 0: must be an object, found "318"'],
  ["a number", 318, "event 0: must be an object, found 318"],
  ["a Set of events", new Set([{ item: 1, type: "watch" }]), "event 0: must be an object, found a Set"],
  ["an object without fields", {}, "event 0: item must be a string or a whole number below 2^53, found undefined"],
  ["an item that is undefined", { item: undefined, type: "watch" }, "event 0: item must be a string or a whole number below 2^53, found undefined"],
  ["an item that is null", { item: null, type: "watch" }, "event 0: item must be a string or a whole number below 2^53, found null"],
  ["an item that is NaN", { item: NaN, type: "watch" }, "event 0: item must be a string or a whole number below 2^53, found NaN"],
  ["an item that is an object", { item: FILMS[0], type: "watch" }, "event 0: item must be a string or a whole number below 2^53, found an Object"],
  ["an empty item", { item: "", type: "watch" }, "event 0: item must be 1 to 1024 bytes long, found 0"],
  ["null after a good one", [{ item: 1, type: "watch" }, null], "event 1: must be an object, found null"],
  ["a hole", [{ item: 1, type: "watch" }, , { item: 1, type: "watch" }], "event 1: must be an object, found undefined"],
  ["no type", { item: 1 }, "event 0: type is missing"],
  ["a type that is none", [{ item: 1, type: "watch" }, { item: 1, type: "ate" }], 'event 1: type must be watch, like, dislike, rate, click, skip, impression or remove, found "ate"'],
  ["a type that is a number", { item: 1, type: 3 }, "event 0: type must be watch, like, dislike, rate, click, skip, impression or remove, found 3"],
  ["a time that is no date", { item: 1, type: "watch", time: new Date(NaN) }, "event 0: time must be a finite number, found NaN"],
  ["a time in words", { item: 1, type: "watch", time: "2020-01-01" }, 'event 0: time must be a number, found "2020-01-01"'],
  ["a time that is null", { item: 1, type: "watch", time: null }, "event 0: time must be a number, found null"],
  ["a progress in words", { item: 1, type: "watch", progress: "1" }, 'event 0: progress must be a number, found "1"'],
  ["a progress that is NaN", { item: 1, type: "watch", progress: NaN }, "event 0: progress must be a finite number, found NaN"],
  ["a progress of 2", { item: 1, type: "watch", progress: 2 }, "event 0: progress must be from 0 to 1, found 2"],
  ["a rating that is not there", { item: 1, type: "rate" }, 'event 0: type "rate" needs a rating from 0.5 to 5'],
  ["an unknown field", { item: 1, type: "watch", progres: 1 }, "event 0: progres is unknown; known are item, type, time, progress, position, rating"],
  ["a function", { item: 1, type: "watch", progress: nobody }, "event 0: progress must be a string, a number, an array or a plain object, found a function"],
];

test("options of calls, and events; nothing of what is refused is recorded", async () => {
  const recommender = await createRecommender({ catalog: FILMS });
  for (const [name, options, message] of CALL_OPTIONS) {
    await refused(`recommend: ${name}`, () => recommender.recommend(options), "OPTION", message);
  }
  for (const [name, id] of /** @type {[string, any][]} */ ([["undefined", undefined], ["null", null], ["an object", {}], ["NaN", NaN], ["a list", ["1"]], ["a fraction", 1.5]])) {
    await refused(`similar: ${name}`, () => recommender.similar(id), "OPTION", "option id: must be a string or a whole number below 2^53, found ");
  }
  await refused("similar: a function as filter", () => recommender.similar(1, { filter: nobody }), "OPTION", "option filter: ");
  await refused("similar: an unknown option", () => recommender.similar(1, { calibration: 0.5 }), "OPTION", "option calibration: is unknown; known are ");
  await refused("why: no id", () => recommender.why(), "OPTION", "option id: must be a string or a whole number below 2^53, found undefined");
  await refused("why: an option of lists", () => recommender.why(1, { limit: 5 }), "OPTION", "option limit: is unknown; known are ");
  await refused("why: a bad weight", () => recommender.why(1, { weights: { genre: 11 } }), "OPTION", "option weights.genre: must be from 0 to 10, found 11");
  for (const [name, events, message] of EVENTS) {
    await refused(`record: ${name}`, () => recommender.record(events), "EVENT", message);
  }
  for (const call of ["profile", "stats"]) {
    await refused(`${call}: an option`, () => recommender[call]({ limit: 3 }), "OPTION", "option limit: is unknown; known are signal");
    await refused(`${call}: a number`, () => recommender[call](3), "OPTION", "options: must be an object, found 3");
  }
  await refused("record: an option", () => recommender.record([], { time: 3 }), "OPTION", "option time: is unknown; known are signal");

  // What people and lists that follow are asked for.
  for (const id of [undefined, null, "", 5, {}]) await refused(`user: ${id}`, async () => recommender.user(id), "OPTION", "option user: must be a string that is not empty, found ");
  for (const [name, options, message] of CALL_OPTIONS) {
    if (typeof options !== "function") await refused(`live: ${name}`, () => recommender.live(options).next(), "OPTION", message);
  }
  for (const [name, given] of /** @type {[string, any[]][]} */ ([["in the place of the options", [nobody]], ["that is none", [{}, 5]]])) {
    await refused(`live: a listener ${name}`, async () => recommender.live(...given), "OPTION", "option listener: must be a function, after the options");
  }
  for (const stream of [undefined, 5, {}]) {
    await refused(`ingest: ${stream}`, () => recommender.ingest(stream), "OPTION", "option stream: must be an iterable of events, found ");
  }
  await refused("live: of a user", () => recommender.user("ada").live({ limt: 3 }).next(), "OPTION", "option limt: is unknown; known are limit, ");
  await refused("history: an unknown option", () => recommender.history({ form: 3 }), "OPTION", "option form: is unknown; known are from, limit");
  await refused("history: too many", () => recommender.history({ limit: 1001 }), "OPTION", "option limit: must be a whole number from 1 to 1000, found 1001");
  await refused("history: a number", () => recommender.history(5), "OPTION", "options: must be an object, found 5");
  await refused("forget: nothing", () => recommender.forget(), "OPTION", "option id: must be a string or a whole number below 2^53, found undefined");
  await refused("exportHistory: an option", () => recommender.exportHistory({ format: "csv" }), "OPTION", "option exportHistory: takes nothing, found an Object");
  await refused("clearHistory: an item", () => recommender.clearHistory("1"), "OPTION", 'option clearHistory: takes nothing, found "1"');
  await refused("clearHistory of a user: an item", () => recommender.user("ada").clearHistory("1"), "OPTION", 'option clearHistory: takes nothing, found "1"');
  await refused("importHistory: nothing", () => recommender.importHistory(), "OPTION", "option file: ");
  await refused("importHistory: a number", () => recommender.importHistory(5), "OPTION", "option file: ");
  await refused("importHistory: an unknown option", () => recommender.importHistory("a,b\n1,2", { column: {} }), "OPTION", "option column: is unknown; known are columns, least");
  await refused("importHistory: an unknown column", () => recommender.importHistory("a,b\n1,2", { columns: { titel: "a" } }), "OPTION", "option columns.titel: is unknown; known are title, ");
  await refused("importHistory: how sure", () => recommender.importHistory("a,b\n1,2", { least: 2, columns: { title: "a" } }), "OPTION", "option least: must be from 0 to 1, found 2");
  await refused("importHistory: no such column", () => recommender.importHistory("a,b\n1,2", { columns: { title: "c" } }), "OPTION", 'option columns.title: there is no column "c"; found a, b');
  await refused("importHistory: no title", () => recommender.importHistory("a,b\n1,2", { columns: {} }), "OPTION", "option columns.title: must be the name of a column");
  await refused("importHistory: options", () => recommender.importHistory("a,b\n1,2", 5), "OPTION", "options: must be an object");

  assert.equal((await recommender.stats()).history.events, 0);
  assert.equal((await recommender.recommend()).items.length, 3, "and it still works");
  await recommender.close();
});

test("what is good in another window is good here", async () => {
  const { options, event, signal } = runInNewContext('({ options: { limit: 2, filter: { ids: { deny: [1, "3"] } } }, event: { item: 1, type: "watch", time: new Date(5) } })');
  const recommender = await createRecommender({ catalog: FILMS, signal });
  assert.deepEqual(await recommender.record(event), { recorded: 1, unknown: [], durable: false });
  assert.deepEqual((await recommender.recommend(options)).items.map((/** @type {any} */ { id }) => id), ["2"]);
  await recommender.close();
});

test("a filter lets no spelling of a genre through, and what no item has is named", async () => {
  const genres = ["Horror", "horror", " HORROR\u00a0", "Comedy|horrOr", ["Film  Noir", "film noir"], "Comedy"];
  const recommender = await createRecommender({ catalog: genres.map((genres, id) => ({ id, title: `Film ${id}`, genres })) });
  const list = async (/** @type {object} */ genres) => {
    const { items, unknownGenres } = await recommender.recommend({ filter: { genres } });
    return [items.map((/** @type {any} */ { id }) => id).sort().join(" "), unknownGenres];
  };
  assert.deepEqual(await list({}), ["0 1 2 3 4 5", undefined]);
  for (const spelling of ["horror", "Horror", "HORROR ", "\thorror"]) {
    assert.deepEqual(await list({ none: [spelling] }), ["4 5", undefined]);
    assert.deepEqual(await list({ any: [spelling] }), ["0 1 2 3", undefined]);
    assert.deepEqual(await list({ all: [spelling, "comedy"] }), ["3", undefined]);
  }
  assert.deepEqual(await list({ any: ["FILM NOIR"] }), ["4", undefined]);
  assert.deepEqual(await list({ none: ["Western"] }), ["0 1 2 3 4 5", ["Western"]]);
  assert.deepEqual(await list({ any: ["Western", "Comedy"] }), ["3 5", ["Western"]]);
  assert.deepEqual(await list({ any: ["Western"] }), ["", ["Western"]]);
  assert.deepEqual(await list({ all: ["Western", "Comedy"], none: ["Western"] }), ["", ["Western"]]);

  await recommender.record({ item: 4, type: "watch" });
  assert.deepEqual((await recommender.profile()).genres.map((/** @type {any} */ { genre }) => genre), ["Film  Noir"], "once, as it was written first");
  await recommender.record([{ item: 4, type: "remove" }, { item: 0, type: "watch", progress: 1e-9 }]);
  assert.deepEqual((await recommender.profile()).genres, [], "what counts for nothing has no share");
  await recommender.close();
});
