// How long a catalog takes to load, phase by phase, beside JSON.parse of the same bytes: in a page or in Node.js.

const GENRES = ["Action", "Comedy", "Crime", "Drama", "Horror", "Romance", "Sci-Fi", "Thriller", "War", "Western"];
const WORDS = ["night", "river", "stone", "glass", "summer", "winter", "king", "road", "house", "mirror", "garden", "storm"];

/** The same items as in benches/catalog.rs. @param {number} count */
function catalog(count) {
  let state = 1;
  // Lehmer's generator.
  const next = (/** @type {number} */ below) => (state = (state * 48271) % 2147483647) % below;
  const pick = (/** @type {string[]} */ list) => list[next(list.length)];
  const encoder = new TextEncoder();
  /** @type {Uint8Array[]} */
  const parts = [];
  for (let id = 0; id < count; id += 1) {
    const title = `The ${pick(WORDS)} of ${pick(WORDS)} ${id}`;
    const item = { id: String(id), title, year: 1920 + next(105), genres: [...new Set([pick(GENRES), pick(GENRES)])], popularity: next(10000) };
    parts.push(encoder.encode(`${id ? "," : "["}${JSON.stringify(item)}${id === count - 1 ? "]" : ""}`));
  }
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let place = 0;
  for (const part of parts) {
    bytes.set(part, place);
    place += part.length;
  }
  return bytes;
}

/** @param {number[]} values @param {number} part */
const quantile = (values, part) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? NaN;

/**
 * Milliseconds, median and p95 of the rounds, each of which does all in turn.
 * @param {{ items: number, rounds: number }} options
 * @param {any} [createRecommender] that of the built package
 */
export async function load({ items, rounds }, createRecommender) {
  createRecommender ??= (await import(/** @type {any} */ ("/dist/index.js"))).createRecommender;
  const bytes = catalog(items);
  /** @type {Record<string, number[]>} */
  const times = { "JSON.parse": [], "catalog read": [], "until scorers start": [], "createRecommender": [], "first list": [] };
  const note = (/** @type {string} */ name, /** @type {number} */ since) => times[name]?.push(performance.now() - since);
  for (let round = 0; round < rounds; round += 1) {
    let start = performance.now();
    const parsed = JSON.parse(new TextDecoder().decode(bytes));
    note("JSON.parse", start);
    if (parsed.length !== items) throw new Error("not what was made");
    const copy = bytes.slice();
    /** @type {Record<string, number>} */
    const phases = {};
    start = performance.now();
    const recommender = await createRecommender({
      catalog: copy,
      onProgress: (/** @type {any} */ { phase, loaded }) => {
        if (phase === "catalog-parse" && loaded === bytes.length) phases.read ??= performance.now();
        if (phase === "catalog-parse") phases.began ??= performance.now();
        if (phase === "scorers-start") phases.scorers ??= performance.now();
      },
    });
    note("createRecommender", start);
    await recommender.recommend({ deadline: 60_000 });
    note("first list", start);
    times["catalog read"]?.push((phases.read ?? NaN) - (phases.began ?? NaN));
    times["until scorers start"]?.push((phases.scorers ?? NaN) - (phases.read ?? NaN));
    await recommender.close();
  }
  return {
    items,
    megabytes: bytes.length / 1e6,
    times: Object.fromEntries(Object.entries(times).map(([name, all]) => [name, { median: quantile(all, 0.5), p95: quantile(all, 0.95) }])),
  };
}

Object.assign(globalThis, { load });
