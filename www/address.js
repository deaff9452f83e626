// What the page's address asks for, checked: what cannot be used is said, and the standard taken instead.

const parameters = new URLSearchParams(location.search);

/** What of the address cannot be used, in words. @type {string[]} */
export const problems = [];

/** How many titles the list has. */
export const limit = whole("limit", 1, 1000) ?? 20;
/** Of every list, in milliseconds. Undefined: the library's own. */
export const deadline = whole("deadline", 1, 600_000);
/** For each scorer; 0: none. Undefined: the library's own choice. */
export const workers = whole("workers", 0, 64);
export const catalogUrl = file("catalog", "data/catalog.json");
/** What the database of the histories is called. Undefined: the library's own choice. */
export const historyName = parameters.get("history") || undefined;
/** Undefined: without a model. */
export const modelUrl = parameters.get("model") === "none" ? undefined : file("model", "data/model.wnm");

/**
 * @param {string} name
 * @param {number} min
 * @param {number} max
 */
function whole(name, min, max) {
  const text = parameters.get(name);
  if (text === null) return undefined;
  const value = Number(text);
  if (text.trim() !== "" && Number.isInteger(value) && value >= min && value <= max) return value;
  problems.push(`“${name}=${text}” in the address is not a whole number from ${min} to ${max}; it is ignored.`);
  return undefined;
}

/**
 * A file, but only on this server.
 * @param {string} name
 * @param {string} standard
 */
function file(name, standard) {
  const given = parameters.get(name) ?? standard;
  const url = URL.canParse(given, document.baseURI) ? new URL(given, document.baseURI) : undefined;
  if (url?.origin === location.origin) return url.href;
  problems.push(`“${name}=${given}” in the address is not on this server; it is ignored.`);
  return new URL(standard, document.baseURI).href;
}
