// The list "For you": asked for when something changes, shown when it comes, and completed when it came without a scorer.

import { deadline, limit } from "./address.js";
import { card, explain } from "./cards.js";
import { byId, frame } from "./dom.js";
import { fill } from "./fill.js";
import { plural } from "./items.js";
import { tell } from "./news.js";
import { areStarting, showGenres, showStats } from "./panels.js";
import { failed, inWords } from "./status.js";
import { showWeights, tuning } from "./tune.js";

/** @typedef {import("./cards.js").Item} Item */
/** @typedef {import("../js/types.js").User<Item>} User */
/** The weights are there where the library tells them. @typedef {import("../js/types.js").Recommendations<Item> & { weights?: import("./tune.js").Weights }} List */
/**
 * Why the list is made: what the viewer did, in words, and how it is taken back. `tuning`: somebody moves a slider, and may go on.
 * `completing`: a list is there, and lacks a scorer. `patience`: its deadline, where it is not the usual one, in milliseconds.
 * @typedef {{ text?: string, undo?: () => void, tuning?: boolean, completing?: boolean, patience?: number }} Cause
 */

/** After how long without an answer the page shows that it waits, in milliseconds. */
const BUSY_AFTER = 150;
/** How long workers have before it is asked whether they have started. */
const STARTS_AGAIN = 200;
/** Until a list was complete, when the library would wait for 10 s; in milliseconds. */
const FIRST_DEADLINE = 2000;
/** Of a list that is to complete one that is there: a slow device may take its time. In milliseconds. */
const AMPLE_DEADLINE = 10_000;
/** How long to wait before an incomplete list is asked for again: at first, and at most; in milliseconds. */
const PAUSE = { first: 400, most: 5000 };
/** After how long without a new list what a slider has done is said, in milliseconds. */
const QUIET = 600;
/** How long a card that is new is marked as new, in milliseconds. */
const FRESH = 4000;

/** @type {User | undefined} */
let recommender;
/** @type {import("./cards.js").Actions | undefined} */
let actions;
/** The list that is being made; a newer one takes its place. @type {AbortController | undefined} */
let making;
/** Whether one that is there is being completed, which holds up nobody. */
let completingNow = false;
/** Something was tuned meanwhile. */
let again = false;
let wasComplete = false;
let pause = PAUSE.first;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let completing;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let saying;
/** The titles when the viewer was last told what is new. @type {Set<string> | undefined} */
let told;

/**
 * @param {User | undefined} by who makes the lists from now on
 * @param {import("./cards.js").Actions} on
 */
export function listsFrom(by, on) {
  making?.abort();
  making = undefined;
  clearTimeout(completing);
  [recommender, actions] = [by, on];
  wasComplete = again = false;
  waiting(false);
}

/** How a list is asked for now. */
export const options = () => ({ limit, ...(deadline !== undefined && { deadline }), ...tuning() });

/** Something was tuned. One list at a time: a drag makes as many as there is time for. */
export function tuned() {
  if (making && !completingNow) again = true;
  else void refresh({ tuning: true });
}

/**
 * Makes the list anew, from what is known now.
 * @param {Cause} [cause]
 */
export async function refresh(cause = {}) {
  if (!recommender) return;
  making?.abort();
  clearTimeout(completing);
  const own = (making = new AbortController());
  const { signal } = own;
  again = false;
  completingNow = cause.completing ?? false;
  const patience = cause.patience ?? (wasComplete ? undefined : FIRST_DEADLINE);
  const busy = setTimeout(() => {
    waiting(true);
    if (cause.text && !cause.completing) tell(`${cause.text} The list follows.`, cause.undo);
  }, BUSY_AFTER);
  try {
    const start = performance.now();
    const list = await recommender.recommend({ ...(patience && { deadline: patience }), ...options(), explain: true, signal });
    const took = performance.now() - start;
    wasComplete ||= list.complete;
    clearTimeout(busy);
    if (!(await show(list, cause, signal))) return;
    waiting(false);
    if (list.complete) pause = PAUSE.first;
    else askAgain({ text: "The list is complete.", undo: cause.undo, completing: true, patience: AMPLE_DEADLINE });
    const [profile] = await Promise.all([recommender.profile({ signal }), figures(recommender, took, signal)]);
    showGenres(profile);
    byId("for-you").dataset.version = String(Number(byId("for-you").dataset.version) + 1);
  } catch (error) {
    if (signal.aborted) return;
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    const later = code === "DEADLINE" || code === "SCORERS_FAILED";
    byId("summary").textContent = later ? "No scorer has answered in time. It is tried again." : `The list could not be made: ${inWords(error)}`;
    if (later) askAgain({ ...cause, patience: FIRST_DEADLINE });
    if (code === "ENGINE_DIED" || code === "CLOSED") failed(error);
  } finally {
    clearTimeout(busy);
    if (making === own) {
      making = undefined;
      waiting(false);
      if (again) void refresh({ tuning: true });
    }
  }
}

