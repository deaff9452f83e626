// What a page says, as the engine takes it. What this side reads itself is checked here, and that all of it can be written as JSON;
// the rest is the engine's to check (src/json), which names it in the same way.

import { WatchnextError } from "./errors.js";
import type { LiveOptions, RecommenderOptions, RecommendOptions, SimilarOptions, WatchEvent, WhyOptions } from "./types.js";

/** The longest that `broker` takes for a time, in milliseconds. */
const DAY = 86_400_000;
/** Hashes as in HTML. Of what looks otherwise `fetch` says nothing, and lets everything in. */
const INTEGRITY = /^\s*sha(256|384|512)-[\w+/-]+={0,2}(\?\S*)?(\s+sha(256|384|512)-[\w+/-]+={0,2}(\?\S*)?)*\s*$/;

/** All there are: the compiler misses what is not here. */
const OPTIONS: Record<keyof RecommenderOptions, true> = {
  catalog: true,
  model: true,
  fields: true,
  items: true,
  separator: true,
  genreNames: true,
  onBadItem: true,
  history: true,
  scorers: true,
  workers: true,
  workerUrl: true,
  createWorker: true,
  wasm: true,
  fetch: true,
  integrity: true,
  limits: true,
  broker: true,
  idleTimeout: true,
  onModelError: true,
  strictModel: true,
  onProgress: true,
  debug: true,
  signal: true,
};

/** What the address of a scorer that is a function begins with, as src/score/own.rs has it. */
export const FUNCTION = "function:";

const HISTORY: Record<keyof NonNullable<RecommenderOptions["history"]>, true> = { store: true, name: true, weights: true, halfLife: true };

type Fields = Record<string, unknown>;
/** Throws; `place` is where in what the page wrote, as in `filter.ids.allow[2]`. */
type Fail = (place: string, reason: string) => never;

export const failOption: Fail = (place, reason) => {
  throw new WatchnextError("OPTION", `${place === "" ? "options" : `option ${place}`}: ${reason}`);
};

const failEvent = (event: number): Fail => (place, reason) => {
  throw new WatchnextError("EVENT", `event ${event}: ${place === "" ? "" : `${place} `}${reason}`);
};

/** The options of `createRecommender`, checked: what the engine is told of them, as JSON. Addresses among them begin at `base`. */
export function loadOptions(options: RecommenderOptions<object>, base?: string): string {
  checkFields(failOption, "", options);
  checkNames("", options, OPTIONS);
  const { catalog, model, workerUrl, createWorker, wasm, fetch, integrity = {}, onProgress, signal, history, ...others } = options;
  // Where it is kept is the page's affair (history.ts).
  const { store, name, ...weighing } = isFields(history) ? history : {};
  checkNames("history", weighing, HISTORY);
  const rest = { ...others, ...(typeof others.debug === "function" && { debug: true }), ...(history !== undefined && { history: isFields(history) ? weighing : history }) };
  if (catalog === undefined || catalog === null) failOption("catalog", `is missing, found ${described(catalog)}`);
  if (workerUrl !== undefined && (typeof workerUrl !== "object" && typeof workerUrl !== "string" || !workerUrl)) {
    failOption("workerUrl", `must be an address, found ${described(workerUrl)}`);
  }
  checkFields(failOption, "integrity", integrity);
  checkNames("integrity", integrity, { catalog: true, model: true, wasm: true });
  for (const [name, hash] of Object.entries(integrity)) {
    if (hash !== undefined && !(typeof hash === "string" && INTEGRITY.test(hash))) {
      failOption(`integrity.${name}`, `must be a hash as in HTML (sha384-…), found ${described(hash)}`);
    }
  }
  for (const [name, value] of Object.entries({ createWorker, fetch, onProgress })) {
    if (value !== undefined && typeof value !== "function") failOption(name, `must be a function, found ${described(value)}`);
  }
  if (wasm === null) failOption("wasm", "must be an address, a Response, bytes or a compiled module, found null");
  checkSignal(signal);
  const told = fieldFunctions(options).length > 0 ? { ...rest, fields: fieldNames(rest.fields as object, catalog) } : rest;
  checkData(failOption, "", told);
  checkStartTimeout(rest.broker);
  return JSON.stringify({ ...told, base });
}

