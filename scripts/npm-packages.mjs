// Packages from npm that the project itself does not depend on: tools that want a TypeScript of their own, and whatever the package is tried in.
// They are installed beside the tools, in exact versions, and once.

import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Problem, env, find, toolsDir, windows } from "./workspace.mjs";
import { spawn } from "node:child_process";
import { once } from "node:events";

const cache = join(dirname(toolsDir), "packaging");

/**
 * A folder with these packages in its node_modules, and its package.json.
 * @param {string} name
 * @param {Record<string, string>} packages
 * @param {"module" | "commonjs"} [type] of the folder's own scripts
 * @returns {Promise<{ folder: string, manifest: string }>}
 */
export async function npmPackages(name, packages, type = "module") {
  const folder = join(cache, name);
  const manifest = JSON.stringify({ name: "app", version: "0.0.0", private: true, type, dependencies: packages }, null, 2);
  const stamp = join(folder, "node_modules", ".watchnext");
  const hash = createHash("sha256").update(manifest).digest("hex");
  if ((await readFile(stamp, "utf8").catch(() => "")) !== hash) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(join(folder, "node_modules"), { recursive: true });
    await writeFile(join(folder, "package.json"), manifest);
    if (Object.keys(packages).length > 0) await install(folder);
    await writeFile(stamp, hash);
  }
  return { folder, manifest };
}

/** @param {string} folder */
async function install(folder) {
  const child = spawn(find("npm") ?? "npm", ["install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel", "error"], { cwd: folder, env, shell: windows, stdio: ["ignore", "ignore", "inherit"] });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Problem(`npm could not install what ${join(folder, "package.json")} names`);
}
