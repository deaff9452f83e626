// What the page of scorers.test.mjs does: lists with scorers of its own.

const BASE = new URL(import.meta.url).origin;
const HOURS = 3_600_000;
const CATALOG = [
  { id: 1, title: "Heat", genres: ["Crime"], popularity: 50 },
  { id: 2, title: "Ronin", genres: ["Crime"], popularity: 40, services: ["Arte"] },
  { id: 3, title: "Up", genres: ["Animation"], popularity: 90 },
  { id: 4, title: "Playtime", genres: ["Comedy"], popularity: 10, services: ["Mubi"], added: new Date(Date.now() - HOURS).toISOString() },
];

/** @param {any} scorers @param {any} [options] */
async function start(scorers, options) {
  const { createRecommender } = await import(`${BASE}/dist/index.js`);
  return createRecommender({ catalog: CATALOG, scorers, ...options });
}

/** The three examples, each on its own, and what they say. @param {number | false} workers */
export async function examples(workers) {
  const recommender = await start({
    newThisWeek: { url: "/scorers/new-this-week.js", columns: ["added"], weight: 0 },
    onMyServices: { url: "/scorers/on-my-services.js?has=Arte", columns: ["services"], weight: 0 },
    friends: { url: `${BASE}/scorers/friends.js`, columns: ["id"], weight: 0 },
  }, { workers });
  /** @type {Record<string, any>} */
  const lists = {};
  for (const name of ["newThisWeek", "onMyServices", "friends"]) {
    const weights = { popularity: 0, [name]: 1 };
    const { items, complete } = await recommender.recommend({ limit: 1, weights, explain: true, deadline: 30_000 });
    lists[name] = [complete, items[0].id, items[0].explanation.said[name]];
  }
  const { mode, queues } = await recommender.stats();
  await recommender.close();
  return { lists, mode, queues: queues.map((/** @type {any} */ { name }) => name) };
}

/** The same of functions of the page's. */
export async function functions() {
  /** @type {any[]} */
  const [{ score, explain }, friends] = await Promise.all(["new-this-week.js", "friends.js"].map((name) => import(`${BASE}/scorers/${name}`)));
  /** @type {any[]} */
  const columns = [];
  const seen = (/** @type {any} */ input) => {
    columns.push(input.columns);
    return friends.score(input);
  };
  const recommender = await start({
    newThisWeek: { score, explain, columns: ["added"], weight: 0 },
    friends: { ...friends, score: seen, columns: ["id"], weight: 0 },
  });
  const list = async (/** @type {string} */ name) => {
    const { items, complete } = await recommender.recommend({ limit: 1, weights: { popularity: 0, [name]: 1 }, explain: true, deadline: 30_000 });
    return [complete, items[0].id, items[0].explanation.said[name]];
  };
  const lists = { newThisWeek: await list("newThisWeek"), friends: await list("friends") };
  await list("friends");
  await recommender.patchCatalog({ remove: [2] });
  const after = await list("friends");
  const { mode, reason, queues } = await recommender.stats();
  await recommender.close();
  const once = columns[0] === columns[1] && columns[1] !== columns[2];
  return { lists, after, once, mode, reason: reason ?? null, queues: queues.map((/** @type {any} */ { name }) => name) };
}

/** A live list, one of whose scorers takes longer than the deadline. */
export async function late() {
  const recommender = await start({ late: { url: "/hostile/hostile.js?does=late", weight: 5 } }, { history: { store: "memory" } });
  // When the workers are there.
  const whole = await recommender.recommend({ deadline: 30_000, wait: "all" });
  const lists = recommender.live({ deadline: 100 });
  const next = async () => {
    const { value } = await lists.next();
    return { ids: value.items.map((/** @type {any} */ { id }) => id).join(), missing: value.missing, moved: value.moved.length > 0, events: value.events.length };
  };
  const first = [await next(), await next()];
  const recording = recommender.record({ item: 1, type: "watch" });
  const second = [await next(), await next()];
  await recording;
  await lists.return();
  await recommender.close();
  return { whole: whole.items.map((/** @type {any} */ { id }) => id).join(), first, second };
}

/**
 * A scorer that does what it must not, and what became of the list and of the next ones.
 * @param {string} does
 * @param {any} broker
 * @param {boolean} [isFunction]
 */
export async function hostile(does, broker, isFunction = false) {
  const url = `/hostile/hostile.js?does=${does}`;
  /** @type {string[]} */
  const way = [];
  const debug = (/** @type {any} */ { step, queue, attempt }) => void (queue === "bad" && way.push(`${step} ${attempt ?? ""}`));
  const recommender = await start({ bad: isFunction ? { ...(await import(url)) } : { url } }, { broker, debug });
  /** @type {string[]} */
  const letters = [];
  const given = new Promise((resolve) => recommender.addEventListener("dead-letter", (/** @type {CustomEvent} */ { detail }) => {
    letters.push(`${detail.queue} ${detail.reason} ${detail.attempts}: ${detail.cause}`);
    resolve(undefined);
  }));
  const list = await recommender.recommend({ deadline: 20_000 });
  await given;
  const without = await recommender.recommend({ weights: { bad: 0 } });
  const { queues } = await recommender.stats();
  await recommender.close();
  return { missing: list.missing, items: list.items.length, letter: letters[0], way, without: without.complete, restarts: queues[3].restarts };
}

/** What is wrong with these scorers. */
export async function refused() {
  const { createRecommender, WatchnextError } = await import(`${BASE}/dist/index.js`);
  const say = (/** @type {any} */ own) => createRecommender({ catalog: CATALOG, scorers: { own } }).then(
    () => "nothing",
    (/** @type {any} */ error) => `${error instanceof WatchnextError} ${error.code} ${error.message}`,
  );
  return Promise.all([{ score: 5 }, { score: () => [], url: "a.js" }, 5].map(say));
}

/** What the worker of a scorer is called. */
export async function named() {
  const recommender = await start({ mine: { url: "/hostile/hostile.js?does=saysItsName", weight: 2 } });
  const { items } = await recommender.recommend({ limit: 1, explain: true, wait: "all" });
  await recommender.close();
  return items[0].explanation.said.mine;
}

Object.assign(globalThis, { late, examples, functions, refused, hostile, named });