/** Whether scorers of the page's are functions. */
export function areFunctions(scorers: RecommenderOptions["scorers"]): scorers is object & typeof scorers {
  return Object.values(scorers ?? {}).some((own) => own?.score !== undefined);
}

/** What functions make of an item, by the name under which the engine finds it. */
export type FieldFunctions = [name: string, make: (item: object) => unknown][];

/** The functions among the fields. */
export function fieldFunctions({ fields }: Pick<RecommenderOptions, "fields">): FieldFunctions {
  return Object.entries(fields ?? {}).flatMap(([name, field]) => (typeof field === "function" ? [[`${name}()`, field]] : []));
}

/** Fields as the engine takes them: a function is the name of what it makes. */
function fieldNames(fields: object, catalog: unknown): object {
  const named = ([name, field]: [string, unknown]): [string, unknown] => {
    if (typeof field === "function" && !Array.isArray(catalog)) failOption(`fields.${name}`, "a function is for a catalog that is an array");
    return [name, typeof field === "function" ? `${name}()` : field];
  };
  return Object.fromEntries(Object.entries(fields).map(named));
}

/** Whose a call is: the unnamed one's, or that of `user()`. */
export function userId(id: unknown): string {
  return typeof id === "string" && id !== "" ? id : failOption("user", `must be a string that is not empty, found ${described(id)}`);
}

/** Whose list `together()` gives: the one without a name is "". */
export function memberIds(users: readonly unknown[]): string[] {
  const members = Array.isArray(users) ? [...new Set(users as string[])] : [];
  if (members.length === 0 || members.some((id) => typeof id !== "string")) failOption("users", `must be an array of names, found ${described(users)}`);
  return members;
}

/** The arguments of a call that takes none. */
export function checkNothing(call: string, given: readonly unknown[]): void {
  if (given.length > 0) failOption(call, `takes nothing, found ${described(given[0])}`);
}

/** The options of a call that knows nothing but a signal. */
export function signalOf(options: { signal?: AbortSignal } | undefined): AbortSignal | undefined {
  const { signal, ...rest } = callOptions(options);
  checkNames("", rest, { signal: true });
  return signal;
}

/** The options of `recommend`; all but the signal are the engine's command. */
export function recommendOptions(options: RecommendOptions | undefined): RecommendOptions {
  const { filter, ...rest } = callOptions(options);
  return filter === undefined ? rest : { ...rest, filter: engineFilter(filter) };
}

/** The same of `live`, which has a name besides. */
export function liveOptions(options: LiveOptions = {}): LiveOptions {
  const { name, ...rest } = recommendOptions(options) as LiveOptions;
  if (name !== undefined && typeof name !== "string") failOption("name", `must be a string, found ${described(name)}`);
  return rest;
}

/** The same for what is asked about one item: `similar` and `why`. */
export function itemOptions<Options extends SimilarOptions | WhyOptions>(id: string | number, options: Options | undefined): Options & { item: string } {
  return { ...(recommendOptions(options) as Options), item: itemId(failOption, "id", id) };
}

/** Events as the engine takes them. */
export function engineEvents(events: WatchEvent | readonly WatchEvent[]): object[] {
  const now = Date.now();
  // Not `map`, which passes over holes.
  return Array.from(Array.isArray(events) ? (events as readonly WatchEvent[]) : [events as WatchEvent], (event, place) => {
    const fail = failEvent(place);
    checkFields(fail, "", event);
    const { item, time = now, ...rest } = event;
    const data = { ...rest, item: itemId(fail, "item", item), time: isDate(time) ? time.getTime() : time };
    checkData(fail, "", data);
    return data;
  });
}

function callOptions<Options extends { signal?: AbortSignal }>(options: Options | undefined): Options {
  if (options === undefined) return {} as Options;
  checkFields(failOption, "", options);
  const { signal, ...rest } = options;
  checkSignal(signal);
  checkData(failOption, "", rest);
  return options;
}

