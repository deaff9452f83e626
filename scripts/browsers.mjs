// The three browsers the project is tested in: how each is found, installed and driven (WebDriver).

import { spawn } from "node:child_process";
import { once } from "node:events";
import { Problem, env, find } from "./workspace.mjs";

/**
 * @typedef {object} Browser
 * @property {Record<string, string[]>} packages by Debian package: the names its program may go by
 * @property {string} driver the WebDriver server
 * @property {boolean} display whether it needs an X display
 * @property {"chrome" | "firefox" | "safari"} wasmPack what wasm-pack calls it
 * @property {() => Record<string, unknown>} capabilities what a WebDriver session asks for
 */

/** @type {Record<string, Browser>} */
export const browsers = {
  chromium: {
    packages: { chromium: ["chromium", "chromium-browser", "google-chrome"], "chromium-driver": ["chromedriver"] },
    driver: "chromedriver",
    display: false,
    wasmPack: "chrome",
    capabilities: () => ({
      browserName: "chrome",
      "goog:chromeOptions": {
        binary: find("chromium", "chromium-browser", "google-chrome"),
        // Without --no-sandbox Chromium does not start as root, as in a container; only our own pages are opened.
        args: ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1280,1000"],
      },
      "goog:loggingPrefs": { browser: "ALL" },
    }),
  },
  firefox: {
    packages: { "firefox-esr": ["firefox-esr", "firefox"] },
    driver: "geckodriver",
    display: false,
    wasmPack: "firefox",
    capabilities: () => ({
      browserName: "firefox",
      "moz:firefoxOptions": { binary: find("firefox-esr", "firefox"), args: ["-headless", "--width=1280", "--height=1000"] },
    }),
  },
  webkit: {
    packages: { "webkit2gtk-driver": ["WebKitWebDriver"], xvfb: ["Xvfb"] },
    driver: "WebKitWebDriver",
    display: true,
    wasmPack: "safari",
    // The driver knows its MiniBrowser.
    capabilities: () => ({ browserName: "MiniBrowser" }),
  },
};

/** What the browsers' processes get on top: as root there is no sandbox to be had; only our own pages are opened. */
export const browserEnv = { WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1" };

/** The Debian packages whose programs are not on PATH. */
export function missingBrowserPackages() {
  return Object.values(browsers).flatMap(({ packages }) =>
    Object.entries(packages).flatMap(([name, programs]) => (find(...programs) ? [] : [name])),
  );
}

/**
 * Starts a virtual X display; the server itself chooses a free number.
 * @returns {Promise<{ display: string, close: () => Promise<void> }>}
 */
export async function startDisplay() {
  const server = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", "1280x1000x24", "-nolisten", "tcp"], {
    env,
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  const ended = once(server, "exit");
  const number = /** @type {import("node:stream").Readable} */ (server.stdio[3]).setEncoding("utf8");
  const [line] = await Promise.race([
    once(number, "data"),
    ended.then(([code]) => {
      throw new Problem(`Xvfb ended with ${code} before it had a display`);
    }),
  ]);
  return {
    display: `:${line.trim()}`,
    async close() {
      server.kill();
      await ended;
    },
  };
}
