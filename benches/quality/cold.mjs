// Items that nobody has had in training: how many of those that held-out viewers have are found among them. Called by run.mjs.

import { execFileSync } from "node:child_process";
import { join } from "node:path";

/**
 * Prints a table of base on an item in ten that was left out of training, ranked among themselves.
 *
 * @param {string} binary
 * @param {string} interactions
 * @param {string} catalog
 * @param {string} folder
 */
export function coldItems(binary, interactions, catalog, folder) {
  const run = (/** @type {string[]} */ ...args) => execFileSync(binary, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  const file = (/** @type {string} */ name) => join(folder, name);
  run("split", "--interactions", interactions, "--protocol", "cold-items", "--out", folder);
  run("train", "--interactions", file("train.csv"), "--catalog", catalog, "--out", file("model.wnm"));
  console.log(`\n${interactions}: one item in ten is nobody's in training\n\n| | recall@20 | ndcg@10 |\n|---|---|---|`);
  const files = ["--catalog", catalog, "--foldin", file("foldin.csv"), "--target", file("target.csv"), "--unseen", "--json"];
  for (const [name, ...more] of [["popularity", "--scorers", "popularity"], ["genres", "--scorers", "genre"], ["watchnext base"]]) {
    const found = JSON.parse(run("evaluate", "--model", file("model.wnm"), ...files, ...more));
    const figure = (/** @type {string} */ metric) => `${found[metric].toFixed(3)} ± ${found.standard_errors[metric].toFixed(3)}`;
    console.log(`| ${name} | ${figure("recall@20")} | ${figure("ndcg@10")} |`);
  }
}
