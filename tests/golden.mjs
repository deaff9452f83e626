// What tests of the package share: the golden cases, and the command line's word on them.

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { root, targetDir } from "../scripts/workspace.mjs";

/** @typedef {{ name: string, model: boolean, events: any[], options: object }} Case */
/** @typedef {{ id: string, score: number, item: any, explanation?: object }[]} List */

export const golden = join(root, "tests", "golden");

/** @returns {Promise<Case[]>} */
export async function goldenCases() {
  return JSON.parse(await readFile(join(golden, "cases.json"), "utf8"));
}

/**
 * The list that `watchnext recommend` prints for a history.
 * @param {{ catalog: string, model?: string, events: object[], limit?: number, seed?: number }} question
 * @returns {Promise<List>}
 */
export async function listOfCommandLine({ catalog, model, events, limit = 20, seed }) {
  const folder = await mkdtemp(join(tmpdir(), "watchnext-"));
  try {
    const history = join(folder, "history.json");
    await writeFile(history, JSON.stringify(events));
    const args = ["recommend", "--catalog", catalog, ...(model ? ["--model", model] : []), "--history", history];
    args.push("--limit", String(limit), ...(seed === undefined ? [] : ["--seed", String(seed)]), "--explain", "--json");
    const { stdout } = await promisify(execFile)(join(targetDir, "release", "watchnext"), args, { maxBuffer: 1 << 26 });
    return JSON.parse(stdout);
  } finally {
    await rm(folder, { recursive: true });
  }
}
