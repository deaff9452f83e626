// How much memory a browser has: all processes that this one has started, and those have.

import { readFile, readdir } from "node:fs/promises";

/** Linux alone says what a process has for itself. */
export const canMeasureMemory = process.platform === "linux";

/** The proportional set size of all of them, in megabytes. */
export async function memoryOfChildren() {
  const processes = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  /** @type {Map<string, string>} */
  const parents = new Map();
  for (const id of processes) {
    const status = await readFile(`/proc/${id}/stat`, "latin1").catch(() => "");
    parents.set(id, status.slice(status.lastIndexOf(")") + 2).split(" ")[1] ?? "");
  }
  let sum = 0;
  for (const id of processes) {
    let above = parents.get(id);
    while (above !== undefined && above !== String(process.pid)) above = parents.get(above);
    if (above === undefined) continue;
    const rollup = await readFile(`/proc/${id}/smaps_rollup`, "latin1").catch(() => "");
    sum += Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0) / 1024;
  }
  return sum;
}
