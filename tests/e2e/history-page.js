// Runs in a page: what history.test.mjs asks of histories in IndexedDB.

import { createRecommender, lastList, WatchnextError } from "/dist/index.js";

const catalog = [{ id: 1, title: "Heat" }, { id: 2, title: "Ronin" }];

/** @param {string} name */
async function open(name) {
  const recommender = await createRecommender({ catalog, workers: false, history: { name } });
  /** @type {string[]} */
  const codes = [];
  recommender.addEventListener("history-error", ({ detail }) => codes.push(detail.code));
  return { recommender, codes, events: async () => (await recommender.stats()).history.events };
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

/** Uses the database as it is. @template T @param {string} name @param {(batches: IDBObjectStore) => IDBRequest<T>} use @returns {Promise<T>} */
async function inDatabase(name, use) {
  const database = await done(indexedDB.open(name));
  try {
    return await done(use(database.transaction("batches", "readwrite").objectStore("batches")));
  } finally {
    database.close();
  }
}

/** @param {string} name */
async function kept(name) {
  const batches = await inDatabase(name, (batches) => batches.getAll());
  const lines = batches.map(({ lines }) => (ArrayBuffer.isView(lines) ? new TextDecoder().decode(lines) : "")).join("");
  return { batches: batches.length, events: lines.split("\n").filter(Boolean).map((line) => JSON.parse(line)) };
}

/** What is told is told a moment later. */
const turn = () => new Promise((resolve) => setTimeout(resolve, 20));

/** @param {string} name @param {number} count */
async function recordSome(name, count) {
  const { recommender, codes, events } = await open(name);
  const recorded = await Promise.all(Array.from({ length: count }, () => recommender.record({ item: 1, type: "watch" })));
  await turn();
  const report = { durable: recorded.every(({ durable }) => durable), events: await events(), codes };
  await recommender.close();
  return report;
}

/** @param {string} name */
async function killEngine(name) {
  const RealWorker = globalThis.Worker;
  /** @type {Worker[]} */
  const workers = [];
  globalThis.Worker = class extends RealWorker {
    /** @param {string | URL} url @param {WorkerOptions} [options] */
    constructor(url, options) {
      super(url, options);
      workers.push(this);
    }
  };
  const { recommender, events } = await open(name);
  let restarts = 0;
  recommender.addEventListener("engine-restart", () => (restarts += 1));
  const recording = recommender.record({ item: 2, type: "like" });
  workers[0]?.terminate();
  await recording;
  const report = { events: await events(), restarts };
  await recommender.close();
  globalThis.Worker = RealWorker;
  return report;
}

/** @param {string} name */
async function twoTabs(name) {
  const [first, second] = await Promise.all([open(name), open(name)]);
  const all = Array.from({ length: 200 }, async () => {
    await Promise.all([first, second].map(({ recommender }) => recommender.record({ item: 1, type: "watch" })));
  });
  await Promise.all(all);
  // What the one has kept the other hears of.
  const until = performance.now() + 10_000;
  while ((await first.events()) + (await second.events()) < 800 && performance.now() < until);
  const third = await open(name);
  const report = { first: await first.events(), second: await second.events(), third: await third.events(), batches: (await kept(name)).batches < 50 };
  for (const { recommender } of [first, second, third]) await recommender.close();
  return report;
}

/** A tab that starts while another records, and a tab that forgets while another records. @param {string} name */
async function atOnce(name) {
  const first = await open(name);
  // The catalog comes when it may, long after the history was read.
  const { readable, writable } = new TransformStream();
  const starting = createRecommender({ catalog: new Response(readable), workers: false, history: { name } });
  await first.recommender.record({ item: 1, type: "watch" });
  while ((await kept(name)).events.length < 1) await turn();
  const writer = writable.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(catalog)));
  await writer.close();
  const second = await starting;
  const heard = (await second.stats()).history.events;
  for (let round = 0; round < 20; round += 1) {
    // Neither waits for the other.
    await Promise.all([second.forget(2), first.recommender.record({ item: 1, type: "watch" }), second.record({ item: 1, type: "click" })]);
  }
  // What another version of the package may say.
  const channel = new BroadcastChannel(`watchnext ${name}`);
  for (const news of [null, 5, {}, { user: "", lines: 7 }, { user: "", lines: "no event" }]) channel.postMessage(news);
  channel.close();
  await turn();
  const both = [await first.events(), (await second.stats()).history.events];
  for (const recommender of [first.recommender, second]) await recommender.close();
  return { heard, both, kept: (await kept(name)).events.length };
}

