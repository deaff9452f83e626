// What the page says of the viewer (genres, history) and of the engine (queues, workers).

import { ACTIONS } from "./cards.js";
import { bar, byId, el, hide } from "./dom.js";
import { plural } from "./items.js";

const MAX_GENRES = 8;

/** @param {import("../js/types.js").Profile} profile */
export function showGenres({ genres }) {
  const most = genres[0]?.share ?? 1;
  const percent = (/** @type {number} */ share) => `${Math.round(share * 100)} %`;
  const rows = genres.slice(0, MAX_GENRES).map(({ genre, share, count, lift }) =>
    el(
      "li",
      { title: `${count} of your films; ${lift.toFixed(1)} times as much as others watch` },
      el("span", { class: "name" }, genre),
      bar(share / most),
      el("span", { class: "number" }, percent(share)),
      el("span", { class: "lift" }, `×${lift.toFixed(1)}`),
    ),
  );
  byId("genres").replaceChildren(...rows);
  byId("genres-empty").hidden = rows.length > 0;
}

/** Ids of the rows, the latest title first. */
const rowIds = () => [...byId("history").children].map((row) => row.getAttribute("data-item"));

/** How many titles are shown before somebody wants all. */
const ROWS = 60;
let all = false;

/** When something was done: the time of today, else the day. @param {number} time */
function when(time) {
  const date = new Date(time);
  const text = date.toDateString() === new Date().toDateString()
    ? date.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" })
    : date.toLocaleDateString(undefined, { day: "numeric", month: "short", year: "numeric" });
  return el("time", { class: "when number", dateTime: date.toISOString(), title: date.toLocaleString() }, text);
}

/** @param {import("./history.js").Title} title */
function said({ types, rating, events }) {
  const done = types.map((type) => WORDS.get(type) ?? type);
  if (rating !== undefined) done.push(`Rated ${rating}`);
  if (done.length === 0) done.push(events.at(-1)?.type === "click" ? "Opened" : "Noted");
  return done.map((word, place) => (place === 0 ? word : word.toLowerCase())).join(", ");
}

/** @type {Map<string, string>} */
const WORDS = new Map(ACTIONS.map(([type, , done]) => [type, done]));

/**
 * @param {ReadonlyMap<string, import("./history.js").Title>} titles the latest first
 * @param {(id: string) => void} forget
 */
export function showHistory(titles, forget) {
  const focused = document.activeElement;
  const place = rowIds().indexOf(focused?.closest("#history > li")?.getAttribute("data-item") ?? "");
  const shown = [...titles.values()].slice(0, all ? titles.size : ROWS);
  const rows = shown.map((title) => {
    const name = title.item?.title ?? `No. ${title.id}, which is not in this catalog`;
    return el(
      "li",
      { "data-item": title.id },
      el("span", { class: "done" }, said(title)),
      el("span", { class: "name", dir: "auto" }, name),
      when(title.time),
      el("button", { type: "button", "data-testid": "forget", "aria-label": `Forget: ${name}`, on: () => forget(title.id) }, "Forget"),
    );
  });
  byId("history").replaceChildren(...rows);
  byId("history-empty").hidden = rows.length > 0;
  byId("history-more").hidden = rows.length === titles.size;
  byId("history-more").textContent = `Show all ${titles.size.toLocaleString()}`;
  byId("history-more").onclick = () => {
    all = true;
    showHistory(titles, forget);
  };
  const events = [...titles.values()].reduce((sum, { events }) => sum + events.length, 0);
  byId("history-count").textContent = rows.length === 0 ? "" : `${plural(titles.size, "title")}, ${plural(events, "event")}`;
  byId("export").disabled = rows.length === 0;
  if (rows.length > 0) byId("reset").hidden = false;
  else hide(byId("reset"), byId("history-heading"));
  if (place < 0) return;
  // The row that had the focus may have gone: the one in its place has it now.
  (rows[Math.min(place, rows.length - 1)]?.querySelector("button") ?? byId("history-heading")).focus({ preventScroll: true });
}

/**
 * @param {import("../js/types.js").Stats} stats
 * @param {number} took milliseconds from asking to having the list
 */
export function showStats(stats, took) {
  const { catalog, model, mode, requests } = stats;
  const matched = model?.matched;
  const known = matched === undefined ? "no model" : `${matched.toLocaleString()} of them in the model`;
  byId("stats-summary").textContent =
    `${plural(catalog.items, "title")}, ${known}. The last list took ${took.toFixed(1)} ms, ` +
    `scored ${mode === "workers" ? "in web workers" : "in this thread"}. ` +
    `${plural(requests.settled, "list")} made, ${requests.partial} of them incomplete.`;
  byId("stats").replaceChildren(...stats.queues.map(queue));
}

/**
 * Whether a worker has not started yet: of one scorer, or of any.
 * @param {import("../js/types.js").Stats} stats
 * @param {string} [scorer]
 */
export const areStarting = ({ queues }, scorer) =>
  queues.some(({ name, workers }) => (scorer === undefined || name === scorer) && workers.some(({ state }) => state === "starting"));

/** @param {import("../js/types.js").QueueStats} stats */
function queue(stats) {
  /** @type {[string, number | string][]} */
  const figures = [
    ["ready", stats.ready],
    ["unacknowledged", stats.unacknowledged],
    ["acknowledged", stats.acknowledged],
    ["redelivered", stats.redelivered],
    ["dead letters", stats.deadLettered],
    ["restarts", stats.restarts],
    ["circuit", stats.circuit],
  ];
  const workers = stats.workers.map(({ worker, state, handled, busy, last }) =>
    el(
      "li",
      { class: state },
      el("span", { class: "name" }, `worker ${worker}`),
      el("span", {}, state),
      el("span", { class: "number" }, handled > 0 ? `last ${last.toFixed(1)} ms, mean ${(busy / handled).toFixed(1)} ms` : "no message yet"),
    ),
  );
  return el(
    "article",
    { class: "queue", "data-testid": "queue", "data-queue": stats.name },
    el("h3", {}, stats.name),
    el("dl", {}, ...figures.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, String(value))))),
    el("ul", { class: "workers", "aria-label": `Workers of the queue ${stats.name}` }, ...workers),
  );
}
