// The demo: watchnext through its public API, and nothing else.
//
// Parameters of the address: `workers` (for each scorer; 0: none), `limit` and `deadline` (of the list), `catalog` and `model`
// (files on this server; `model=none`: without a model).

import { createRecommender } from "/dist/index.js";
import { modelUrl, problems, workers } from "./address.js";
import { browse, noCatalog, startBrowsing } from "./browse.js";
import { ACTIONS, showMarks } from "./cards.js";
import { byId, hide } from "./dom.js";
import { Download, downloads, read } from "./download.js";
import { guard } from "./fill.js";
import { plural } from "./items.js";
import { arrows, slashSearches } from "./keys.js";
import { listsFrom, options, refresh, tuned } from "./list.js";
import { Marks } from "./marks.js";
import { startNews, tell } from "./news.js";
import { showHistory } from "./panels.js";
import { showSimilar, startSimilar } from "./similar.js";
import { bytes as showBytes, failed, inWords, phase, withModel, withoutModel } from "./status.js";
import { startTrouble, troubleFor } from "./trouble.js";
import { trusted } from "./trusted.js";
import { startTuning } from "./tune.js";

/** @typedef {import("./items.js").Item} Item */
/** @typedef {import("/dist/index.js").Recommender<Item>} Recommender */

/** Blade Runner, The Matrix, Alien, Spirited Away, 2001, Eternal Sunshine. */
const SAMPLE = ["541", "2571", "1214", "5618", "924", "7361"];

const marks = new Marks();
/** @type {Recommender | undefined} */
let recommender;
/** The catalog, once it has come. @type {ArrayBuffer | undefined} */
let catalog;

const actions = {
  act,
  more: (/** @type {Item} */ item) => void (recommender && showSimilar(recommender, item, actions)),
  marksOf: (/** @type {string} */ id) => marks.of(id),
};

/**
 * Records what the viewer said of an item; the same again takes it back.
 * @param {import("./marks.js").Mark} type
 * @param {Item} item
 */
function act(type, item) {
  const before = marks.facts;
  const known = before.find((fact) => fact.type === type && String(fact.item.id) === String(item.id));
  const events = known ? marks.replace(before.filter((fact) => fact !== known)) : marks.add([{ type, item }]);
  const [, , done, undone] = ACTIONS.find(([name]) => name === type) ?? ["", "", "", ""];
  void record(events, before, `${known ? undone : done} ${item.title}.`);
}

/** @param {string} id */
function forget(id) {
  const before = marks.facts;
  const item = before.find((fact) => String(fact.item.id) === id)?.item;
  void record(marks.replace(before.filter((fact) => String(fact.item.id) !== id)), before, `Forgot ${item?.title}.`);
}

function forgetAll() {
  const before = marks.facts;
  const count = marks.titles().length;
  void record(marks.replace([]), before, `Forgot ${plural(count, "title")}.`);
}

/** Marks six films, as somebody who has seen them. */
async function takeSample() {
  if (!recommender) return;
  const list = await recommender.recommend({ limit: SAMPLE.length, filter: { ids: { allow: SAMPLE }, seen: "include" } }).catch(() => undefined);
  const items = SAMPLE.flatMap((id) => list?.items.find((entry) => entry.id === id)?.item ?? []);
  if (items.length === 0) return tell("The six films are not in this catalog.");
  const before = marks.facts;
  await record(marks.add(items.map((item) => ({ type: "watch", item }))), before, `Marked ${plural(items.length, "film")} as watched.`);
}

/**
 * Shows the marks as they are now, records what changed, and makes the list anew.
 * @param {import("./marks.js").Event[]} events
 * @param {readonly import("./marks.js").Fact[]} before the marks that Undo brings back
 * @param {string} text what the viewer did
 */
async function record(events, before, text) {
  showAll(before);
  const undo = () => {
    const undone = marks.facts;
    void record(marks.replace(before), undone, "Undone.");
  };
  try {
    await recommender?.record(events);
    await refresh({ text, undo: text === "Undone." ? undefined : undo });
  } catch (error) {
    tell(`${text} It could not be recorded: ${inWords(error)}`, undo);
  }
}

