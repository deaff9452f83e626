// The same scores as most would write them: objects, maps, `map`, `filter`, `sort`.

/** @typedef {{ id: string, title: string, year: number, genres: string[], popularity: number }} Item */
/** @typedef {{ sources: string[], weights: number[], scale: number }} Row */
/** @typedef {{ factors: number[], weight: number, neighbours: Row, next: Row, popularity: number }} Learnt */

/** @param {Item[]} catalog @param {Record<string, any>} arrays */
export function usual(catalog, arrays) {
  const dimensions = arrays.factorScales.length;
  /** @param {string} name @returns {Row[]} */
  const table = (name) => {
    /** @type {Row[]} */
    const rows = catalog.map((_, item) => ({ sources: [], weights: [], scale: arrays[`${name}Scales`][item] }));
    catalog.forEach(({ id }, source) => {
      for (let place = arrays[`${name}Starts`][source]; place < arrays[`${name}Starts`][source + 1]; place += 1) {
        const row = /** @type {Row} */ (rows[arrays[`${name}Targets`][place]]);
        row.sources.push(id);
        row.weights.push(arrays[`${name}Weights`][place]);
      }
    });
    return rows;
  };
  const [neighbours, next] = [table("neighbours"), table("next")];
  /** @type {Map<string, Learnt>} */
  const model = new Map(
    catalog.map(({ id }, item) => {
      const factors = Array.from(/** @type {Int8Array} */ (arrays.factors.subarray(item * dimensions, (item + 1) * dimensions)));
      const learnt = { factors, weight: arrays.factorWeights[item], neighbours: neighbours[item], next: next[item], popularity: arrays.popularity[item] };
      return [id, /** @type {Learnt} */ (learnt)];
    }),
  );
  const scales = Array.from(/** @type {Float32Array} */ (arrays.factorScales));
  const views = catalog.reduce((sum, { popularity }) => sum + popularity, 0);
  /** @type {Map<string, number>} */
  const shares = new Map();
  for (const { genres, popularity } of catalog) {
    for (const genre of genres) shares.set(genre, (shares.get(genre) ?? 0) + popularity / genres.length / views);
  }

  /** @param {string[]} history the oldest first @param {{ genre: number, popularity: number }} weights */
  return function recommend(history, weights) {
    const watched = new Map(history.map((id) => [id, 1]));
    const recent = new Map(history.map((id, place) => [id, 2 ** ((place + 1 - history.length) / 2)]));
    const user = scales.map(() => 0);
    /** @type {Map<string, number>} */
    const genres = new Map();
    for (const [id, weight] of watched) {
      model.get(id)?.factors.forEach((factor, dimension) => (user[dimension] = /** @type {number} */ (user[dimension]) + weight * factor));
    }
    for (const item of catalog.filter(({ id }) => watched.has(id))) {
      for (const genre of item.genres) genres.set(genre, (genres.get(genre) ?? 0) + 1 / item.genres.length);
    }
    const taste = user.map((value, dimension) => value * /** @type {number} */ (scales[dimension]) ** 2);
    const lift = (/** @type {string} */ genre) => {
      const share = shares.get(genre) ?? 0;
      return Math.log(((genres.get(genre) ?? 0) + 20 * share) / (watched.size + 20) / share);
    };
    const sum = (/** @type {Row} */ { sources, weights, scale }, /** @type {Map<string, number>} */ counts) =>
      scale * sources.reduce((sum, source, place) => sum + (counts.get(source) ?? 0) * /** @type {number} */ (weights[place]), 0);
    return catalog
      .filter(({ id }) => !watched.has(id))
      .map((item) => {
        const learnt = /** @type {Learnt} */ (model.get(item.id));
        const dot = learnt.factors.reduce((sum, factor, dimension) => sum + factor * /** @type {number} */ (taste[dimension]), 0);
        const liked = sum(learnt.neighbours, watched) + learnt.weight * dot + sum(learnt.next, recent);
        const ofGenres = item.genres.reduce((sum, genre) => sum + lift(genre), 0) / item.genres.length;
        return { item, score: liked + weights.genre * ofGenres + weights.popularity * learnt.popularity };
      })
      .sort((a, b) => b.score - a.score)
      .slice(0, 20);
  };
}
