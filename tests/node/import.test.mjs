// What other services give a viewer of their history: each format, what matches what, and that a file counts once.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { root } from "../../scripts/workspace.mjs";
import { csvRows, readFile } from "../../pkg/readers.js";

/** @type {typeof import("../../dist/node.js")} */
const { createRecommender, WatchnextError } = await import(pathToFileURL(join(root, "dist", "node.js")).href);

const catalog = [
  { id: 1, title: "Matrix, The", year: 1999, imdbId: "0133093", tmdbId: "603" },
  { id: 2, title: "Amélie", year: 2001, ids: { imdb: "tt0211915" } },
  { id: 3, title: "Dark", year: 2017 },
  { id: 4, title: "Heat", year: 1995 },
  { id: 5, title: "Heat", year: 1986 },
];
const day = (/** @type {number} */ time) => new Date(time).toISOString().slice(0, 10);

/** What a file becomes: the report, and the history, the newest first. @param {string} file @param {import("../../js/types.js").ImportOptions} [options] */
async function imported(file, options) {
  const recommender = await createRecommender({ catalog });
  const report = await recommender.importHistory(file, options);
  const events = (await recommender.history()).map(({ id, type, time, rating }) => [id, type, day(time), ...(rating === undefined ? [] : [rating])]);
  assert.equal((await recommender.importHistory(file, options)).recorded, 0, "once more changes nothing");
  await recommender.close();
  return { ...report, events };
}

test("Letterboxd: ratings, watched, diary", async () => {
  const ratings = await imported('\uFEFFDate,Name,Year,Letterboxd URI,Rating\r\n2024-05-02,The Matrix,1999,https://boxd.it/1,4.5\r\n2024-05-01,"Nobody, ""Knows""",2000,https://boxd.it/2,3\r\n');
  assert.deepEqual(ratings.events, [["1", "rate", "2024-05-02", 4.5]]);
  assert.deepEqual([ratings.format, ratings.unmatched, ratings.unsure, ratings.unread], ["letterboxd", [{ title: 'Nobody, "Knows"', year: 2000 }], [], 0]);
  const watched = await imported("Date,Name,Year,Letterboxd URI\n2024-05-02,Heat,1995,x\n2024-05-02,Heat,1986,y\n2024-05-01,Amélie,2002,z\nsoon,Dark,2017,w\n");
  assert.deepEqual(watched.events, [["4", "watch", "2024-05-02"], ["5", "watch", "2024-05-02"], ["2", "watch", "2024-05-01"]]);
  assert.deepEqual([watched.unsure, watched.unread], [[{ title: "Amélie", year: 2002, id: "2", confidence: 0.8 }], 1]);
  const diary = await imported("Date,Name,Year,Letterboxd URI,Rating,Rewatch,Tags,Watched Date\n2024-06-01,Heat,1995,x,5,Yes,\"a, b\",2024-05-31\n2024-06-01,Dark,2017,x,,,,2024-05-30\n");
  assert.deepEqual(diary.events.map(([id, type, date]) => `${id} ${type} ${date}`).sort(), ["3 watch 2024-05-30", "4 rate 2024-05-31", "4 watch 2024-05-31"]);
});

test("a file that has grown adds what is new, also of the same day", async () => {
  const recommender = await createRecommender({ catalog });
  const file = (/** @type {string[]} */ ...rows) => `Date,Name,Year,Letterboxd URI\n${rows.join("\n")}\n`;
  const former = ["2024-05-02,Heat,1995,x", "2024-05-02,Dark,2017,w", "2024-05-01,Heat,1995,x"];
  assert.equal((await recommender.importHistory(file(...former))).recorded, 3);
  assert.equal((await recommender.importHistory(file("2024-05-02,Amélie,2001,z", ...former))).recorded, 1);
  assert.equal((await recommender.importHistory(file("2024-05-02,Amélie,2001,z", "2024-05-02,Heat,1995,x", ...former))).recorded, 1, "twice on one day is twice");
  await recommender.close();
});

test("IMDb: by id, and stars of ten", async () => {
  const { events, format } = await imported("Const,Your Rating,Date Rated,Title,Original Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres\ntt0133093,8,2023-01-09,Whatever,Whatever,u,Movie,8.7,136,1888,Action\ntt0211915,1,2023-01-08,Le fabuleux destin,x,u,Movie,8,122,2001,Comedy\n");
  assert.deepEqual([format, events], ["imdb", [["1", "rate", "2023-01-09", 4], ["2", "rate", "2023-01-08", 0.5]]]);
});