/** What scripts that are loaded when they are needed throw is what the page's own script throws. @param {string} name */
async function laterErrors(name) {
  const { recommender, events } = await open(name);
  const watch = (/** @type {any} */ item) => ({ item, type: /** @type {const} */ ("watch") });
  const bad = /** @type {any} */ ({ item: 1, type: "eat" });
  const works = {
    ingest: () => recommender.ingest([watch(1), [watch(2), bad]]),
    aborted: () => recommender.ingest([], { signal: AbortSignal.abort() }),
    live: () => recommender.live(/** @type {any} */ ({ name: 5 })).next(),
    together: () => recommender.together(["", "kim"]).recommend({ limit: 0 }),
    import: () => recommender.importHistory("a,b\n1,2\n"),
    catalog: () => recommender.patchCatalog({ put: /** @type {any} */ ([{ title: "no id" }]) }),
    own: () => recommender.ingest((function* () {
      throw Object.assign(new Error("the page's"), { code: "OWN" });
    })()),
  };
  /** @type {Record<string, unknown>} */
  const codes = {};
  for (const [work, does] of Object.entries(works)) {
    codes[work] = await does().then(() => "nothing", (/** @type {any} */ error) => (error instanceof WatchnextError ? [error.code, /event \d/.exec(error.message)?.[0] ?? ""] : error.code));
  }
  const report = { codes, events: await events() };
  await recommender.close();
  return report;
}

/** A burst of events, one by one: how many batches they are in the store, and lists. @param {string} name */
async function burst(name) {
  const items = Array.from({ length: 300 }, (_, id) => ({ id, title: `Number ${id}`, genres: [id % 2 ? "War" : "Comedy"], popularity: 300 - id }));
  const recommender = await createRecommender({ catalog: items, history: { name } });
  await recommender.recommend({ wait: "all", deadline: 30_000 });
  /** @type {any[]} */
  const lists = [];
  recommender.live({ limit: 5, wait: "all" }, (list) => lists.push(list));
  while (lists.length < 1) await turn();
  await Promise.all(Array.from({ length: 1000 }, (_, time) => recommender.record({ item: (time * 7) % 290, type: "watch", time })));
  const last = await recommender.recommend({ limit: 5, wait: "all" });
  while (idsOf(lists.at(-1)) !== idsOf(last)) await turn();
  await recommender.close();
  const { batches, events } = await kept(name);
  return { batches, events: events.length, lists: lists.length - 1, of: lists.slice(1).reduce((sum, { events }) => sum + events.length, 0) };
}

/** Whether anything of this is in any store of the origin's. @param {string} text */
async function isSomewhere(text) {
  /** @type {string[]} */
  const all = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage }), document.cookie];
  for (const { name } of await indexedDB.databases()) {
    const database = await done(indexedDB.open(name ?? ""));
    for (const store of database.objectStoreNames) {
      const objects = database.transaction(store).objectStore(store);
      all.push(JSON.stringify(await done(objects.getAllKeys())));
      const plain = (/** @type {string} */ _, /** @type {unknown} */ value) => (ArrayBuffer.isView(value) ? new TextDecoder().decode(value) : value);
      all.push(JSON.stringify(await done(objects.getAll()), plain));
    }
    database.close();
  }
  for (const key of "caches" in globalThis ? await caches.keys() : []) {
    for (const request of await (await caches.open(key)).keys()) all.push(request.url, await (await (await caches.open(key)).match(request))?.text() ?? "");
  }
  return all.some((stored) => stored.includes(text));
}

