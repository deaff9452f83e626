// Served in place of dist/worker.js by the fault runs: the package's own worker script, with faults before it. What it does
// to which message depends on the seed, the message and the attempt alone. The published package has none of this.

import { ofNextRequest, read } from "/faults/message.js";

const options = new URL(location.href).searchParams;
const number = (/** @type {string} */ name) => Number(options.get(name) ?? 0);
const [seed, every, poison] = [number("seed"), number("every"), number("poison")];
const kinds = options.get("kinds")?.split(",") ?? [];
const plant = options.get("plant") ?? "";

/** The page hears here what reached the scorers, and what was planted. */
const channel = new BroadcastChannel("fault run");

/** A small module whose only function traps. */
const TRAP = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 116, 0, 0, 10, 5, 1, 3, 0, 0, 11);

/** @param {number[]} numbers */
function hash(...numbers) {
  let mixed = 0x811c9dc5;
  for (const number of numbers) {
    mixed = Math.imul(mixed ^ number, 0x01000193);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  }
  return (mixed ^ (mixed >>> 13)) >>> 0;
}

/** @type {Record<string, (event: MessageEvent) => void>} */
const FAULTS = {
  trap: () => /** @type {() => void} */ (new WebAssembly.Instance(new WebAssembly.Module(TRAP)).exports.t)(),
  "async-throw": () => void setTimeout(() => { throw new Error("planted: async throw"); }),
  rejection: () => void Promise.reject(new Error("planted: rejection")),
  close: () => close(),
  loop: () => { for (;;); },
  silence: () => undefined,
  "wrong-id": ({ data }) => postMessage(ofNextRequest(read(data))),
  uncloneable: () => postMessage(() => undefined),
};

/** Requests are numbered by engine, and the lock's name begins with its. */
let engine = "";
addEventListener("message", function begin({ data }) {
  if (data.module) removeEventListener("message", begin);
  if (!data.scorer) return;
  engine = JSON.parse(data.scorer[0]).lock.split(" ", 2).join(" ");
  addEventListener("message", sabotage);
});
if (plant && self.name === "watchnext-engine") {
  const { PLANTS } = await import(/** @type {string} */ ("/faults/plants.js"));
  PLANTS[plant]({
    chosen: (/** @type {number[]} */ ...numbers) => hash(seed, ...numbers, 3) % 10 === 0,
    planted: () => channel.postMessage({ planted: plant }),
  });
}
// Only now, so that our listener hears every message before the worker's own.
import(/** @type {string} */ ("/dist/real-worker.js"));

/** @param {MessageEvent} event */
function sabotage(event) {
  const { request, phase, scorer, shard, attempt, body } = read(event.data);
  channel.postMessage({ reached: { engine, request, scorer, bytes: `${hash(1, ...body)} ${hash(2, ...body)}` } });
  const isPoison = poison > 0 && hash(seed, request, 7) % poison === 0 && phase + scorer + shard === 0;
  const chance = [seed, request, phase, scorer, shard, attempt];
  if (!isPoison && !(every > 0 && hash(...chance) % every === 0)) return;
  const kind = isPoison ? "trap" : (kinds[hash(...chance, 1) % kinds.length] ?? "trap");
  if (kind === "double") {
    // Whatever is posted next is posted twice.
    const post = globalThis.postMessage;
    globalThis.postMessage = (/** @type {any} */ message) => {
      globalThis.postMessage = post;
      post(structuredClone(message));
      post(message);
    };
    return;
  }
  event.stopImmediatePropagation();
  FAULTS[kind]?.(event);
}
