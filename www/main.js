// The demo: watchnext through its public API, and nothing else.
//
// Parameters of the address: `workers` (for each scorer; 0: none), `limit` and `deadline` (of the list), `catalog` and `model`
// (files on this server; `model=none`: without a model), `history` (the name of the database that histories are kept in).

import { createRecommender } from "/dist/index.js";
import { historyName, modelUrl, problems, workers } from "./address.js";
import { browse, noCatalog, startBrowsing } from "./browse.js";
import { ACTIONS, showMarks } from "./cards.js";
import { byId, hide } from "./dom.js";
import { Download, downloads, read } from "./download.js";
import { guard } from "./fill.js";
import { readTitles, retell } from "./history.js";
import { plural } from "./items.js";
import { arrows, slashSearches } from "./keys.js";
import { listsFrom, options, refresh, tuned } from "./list.js";
import { startNews, tell } from "./news.js";
import { showHistory } from "./panels.js";
import { person, removePerson, startPeople, whose } from "./people.js";
import { showSimilar, startSimilar } from "./similar.js";
import { bytes as showBytes, failed, inWords, phase, withModel, withoutModel } from "./status.js";
import { startTrouble, troubleFor } from "./trouble.js";
import { report, startPersisting, startTransfer } from "./transfer.js";
import { trusted } from "./trusted.js";
import { startTuning } from "./tune.js";

/** @typedef {import("./items.js").Item} Item */
/** @typedef {import("/dist/index.js").Recommender<Item>} Recommender */
/** @typedef {import("./history.js").User} User */
/** @typedef {import("./history.js").Title} Title */
/** @typedef {import("./list.js").Cause} Cause */

/** Blade Runner, The Matrix, Alien, Spirited Away, 2001, Eternal Sunshine. */
const SAMPLE = ["541", "2571", "1214", "5618", "924", "7361"];

/** @type {Recommender | undefined} */
let recommender;
/** Who is watching, once there is an engine. @type {User | undefined} */
let viewer;
/** Those who wait for one. @type {((viewer: User) => void)[]} */
let waiting = [];
/** The catalog, once it has come. @type {ArrayBuffer | undefined} */
let catalog;
/** What is kept of whoever is watching, by title, the latest first. @type {ReadonlyMap<string, Title>} */
let titles = new Map();
/** What this page is changing just now, in words. @type {Cause | undefined} */
let changing;
/** Whether something has changed since the history was read, and who reads it. */
let isOld = false;
/** @type {Promise<void> | undefined} */
let reading;

const actions = {
  act,
  more: (/** @type {Item} */ item) => void (viewer && showSimilar(viewer, item, actions)),
  marksOf: (/** @type {string} */ id) => new Set(titles.get(id)?.types),
};

/** @param {string} id */
const eventsOf = (id) => titles.get(id)?.events ?? [];

/**
 * Records what the viewer did with an item; the same again takes it back.
 * @param {import("./history.js").Mark} type
 * @param {Item} item
 */
function act(type, item) {
  const id = String(item.id);
  const before = eventsOf(id);
  const isKnown = titles.get(id)?.types.includes(type);
  const [, , done, undone] = ACTIONS.find(([name]) => name === type) ?? ["", "", "", ""];
  void change(
    `${isKnown ? undone : done} ${item.title}.`,
    (viewer) => (isKnown ? retell(viewer, titles.get(id), before.filter((event) => event.type !== type)) : viewer.record({ item: id, type })),
    (viewer) => retell(viewer, titles.get(id), before),
  );
}

/** @param {string} id */
function forget(id) {
  const before = eventsOf(id);
  void change(`Forgot ${titles.get(id)?.item?.title ?? `No. ${id}`}.`, (viewer) => viewer.forget(id), (viewer) => retell(viewer, titles.get(id), before));
}

function forgetAll() {
  const before = [...titles.values()].flatMap(({ events }) => events);
  void change(`Forgot ${plural(titles.size, "title")}.`, (viewer) => viewer.clearHistory(), (viewer) => viewer.record(before));
}

/** Marks six films, as somebody who has seen them. */
async function takeSample() {
  const list = await viewer?.recommend({ limit: SAMPLE.length, filter: { ids: { allow: SAMPLE }, seen: "include" } }).catch(() => undefined);
  const known = SAMPLE.filter((id) => list?.items.some((entry) => entry.id === id));
  if (known.length === 0) return tell("The six films are not in this catalog.");
  const time = Date.now() - known.length;
  await change(
    `Marked ${plural(known.length, "film")} as watched.`,
    // Each a moment later than the one before: so they keep their order, whichever of them is taken back.
    (viewer) => viewer.record(known.map((item, place) => ({ item, type: "watch", time: time + place }))),
    (viewer) => viewer.record(known.map((item) => ({ item, type: "remove" }))),
  );
}