/**
 * Shows the figures of the queues, and again until all workers have started.
 * @param {{ stats: import("../js/types.js").User<any>["stats"] }} recommender
 * @param {number} took
 * @param {AbortSignal} signal
 */
async function figures(recommender, took, signal) {
  const stats = await recommender.stats({ signal });
  showStats(stats, took);
  if (areStarting(stats)) setTimeout(() => void figures(recommender, took, signal).catch(() => undefined), STARTS_AGAIN);
}

/** @param {boolean} is */
function waiting(is) {
  byId("for-you").setAttribute("aria-busy", String(is));
  byId("waiting").hidden = !is;
}

/**
 * Asks again for what has not come, ever more rarely.
 * @param {Cause} cause
 */
function askAgain(cause) {
  completing = setTimeout(() => void refresh(cause), pause);
  pause = Math.min(pause * 2, PAUSE.most);
}

/**
 * @param {List} list
 * @param {Cause} cause
 * @param {AbortSignal} signal
 * @returns {Promise<boolean>} whether it is on the page now
 */
async function show(list, cause, signal) {
  const element = byId("for-you");
  const on = /** @type {import("./cards.js").Actions} */ (actions);
  const entries = list.items.map(({ id, item, explanation }) => ({
    id,
    make: () => card(item, on, explanation),
    update: (/** @type {HTMLElement} */ there) => explanation && explain(there, explanation),
  }));
  const lacks = list.missing.length > 0 ? `without ${list.missing.join(" and ")} so far` : "";
  const unsaid = !lacks && list.unexplained?.length ? `${list.unexplained.join(" and ")} has not said why yet` : "";
  byId("summary").textContent = list.items.length === 0 ? "Nothing passes your filters." : [plural(list.items.length, "title"), lacks || unsaid].filter(Boolean).join(", ");
  const made = await fill(element, entries);
  if (!made || signal.aborted) return false;
  if (list.weights) showWeights(list.weights);
  const isFirst = told === undefined;
  if (!isFirst) made.forEach(markAsNew);
  say(list, cause, isFirst);
  await frame();
  if (signal.aborted) return false;
  element.dataset.complete = String(list.complete);
  return true;
}

/**
 * Says what a mark has changed, and of a slider when it has come to rest.
 * @param {List} list
 * @param {Cause} cause
 * @param {boolean} isFirst
 */
function say({ items, missing, complete }, { text = "", undo, tuning, completing }, isFirst) {
  clearTimeout(saying);
  const ids = new Set(items.map(({ id }) => id));
  const speak = () => {
    const fresh = [...ids].filter((id) => !told?.has(id)).length;
    told = ids;
    const count = items.length === 0 ? "Nothing passes your filters." : news(fresh, items.length);
    tell([text, count, missing.length > 0 && `${missing.join(" and ")}: no answer so far.`].filter(Boolean).join(" "), undo);
  };
  if (tuning && !isFirst) saying = setTimeout(speak, QUIET);
  // Of a list that is asked for again nothing is said before it is complete.
  else if (isFirst || !text) told = ids;
  else if (complete || !completing) speak();
}

/**
 * @param {number} fresh
 * @param {number} all
 */
function news(fresh, all) {
  if (fresh === 0) return "No title is new.";
  return `${fresh} of ${all} titles ${fresh === 1 ? "is" : "are"} new.`;
}

/** @param {HTMLElement} card */
function markAsNew(card) {
  card.dataset.fresh = "";
  setTimeout(() => delete card.dataset.fresh, FRESH);
}
