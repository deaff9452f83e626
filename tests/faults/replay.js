// Every list of a fault run beside that of a recommender without faults that was told the same, in the same order.

import { createRecommender } from "/dist/index.js";
import { ask, turnOf } from "./questions.js";

/** @typedef {import("../../js/types.js").Recommendations} List */

/** So many questions are open at the recommender without faults; its queues hold more. */
const AT_ONCE = 100;
/** It may take as long as it likes. */
const DEADLINE = 600_000;

/**
 * @param {import("./port.js").EngineLog[]} engines what each was told: one that took another's place was told all of it again
 * @param {import("./questions.js").Turn[]} turns
 * @param {(List | undefined)[]} lists by turn; none where there was an error
 * @param {string} catalog
 * @returns {Promise<{ compared: number, miscorrelated: number }>}
 */
export async function replay(engines, turns, lists, catalog) {
  const left = new Map(lists.entries());
  const total = { compared: 0, miscorrelated: 0 };
  for (const { asked, answers } of engines) {
    const reference = await createRecommender({ catalog, workers: 2, history: { store: "memory" } });
    const told = knowledge(turns);
    /** @type {Promise<void>[]} */
    let open = [];
    for (const { call, command } of asked) {
      if (open.length >= AT_ONCE) {
        await Promise.all(open);
        open = [];
      }
      const { record } = JSON.parse(command);
      if (record) told.add(record);
      if (record) open.push(reference.record(record.map((/** @type {object} */ event) => ({ ...event, origin: undefined, sequence: undefined }))).then(() => undefined));
      const turn = turnOf(command);
      if (turn === undefined || !answers.has(call)) continue;
      const [list, question] = [left.get(turn), turns[turn]];
      left.delete(turn);
      if (!list || !question) continue;
      const knew = told.all(turn);
      const weights = { ...question.options.weights, ...Object.fromEntries(list.missing.map((name) => [name, 0])) };
      const expected = ask(reference, { ...question, options: { ...question.options, weights } }, { wait: "all", deadline: DEADLINE });
      open.push(expected.then((expected) => {
        // Nothing could be told from an empty list.
        total.compared += expected.items.length > 0 ? 1 : 0;
        total.miscorrelated += knew && same(list, expected) ? 0 : 1;
      }));
    }
    await Promise.all(open);
    await reference.close();
  }
  return total;
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
