// @ts-nocheck: arithmetic on typed arrays, whose every place would have to be looked at.
// The same scores as somebody would write them who knows how a JavaScript engine works: typed arrays, nothing allocated for a request, four
// sums at a time, the best twenty kept in order while the scores are made.

const BEST = 20;

/** The arrays of an `arrays.bin`, as benches/data.rs writes it. @param {ArrayBuffer} bytes */
export function readArrays(bytes) {
  const length = new DataView(bytes).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length)));
  return Object.fromEntries(head.map(({ name, type, offset, length: count }) => [name, new globalThis[type](bytes, 4 + length + offset, count)]));
}

/** @param {{ genres: string[], popularity: number }[]} catalog @param {Record<string, any>} arrays */
export function expert(catalog, arrays) {
  const items = catalog.length;
  const { factors, factorScales, factorWeights, popularity } = arrays;
  const dimensions = factorScales.length;
  const names = new Map();
  const sets = new Map();
  const setOf = new Uint16Array(items);
  const shares = [];
  const views = catalog.reduce((sum, { popularity }) => sum + popularity, 0);
  catalog.forEach(({ genres, popularity }, item) => {
    const own = genres.map((genre) => {
      if (!names.has(genre)) names.set(genre, names.size);
      return names.get(genre);
    });
    const key = own.join();
    if (!sets.has(key)) sets.set(key, { place: sets.size, own });
    setOf[item] = sets.get(key).place;
    for (const genre of own) shares[genre] = (shares[genre] ?? 0) + popularity / own.length / views;
  });
  const ownSets = [...sets.values()].map(({ own }) => own);
  const [sums, nextSums] = [new Float64Array(items), new Float64Array(items)];
  const taste = new Float64Array(dimensions);
  const seen = new Uint8Array(items);
  const setScores = new Float64Array(ownSets.length);
  const bestItems = new Int32Array(BEST);
  const bestScores = new Float64Array(BEST);

  const addTable = (name, sums, history, weightOf) => {
    const [starts, targets, weights] = [arrays[`${name}Starts`], arrays[`${name}Targets`], arrays[`${name}Weights`]];
    sums.fill(0);
    for (let place = 0; place < history.length; place += 1) {
      const [source, weight] = [history[place], weightOf(place)];
      for (let at = starts[source], end = starts[source + 1]; at < end; at += 1) sums[targets[at]] += weight * weights[at];
    }
  };

  /** @param {Int32Array} history the oldest first, each once @param {{ genre: number, popularity: number }} weights */
  return function recommend(history, weights) {
    seen.fill(0);
    taste.fill(0);
    const genres = new Float64Array(names.size);
    for (const item of history) {
      seen[item] = 1;
      for (let dimension = 0, at = item * dimensions; dimension < dimensions; dimension += 1, at += 1) taste[dimension] += factors[at];
      const own = ownSets[setOf[item]];
      for (const genre of own) genres[genre] += 1 / own.length;
    }
    for (let dimension = 0; dimension < dimensions; dimension += 1) taste[dimension] *= factorScales[dimension] * factorScales[dimension];
    addTable("neighbours", sums, history, () => 1);
    addTable("next", nextSums, history, (place) => 2 ** ((place + 1 - history.length) / 2));
    ownSets.forEach((own, place) => {
      let sum = 0;
      for (const genre of own) sum += Math.log((genres[genre] + 20 * shares[genre]) / (history.length + 20) / shares[genre]);
      setScores[place] = (weights.genre * sum) / own.length;
    });
    const [scales, nextScales] = [arrays.neighboursScales, arrays.nextScales];
    let count = 0;
    for (let item = 0, at = 0; item < items; item += 1, at += dimensions) {
      if (seen[item]) continue;
      let [a, b, c, d] = [0, 0, 0, 0];
      for (let dimension = 0; dimension < dimensions; dimension += 4) {
        a += taste[dimension] * factors[at + dimension];
        b += taste[dimension + 1] * factors[at + dimension + 1];
        c += taste[dimension + 2] * factors[at + dimension + 2];
        d += taste[dimension + 3] * factors[at + dimension + 3];
      }
      const score =
        sums[item] * scales[item] + nextSums[item] * nextScales[item] + (a + b + c + d) * factorWeights[item] + setScores[setOf[item]] + weights.popularity * popularity[item];
      if (count === BEST && score <= bestScores[BEST - 1]) continue;
      let place = count < BEST ? count++ : BEST - 1;
      for (; place > 0 && bestScores[place - 1] < score; place -= 1) {
        bestScores[place] = bestScores[place - 1];
        bestItems[place] = bestItems[place - 1];
      }
      bestScores[place] = score;
      bestItems[place] = item;
    }
    return Array.from(bestItems, (item) => catalog[item]);
  };
}
