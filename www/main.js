// The demo: watchnext through its public API, and nothing else.
//
// Parameters of the address: `workers` (for each scorer; 0: none), `limit` and `deadline` (of the list), `catalog` and `model`
// (files on this server; `model=none`: without a model).

import { WatchnextError, createRecommender } from "/dist/index.js";
import { startBrowsing } from "./browse.js";
import { card, fill, showMark } from "./cards.js";
import { byId, frame } from "./dom.js";
import { showGenres, showHistory, showStats } from "./panels.js";
import { startTrouble } from "./trouble.js";
import { trusted } from "./trusted.js";
import { startTuning, tuning } from "./tune.js";

/** @typedef {import("./cards.js").Item} Item */

/** Blade Runner, The Matrix, Alien, Spirited Away, 2001, Eternal Sunshine. */
const SAMPLE = ["541", "2571", "1214", "5618", "924", "7361"];

const parameters = new URLSearchParams(location.search);
const limit = Number(parameters.get("limit") ?? 20);
/** The library's own deadline, unless the address says otherwise. */
const patience = parameters.has("deadline") ? { deadline: Number(parameters.get("deadline")) } : {};
const catalogUrl = sameOrigin("catalog", "data/catalog.json");
const modelUrl = parameters.get("model") === "none" ? undefined : sameOrigin("model", "data/model.wnm");

/** What the viewer said of each item, the latest last. @type {Map<string, { type: string, item: Item }>} */
const marks = new Map();
/** @type {import("/dist/index.js").Recommender<Item> | undefined} */
let recommender;
/** The list that is being made; a newer one takes its place. @type {AbortController | undefined} */
let making;

const actions = {
  act: (/** @type {string} */ type, /** @type {Item} */ item) => void act(type, item),
  more: (/** @type {Item} */ item) => void showSimilar(item),
  markOf: (/** @type {string} */ id) => marks.get(id)?.type,
};

/**
 * An address from the page's own address, but only on this server.
 * @param {string} name
 * @param {string} standard
 */
function sameOrigin(name, standard) {
  const url = new URL(parameters.get(name) ?? standard, document.baseURI);
  return url.origin === location.origin ? url.href : standard;
}

/** @param {import("../js/types.js").Progress} progress */
function showProgress({ phase, loaded, total }) {
  const megabytes = (/** @type {number} */ bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
  const words = {
    "catalog-download": `Loading the catalog, ${megabytes(loaded)}`,
    "catalog-parse": "Reading the catalog",
    "model-download": `Loading the model, ${megabytes(loaded)}`,
    "scorers-start": "Starting the scorers",
    ready: "Ready",
  };
  byId("status-text").textContent = words[phase];
  const progress = byId("status-progress");
  if (total) Object.assign(progress, { max: total, value: loaded });
  else progress.removeAttribute("value");
}

/** @param {unknown} error */
function showError(error) {
  const code = error instanceof WatchnextError ? ` (${error.code})` : "";
  byId("status").dataset.state = "error";
  byId("status-text").textContent = `${error instanceof Error ? error.message : error}${code}`;
  byId("status-progress").hidden = true;
  byId("retry").hidden = false;
}

/** Makes the list anew, from what is known now. */
async function refresh() {
  if (!recommender) return;
  making?.abort();
  const { signal } = (making = new AbortController());
  try {
    const start = performance.now();
    const list = await recommender.recommend({ limit, ...patience, explain: true, ...tuning(), signal });
    const took = performance.now() - start;
    const [profile, stats] = await Promise.all([recommender.profile({ signal }), recommender.stats({ signal })]);
    const cards = list.items.map(({ item, explanation }) => () => card(item, actions, explanation));
    if (!(await fill(byId("for-you"), cards))) return;
    const missing = list.missing.length === 0 ? "" : `, without ${list.missing.join(" and ")}`;
    byId("summary").textContent = list.items.length === 0 ? "Nothing passes your filters." : `${list.items.length} titles${missing}`;
    await frame();
    if (signal.aborted) return;
    showGenres(profile);
    showStats(stats, took);
    byId("for-you").dataset.version = String(Number(byId("for-you").dataset.version) + 1);
  } catch (error) {
    if (!signal.aborted) byId("summary").textContent = error instanceof Error ? error.message : String(error);
  }
}

/**
 * Records what the viewer said of an item; the same again takes it back.
 * @param {string} type
 * @param {Item} item
 */
async function act(type, item) {
  if (!recommender) return;
  const id = String(item.id);
  const again = marks.get(id)?.type === type;
  const known = marks.delete(id);
  if (!again) marks.set(id, { type, item });
  showMark(id, again ? undefined : type);
  await record([...(known ? [{ item: id, type: "remove" }] : []), ...(again ? [] : [{ item: id, type }])]);
}

/**
 * Shows the marks as they are now, records what changed, and makes the list anew.
 * @param {{ item: string, type: string }[]} events
 */
async function record(events) {
  showHistory(marks, undo);
  await recommender?.record(/** @type {any} */ (events));
  await refresh();
}

/** @param {Item} item */
function undo(item) {
  const mark = marks.get(String(item.id));
  if (mark) void act(mark.type, item);
}

async function reset() {
  const ids = [...marks.keys()];
  marks.clear();
  for (const id of ids) showMark(id, undefined);
  await record(ids.map((item) => ({ item, type: "remove" })));
}

/** @param {Item} item */
async function showSimilar(item) {
  const list = await recommender?.similar(item.id, { limit: 12, ...patience });
  byId("similar-heading").textContent = `More like ${item.title}`;
  void fill(byId("similar-list"), (list?.items ?? []).map(({ item }) => () => card(item, actions)));
  if (!byId("similar").open) byId("similar").showModal();
}

async function start() {
  byId("status").dataset.state = "loading";
  byId("status-progress").hidden = false;
  byId("retry").hidden = true;
  byId("without-model").hidden = true;
  try {
    const workers = parameters.get("workers");
    recommender = await createRecommender({
      catalog: catalogUrl,
      workerUrl: trusted(new URL("worker.js", document.baseURI)),
      ...(modelUrl && { model: modelUrl }),
      ...(workers !== null && { workers: workers === "0" ? false : Number(workers) }),
      onProgress: showProgress,
    });
  } catch (error) {
    return showError(error);
  }
  recommender.addEventListener("model-error", ({ detail: { code, message } }) => {
    byId("without-model").textContent = `Without the model: ${message} (${code})`;
    byId("without-model").hidden = false;
  });
  startTrouble(recommender, () => ({ limit, ...patience, ...tuning() }), refresh);
  await refresh();
  const catalog = await startBrowsing(catalogUrl, actions).catch(showError);
  if (!catalog) return;
  byId("sample").addEventListener("click", async () => {
    /** @type {Item[]} */
    const items = await catalog.ask("byIds", { ids: SAMPLE });
    for (const item of items) {
      marks.set(String(item.id), { type: "watch", item });
      showMark(String(item.id), "watch");
    }
    await record(items.map(({ id }) => ({ item: String(id), type: "watch" })));
  });
  byId("sample").disabled = false;
  byId("status").dataset.state = "ready";
}

const scroll = (/** @type {number} */ direction) => () => {
  const row = byId("for-you");
  row.scrollBy({ left: direction * row.clientWidth * 0.8 });
};
byId("row-back").addEventListener("click", scroll(-1));
byId("row-on").addEventListener("click", scroll(1));
byId("retry").addEventListener("click", () => void start());
byId("reset").addEventListener("click", () => void reset());
byId("similar-close").addEventListener("click", () => byId("similar").close());
startTuning(() => void refresh());
await start();
