// The tools' own programs: run to their end, or as servers that are ended with all that they have started.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { Problem } from "../../scripts/workspace.mjs";

/** How long a tool may take, in milliseconds, on a machine that is busy with other things. */
const LIMIT = 600_000;

/** Nobody is asked, and nobody told. */
const QUIET = { CI: "1", NO_COLOR: "1", NEXT_TELEMETRY_DISABLED: "1", NG_CLI_ANALYTICS: "false", DO_NOT_TRACK: "1", BROWSER: "none", NODE_OPTIONS: "", NODE_TEST_CONTEXT: undefined };

/** @param {string} folder @param {string[]} command @param {Record<string, string>} [env] */
function start(folder, [program = "", ...args], env) {
  // A group of its own, so that all of it can be ended.
  const child = spawn(program, args, { cwd: folder, env: { ...process.env, ...QUIET, ...env }, stdio: ["ignore", "pipe", "pipe"], detached: true });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (chunk) => (text += chunk));
  const ended = once(child, "close");
  ended.catch(() => undefined);
  return {
    ended,
    text: () => text,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    async end() {
      try {
        if (child.pid) process.kill(-child.pid, "SIGKILL");
      } catch {
        // All of it has ended.
      }
      await ended.catch(() => undefined);
    },
  };
}

/**
 * Runs a program that has to succeed, and gives its output.
 * @param {string} folder
 * @param {string[]} command
 * @param {Record<string, string>} [env]
 */
export async function run(folder, command, env) {
  const child = start(folder, command, env);
  const timer = setTimeout(child.end, LIMIT);
  try {
    const [code] = await child.ended;
    if (code !== 0) throw new Problem(`${command.join(" ")} ended with ${code}:\n${child.text().slice(-4000)}`);
    return child.text();
  } finally {
    clearTimeout(timer);
    await child.end();
  }
}

/**
 * Runs a server while `use` needs it.
 * @param {string} folder
 * @param {(port: string) => string[]} command
 * @param {Record<string, string>} env
 * @param {(origin: string) => Promise<void>} use
 */
export async function served(folder, command, env, use) {
  const port = String(await freePort());
  const server = start(folder, command(port), { ...env, PORT: port });
  const origin = `http://localhost:${port}`;
  try {
    const limit = Date.now() + LIMIT;
    while (!(await answers(origin))) {
      if (server.hasEnded() || Date.now() > limit) throw new Problem(`${command(port).join(" ")} does not answer:\n${server.text().slice(-4000)}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await use(origin);
  } catch (error) {
    throw new Problem(`${error instanceof Error ? error.message : error}\nThe server said:\n${server.text().slice(-2000)}`, { cause: error });
  } finally {
    await server.end();
  }
}

/** @param {string} origin */
async function answers(origin) {
  try {
    await (await fetch(origin)).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

/** A port that was free a moment ago. */
async function freePort() {
  const server = createServer().listen(0);
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}
