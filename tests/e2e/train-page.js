// What the page of train.test.mjs does: it trains on a table of its own.

const FILMS = Array.from({ length: 20 }, (_, id) => ({ id: String(id), title: `Film ${id}`, genres: [id < 10 ? "Crime" : "War"] }));

/** Films 0 to 9 are watched by the even viewers, 10 to 19 by the odd ones; every one leaves out one of them. */
function ratings() {
  const lines = ["userId,movieId,rating,timestamp"];
  for (let viewer = 0; viewer < 60; viewer += 1) {
    for (let film = 0; film < 10; film += 1) {
      if (film !== (viewer >> 1) % 10) lines.push(`${viewer},${film + 10 * (viewer % 2)},5,${1000 * viewer + film}`);
    }
  }
  return new File([lines.join("\n")], "ratings.csv");
}

/** How many workers of this page's were made, and how many were ended. */
const workers = { made: 0, ended: 0 };
const Made = globalThis.Worker;
globalThis.Worker = class extends Made {
  /** @param {string | URL} script @param {WorkerOptions} [options] */
  constructor(script, options) {
    super(script, options);
    workers.made += 1;
  }
  terminate() {
    super.terminate();
    workers.ended += 1;
  }
};

const packageAt = (dist = "/dist") => import(`${dist}/train-page.js`);

/** @param {any} error */
const told = ({ code, message }) => ({ code, message, workers });

/** Trains, and makes a list with what came of it. @param {string} dist where the package is */
async function trains(dist) {
  const { train } = await packageAt(dist);
  /** @type {string[]} */
  const phases = [];
  const catalog = new Blob([JSON.stringify(FILMS)]);
  const { model, report } = await train({ interactions: ratings(), catalog, onProgress: (/** @type {string} */ phase) => phases.push(phase) });
  const ended = { ...workers };
  const { createRecommender } = await import(`${dist}/index.js`);
  const recommender = await createRecommender({ catalog: FILMS, model, onModelError: "fail", history: { store: "memory" } });
  await recommender.record({ item: "11", type: "watch" });
  const { items } = await recommender.recommend({ limit: 9, weights: { genre: 0, popularity: 0 }, deadline: 60_000 });
  await recommender.close();
  const hash = [...new Uint8Array(await crypto.subtle.digest("SHA-256", model))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const ids = items.map((/** @type {{ id: string }} */ { id }) => Number(id)).sort((/** @type {number} */ a, /** @type {number} */ b) => a - b);
  return { viewers: report.viewers, inCatalog: report.itemsInCatalog, first: phases[0], hash, ids, workers: ended };
}

/** What cannot be. @param {any} options */
async function fails(options) {
  const { train } = await packageAt();
  return train({ interactions: ratings(), ...options }).then(() => ({ code: "trained" }), told);
}

/** The page changes its mind when training says that it has begun. */
async function aborts() {
  const { train } = await packageAt();
  const abort = new AbortController();
  return train({ interactions: ratings(), signal: abort.signal, onProgress: () => abort.abort() }).then(() => ({ code: "trained" }), told);
}

Object.assign(globalThis, { trains, fails, aborts });
