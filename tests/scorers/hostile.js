// What a scorer of the page's own must not do; `?does=` says what this one does.

const does = new URL(import.meta.url).searchParams.get("does") ?? "";

/** @type {Record<string, (items: number) => any>} */
const GIVES = {
  nan: (items) => Array.from({ length: items }, () => NaN),
  infinite: (items) => new Float32Array(items).fill(Infinity),
  large: (items) => new Float64Array(items).fill(1e9),
  short: (items) => new Float32Array(items - 1),
  long: (items) => ({ length: items }),
  text: (items) => "1".repeat(items),
  nothing: () => undefined,
  promise: async (items) => new Float32Array(items),
  holes: (items) => new Array(items),
  objects: (items) => Array.from({ length: items }, () => ({ valueOf: () => { throw new Error("from within"); } })),
  proxy: (items) => new Proxy(new Array(items).fill(0), { get: () => { throw new Error("a trap"); } }),
  throws: () => { throw new Error("not today"); },
  throwsNothing: () => { throw undefined; },
  loops: () => { for (;;); },
  // For what comes later in the catalog, and later than the others.
  late: (items) => {
    for (const until = Date.now() + 400; Date.now() < until; );
    return Float32Array.from({ length: items }, (_, item) => item);
  },
  ends: () => { globalThis.close?.(); return []; },
};

/** @param {{ items: number }} input */
export const score = ({ items }) => (GIVES[does] ?? ((items) => new Float32Array(items).fill(1)))(items);

/** @type {Record<string, () => any>} */
const SAYS = {
  saysObjects: () => ({ because: 1 }),
  saysThrows: () => { throw new Error("no reason"); },
  saysItsName: () => /** @type {any} */ (globalThis).name,
  saysAPromise: async () => "later",
  saysOtherItems: () => ({ items: [[99, 0.5]] }),
  saysUnwatchedItems: () => ({ text: "odd", items: [[1, 0.5]] }),
  saysNaN: () => ({ items: [[0, NaN]] }),
  saysLargeParts: () => ({ items: [[0, 1e9]] }),
  saysNoPairs: () => ({ items: [0] }),
  saysManyItems: () => ({ items: new Array(1e6).fill([0, 1]) }),
  saysItemsOfText: () => ({ items: "0,1" }),
  saysNumbers: () => ({ text: 5, items: [] }),
  saysTraps: () => ({ items: new Proxy([], { get: () => { throw new Error("a trap"); } }) }),
  saysItems: () => ({ items: [[0, 0.75], [0, 0.25]] }),
  saysBoth: () => ({ text: "As you like Heat", items: [[0, 1]] }),
  saysMuch: () => "é".repeat(100_000),
};

export const explain = () => SAYS[does]?.();
