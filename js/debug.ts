// The way of each call, step by step. Only a page that has the option `debug` loads this: it stands between the client and its engines.

import type { EngineMessage, StartEngine, Step, ToEngine } from "./protocol.js";
import type { DebugStep, RecommenderOptions, ScorerName } from "./types.js";
import { unharmed } from "./unharmed.js";

/** So many calls are remembered, for replies that come late. */
const REMEMBERED = 1000;

interface Call {
  call: number;
  name: string;
  start: number;
}

/** What of a step is not the call's. */
type Rest = DebugStep extends infer Step ? (Step extends unknown ? Omit<Step, "call" | "name" | "at"> : never) : never;

/** The same engines; every step of what they are asked is told, to the console where no function is given. */
export function logged(startEngine: StartEngine, debug: RecommenderOptions["debug"]): StartEngine {
  const tell = typeof debug === "function" ? debug : (step: DebugStep): void => console.debug(textOf(step));
  return async (listener, signal, early) => {
    const calls = new Map<number, Call>();
    /** Which call a request of the engine's is for. */
    const requests = new Map<number, number>();
    const say = (of: number | undefined, rest: Rest): void => {
      const known = calls.get(of ?? -1);
      if (!known) return;
      const { start, ...call } = known;
      unharmed(() => tell({ ...call, at: performance.now() - start, ...rest } as DebugStep));
    };
    const remember = <Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void => {
      map.set(key, value);
      if (map.size > REMEMBERED) map.delete(map.keys().next().value as Key);
    };
    const asked = (message: ToEngine): void => {
      const call = "call" in message ? message.call.call : "change" in message ? message.change.call : undefined;
      if (call !== undefined) {
        const name = "call" in message ? nameOf(JSON.parse(message.call.command)) : "catalog";
        remember(calls, call, { call, name, start: performance.now() });
        say(call, { step: "asked" });
      } else if ("cancel" in message) {
        say(message.cancel, { step: "cancelled" });
      }
    };
    const heard = (message: EngineMessage | { step: Step }): void => {
      if ("step" in message) {
        const { call, queue, worker, id, attempt, took } = message.step;
        if (call !== undefined) remember(requests, id.request, call);
        const to = { queue, worker, attempt, task: id.phase === 0 ? "score" : "explain" } as const;
        say(call ?? requests.get(id.request), took === undefined ? { step: "sent", ...to } : { step: "replied", ...to, took, late: call === undefined });
      } else if ("answer" in message) {
        const { missing = [] } = (message.answer.value ?? {}) as { missing?: ScorerName[] };
        say(message.answer.call, { step: "answered", missing });
      } else if ("error" in message) {
        say(message.error.call, { step: "failed", code: message.error.error.code });
      } else if ("notice" in message && message.notice.type === "dead-letter") {
        const { queue, id, reason, cause } = message.notice;
        say(requests.get(id.request), { step: "given-up", queue, reason, cause });
      }
    };
    const message = (message: EngineMessage | { step: Step }): void => {
      heard(message);
      if (!("step" in message)) listener.message(message);
    };
    const engine = await startEngine({ ...listener, message }, signal, early);
    const post = (message: ToEngine): void => {
      asked(message);
      engine.post(message);
    };
    return { ...engine, post };
  };
}

/** What a command asks for. */
function nameOf(command: unknown): string {
  if (typeof command === "string") return command;
  const [[name, value] = ["", undefined]] = Object.entries(command as object);
  return name === "user" ? nameOf((value as [string, unknown])[1]) : name;
}

function textOf(told: DebugStep): string {
  const at = `watchnext ${told.name} ${told.call}, ${told.at.toFixed(1)} ms:`;
  switch (told.step) {
    case "sent":
      return `${at} sent to ${told.queue}, worker ${told.worker}, to ${told.task}${told.attempt > 1 ? `, for the ${told.attempt}. time` : ""}`;
    case "replied":
      return `${at} ${told.queue}, worker ${told.worker}, has replied${told.late ? " too late" : ""}, after ${told.took.toFixed(1)} ms of work`;
    case "given-up":
      return `${at} ${told.queue} is given up (${told.reason}): ${told.cause}`;
    case "answered":
      return `${at} answered${told.missing.length > 0 ? ` without ${told.missing.join(", ")}` : ""}`;
    case "failed":
      return `${at} failed with ${told.code}`;
    default:
      return `${at} ${told.step}`;
  }
}
