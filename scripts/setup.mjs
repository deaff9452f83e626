// Gets what the project needs onto the machine, and installs only what is missing.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { missingBrowserPackages } from "./browsers.mjs";
import { step } from "./up-to-date.mjs";
import { Problem, find, must, root, run, toolsDir, windows } from "./workspace.mjs";

/** Tools that come from crates.io; wasm-bindgen-cli's version has to be that of the crate, so Cargo.lock says it. */
const WASM_PACK = "0.15.1";
const GECKODRIVER = "0.37.1";
const CARGO_FUZZ = "0.13.2";
const CARGO_DENY = "0.20.2";
const CARGO_MUTANTS = "27.1.0";

export const WASI_TARGET = "wasm32-wasip1";

/** What a build needs. */
export async function setupBuild() {
  requireNode();
  // Rust's compiler links with the system's; on Windows rustup has asked for Visual Studio's.
  await installPackages(windows || find("cc", "gcc", "clang") ? [] : ["gcc", "libc6-dev"]);
  await requireRust();
  // Not optimised, it takes a second for the core and a third of the time to install.
  await cargoInstall("wasm-bindgen", "wasm-bindgen-cli", await lockedVersion("wasm-bindgen"), { flags: ["--debug"] });
  await installNpmPackages();
}

/** What the tests need on top: a 32-bit target that Node can run, browsers and their drivers. */
export async function setupTests() {
  await requireRust([WASI_TARGET]);
  await cargoInstall("wasm-pack", "wasm-pack", WASM_PACK);
  await cargoInstall("geckodriver", "geckodriver", GECKODRIVER);
  await installPackages(missingBrowserPackages());
}

/** What looking through the dependencies needs. */
export async function setupAudit() {
  await requireRust();
  await cargoInstall("cargo-deny", "cargo-deny", CARGO_DENY);
}

/** What fuzzing needs; libFuzzer is written in C++. */
export async function setupFuzz() {
  await installPackages(find("c++", "g++", "clang++") ? [] : ["g++"]);
  await requireRust();
  await cargoInstall("cargo-fuzz", "cargo-fuzz", CARGO_FUZZ);
}

/** What `npm run mutants` needs. */
export async function setupMutants() {
  await requireRust();
  await cargoInstall("cargo-mutants", "cargo-mutants", CARGO_MUTANTS, { before: ["mutants"] });
}

function requireNode() {
  if (Number(process.versions.node.split(".")[0]) < 20) {
    throw new Problem(`Node.js 20 or later is needed; this is ${process.version}. https://nodejs.org/ has it.`);
  }
}

/**
 * The toolchain that rust-toolchain.toml names, with its components and targets.
 * @param {string[]} [more] further targets
 */
export async function requireRust(more = []) {
  const pinned = await readFile(join(root, "rust-toolchain.toml"), "utf8");
  const values = (/** @type {string} */ key) =>
    pinned.match(new RegExp(`^${key} = \\[(.*)\\]`, "m"))?.[1]?.match(/[\w-]+/g) ?? [];
  const channel = pinned.match(/^channel = "([^"]+)"/m)?.[1] ?? "stable";
  const components = values("components");
  const targets = [...values("targets"), ...more];

  if (!find("rustup")) {
    throw new Problem(
      `rustup is needed: it gets Rust ${channel} and the WebAssembly target. https://rustup.rs/ says how to install it;\n` +
        "if it is installed, its directory (usually ~/.cargo/bin) is missing from PATH.",
    );
  }
  const list = await run("rustup", ["component", "list", "--installed", "--toolchain", channel], { output: "keep" });
  const installed = list.text.split("\n");
  const lacks = (/** @type {string} */ name) => !installed.some((line) => line === name || line.startsWith(`${name}-`));
  if (list.ok) {
    // Only what is missing is added: other work on this machine may be using the toolchain.
    for (const component of components.filter(lacks)) await rustup("component", "add", "--toolchain", channel, component);
    for (const target of targets.filter((name) => lacks(`rust-std-${name}`))) {
      await rustup("target", "add", "--toolchain", channel, target);
    }
  } else {
    await rustup(
      ...["toolchain", "install", channel, "--profile", "minimal", "--no-self-update"],
      ...components.flatMap((component) => ["--component", component]),
      ...targets.flatMap((target) => ["--target", target]),
    );
  }
}

/** @param {string[]} args */
async function rustup(...args) {
  console.log(`rustup ${args.join(" ")}`);
  if ((await run("rustup", args)).ok) return;
  throw new Problem(`rustup could not install what the build needs. Once it reaches its server, this does:\n\n  rustup ${args.join(" ")}`);
}

/**
 * The version of a crate in Cargo.lock.
 * @param {string} crate
 */
async function lockedVersion(crate) {
  const lock = await readFile(join(root, "Cargo.lock"), "utf8");
  const version = lock.match(new RegExp(`name = "${crate}"\\nversion = "([^"]+)"`))?.[1];
  if (!version) throw new Problem(`Cargo.lock has no ${crate}`);
  return version;
}

/**
 * Installs a program from crates.io into the tools directory, unless it is there in this version.
 * @param {string} program
 * @param {string} crate
 * @param {string} version
 * @param {object} [options]
 * @param {string[]} [options.before] what it wants before `--version`
 * @param {string[]} [options.flags] how it is compiled
 */
async function cargoInstall(program, crate, version, { before = [], flags = [] } = {}) {
  const path = join(toolsDir, "bin", program);
  const present = await run(path, [...before, "--version"], { output: "keep" }).catch(() => undefined);
  if (present?.ok && present.text.split(/\s+/).includes(version)) return;
  console.log(`Installing ${crate} ${version} into ${toolsDir} (takes some minutes, once)`);
  await must("cargo", ["install", crate, "--version", `=${version}`, "--locked", "--force", ...flags, "--root", toolsDir], { env: { CARGO_PROFILE_DEV_DEBUG: "0" } });
}

async function installNpmPackages() {
  const files = { inputs: [join(root, "package-lock.json")], outputs: [join(root, "node_modules", ".package-lock.json")] };
  await step("npm", { recipe: "npm ci", ...files, stamps: join(root, "node_modules", ".watchnext") }, () =>
    must("npm", ["ci", "--no-audit", "--no-fund"]),
  );
}

/**
 * Installs Debian packages where that is possible, and else says which are needed.
 * @param {string[]} packages
 */
async function installPackages(packages) {
  if (packages.length === 0) return;
  const install = ["apt-get", "install", "-y", "--no-install-recommends", ...packages];
  if (process.getuid?.() !== 0 || !find("apt-get")) {
    throw new Problem(`Needed, and not installed: ${packages.join(", ")}. On Debian:\n\n  sudo ${install.join(" ")}`);
  }
  console.log(`Installing ${packages.join(", ")}`);
  await must("apt-get", ["update"]);
  await must("env", ["DEBIAN_FRONTEND=noninteractive", ...install]);
}