/** Ids are strings in the engine. */
function engineFilter(filter: RecommendOptions["filter"] & object): RecommendOptions["filter"] & object {
  const { ids } = filter;
  if (!isFields(ids)) return filter;
  const strings = (name: "allow" | "deny"): object => {
    const list: unknown = ids[name];
    return Array.isArray(list) ? { [name]: itemIds(`filter.ids.${name}`, list) } : {};
  };
  return { ...filter, ids: { ...ids, ...strings("allow"), ...strings("deny") } };
}

/** Ids as the engine takes them. */
export function itemIds(place: string, ids: readonly unknown[]): string[] {
  // Not `map`, which passes over holes.
  return Array.from(ids, (id, index) => itemId(failOption, `${place}[${index}]`, id));
}

function itemId(fail: Fail, place: string, id: unknown): string {
  if (typeof id === "string") return id;
  if (Number.isSafeInteger(id)) return String(id);
  return fail(place, `must be a string or a whole number below 2^53, found ${described(id)}`);
}

/** The engine checks it, too, but the page has to know it before there is an engine. */
function checkStartTimeout(broker: unknown): void {
  const timeout = isFields(broker) ? broker["startTimeout"] : undefined;
  if (timeout !== undefined && !(typeof timeout === "number" && timeout >= 1 && timeout <= DAY)) {
    failOption("broker.startTimeout", `must be a number from 1 to ${DAY}, found ${described(timeout)}`);
  }
}

export function checkSignal(signal: unknown): void {
  // Another window's is as good, and no instance of ours.
  const { aborted, addEventListener } = (signal ?? {}) as Partial<AbortSignal>;
  if (signal !== undefined && (typeof aborted !== "boolean" || typeof addEventListener !== "function")) {
    failOption("signal", `must be an AbortSignal, found ${described(signal)}`);
  }
}

function checkFields(fail: Fail, place: string, value: unknown): void {
  if (!isFields(value)) fail(place, `must be an object, found ${described(value)}`);
}

/** An object with no other names than these. */
export function checkObject(place: string, value: unknown, known: Record<string, true>): void {
  checkFields(failOption, place, value);
  checkNames(place, value as object, known);
}

function checkNames(place: string, fields: object, known: Record<string, true>): void {
  for (const name of Object.keys(fields)) {
    if (!Object.hasOwn(known, name)) {
      failOption(`${place === "" ? "" : `${place}.`}${name}`, `is unknown; known are ${Object.keys(known).join(", ")}`);
    }
  }
}

/** Refuses what JSON would leave out, or write as something else. */
function checkData(fail: Fail, place: string, value: unknown, above: readonly unknown[] = []): void {
  if (value === null || ["string", "boolean", "undefined"].includes(typeof value)) return;
  if (typeof value === "number") {
    if (!Number.isFinite(value)) fail(place, `must be a finite number, found ${value}`);
    return;
  }
  if (!Array.isArray(value) && !isFields(value)) {
    fail(place, `must be a string, a number, an array or a plain object, found ${described(value)}`);
  }
  if (above.includes(value)) fail(place, "is part of itself");
  const within = [...above, value];
  if (Array.isArray(value)) {
    // Not `forEach`, which passes over holes.
    for (let index = 0; index < value.length; index += 1) {
      if (value[index] === undefined) fail(`${place}[${index}]`, "must not be undefined");
      checkData(fail, `${place}[${index}]`, value[index], within);
    }
  } else {
    for (const [name, entry] of Object.entries(value as Fields)) checkData(fail, place === "" ? name : `${place}.${name}`, entry, within);
  }
}

/** What is fetched. */
export function isAddress(source: unknown): source is string | URL {
  return typeof source === "string" || kind(source) === "URL";
}

/** Not an array, a Set, a Map, a Date: those would be taken for an object without fields. */
function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && kind(value) === "Object";
}

function isDate(value: unknown): value is Date {
  return kind(value) === "Date";
}

/** `Object`, `Array`, `ArrayBuffer`, `URL`, …, of whatever window: `instanceof` knows its own. */
export function kind(value: unknown): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}

/** A value in a message. */
export function described(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object" && value !== null) return /^[AEIOU]/.test(kind(value)) ? `an ${kind(value)}` : `a ${kind(value)}`;
  return ["function", "symbol", "bigint"].includes(typeof value) ? `a ${typeof value}` : String(value);
}
