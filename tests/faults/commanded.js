// A worker's script for a page that says how its workers are to fail (promises.js): the package's own, with this before it. It starts
// when it has its orders, and tells of every message that reaches the scorer.

import { read } from "/faults/message.js";

/** A small module whose only function is an endless loop. */
const LOOP = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 108, 0, 0, 10, 9, 1, 7, 0, 3, 64, 12, 0, 11, 11);

const channel = new BroadcastChannel("faults");
/** By scorer, what is to happen to each message. @type {Record<string, { kind: string, milliseconds?: number }>} */
let orders = {};
let scorer = "engine";
let worker = "";
let started = false;

/** @type {Record<string, () => void>} */
const FAULTS = {
  close: () => close(),
  loop: () => { for (;;); },
  "wasm-loop": () => /** @type {() => void} */ (new WebAssembly.Instance(new WebAssembly.Module(LOOP)).exports.l)(),
};

channel.onmessage = ({ data }) => {
  orders = data.orders ?? orders;
  if (data.orders) channel.postMessage({ obeys: { scorer, orders } });
  if (data.now?.scorer === scorer) FAULTS[data.now.kind]?.();
  if (started || !data.orders) return;
  started = true;
  import(/** @type {string} */ ("/dist/worker.js"));
};
addEventListener("message", function begin({ data }) {
  if (data.module) removeEventListener("message", begin);
  if (!data.scorer) return;
  ({ scorer, lock: worker } = JSON.parse(data.scorer[0]));
  addEventListener("message", obey);
});
channel.postMessage({ hello: true });

/** @param {MessageEvent & { late?: boolean }} event */
function obey(event) {
  const order = orders[scorer];
  const { attempt, request } = read(event.data);
  // A straggler is one message in fifty, and only for the first worker that gets it.
  const spared = order?.kind === "straggle" && (attempt > 1 || request % 50 > 0);
  if (order && !spared && !event.late) {
    event.stopImmediatePropagation();
    const { data } = event;
    if (FAULTS[order.kind]) return FAULTS[order.kind]?.();
    return void setTimeout(() => dispatchEvent(Object.assign(new MessageEvent("message", { data }), { late: true })), order.milliseconds);
  }
  channel.postMessage({ ran: { request, worker, at: performance.timeOrigin + performance.now() } });
}
