// What the page of catalog.test.mjs does: a catalog that changes while lists are asked for.

const BASE = new URL(import.meta.url).origin;
/** @param {number} first @param {number} end */
const films = (first, end) => Array.from({ length: end - first }, (_, place) => ({ id: first + place, title: `Film ${first + place}`, genres: [["Crime"], ["War"], ["Drama"]][(first + place) % 3], popularity: 1 + ((first + place) % 97), added: first }));

/** @param {any} [options] */
async function start(options) {
  const { createRecommender } = await import(`${BASE}/dist/index.js`);
  return createRecommender({ catalog: films(0, 3000), history: { store: "memory" }, ...options });
}

/** Lists without a pause while the catalog changes to and fro; which of them were of one catalog, and how many of each. @param {number} changes */
export async function underLoad(changes) {
  const recommender = await start({ scorers: { mine: { url: "/page/catalog-scorer.js", columns: ["added"], weight: 0.1 } } });
  await recommender.record([{ item: 0, type: "watch" }, { item: 4000, type: "like" }]);
  let done = false;
  /** @type {any} */
  const lists = { old: 0, new: 0, mixed: 0, failed: 0, incomplete: 0 };
  /** Called with what the next list was of. @type {(of: string) => void} */
  let hear = () => {};
  const ask = async () => {
    while (!done) {
      const list = await recommender.recommend({ wait: "all", explain: true }).catch((/** @type {any} */ error) => ({ items: [], error }));
      const of = new Set(list.items.map((/** @type {any} */ { id }) => (Number(id) < 3000 ? "old" : "new")));
      const said = list.items.every((/** @type {any} */ { item, explanation }) => explanation.said.mine === `of ${item.added}`);
      const what = list.error ? "failed" : of.size !== 1 || !said ? "mixed" : String([...of][0]);
      lists[what] += 1;
      hear(what);
      if (!list.error && !list.complete) lists.incomplete += 1;
    }
  };
  const asking = Array.from({ length: 4 }, ask);
  for (let change = 0; change < changes; change += 1) {
    await recommender.setCatalog(change % 2 ? films(0, 3000) : films(3000, 6000));
    // Whatever is asked from now on is of this one.
    const { items } = await recommender.recommend({ limit: 1 });
    if (Number(items[0].id) < 3000 !== Boolean(change % 2)) lists.late = (lists.late ?? 0) + 1;
    // The next change comes among lists of this one, however long its workers take to start.
    await new Promise((resolve) => (hear = (of) => of === (change % 2 ? "new" : "old") || resolve(of)));
  }
  done = true;
  await Promise.all(asking);
  const { history, catalog, mode } = await recommender.stats();
  const patched = await recommender.patchCatalog({ remove: [1, 2], put: [{ id: 0, title: "Changed", added: 7 }] });
  const locks = await workers({ [changes + 1]: 4 });
  await recommender.close();
  return { lists, history, items: catalog.items, mode, patched, locks, after: await workers({}) };
}

/**
 * How many workers of scorers hold their locks, by the number of their engine, once they are as they should be: those of former engines go, and new
 * ones come.
 * @param {Record<string, number>} expected
 */
async function workers(expected) {
  for (let turn = 0; ; turn += 1) {
    /** @type {Record<string, number>} */
    const held = {};
    for (const { name } of (await navigator.locks.query()).held ?? []) {
      const [, engine] = /^watchnext \S+ (\d+) \d+$/.exec(name ?? "") ?? [];
      if (engine) held[engine] = (held[engine] ?? 0) + 1;
    }
    if (turn === 300 || JSON.stringify(held) === JSON.stringify(expected)) return held;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A catalog and a model by their addresses, with a live list. */
export async function byAddress() {
  const recommender = await start({ catalog: "/golden/catalog.json", model: "/golden/model.wnm" });
  await recommender.record({ item: 1, type: "like" });
  const live = recommender.live({ limit: 5 });
  const first = (await live.next()).value;
  const next = live.next();
  const change = await recommender.setCatalog(new URL("/golden/catalog.json?again", location.href));
  const same = JSON.stringify((await recommender.recommend({ limit: 5 })).items) === JSON.stringify(first.items);
  const error = await recommender.setCatalog("/nowhere.json").catch((/** @type {any} */ error) => error.code);
  const { model } = await recommender.stats();
  await recommender.patchCatalog({ remove: [first.items[0].id] });
  const { removed } = (await next).value;
  await recommender.close();
  return { added: change.added, same, error, matched: model.matched > 0 && !model.error, removed: removed.join() === first.items[0].id };
}

Object.assign(globalThis, { underLoad, byAddress });
