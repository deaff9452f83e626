// www/data/, the demo's catalog and model, made anew from the MovieLens files: `npm run demo-data`. They are kept in the repository, so that
// the demo needs no native build; a suite of `npm test` checks that they are what is made of the same files today.

import { copyFile, mkdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { requireRust } from "./setup.mjs";
import { Problem, must, root, script, targetDir } from "./workspace.mjs";

const kept = join(root, "www", "data");
const CATALOG = "catalog.json";
const MODEL = "model.wnm";
/** The terms of MovieLens' data have to travel with it. */
const TERMS = "README.txt";

// What comes next in a small log of a site's own order is noise (docs/training.md); fading with what came later is not.
const SHAPE = ["--preset", "base", "--l2", "60", "--min-support", "3", "--order", "none", "--half-life-events", "15"];

/** So many viewers, who like so many titles in a row of the most watched, compare two models. */
const VIEWERS = 100;
const LIKES = 5;
const LIST = 20;
/** Processors round differently in a dot product, and so may swap what is nearly equal. */
const LEAST_SHARED = 0.99;

/** @param {string} folder */
async function makeDemoData(folder) {
  const source = (/** @type {string} */ name) => join(root, "data", "ml-latest-small", name);
  const watchnext = (/** @type {string[]} */ ...args) => must("cargo", ["run", "--quiet", "--release", "--bin", "watchnext", "--", ...args]);
  const [catalog, ratings] = [join(folder, CATALOG), source("ratings.csv.gz")];
  await mkdir(folder, { recursive: true });
  await watchnext("catalog", source("movies.csv"), "--ratings", ratings, "--tags", source("tags.csv.gz"), "--links", source("links.csv"), "--out", catalog);
  await watchnext("train", "--interactions", ratings, "--catalog", catalog, ...SHAPE, "--out", join(folder, MODEL));
  await copyFile(source(TERMS), join(folder, TERMS));
}

/** Whether what is kept is what is made today: the same bytes, but for the model, which has to give the same lists. */
export async function checkDemoData() {
  const made = join(targetDir, "demo-data");
  await makeDemoData(made);
  for (const name of [CATALOG, TERMS]) {
    const [ours, theirs] = await Promise.all([made, kept].map((folder) => readFile(join(folder, name))));
    if (!theirs || !ours?.equals(theirs)) throw new Problem(`www/data/${name} is not what is made of data/ml-latest-small: run npm run demo-data`);
  }
  const [ours, theirs] = [await lists(made), await lists(kept)];
  const shared = ours.map((list, viewer) => list.filter((id) => theirs[viewer]?.includes(id)).length / LIST);
  const mean = shared.reduce((sum, share) => sum + share, 0) / shared.length;
  if (mean < LEAST_SHARED) throw new Problem(`of the lists of www/data/${MODEL} ${(100 * mean).toFixed(1)} % are those of the model that is made today: run npm run demo-data`);
}

/**
 * What those viewers are recommended.
 * @param {string} folder
 */
async function lists(folder) {
  /** @type {typeof import("../dist/node.js")} */
  const { createRecommender } = await import(pathToFileURL(join(root, "dist", "node.js")).href);
  /** @type {{ items: { id: string, popularity?: number }[] }} */
  const { items } = JSON.parse(await readFile(join(folder, CATALOG), "utf8"));
  const popular = [...items].sort((a, b) => (b.popularity ?? 0) - (a.popularity ?? 0));
  /** @type {string[][]} */
  const lists = [];
  for (let viewer = 0; viewer < VIEWERS; viewer++) {
    const recommender = await createRecommender({ catalog: join(folder, CATALOG), model: join(folder, MODEL) });
    await recommender.record(popular.slice(viewer, viewer + LIKES).map(({ id }) => ({ item: id, type: /** @type {const} */ ("like") })));
    lists.push((await recommender.recommend({ limit: LIST })).items.map(({ id }) => id));
    await recommender.close();
  }
  return lists;
}

if (process.argv[1] === import.meta.filename) {
  await script(async () => {
    await requireRust();
    await makeDemoData(kept);
    for (const name of [CATALOG, MODEL]) console.log(`www/data/${name}: ${(await stat(join(kept, name))).size} bytes`);
  });
}