test("Netflix: an episode is its series, and both orders of day and month", async () => {
  const { events, unmatched, unsure } = await imported('Title,Date\n"Dark: Season 1: Secrets","2/13/24"\n"Dark: Season 1: Lies","2/12/24"\n"Amélie","2/11/24"\n"Heat","2/10/24"\n');
  assert.deepEqual(events, [["3", "watch", "2024-02-13"], ["3", "watch", "2024-02-12"], ["2", "watch", "2024-02-11"]]);
  assert.deepEqual([unmatched, unsure.map(({ id, confidence }) => [id, confidence])], [[{ title: "Heat" }], [["3", 0.7], ["3", 0.7], ["2", 0.7]]]);
  assert.deepEqual((await imported('Title,Date\nDark,31.12.2023\nAmélie,1.2.2024\n')).events, [["2", "watch", "2024-02-01"], ["3", "watch", "2023-12-31"]]);
  assert.deepEqual((await imported("Title,Date\nDark,2/13/24\n", { least: 0.9 })).unmatched, [{ title: "Dark" }]);
});

test("Trakt: history and ratings; and any table whose columns are named", async () => {
  const trakt = await imported(JSON.stringify([
    { id: 1, watched_at: "2024-03-01T20:15:00.000Z", action: "watch", type: "movie", movie: { title: "M", year: 1, ids: { trakt: 5, imdb: "tt0133093", tmdb: 603 } } },
    { id: 2, watched_at: "2024-02-01T20:15:00.000Z", type: "episode", episode: { title: "Secrets" }, show: { title: "Dark", year: 2017, ids: {} } },
    { rated_at: "2024-01-01T20:15:00.000Z", rating: 9, movie: { title: "Heat", year: 1995 } },
  ]));
  assert.deepEqual([trakt.format, trakt.events], ["trakt", [["1", "watch", "2024-03-01"], ["3", "watch", "2024-02-01"], ["4", "rate", "2024-01-01", 4.5]]]);
  const columns = { title: "Film", year: "Jahr", date: "Am", rating: "Note", best: 100 };
  assert.deepEqual((await imported("Film,Jahr,Am,Note\nHeat,1986,2024-01-01,80\nHeat,1986,2024-01-02,\nHeat,1986,2024-01-03,many\n", { columns })).events, [["5", "watch", "2024-01-02"], ["5", "rate", "2024-01-01", 4]]);
  assert.deepEqual((await imported(JSON.stringify({ rows: [{ Film: "Dark", Am: "2024-01-01" }] }), { columns })).events, [["3", "watch", "2024-01-01"]]);
});

test("what is no such file is refused with what was found", async () => {
  const recommender = await createRecommender({ catalog });
  for (const [file, part] of /** @type {[any, string][]} */ ([["", "none"], ["a,b\n1,2\n", "a, b"], ["{]", "JSON"], ["[]", "none"], [7, "text"], [null, "text"], ['{"format":"watchnext-history","version":2,"events":[]}', "version 2"]])) {
    await assert.rejects(recommender.importHistory(file), (error) => error instanceof WatchnextError && error.code === "OPTION" && error.message.startsWith("option file: ") && error.message.includes(part), String(file));
  }
  await recommender.close();
});

test("whatever a file has in it, reading it ends", () => {
  const seed = Number(process.env.SEED ?? Date.now());
  let state = seed >>> 0;
  const below = (/** @type {number} */ most) => Math.floor(((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32) * most);
  const parts = ['"', '""', ",", "\n", "\r\n", "\r", "a", "é", "1/2/24", "Title", "Date", "Name", " ", "\uFEFF", "\u2028", "{", "}", "[", ":", "5"];
  for (let turn = 0; turn < 3000; turn += 1) {
    const text = Array.from({ length: below(30) }, () => parts[below(parts.length)]).join("");
    const file = below(2) ? text : `Title,Date\n${text}`;
    try {
      const { rows } = readFile(file, below(2) ? { title: "Title", date: "Date", rating: "a" } : undefined, (reason) => Object.assign(new Error(reason), { expected: true }));
      for (const { event } of rows) assert.ok(Number.isFinite(event.time), `seed ${seed}: ${JSON.stringify(file)}`);
    } catch (error) {
      assert.ok(/** @type {any} */ (error).expected, `seed ${seed}: ${JSON.stringify(file)}: ${error}`);
    }
    // What is written as CSV has it is read as it was.
    const cells = Array.from({ length: 1 + below(4) }, () => Array.from({ length: 2 }, () => Array.from({ length: 1 + below(5) }, () => ["x", ",", '"', "\n", "é"][below(5)]).join("")));
    const csv = ["p,q", ...cells.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(","))].join("\n");
    assert.deepEqual(csvRows(csv).map(({ p, q }) => [p, q]), cells, `seed ${seed}: ${JSON.stringify(csv)}`);
  }
});