/** What is forgotten, or cleared, is in no store of the origin's. @param {string} name */
async function nothingLeft(name) {
  const [item, other, user] = ["a-secret", "another-secret", "somebody-private"];
  const items = [item, other, "x", "y", "z"].map((id, place) => ({ id, title: `Title of ${id}`, genres: ["War"], popularity: 10 - place }));
  const recommender = await createRecommender({ catalog: items, workers: false, history: { name } });
  const report = [];
  for (const [of, own] of /** @type {const} */ ([["", recommender], [user, recommender.user(user)]])) {
    const lists = own.live({ name: "home", explain: true });
    let { value } = await lists.next();
    for (const id of [item, other]) {
      const next = lists.next();
      await own.record({ item: id, type: "like" });
      ({ value } = await next);
    }
    while (idsOf(await lastList("home", { history: name, user: of })) !== idsOf(value)) await turn();
    await lists.return();
    report.push([await isSomewhere(item), await isSomewhere(other)]);
    await own.forget(item);
    report.push([await isSomewhere(item), await isSomewhere(other)]);
    await own.clearHistory();
    report.push([await isSomewhere(item), await isSomewhere(other)]);
  }
  await recommender.close();
  return { report, user: await isSomewhere(user) };
}

/** What one tab could not keep is forgotten when another forgets. @param {string} name */
async function forgottenElsewhere(name) {
  const [here, there] = [await open(name), await open(name)];
  const end = await TROUBLE.full?.(name);
  const { durable } = await here.recommender.record([{ item: 1, type: "watch" }, { item: 2, type: "watch" }]);
  end?.();
  await there.recommender.forget(1);
  while ((await here.events()) > 1) await turn();
  await here.recommender.record({ item: 2, type: "like" });
  for (const { recommender } of [here, there]) await recommender.close();
  return { durable, kept: (await kept(name)).events.map(({ item, type }) => `${type} ${item}`) };
}

/** What outlives a call, which may have loaded this anew. @type {{ tab: Awaited<ReturnType<typeof open>>, recording: Promise<boolean> }} */
const page = /** @type {any} */ (window);

/** Records so many events, some at once, each of which this tab has to know when it is acknowledged. @param {string} name @param {string} origin @param {number} count */
async function tabBegins(name, origin, count) {
  const { recommender, events } = (page.tab = await open(name));
  /** @type {Promise<boolean>[]} */
  const all = [];
  page.recording = (async () => {
    for (let sequence = 1; sequence <= count; sequence += 1) {
      const recorded = recommender.record({ item: 1, type: "watch", time: sequence, origin, sequence });
      all.push(recorded.then(async ({ durable }) => durable && (await events()) >= sequence));
      if (sequence % 20 === 0) await recorded;
    }
    return (await Promise.all(all)).every(Boolean);
  })();
}

/** When this tab knows so many events: what it knows, and what is in the store. @param {string} name @param {number} count */
async function tabEnds(name, count) {
  const isKnown = await page.recording;
  const { recommender, events, codes } = page.tab;
  const until = performance.now() + 20_000;
  while ((await events()) < count && performance.now() < until);
  const known = await events();
  await recommender.close();
  /** @type {{ origin: string, sequence: number }[]} */
  const all = (await kept(name)).events;
  /** @type {Record<string, number>} */
  const last = {};
  // Each of a tab's comes after all before it.
  const ordered = all.every(({ origin, sequence }) => sequence === (last[origin] = (last[origin] ?? 0) + 1));
  return { isKnown, known, codes, kept: all.length, ordered };
}

/** @param {string} name */
async function manyBatches(name) {
  const { recommender } = await open(name);
  for (let time = 0; time < 600; time += 1) await recommender.record({ item: 1, type: "watch", time });
  await recommender.close();
  const again = await open(name);
  const events = await again.events();
  await again.recommender.close();
  const all = await kept(name);
  // 600 batches, of which each 256 are one now.
  return { ordered: all.events.every(({ time }, place) => time === place), events, few: all.batches < 150 };
}

