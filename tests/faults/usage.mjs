// What the machine does for this process and all below it, that is for the browser, from /proc (Linux).

import { readFile, readdir } from "node:fs/promises";

/** Linux counts a process's time in hundredths of a second, and its memory in pages. */
const TICKS = 100;
const PAGE = 4096;

/** @returns {Promise<{ cpu: number, memory: number, threads: number }>} seconds so far, and bytes; this process itself is not counted */
export async function usage() {
  /** @type {Map<number, { parent: number, cpu: number, memory: number, threads: number }>} */
  const processes = new Map();
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, "utf8").catch(() => "");
    // The second field is a name in brackets, which may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ").map(Number);
    const cpu = ((fields[11] ?? 0) + (fields[12] ?? 0)) / TICKS;
    if (stat) processes.set(Number(name), { parent: fields[1] ?? 0, cpu, memory: (fields[21] ?? 0) * PAGE, threads: fields[17] ?? 0 });
  }
  const total = { cpu: 0, memory: 0, threads: 0 };
  for (const [id, { cpu, memory, threads }] of processes) {
    let above = processes.get(id)?.parent;
    while (above && above !== process.pid) above = processes.get(above)?.parent;
    if (above !== process.pid) continue;
    total.cpu += cpu;
    total.memory += memory;
    total.threads += threads;
  }
  return total;
}

/**
 * The CPU seconds of the next so many seconds.
 * @param {number} seconds
 */
export async function cpuOfTheNext(seconds) {
  const { cpu } = await usage();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  return Number(((await usage()).cpu - cpu).toFixed(2));
}
