// Runs in a page whose browser is killed while a database of version 1 becomes one of today: says what became of the last one, and makes another.

import { createRecommender } from "/dist/index.js";

const nameOf = (/** @type {number} */ number) => `upgrade ${number}`;
/** @param {string} path @param {unknown} body */
const say = (path, body) => fetch(path, { method: "POST", body: JSON.stringify(body) });

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

/** A recommender whose history has this name. @param {string} name */
const open = (name) => createRecommender({ catalog: [{ id: 1, title: "Heat" }], workers: false, history: { name } });

/** Lets the database be what it is; which version it has, and the numbers of its events. @param {string} name */
async function look(name) {
  const database = await done(indexedDB.open(name));
  const all = await done(database.transaction("batches").objectStore("batches").getAll());
  database.close();
  const lines = all.map(({ lines }) => new TextDecoder().decode(lines)).join("");
  return { version: database.version, kept: lines.split("\n").filter(Boolean).map((line) => JSON.parse(line).sequence) };
}

async function run() {
  const { number, events, isLast } = await (await fetch("/next")).json();
  if (number > 0) {
    const { version } = await look(nameOf(number - 1));
    const recommender = await open(nameOf(number - 1));
    /** @type {string[]} */
    const codes = [];
    recommender.addEventListener("history-error", ({ detail }) => codes.push(detail.code));
    const { history } = await recommender.stats();
    await recommender.close();
    await say("/found", { version, known: history.events, kept: (await look(nameOf(number - 1))).kept, codes });
  }
  if (isLast) return;
  const request = indexedDB.open(nameOf(number), 1);
  request.onupgradeneeded = () => void request.result.createObjectStore("batches", { autoIncrement: true }).createIndex("user", "user");
  const former = await done(request);
  const transaction = former.transaction("batches", "readwrite", { durability: "strict" });
  for (let sequence = 1; sequence <= events; sequence += 1) {
    const line = `${JSON.stringify({ item: "1", type: "watch", time: sequence, origin: "former", sequence })}\n`;
    transaction.objectStore("batches").add({ user: "", lines: new TextEncoder().encode(line) });
  }
  await new Promise((resolve) => (transaction.oncomplete = resolve));
  former.close();
  await say("/begins", {});
  await open(nameOf(number));
}

run().catch((error) => say("/failed", String(error?.stack ?? error)));
