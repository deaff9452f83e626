// What every script needs: where things are, and how another program is run.

import { spawn } from "node:child_process";
import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** There programs have endings, and those from npm are scripts that only a shell starts. */
export const windows = process.platform === "win32";
const ENDINGS = windows ? [".exe", ".cmd"] : [""];

/** Cargo's target directory. */
export const targetDir = process.env.CARGO_TARGET_DIR ?? join(root, "target");

/** Where the set-up installs tools of an exact version: beside the repository's clones, so that they share them. */
export const toolsDir =
  process.env.WATCHNEXT_TOOLS ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "watchnext", "tools");

/** The environment for child programs: our own tools are found before any others. */
export const env = {
  ...process.env,
  PATH: [join(toolsDir, "bin"), join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter),
};

/** Something the person at the keyboard has to put right; shown without a stack trace. */
export class Problem extends Error {}

/**
 * The path of a program, or undefined where it is not installed.
 * @param {string[]} names the names it may go by, the first found wins
 */
export function find(...names) {
  const files = names.flatMap((name) => ENDINGS.map((ending) => name + ending));
  for (const file of files) {
    for (const directory of env.PATH.split(delimiter)) {
      const path = join(directory, file);
      try {
        accessSync(path, constants.X_OK);
        if (statSync(path).isFile()) return path;
      } catch {
        // Not in this directory.
      }
    }
  }
  return undefined;
}

/**
 * Runs a program in the repository's root to its end. Its output goes where `output` says: `"show"` it as it comes,
 * `"tee"`: show and return it, `"keep"`: only return it.
 * @param {string} command
 * @param {string[]} args
 * @param {{ output?: "show" | "tee" | "keep", env?: Record<string, string | undefined> }} [options] `env` is added to ours
 * @returns {Promise<{ ok: boolean, text: string }>} `text` is stdout and stderr as they came
 */
export function run(command, args, { output = "show", env: extra = {} } = {}) {
  return new Promise((resolve, reject) => {
    const byShell = windows && find(command)?.endsWith(".cmd") === true;
    const child = spawn(command, byShell ? args.map((arg) => `"${arg}"`) : args, {
      shell: byShell,
      cwd: root,
      env: { ...env, ...extra },
      stdio: ["ignore", output === "show" ? "inherit" : "pipe", output === "show" ? "inherit" : "pipe"],
    });
    let text = "";
    for (const [from, to] of /** @type {const} */ ([
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ])) {
      from?.setEncoding("utf8").on("data", (chunk) => {
        text += chunk;
        if (output === "tee") to.write(chunk);
      });
    }
    child.on("error", (cause) => reject(new Problem(`${command} cannot be started: ${cause.message}`, { cause })));
    child.on("close", (code) => resolve({ ok: code === 0, text }));
  });
}

/**
 * Runs a program that has to succeed, showing its output.
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: Record<string, string> }} [options]
 */
export async function must(command, args, options) {
  const { ok } = await run(command, args, options);
  if (!ok) throw new Problem(`failed: ${[command, ...args].join(" ")}`);
}

/**
 * Runs a program that has to succeed, for its output.
 * @param {string} command
 * @param {string[]} args
 */
export async function capture(command, args) {
  const { ok, text } = await run(command, args, { output: "keep" });
  if (!ok) throw new Problem(`failed: ${[command, ...args].join(" ")}\n${text}`);
  return text.trim();
}

/** What a script says of itself: the comment that it begins with. @param {string} path */
function aboutScript(path) {
  const lines = readFileSync(path, "utf8").split("\n");
  return lines
    .slice(0, lines.findIndex((line) => !line.startsWith("//")))
    .map((line) => line.slice(3))
    .join("\n");
}

/**
 * Runs a script's main function: a `Problem` ends it with its message alone, an option that it does not know also with what it says of itself, which `--help` asks
 * for; anything else with the stack.
 * @param {() => Promise<void>} main
 */
export async function script(main) {
  const [, path = ""] = process.argv;
  if (process.argv.includes("--help")) return console.log(aboutScript(path));
  try {
    await main();
  } catch (error) {
    const isOption = error instanceof TypeError && String(/** @type {NodeJS.ErrnoException} */ (error).code).startsWith("ERR_PARSE_ARGS");
    console.error(isOption ? `\n${error.message}\n\n${aboutScript(path)}` : error instanceof Problem ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}