/** @type {Record<string, (name: string) => Promise<() => void>>} */
const TROUBLE = {
  async full() {
    const { add } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.add = function () {
      throw new DOMException("planted", "QuotaExceededError");
    };
    return () => void (IDBObjectStore.prototype.add = add);
  },
  async refused() {
    const { open } = IDBFactory.prototype;
    IDBFactory.prototype.open = () => {
      throw new DOMException("planted", "SecurityError");
    };
    return () => void (IDBFactory.prototype.open = open);
  },
  async silent() {
    const { open } = IDBFactory.prototype;
    // As an upgrade that is blocked for ever.
    IDBFactory.prototype.open = () => /** @type {any} */ ({});
    return () => void (IDBFactory.prototype.open = open);
  },
  async blocked(name) {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => void request.result.createObjectStore("batches", { autoIncrement: true }).createIndex("user", "user");
    // It does not let go of its version when another wants to upgrade.
    const former = await done(request);
    return () => former.close();
  },
  async newer(name) {
    const request = indexedDB.open(name, 7);
    request.onupgradeneeded = () => void request.result.createObjectStore("batches", { autoIncrement: true }).createIndex("user", "user");
    (await done(request)).close();
    return () => undefined;
  },
  async damaged(name) {
    await recordSome(name, 0);
    const request = indexedDB.open(name);
    const database = await done(request);
    await done(database.transaction("batches", "readwrite").objectStore("batches").add({ user: "", lines: 7 }));
    database.close();
    return () => undefined;
  },
};

/** @param {string} what */
async function trouble(what) {
  const name = `trouble ${what}`;
  const first = what === "damaged" ? await createRecommender({ catalog, workers: false, history: { name } }) : undefined;
  await first?.record([]);
  await first?.close();
  const end = await TROUBLE[what]?.(name);
  const { recommender, codes, events } = await open(name);
  if (what === "deleted" || what === "closed" || what === "evicted") {
    await recommender.record({ item: 1, type: "watch" });
    // With `Clear-Site-Data` a browser throws away what the origin keeps, as when it has no space.
    if (what === "evicted") await (await fetch("/evict")).text();
    else if (what === "deleted") await done(indexedDB.deleteDatabase(name));
    else await new Promise((resolve) => {
      // A newer version elsewhere closes ours.
      const request = indexedDB.open(name, 9);
      request.onsuccess = () => resolve(request.result.close());
    });
  }
  const { durable } = await recommender.record({ item: 1, type: "watch" });
  await turn();
  const report = { durable, events: await events(), codes: [...codes] };
  end?.();
  const after = (await recommender.record({ item: 2, type: "like" })).durable;
  await recommender.close();
  return { ...report, after: { durable: after, kept: (await kept(name)).events.length } };
}

/** A disk that fails while something is forgotten; another tab has it, too. @param {string} name */
async function forgetInVain(name) {
  const [here, there] = await Promise.all([open(name), open(name)]);
  await here.recommender.record([{ item: 1, type: "watch" }, { item: 2, type: "like" }]);
  while ((await there.events()) < 2) await turn();
  const { openCursor } = IDBIndex.prototype;
  IDBIndex.prototype.openCursor = () => {
    throw new DOMException("planted", "UnknownError");
  };
  const code = await here.recommender.forget(1).then(() => "", (error) => error.code);
  IDBIndex.prototype.openCursor = openCursor;
  while ((await there.events()) > 1) await turn();
  const still = (await kept(name)).events.length;
  const again = await here.recommender.forget(1);
  const report = { code, codes: here.codes, here: await here.events(), still, again, kept: (await kept(name)).events.map(({ item }) => item) };
  await Promise.all([here.recommender.close(), there.recommender.close()]);
  return report;
}

/** Live lists and what is forgotten, in two recommenders that are two tabs to each other. @param {string} name */
async function liveTabs(name) {
  const [here, there] = await Promise.all([open(name), open(name)]);
  const lists = there.recommender.live({ limit: 1 });
  const ids = (/** @type {any} */ { value }) => value.items.map((/** @type {any} */ { id }) => id);
  const first = ids(await lists.next());
  const next = lists.next();
  await here.recommender.record({ item: first[0], type: "dislike" });
  const { value } = await next;
  const second = ids({ value });
  const followed = lists.next();
  await here.recommender.clearHistory();
  const third = ids(await followed);
  await lists.return();
  const user = here.recommender.user("kim");
  await user.record([{ item: 1, type: "watch" }, { item: 2, type: "watch" }]);
  await user.forget(1);
  const left = (await kept(name)).events.map(({ item }) => item);
  await user.clearHistory();
  const report = { different: first[0] !== second[0], because: value?.events.length, back: third[0] === first[0], left, all: (await kept(name)).events.length, there: await there.events() };
  for (const { recommender } of [here, there]) await recommender.close();
  return report;
}

