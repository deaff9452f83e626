// Every list of a fault run beside that of a recommender without faults that was told the same, in the same order.

import { createRecommender } from "/dist/index.js";
import { ask, turnOf } from "./questions.js";

/** @typedef {import("../../js/types.js").Recommendations} List */

/** So many questions are open at the recommender without faults; its queues hold more. */
const AT_ONCE = 100;
/** It may take as long as it likes. */
const DEADLINE = 600_000;

/**
 * @typedef {object} Told of a run
 * @property {number} compared lists, none of them empty
 * @property {number} miscorrelated that differ
 * @property {number} strangers of these, the ones with an item that the catalog does not have
 *
 * @param {import("./port.js").EngineLog[]} engines what each was told: one that took another's place was told all of it again
 * @param {import("./questions.js").Turn[]} turns
 * @param {(List | undefined)[]} lists by turn; none where there was an error
 * @param {import("./questions.js").Item[][]} catalogs in their order
 * @returns {Promise<Told>}
 */
export async function replay(engines, turns, lists, catalogs) {
  const left = new Map(lists.entries());
  const total = { compared: 0, miscorrelated: 0, strangers: 0 };
  // They are made one after the other.
  const numbers = [...new Set(engines.flatMap(({ asked }) => asked.filter(({ changes }) => changes).map(({ call }) => call)))].sort((a, b) => a - b);
  let catalog = 0;
  for (const { asked, answers } of engines) {
    const told = knowledge(turns);
    /** @type {object[][]} */
    const records = [];
    let before = await reference(catalogs[catalog], records);
    /** Over the next catalog, from when it is asked for until it is there. @type {Reference | undefined} */
    let after;
    /** Of the lists asked for meanwhile, whether they are those of one and of the other. @type {[boolean, boolean][]} */
    let meanwhile = [];
    /** @type {Promise<unknown>[]} */
    let open = [];
    const settled = async () => {
      await Promise.all(open);
      open = [];
    };
    for (const { call, command, changes, changed } of asked) {
      if (open.length >= AT_ONCE) await settled();
      if (changes) {
        await settled();
        after = await reference(catalogs[numbers.indexOf(call) + 1], records);
      }
      if (changed !== undefined && after) {
        await settled();
        total.miscorrelated += fewest(meanwhile.splice(0));
        if (changed) catalog = numbers.indexOf(call) + 1;
        await (changed ? before : after).recommender.close();
        if (changed) before = after;
        after = undefined;
      }
      if (command === "") continue;
      const { record } = JSON.parse(command);
      if (record) {
        told.add(record);
        records.push(record.map((/** @type {object} */ event) => ({ ...event, origin: undefined, sequence: undefined })));
        for (const { recommender } of after ? [before, after] : [before]) open.push(recommender.record(/** @type {any} */ (records.at(-1))));
      }
      const turn = turnOf(command);
      if (turn === undefined || !answers.has(call)) continue;
      const [list, question] = [left.get(turn), turns[turn]];
      left.delete(turn);
      if (!list || !question) continue;
      const knew = told.all(turn);
      const weights = { ...question.options.weights, ...Object.fromEntries(list.missing.map((name) => [name, 0])) };
      const expected = (/** @type {Reference} */ { recommender }) => ask(recommender, { ...question, options: { ...question.options, weights } }, { wait: "all", deadline: DEADLINE });
      const known = after ? [before, after] : [before];
      // In the order in which they were asked for, whichever is there first.
      const place = after ? meanwhile.push([false, false]) - 1 : 0;
      open.push(Promise.all(known.map(expected)).then((expected) => {
        // Nothing could be told from an empty list.
        total.compared += expected.some(({ items }) => items.length > 0) ? 1 : 0;
        total.strangers += known.every(({ ids }) => list.items.some(({ id }) => !ids.has(id))) ? 1 : 0;
        const right = expected.map((expected) => knew && same(list, expected));
        if (known.length > 1) meanwhile[place] = /** @type {[boolean, boolean]} */ (right);
        else total.miscorrelated += right[0] ? 0 : 1;
      }));
    }
    await settled();
    total.miscorrelated += fewest(meanwhile);
    await Promise.all([before.recommender.close(), after?.recommender.close()]);
  }
  return total;
}

/** @typedef {{ recommender: import("../../js/types.js").Recommender<any>, ids: Set<string> }} Reference */

/**
 * A recommender without faults over a catalog, started anew: how it came to be does not matter to it.
 * @param {import("./questions.js").Item[] | undefined} items
 * @param {object[][]} records what it is told first
 * @returns {Promise<Reference>}
 */
async function reference(items = [], records) {
  const recommender = await createRecommender({ catalog: items, workers: 2, history: { store: "memory" } });
  for (const record of records) void recommender.record(/** @type {any} */ (record));
  await recommender.stats();
  return { recommender, ids: new Set(items.map(({ id }) => String(id))) };
}

/**
 * How many lists are wrong, of those asked for while a catalog changed: first they are those of one catalog, from some moment on those of the
 * next, and no more of the one before.
 * @param {[before: boolean, after: boolean][]} lists
 */
function fewest(lists) {
  const wrong = (/** @type {number} */ from) => lists.filter(([before, after], place) => !(place < from ? before : after)).length;
  return Math.min(...Array.from({ length: lists.length + 1 }, (_, from) => wrong(from)));
}

/** Whether an engine was told, once each, what the page had recorded before it asked. @param {import("./questions.js").Turn[]} turns */
function knowledge(turns) {
  const key = (/** @type {import("./questions.js").WatchEvent} */ { item, time, type }) => `${item} ${time} ${type}`;
  const told = new Set();
  let twice = false;
  let known = 0;
  return {
    /** @param {import("./questions.js").WatchEvent[]} events */
    add(events) {
      for (const event of events) {
        twice ||= told.has(key(event));
        told.add(key(event));
      }
    },
    /** @param {number} turn */
    all(turn) {
      while (turns[known]?.events.every((event) => told.has(key(event)))) known += 1;
      return !twice && turn < known;
    },
  };
}

/** @param {List} list @param {List} expected one that was made without the scorers that the list lacks */
function same(list, expected) {
  return expected.complete && content(list, list) === content(expected, list);
}

/** What must be equal, as text. Who is missing has no part in a score; who has not said why, none in the reasons. @param {List} list @param {List} said */
function content({ items }, { missing, unexplained }) {
  return JSON.stringify(items.map(({ id, score, item, explanation }) => {
    const parts = Object.entries(explanation?.parts ?? {}).filter(([scorer, part]) => !missing.includes(scorer) || part !== 0);
    return [id, score, item, parts, ...(unexplained ? [] : [explanation?.items, explanation?.genres])];
  }));
}