/** @param {readonly import("./marks.js").Fact[]} before */
function showAll(before) {
  const ids = new Set([...before, ...marks.facts].map(({ item }) => String(item.id)));
  for (const id of ids) showMarks(id, marks.of(id));
  showHistory(marks.titles(), forget);
  welcome();
}

/** Greets who has said nothing yet, over a list that is there. */
function welcome() {
  if (marks.facts.length > 0 || byId("for-you").children.length === 0) hide(byId("welcome"), byId("for-you-heading"));
  else byId("welcome").hidden = false;
}

/**
 * Makes a recommender. What is wrong with the model costs a banner, and nothing else.
 * @param {Response | ArrayBuffer} catalog
 * @param {Download | undefined} model
 * @returns {Promise<Recommender>}
 */
async function create(catalog, model) {
  const response = await model?.response.catch(withoutModel);
  /** @type {Recommender} */
  const made = await createRecommender({
    catalog,
    history: { store: "memory" },
    workerUrl: trusted(new URL("worker.js", document.baseURI)),
    ...(response && { model: response }),
    ...(workers !== undefined && { workers: workers === 0 ? false : workers }),
  });
  made.addEventListener("model-error", ({ detail }) => withoutModel(detail));
  return made;
}

/**
 * Goes on with this recommender, which is told all that the viewer has said.
 * @param {Recommender} made
 */
async function goOn(made) {
  recommender = made;
  listsFrom(made, actions);
  troubleFor(made);
  // Nothing is awaited between the two: what is marked later is recorded later.
  if (marks.facts.length > 0) await made.record(marks.events());
}

async function start() {
  void recommender?.close();
  recommender = undefined;
  listsFrom(undefined, actions);
  phase("Loading the catalog and the model");
  withModel();
  const { catalog: download, model } = downloads();
  let isOver = false;
  try {
    const response = await download.response;
    // One download for both: the recommender reads it, and the search a copy.
    const browsing = response.ok ? read(response.clone(), showBytes).then((bytes) => (isOver ? undefined : browse((catalog = bytes)))) : undefined;
    browsing?.catch(() => undefined);
    await goOn(await create(response, model));
    await refresh();
    welcome();
    byId("sample").disabled = false;
    await browsing;
    phase("Ready", "ready");
  } catch (error) {
    isOver = true;
    download.end();
    model?.end();
    noCatalog();
    failed(error);
  }
}

/** Tries the model once more, beside the recommender that does without it. */
async function retryModel() {
  if (!catalog || modelUrl === undefined) return;
  byId("without-model-text").textContent = "Trying the model again …";
  byId("retry-model").disabled = true;
  const former = recommender;
  const made = await create(catalog, new Download(modelUrl)).catch(withoutModel);
  if (!made) return;
  // Where it has failed again, the event that says so has yet to come.
  const { model } = await made.stats();
  if (model?.error || !model) return void made.close();
  await goOn(made);
  withModel();
  void former?.close();
  await refresh({ text: "With the model." });
}

const scroll = (/** @type {number} */ direction) => () => {
  const row = byId("for-you");
  row.scrollBy({ left: direction * row.clientWidth * 0.8 });
};
byId("row-back").addEventListener("click", scroll(-1));
byId("row-on").addEventListener("click", scroll(1));
byId("retry").addEventListener("click", () => void start());
byId("retry-model").addEventListener("click", () => void retryModel());
byId("reset").addEventListener("click", forgetAll);
byId("sample").addEventListener("click", () => void takeSample());
byId("address").textContent = problems.join(" ");
byId("address").hidden = problems.length === 0;
guard(byId("for-you"));
for (const id of ["for-you", "results", "similar-list"]) arrows(byId(id));
startNews();
startSimilar();
startBrowsing(actions);
slashSearches();
startTuning(tuned);
startTrouble(options, refresh);
await start();