const idsOf = (/** @type {any} */ list) => list?.items.map((/** @type {any} */ { id }) => id).join();

/** The first visit of a page with a named list, in which something is liked. @param {string} name */
async function firstVisit(name) {
  const { recommender } = await open(name);
  const none = await lastList("home", { history: name });
  const lists = recommender.live({ name: "home", explain: true });
  await lists.next();
  const next = lists.next();
  await recommender.record({ item: 1, type: "like" });
  const { value } = await next;
  // It is kept when somebody has had it.
  while (idsOf(await lastList("home", { history: name })) !== idsOf(value)) await turn();
  await lists.return();
  await recommender.close();
  return { none: none === undefined, list: idsOf(value) };
}

/** The second: before there is a recommender, after that, and when something was forgotten. @param {string} name */
async function secondVisit(name) {
  const start = performance.now();
  const before = await lastList("home", { history: name });
  const took = performance.now() - start;
  const { recommender } = await open(name);
  const lists = recommender.live({ name: "home" });
  const [stale, fresh] = [(await lists.next()).value, (await lists.next()).value];
  await lists.return();
  const others = [await lastList("other", { history: name }), await lastList("home", { history: name, user: "kim" })];
  await recommender.user("kim").record({ item: 1, type: "like" });
  await recommender.user("kim").forget(1);
  const still = await lastList("home", { history: name });
  await recommender.forget(1);
  const after = await lastList("home", { history: name });
  await recommender.close();
  return {
    before: idsOf(before), stale: [before?.stale, stale?.stale, fresh?.stale], same: idsOf(stale) === idsOf(before), moved: [fresh?.added, fresh?.removed, fresh?.moved].flat().length,
    others: others.every((list) => list === undefined), still: idsOf(still), after: after === undefined, took,
  };
}

/** A database as version 1 of it was, with an event; a tab that has it open, and one that still writes as that version did. @param {string} name */
async function fromVersion1(name) {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => void request.result.createObjectStore("batches", { autoIncrement: true }).createIndex("user", "user");
  const former = await done(request);
  former.onversionchange = () => former.close();
  const line = (/** @type {number} */ sequence) => `${JSON.stringify({ item: "1", type: "watch", time: sequence, origin: "former", sequence })}\n`;
  const batch = (/** @type {number} */ sequence) => ({ user: "", lines: new TextEncoder().encode(line(sequence)) });
  await done(former.transaction("batches", "readwrite").objectStore("batches").add(batch(1)));
  const { recommender, codes, events } = await open(name);
  const first = await events();
  const { durable } = await recommender.record({ item: 2, type: "like" });
  // An older version of the package opens what it cannot upgrade without a version.
  await inDatabase(name, (batches) => batches.add(batch(2)));
  await recommender.close();
  const again = await open(name);
  const second = await again.events();
  await again.recommender.close();
  const database = await done(indexedDB.open(name));
  const { version, objectStoreNames } = database;
  database.close();
  return { first, durable, second, codes: [...codes, ...again.codes], version, stores: [...objectStoreNames] };
}

/** A history whose database was deleted is kept again, as docs/history.md says. @param {string} name */
async function keepAgain(name) {
  const { recommender, codes } = await open(name);
  await recommender.record([{ item: 1, type: "watch", progress: 0.5, position: 60 }, { item: 2, type: "like" }]);
  await done(indexedDB.deleteDatabase(name));
  await recommender.record({ item: 1, type: "click" });
  const lost = (await kept(name)).events.length;
  const events = (await recommender.history({ limit: 1000 })).reverse().map(({ id, item: _, ...event }) => ({ item: id, ...event }));
  await recommender.clearHistory();
  await recommender.record(events);
  await recommender.close();
  const again = await open(name);
  const known = (await again.recommender.history()).map(({ id, type, position }) => [id, type, position ?? null]);
  await again.recommender.close();
  return { codes, lost, known };
}

Object.assign(globalThis, { burst, nothingLeft, tabBegins, tabEnds, atOnce, forgottenElsewhere, laterErrors, keepAgain, firstVisit, secondVisit, fromVersion1, liveTabs, forgetInVain, recordSome, killEngine, twoTabs, manyBatches, trouble });
