// Steps that are skipped while nothing they depend on has changed.

import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { root, targetDir } from "./workspace.mjs";

/**
 * The files under the given files and directories, in a stable order; what does not exist is left out.
 * @param {string[]} paths
 * @returns {Promise<string[]>}
 */
export async function filesUnder(...paths) {
  const found = await Promise.all(
    paths.map(async (path) => {
      const status = await stat(path).catch(() => undefined);
      if (!status) return [];
      if (!status.isDirectory()) return [path];
      return filesUnder(...(await readdir(path)).sort().map((name) => join(path, name)));
    }),
  );
  return found.flat();
}

/**
 * @param {string} recipe
 * @param {string[]} files
 */
async function fingerprint(recipe, files) {
  const hash = createHash("sha256").update(recipe);
  for (const file of files) {
    const bytes = await readFile(file).catch(() => undefined);
    hash.update(`\0${relative(root, file)}\0${bytes?.length ?? "missing"}\0`).update(bytes ?? "");
  }
  return hash.digest("hex");
}

/**
 * Runs `make`, unless its last run had the same recipe and inputs and its outputs are still as it left them. Contents are
 * compared, not times: a fresh clone or a switch of branches changes times only.
 * @param {string} name
 * @param {object} step
 * @param {unknown} step.recipe how it is made: versions, arguments
 * @param {string[]} step.inputs files and directories
 * @param {string[]} step.outputs files and directories
 * @param {string} [step.stamps] where it is noted what was made
 * @param {() => Promise<void>} make
 * @returns {Promise<boolean>} whether it ran
 */
export async function step(name, { recipe, inputs, outputs, stamps = join(targetDir, "stamps") }, make) {
  const stamp = join(stamps, name);
  const state = async () => fingerprint(JSON.stringify(recipe), await filesUnder(...inputs, ...outputs));
  const last = await readFile(stamp, "utf8").catch(() => "");
  if (last !== "" && last === (await state())) return false;
  await make();
  await mkdir(dirname(stamp), { recursive: true });
  await writeFile(stamp, await state());
  return true;
}
