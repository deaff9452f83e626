// What the page says of the viewer (genres, history) and of the engine (queues, workers).

import { ACTIONS } from "./cards.js";
import { bar, byId, el } from "./dom.js";

/** @typedef {import("./cards.js").Item} Item */

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

/**
 * @param {Map<string, { type: string, item: Item }>} marks the latest last
 * @param {(item: Item) => void} undo
 */
export function showHistory(marks, undo) {
  /** @type {Map<string, string>} */
  const words = new Map(ACTIONS.map(([type, , done]) => [type, done]));
  const rows = [...marks.values()].reverse().map(({ type, item }) =>
    el(
      "li",
      { "data-item": String(item.id) },
      el("span", { class: `done ${type}` }, words.get(type)),
      el("span", { class: "name", dir: "auto" }, item.title),
      el("button", { type: "button", "data-testid": "undo", "aria-label": `Undo: ${item.title}`, on: () => undo(item) }, "Undo"),
    ),
  );
  byId("history").replaceChildren(...rows);
  byId("history-empty").hidden = rows.length > 0;
  byId("reset").hidden = rows.length === 0;
  byId("welcome").hidden = rows.length > 0;
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
    `${catalog.items.toLocaleString()} titles, ${known}. The last list took ${took.toFixed(1)} ms, ` +
    `scored ${mode === "workers" ? "in web workers" : "in this thread"}. ` +
    `${requests.settled} lists made, ${requests.partial} of them incomplete.`;
  byId("stats").replaceChildren(...stats.queues.map(queue));
}

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
