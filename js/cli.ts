// `npx watchnext`: trains without Rust. The native program of the same name does more, with all cores: docs/training.md.

import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { WatchnextError } from "./errors.js";
import { trainHere, trainerOf } from "./train-core.js";
import { packedTrainer } from "./train-disk.js";
import type { TrainPhase } from "./train-types.js";

const HELP = `Learns a model from what many viewers did.

  npx watchnext train ratings.csv --catalog catalog.json --out model.wnm

  FILE…                     interactions, or folders of them: user, item and, if known, rating and timestamp. CSV, TSV, ";",
                            MovieLens' .dat, RecBole's .inter, JSON lines, a person a line; packed with gzip or not
  --out FILE                the model to write
  --catalog FILE            without it genres are neither learnt nor weighed
  --preset NAME             nano, small, base or large: at most 46, 70, 140, 840 bytes an item [base]
  --budget SIZE             the same as 300KB, or for each item, as 70B/item
  --order ORDER             whether what comes next is learnt: auto, next or none [auto: where times are known]
  --min-support VIEWERS     leave out items with fewer viewers [1]
  --min-rating RATING       leave out interactions with a lower rating
  --user-column, --item-column, --rating-column, --timestamp-column COLUMN
                            a name, or a place from 0 [usually found by itself]
  --lists                   each line is a person and what they watched [usually found by itself]
  --fields, --items, --separator
                            how the catalog is read, as the options of these names say: docs/catalog.md
  --json                    print what was made as JSON

This is one thread of WebAssembly. For much data, Parquet and zstd, and to tune, evaluate and compare, there is the native program:
https://github.com/watchnext/watchnext#the-command-line
`;

const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;
const OPTIONS = {
  interactions: { type: "string", multiple: true },
  out: text,
  catalog: text,
  preset: text,
  budget: text,
  order: text,
  "min-support": text,
  "min-rating": text,
  "user-column": text,
  "item-column": text,
  "rating-column": text,
  "timestamp-column": text,
  lists: flag,
  fields: text,
  items: text,
  separator: text,
  json: flag,
  help: { ...flag, short: "h" },
  version: { ...flag, short: "V" },
} as const;

/** A command that cannot be carried out, with the code of the native program. */
class CommandError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

function main(args: string[]): void {
  const { values, positionals } = parsed(args);
  const [command, ...files] = positionals;
  if (values.version) return print(`watchnext ${(JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string }).version}\n`);
  if (values.help || command === "help" || command === undefined) return print(HELP);
  if (command !== "train") throw new CommandError("OPTION", `there is no command ${JSON.stringify(command)} here; there is train. The native program has more: https://github.com/watchnext/watchnext#the-command-line`);
  const paths = [...files, ...(values.interactions ?? [])].flatMap(filesOf);
  if (paths.length === 0) throw new CommandError("OPTION", "say what to learn from: npx watchnext train ratings.csv --out model.wnm");
  if (values.out === undefined) throw new CommandError("OPTION", "say what to write: --out model.wnm");
  const start = performance.now();
  const number = (name: "min-support" | "min-rating"): number | undefined => {
    const said = values[name];
    if (said !== undefined && (said.trim() === "" || !Number.isFinite(Number(said)))) throw new CommandError("OPTION", `--${name}: ${JSON.stringify(said)} is no number`);
    return said === undefined ? undefined : Number(said);
  };
  const options = {
    columns: { user: values["user-column"], item: values["item-column"], rating: values["rating-column"], timestamp: values["timestamp-column"] },
    minRating: number("min-rating"),
    minSupport: number("min-support"),
    lists: values.lists,
    preset: values.preset,
    budget: values.budget,
    order: values.order,
    fields: values.fields === undefined ? undefined : fieldsOf(values.fields),
    items: values.items,
    separator: values.separator,
  };
  const job = {
    files: paths.map((name) => ({ name, bytes: read(name) })),
    catalog: values.catalog === undefined ? undefined : read(values.catalog),
    options: JSON.stringify(options),
  };
  process.stderr.write("one thread of WebAssembly; the native program takes all cores\n");
  const { model, report } = trainHere(trainerOf(packedTrainer()), job, process.stderr.isTTY ? progress : () => undefined);
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  for (const { code, message } of report.warnings) process.stderr.write(`warning[${code}]: ${message}\n`);
  if (report.skipped > 0) process.stderr.write(`${report.skipped} lines were skipped; the first is ${report.firstSkipped}\n`);
  if (report.itemsInCatalog !== undefined) process.stderr.write(`${values.catalog}: ${report.itemsInCatalog} of ${report.items} items of the interactions are in it\n`);
  process.stderr.write(`${report.reasons.join("\n")}\n`);
  write(values.out, model);
  const seconds = (performance.now() - start) / 1000;
  const perItem = model.length / Math.max(report.items, 1);
  print(
    values.json
      ? `${JSON.stringify({ model_bytes: model.length, bytes_per_item: perItem, train_seconds: seconds })}\n`
      : `${values.out}: ${(model.length / 1000).toFixed(0)} kB (${perItem.toFixed(1)} bytes an item), in ${seconds.toFixed(1)} s\n`,
  );
}

function parsed(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new CommandError("OPTION", (error as Error).message);
  }
}

function print(text: string): void {
  process.stdout.write(text);
}

let shown = "";

function progress(phase: TrainPhase, share: number): void {
  const now = `learning what ${phase === "together" ? "goes together" : "comes next"} ${Math.floor(100 * share)} %`;
  if (now !== shown) process.stderr.write(`\r\x1b[K${now}`);
  shown = now;
}

/** A preset's name, or JSON. */
function fieldsOf(said: string): unknown {
  if (!said.startsWith("{")) return said;
  try {
    return JSON.parse(said);
  } catch (error) {
    throw new CommandError("OPTION", `--fields: ${(error as Error).message}`);
  }
}

/** A file, or the files of a folder but those whose names begin with `.` or `_`. */
function filesOf(path: string): string[] {
  return inFile(path, () => {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isFile() && !/^[._]/.test(entry.name));
    if (names.length === 0) throw new Error("there is no file in this folder");
    return names.map(({ name }) => join(path, name)).sort();
  });
}

const read = (path: string): Uint8Array<ArrayBuffer> => inFile(path, () => new Uint8Array(readFileSync(path)));
const write = (path: string, bytes: Uint8Array): void => inFile(path, () => writeFileSync(path, bytes));

function inFile<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new CommandError("FILE", `${path}: ${(error as Error).message}`);
  }
}

try {
  main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof CommandError || error instanceof WatchnextError)) throw error;
  process.stderr.write(`error[${error.code}]: ${error.message}\n`);
  process.exitCode = 1;
}
