// The rows of `npm run bench`: what is measured in the page, and what of it is compared with what.

/** @typedef {{ median: number, p95: number, count: number }} Figure */
/**
 * @typedef {object} Row
 * @property {string} name
 * @property {string} [against]
 * @property {number} [events] of the history
 * @property {string} unit
 * @property {Figure} ours
 * @property {Figure} theirs
 * @property {number} ratio as the goal has it
 * @property {string} [goal]
 * @property {boolean} [met]
 */

/** @param {number[]} values @returns {Figure} */
export function figure(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (/** @type {number} */ part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
  return { median: at(0.5), p95: at(0.95), count: sorted.length };
}

/**
 * @param {Pick<Row, "name" | "against" | "events">} what
 * @param {string} unit
 * @param {number[]} ours
 * @param {number[]} theirs
 * @param {"ours / theirs" | "theirs / ours"} how
 * @param {number} [bound] at most so many where ours comes first, at least so many where theirs does
 * @returns {Row}
 */
function row(what, unit, ours, theirs, how, bound) {
  const [own, other] = [figure(ours), figure(theirs)];
  const ratio = how === "ours / theirs" ? own.median / other.median : other.median / own.median;
  const goal = bound === undefined ? undefined : `${how === "ours / theirs" ? "≤" : "≥"} ${bound}×`;
  const met = bound === undefined ? undefined : how === "ours / theirs" ? ratio <= bound : ratio >= bound;
  return { ...what, unit, ours: own, theirs: other, ratio, ...(goal !== undefined && { goal, met }) };
}

/** How many times faster than the usual JavaScript. @param {number} items */
const times = (items) => (items < 50_000 ? 10 : items < 500_000 ? 50 : 100);

/**
 * By name: the module and how often it repeats, and what it makes of what the page has measured. What takes seconds with a million items is done less often there.
 * @type {Record<string, { module: string, only?: (items: number) => boolean, repeats?: (items: number, repeats: number) => number, rows: (found: any, items: number) => Row[] }>}
 */
export const measurements = {
  start: {
    module: "start",
    rows: (found, items) => [
      row({ name: "start", against: "fetch and JSON.parse" }, "ms", found.ours, found["fetch and JSON.parse"], "ours / theirs", items < 50_000 ? 3 : 1),
    ],
  },
  warm: {
    module: "warm",
    rows: (/** @type {{ events: number, times: Record<string, number[]> }[]} */ found, items) => [
      ...found.flatMap(({ events, times: { ours = [], usual = [], expert = [], "round trip": trips = [] } }) => {
        const beside = row({ name: "warm", against: "an expert's JavaScript", events }, "ms", ours, expert, "theirs / ours", items < 500_000 ? undefined : 1.5);
        if (items < 500_000) Object.assign(beside, { goal: "no more than two round trips longer", met: beside.ours.median <= beside.theirs.median + 2 * figure(trips).median });
        return [
          row({ name: "warm", against: "the usual JavaScript", events }, "ms", ours, usual, "theirs / ours", times(items)),
          beside,
          row({ name: "warm", against: "a round trip to a worker", events }, "ms", ours, trips, "ours / theirs"),
        ];
      }),
      ...found.slice(1).map(({ events, times }) => {
        const [shortest] = found;
        const against = `${shortest?.events} events`;
        return row({ name: "long history", against, events }, "ms", times.ours ?? [], shortest?.times.ours ?? [], "ours / theirs", 1.2);
      }),
    ],
  },
  onnx: {
    module: "onnx",
    only: (items) => items < 20_000,
    rows: (found) => [row({ name: "onnx", against: "onnxruntime-web, dense", events: 300 }, "ms", found.ours, found["onnxruntime-web"], "theirs / ours", 30)],
  },
  explain: {
    module: "warm",
    rows: (found) => [row({ name: "explain", against: "without reasons", events: 300 }, "ms", found.explained, found.plain, "ours / theirs", 1.5)],
  },
  live: {
    module: "live",
    rows: (found, items) => {
      const measured = row({ name: "live", against: "recommend()", events: 300 }, "ms", found.ours, found.recommend, "ours / theirs");
      return [{ ...measured, ...(items >= 100_000 && items < 500_000 && { goal: "p95 ≤ 16 ms", met: measured.ours.p95 <= 16 }) }];
    },
  },
  stored: {
    module: "live",
    only: (items) => items < 500_000,
    repeats: (_, repeats) => Math.min(repeats, 10),
    rows: (found) => {
      const measured = row({ name: "start, long history", against: "without history", events: 100_000 }, "ms", found.ours, found.none, "ours / theirs");
      return [{ ...measured, goal: "≤ 300 ms more", met: measured.ours.median <= measured.theirs.median + 300 }];
    },
  },
  kernels: {
    module: "kernels",
    rows: ({ scoring, reading }, items) => {
      const gigabytes = (/** @type {number[]} */ values) => values.map((value) => value / 1e6);
      const measured = row({ name: "kernels", against: "reading memory", events: 300 }, "GB/s", gigabytes(scoring), gigabytes(reading), "ours / theirs");
      return [{ ...measured, ...(items > 500_000 && { goal: "≥ 0.5×", met: measured.ratio >= 0.5 }) }];
    },
  },
  concurrent: {
    module: "warm",
    repeats: (items, repeats) => (items < 50_000 ? repeats : items < 500_000 ? 10 : 3),
    rows: (found) => [row({ name: "64 at once", against: "one after another", events: 300 }, "ms", found["at once"], found["one after another"], "theirs / ours", 1.6)],
  },
  shards: {
    module: "warm",
    only: (items) => items >= 100_000,
    rows: (found) => [row({ name: "two shards", against: "one worker", events: 300 }, "ms", found["two workers"], found["one worker"], "theirs / ours")],
  },
  task: {
    module: "start",
    repeats: (items, repeats) => (items < 500_000 ? repeats : 5),
    rows: (found, items) => [
      row({ name: "longest task", against: "fetch and JSON.parse" }, "ms", found.ours, found["JSON.parse"], "ours / theirs"),
      { ...row({ name: "longest task", against: "an idle page" }, "ms", found.ours, found.idle, "ours / theirs"), ...(items > 500_000 && { goal: "≤ 5 ms", met: figure(found.ours).median <= 5 }) },
    ],
  },
};

/**
 * What is held with all workers; and, to see where it is, with fewer of them.
 * @param {Record<"all" | "history" | "none" | "objects", number[]>} held
 * @param {number} items
 */
export const memoryRows = ({ all, history, none, objects }, items) => [
  row({ name: "memory", against: "parsed objects" }, "MB", all, objects, "ours / theirs", items < 50_000 ? 1 : 0.6),
  row({ name: "memory, one scorer's worker", against: "parsed objects" }, "MB", history, objects, "ours / theirs"),
  row({ name: "memory, the engine alone", against: "parsed objects" }, "MB", none, objects, "ours / theirs"),
];

/**
 * What a browser holds after recommenders were created and closed.
 * @param {{ few: number[], many: number[] }} held
 */
export const cycleRows = ({ few, many }) => [row({ name: "created and closed 20 times", against: "3 times" }, "MB", many, few, "ours / theirs", 1.02)];

/**
 * The list of a former visit, until there is one of today.
 * @param {{ stale: number[], fresh: number[] }} times
 */
export function visitRows({ stale, fresh }) {
  const measured = row({ name: "second visit, last list", against: "today's list", events: 1 }, "ms", stale, fresh, "ours / theirs");
  return [{ ...measured, goal: "≤ 100 ms", met: measured.ours.median <= 100 }];
}
