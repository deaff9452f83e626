// Scorers that are functions of the page's. Only a page that has some loads this.

import { FUNCTION, described, failOption } from "./options.js";
import type { FunctionScorer, ItemReasons, RecommenderOptions, ScorerModule } from "./types.js";

type Scorers = NonNullable<RecommenderOptions["scorers"]>;
/** What an engine in a worker asks; the columns come with the first question. */
type Question = [does: "score" | "explain", input: object, columns?: ScorerColumns];
type ScorerColumns = Parameters<ScorerModule["score"]>[0]["columns"];

/** Scorers as the engine takes them: a function has an address that is no module's. */
export function engineScorers(scorers: Scorers): Scorers {
  const engineScorer = ([name, own]: [string, Scorers[string]]): [string, Scorers[string]] => {
    if (own?.score === undefined) return [name, own];
    const { score, explain, ...rest } = own;
    for (const [field, value] of Object.entries({ score, ...(explain !== undefined && { explain }) })) {
      if (typeof value !== "function") failOption(`scorers.${name}.${field}`, `must be a function, found ${described(value)}`);
    }
    if ("url" in rest) failOption(`scorers.${name}`, "is a module, which has a url, or a function score; not both");
    return [name, { ...rest, url: FUNCTION + name }];
  };
  return Object.fromEntries(Object.entries(scorers).map(engineScorer));
}

/** One as a module: what it gives goes no further where it is not what modules must give (src/browser/own.rs says so). */
export function asModule(scorers: Scorers, name: string): { [Does in keyof ScorerModule]-?: (input: object) => unknown } {
  const own = scorers[name] as FunctionScorer;
  return {
    score: (input) => {
      const given: unknown = own.score(input as Parameters<ScorerModule["score"]>[0]);
      return Array.isArray(given) || ArrayBuffer.isView(given) ? Float64Array.from(given as ArrayLike<number>) : null;
    },
    explain: (input) => {
      const said: unknown = own.explain?.(input as Parameters<NonNullable<ScorerModule["explain"]>>[0]);
      if (typeof said !== "object" || said === null) return typeof said === "string" || said === undefined ? said : null;
      const { text, items } = said as ItemReasons;
      return { text, items };
    },
  };
}

/** How an engine in this thread imports: modules, and what are functions. */
export function importing(scorers: Scorers, module: (url: string) => Promise<unknown>): (url: string) => Promise<unknown> {
  return async (url) => (url.startsWith(FUNCTION) ? asModule(scorers, url.slice(FUNCTION.length)) : module(url));
}

/** The port at which an engine in a worker asks (worker.ts); each scorer is asked for, and answers, at one of its own. */
export function serve(scorers: Scorers): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data: name, ports: [port] }: MessageEvent<string>) => {
    if (!port) return;
    const functions = asModule(scorers, name);
    let columns: ScorerColumns | undefined;
    port.onmessage = ({ data: [does, input, sent] }: MessageEvent<Question>) => {
      columns = sent ?? columns;
      try {
        port.postMessage({ given: functions[does]({ ...input, columns }) });
      } catch (error) {
        port.postMessage({ thrown: String((error as Error | undefined)?.message ?? error) });
      }
    };
  };
  return port2;
}
