// The last item of everybody left out: what published tables of sequence models have. Called by run.mjs.

import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** Prints a table of base and large, learnt from all but the last two items of each viewer, on the last. */
export function leaveLastOne(/** @type {string} */ binary, /** @type {string} */ interactions, /** @type {string} */ folder) {
  const run = (/** @type {string[]} */ ...args) => execFileSync(binary, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  run("split", "--interactions", interactions, "--protocol", "leave-last-one", "--out", folder);
  const file = (/** @type {string} */ name) => join(folder, name);
  const names = ["hr@10", "hr@50", "hr@200", "ndcg@10", "ndcg@50"];
  console.log(`\n${interactions}: the last item of each history is to be found\n`);
  console.log(`| | ${names.join(" | ")} | bytes an item |\n|---|${"---|".repeat(names.length + 1)}`);
  for (const preset of ["base", "large"]) {
    run("train", "--interactions", file("train.csv"), "--preset", preset, "--out", file("model.wnm"));
    const files = ["--foldin", file("foldin.csv"), "--target", file("target.csv")];
    const found = JSON.parse(run("evaluate", "--model", file("model.wnm"), ...files, "--json"));
    const figures = names.map((name) => `${found[name].toFixed(3)} ± ${found.standard_errors[name].toFixed(3)}`);
    console.log(`| watchnext ${preset} | ${figures.join(" | ")} | ${found.bytes_per_item.toFixed(0)} |`);
  }
}
