// @ts-nocheck: arithmetic on typed arrays, whose every place would have to be looked at.
// How long training takes, and how much memory, with as many interactions as are asked for. The interactions are made up: viewers
// have a few of many groups of items as their taste, items of a group are as popular as Zipf says, and what comes next is near what came.
//
//   npm run bench:big                            20 million interactions of 100,000 items by 200,000 viewers
//   npm run bench:big -- 2000000 20000 20000     interactions, items, viewers
//   npm run bench:big -- 20000000 1000000 1000000

import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { must, script, targetDir } from "../../scripts/workspace.mjs";

const GROUP = 200;
const SEED = 42;

/** Numbers from 0 to 1, the same in every run (Lehmer). */
function randomNumbers(seed) {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

function generate(path, interactions, items, viewers) {
  const random = randomNumbers(SEED);
  const groups = Math.max(1, Math.floor(items / GROUP));
  const zipf = (count) => Math.min(count - 1, Math.floor(Math.exp(random() * Math.log(count + 1))) - 1);
  // Lengths from a fifth of the mean on, as an exponential distribution says; together exactly as many as are asked for.
  const shares = Float64Array.from({ length: viewers }, () => 0.2 - 0.8 * Math.log(1 - random()));
  const scale = interactions / shares.reduce((sum, share) => sum + share, 0);
  const file = openSync(`${path}.part`, "w");
  writeSync(file, "user,item,timestamp\n");
  let due = 0;
  let written = 0;
  // By item: the last viewer who has it.
  const taken = new Int32Array(groups * GROUP).fill(-1);
  for (let viewer = 0; viewer < viewers; viewer++) {
    due += shares[viewer] * scale;
    const length = Math.min(viewer + 1 < viewers ? Math.round(due) - written : interactions - written, taken.length);
    written += length;
    const taste = Array.from({ length: 1 + Math.floor(random() * 5) }, () => Math.floor(random() * random() * groups));
    let lines = "";
    let last = zipf(GROUP);
    for (let place = 0; place < length; place++) {
      const near = random() < 0.3;
      last = near ? (last + 1) % GROUP : zipf(GROUP);
      let group = random() < 0.1 ? zipf(groups) : taste[Math.floor(random() * taste.length)];
      // Nobody has an item twice: who has this one gets any of their taste, which widens where there is hardly one left.
      for (let tries = 1; taken[group * GROUP + last] === viewer; tries++) {
        if (tries % 5 === 0) taste.push(Math.floor(random() * groups));
        group = taste[Math.floor(random() * taste.length)];
        last = Math.floor(random() * GROUP);
      }
      taken[group * GROUP + last] = viewer;
      lines += `u${viewer},${group * GROUP + last},${1.6e9 + 3600 * place}\n`;
    }
    writeSync(file, lines);
  }
  closeSync(file);
  renameSync(`${path}.part`, path);
}

/** The peak memory of a process in MiB; 0 where the system does not say. */
function peakMemory(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

await script(async () => {
  const [interactions, items, viewers] = [20_000_000, 100_000, 200_000].map((usual, place) => Number(process.argv[2 + place] ?? usual));
  await must("cargo", ["build", "--release", "--bin", "watchnext"]);
  const folder = join(targetDir, "big");
  mkdirSync(folder, { recursive: true });
  const csv = join(folder, `${interactions}-${items}-${viewers}.csv`);
  console.log(`${interactions} interactions of up to ${items} items by ${viewers} viewers, seed ${SEED}`);
  if (!existsSync(csv)) generate(csv, interactions, items, viewers);
  const model = join(folder, "model.wnm");
  const start = performance.now();
  const arguments_ = ["train", "--interactions", csv, "--preset", "base", "--out", model];
  const child = spawn(join(targetDir, "release", "watchnext"), arguments_, { stdio: "inherit" });
  let peak = 0;
  const watch = setInterval(() => (peak = Math.max(peak, peakMemory(child.pid))), 200);
  const status = await new Promise((resolve) => child.on("exit", resolve));
  clearInterval(watch);
  if (status !== 0) throw new Error(`training ended with ${status}`);
  console.log(`${((performance.now() - start) / 1000).toFixed(0)} s, peak ${peak.toFixed(0)} MiB`);
});
