// What was added to the catalog in the last week: 1 on the day, and less every day after.
// scorers: { newThisWeek: { url: "/scorers/new-this-week.js", columns: ["added"], weight: 0.2 } }

const WEEK = 7 * 24 * 3600 * 1000;

/** Of an item that was added at this date. */
function freshness(added) {
  const age = Date.now() - Date.parse(added ?? "");
  return age >= 0 && age < WEEK ? 1 - age / WEEK : 0;
}

export function score({ columns, items }) {
  return Float32Array.from({ length: items }, (_, item) => freshness(columns.added[item]));
}

export function explain({ columns, item }) {
  return freshness(columns.added[item]) > 0 ? "New this week" : undefined;
}
