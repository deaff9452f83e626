// What the core's bytes are, by crate and by kind of code: the functions of the module as cargo leaves it, which still has their names.

/** Rust's names for kinds of code, the more special first. */
const KINDS = /** @type {const} */ ([
  ["allocator", /dlmalloc|rust_alloc|rust_dealloc|rust_realloc/],
  ["binding", /wasm_bindgen|wbg|js_sys|web_sys|externref|once_cell|shim/],
  ["messages for people", /::fmt|Display|Debug|panic|escape|printable/],
  ["sorts", /::sort|order::/],
  ["maps", /hashbrown|foldhash|HashMap|BTreeMap|btree|SortedMap|Interner|hash::/],
  ["JSON", /json::|ToJson|FromJson/],
  ["catalog", /watchnext::catalog|watchnext::text/],
  ["model and columns", /watchnext::(model|columns|arrays|bytes|crc32)/],
  ["scoring", /watchnext::(score|rank|history)/],
  ["broker and engine", /watchnext::(broker|engine|host)/],
  ["shell", /watchnext::browser/],
  ["vectors and strings", /alloc::vec|alloc::string|alloc::raw_vec|SpecFromIter|core::str|alloc::str/],
]);

/**
 * @param {Buffer} bytes a module with names
 * @returns {{ crates: Record<string, number>, kinds: Record<string, number> }} bytes before wasm-opt, the largest first
 */
export function sizeParts(bytes) {
  const { bodies, names, imports, data } = readModule(bytes);
  /** @type {Record<string, number>} */
  const crates = {};
  /** @type {Record<string, number>} */
  const kinds = { data };
  bodies.forEach((size, place) => {
    const name = names.get(place + imports) ?? "";
    // What tells wasm-bindgen of types, and is gone when it has run.
    if (/describe|::inform\b/.test(name)) return;
    const crate = crateOf(name);
    crates[crate] = (crates[crate] ?? 0) + size;
    const kind = KINDS.find(([, pattern]) => pattern.test(name))?.[0] ?? "other";
    kinds[kind] = (kinds[kind] ?? 0) + size;
  });
  return { crates: largestFirst(crates), kinds: largestFirst(kinds) };
}

/** @param {Record<string, number>} sizes */
function largestFirst(sizes) {
  return Object.fromEntries(Object.entries(sizes).sort((a, b) => b[1] - a[1]));
}

/** Of `<alloc::vec::Vec<T> as …>::push` that is `alloc`. @param {string} name */
function crateOf(name) {
  return /^(?:[<&*([]|mut |dyn )*([a-z][a-z0-9_]*)(?:\[[0-9a-f]+\])?::/.exec(name)?.[1] ?? "other";
}

/**
 * The sizes of a module's functions, their names, how many functions it imports, and the size of its data.
 * @param {Buffer} bytes
 */
function readModule(bytes) {
  let at = 8;
  const number = () => {
    for (let value = 0, shift = 0; ; shift += 7) {
      const byte = bytes.readUInt8(at++);
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  const text = () => {
    const length = number();
    return bytes.toString("utf8", at, (at += length));
  };
  /** @type {number[]} */
  const bodies = [];
  /** @type {Map<number, string>} */
  const names = new Map();
  let [imports, data] = [0, 0];
  while (at < bytes.length) {
    const section = number();
    const size = number();
    const end = at + size;
    if (section === 2) {
      for (let left = number(); left > 0; left--) {
        text();
        text();
        const kind = number();
        if (kind === 0) {
          number();
          imports += 1;
        } else if (kind === 3) {
          number();
          number();
        } else {
          // A memory or a table, which has a type before its limits.
          if (kind === 1) number();
          if (number() & 1) number();
          number();
        }
      }
    } else if (section === 10) {
      for (let left = number(); left > 0; left--) {
        const length = number();
        bodies.push(length);
        at += length;
      }
    } else if (section === 11) {
      data = size;
    } else if (section === 0 && text() === "name") {
      while (at < end) {
        const kind = number();
        const length = number();
        const last = at + length;
        if (kind === 1) for (let left = number(); left > 0; left--) names.set(number(), plain(text()));
        at = last;
      }
    }
    at = end;
  }
  return { bodies, names, imports, data };
}

/** A name as Rust's older mangling writes it, in words. @param {string} name */
function plain(name) {
  const inner = /^_ZN(.*)E/.exec(name)?.[1];
  if (inner === undefined) return name;
  const parts = [];
  for (let rest = inner; ; ) {
    const [digits] = /^\d+/.exec(rest) ?? [];
    if (!digits) break;
    const end = digits.length + Number(digits);
    parts.push(rest.slice(digits.length, end));
    rest = rest.slice(end);
  }
  const signs = { LT: "<", GT: ">", u20: " ", RF: "&", BP: "*", C: ",", LP: "(", RP: ")" };
  return parts
    .join("::")
    .replace(/\$(\w+)\$/g, (all, sign) => signs[/** @type {keyof typeof signs} */ (sign)] ?? all)
    .replace(/\.\./g, "::")
    .replace(/^_</, "<");
}