/**
 * Changes what is kept of the viewer. The library tells when it has, and the list follows.
 * @param {string} text what the viewer did
 * @param {(viewer: User) => Promise<unknown>} work
 * @param {(viewer: User) => Promise<unknown>} [back] what Undo does
 */
async function change(text, work, back) {
  const undo = back && (() => void change("Undone.", back));
  if (!viewer) tell(`${text} It is kept as soon as the engine is there.`);
  const own = (changing = { text, undo });
  try {
    await work(await (viewer ?? new Promise((resolve) => waiting.push(resolve))));
    await reading;
  } catch (error) {
    tell(`${text} It could not be recorded: ${inWords(error)}`);
  } finally {
    if (changing === own) changing = undefined;
  }
}

/**
 * A history has changed, here or in another window: shows it as it is now, and makes the list anew.
 * @param {() => Cause} cause why, in words that are found when it is known what is kept now
 */
function follow(cause) {
  isOld = true;
  reading ??= (async () => {
    while (isOld) {
      isOld = false;
      await readHistory();
    }
    reading = undefined;
    void refresh(cause());
  })();
  return reading;
}

async function readHistory() {
  const asked = viewer;
  const now = asked && (await readTitles(asked).catch(() => undefined));
  // Somebody else may be watching by now.
  if (!now || asked !== viewer) return;
  const ids = new Set([...titles.keys(), ...now.keys()]);
  titles = now;
  for (const id of ids) showMarks(id, actions.marksOf(id));
  showHistory(titles, forget);
  if (byId("for-you").children.length > 0) welcome();
}

/** @param {readonly import("/dist/index.js").WatchEvent[]} events */
function elsewhere(events) {
  const [first] = events;
  const done = ACTIONS.find(([name]) => name === first?.type)?.[2];
  const title = titles.get(String(first?.item))?.item?.title;
  const what = events.length === 1 && done && title ? `${done} ${title}` : events.length > 0 ? plural(events.length, "event") : "something was forgotten";
  return `In another window: ${what}.`;
}

/** Greets of whom nothing is known, over a list that is there. */
function welcome() {
  if (titles.size > 0 || byId("for-you").children.length === 0) hide(byId("welcome"), byId("for-you-heading"));
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
    workerUrl: trusted(new URL("worker.js", document.baseURI)),
    ...(historyName !== undefined && { history: { name: historyName } }),
    ...(response && { model: response }),
    ...(workers !== undefined && { workers: workers === 0 ? false : workers }),
  });
  made.addEventListener("model-error", ({ detail }) => withoutModel(detail));
  made.addEventListener("history-error", ({ detail }) => {
    byId("not-kept").hidden = false;
    byId("not-kept").textContent = inWords(detail);
  });
  made.addEventListener("history-change", ({ detail: { user, events } }) => {
    if (made !== recommender || user !== person()) return;
    const own = changing;
    void follow(() => own ?? { text: elsewhere(events) });
  });
  return made;
}

/**
 * Goes on with this recommender.
 * @param {Recommender} made
 */
async function goOn(made) {
  recommender = made;
  troubleFor(made);
  await watching();
  for (const button of ["sample", "import"]) byId(button).disabled = false;
}

/** Lists and history are those of whoever is watching. */
async function watching() {
  viewer = person() === "" ? recommender : recommender?.user(person());
  listsFrom(viewer, actions);
  byId("history-heading").textContent = `${whose()} history`;
  byId("remove-person").hidden = person() === "";
  byId("remove-person").textContent = `Remove ${person()}`;
  if (!viewer) return;
  for (const resolve of waiting.splice(0)) resolve(viewer);
  await readHistory();
}

/** Somebody else is watching. */
async function changePerson() {
  report("");
  await watching();
  await refresh({ text: `${whose()} list.` });
  welcome();
}

async function start() {
  void recommender?.close();
  recommender = viewer = undefined;
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

async function remove() {
  const name = person();
  try {
    await viewer?.clearHistory();
  } catch (error) {
    return tell(`${name} stays for now: ${inWords(error)}`);
  }
  removePerson();
  await changePerson();
  tell(`Nothing is kept of ${name} any more.`);
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
byId("remove-person").addEventListener("click", () => void remove());
byId("address").textContent = problems.join(" ");
byId("address").hidden = problems.length === 0;
guard(byId("for-you"));
for (const id of ["for-you", "results", "similar-list"]) arrows(byId(id));
startNews();
startSimilar();
startBrowsing(actions);
slashSearches();
startTuning(tuned);
startPeople(() => void changePerson());
startTransfer(() => viewer, change);
void startPersisting();
startTrouble(options, refresh);
await start();
