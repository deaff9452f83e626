// Search and browse: asks the catalog's worker, and shows what it finds.

import { card } from "./cards.js";
import { byId, el, hide } from "./dom.js";
import { fill } from "./fill.js";
import { plural } from "./items.js";
import { trusted } from "./trusted.js";

/** @typedef {import("./cards.js").Actions} Actions */
/** @typedef {import("./cards.js").Item} Item */

const PAGE = 24;
/** How long the worker's script may take to load, and a question to be answered, in milliseconds: a phone's catalog takes a second. */
const PATIENCE = 30_000;
const SCRIPT = new URL("./catalog-worker.js", import.meta.url);

/** A worker that answers questions one by one. */
class CatalogWorker {
  #worker = new Worker(trusted(SCRIPT), { type: "module", name: "catalog" });
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  #calls = new Map();
  #next = 0;

  constructor() {
    this.#worker.addEventListener("message", ({ data: { call, answer, error } }) => {
      const waiting = this.#calls.get(call);
      this.#calls.delete(call);
      if (error) waiting?.reject(new Error(error));
      else waiting?.resolve(answer);
    });
    this.#worker.addEventListener("error", (event) => {
      event.preventDefault();
      // A script that does not load has no message.
      this.end(new Error(event.message ? `its worker ended: ${event.message}` : `${SCRIPT.pathname} could not be loaded`));
    });
  }

  /**
   * @param {"load" | "find"} name
   * @param {object} question
   * @returns {Promise<any>}
   */
  ask(name, question) {
    const call = this.#next++;
    const timer = setTimeout(() => this.end(new Error(`its worker has not answered in ${PATIENCE / 1000} s`)), PATIENCE);
    const answer = new Promise((resolve, reject) => this.#calls.set(call, { resolve, reject }));
    this.#worker.postMessage({ call, name, question });
    return answer.finally(() => clearTimeout(timer));
  }

  /** @param {Error} error what is open fails with */
  end(error) {
    this.#worker.terminate();
    for (const { reject } of this.#calls.values()) reject(error);
    this.#calls.clear();
  }
}

/** @type {CatalogWorker | undefined} */
let catalog;
/** @type {ArrayBuffer | undefined} */
let loaded;
/** @type {Actions | undefined} */
let actions;
let limit = PAGE;
let newest = 0;
let asked = "";

/** @param {Actions} on what a card's buttons do */
export function startBrowsing(on) {
  actions = on;
  const anew = () => {
    limit = PAGE;
    void show();
  };
  byId("browse").addEventListener("input", anew);
  byId("browse").addEventListener("change", anew);
  byId("browse").addEventListener("submit", (/** @type {Event} */ event) => event.preventDefault());
  byId("more").addEventListener("click", async () => {
    const known = byId("results").children.length;
    limit += PAGE;
    await show();
    // The button may have gone, and with it the focus.
    if (document.activeElement === document.body) byId("results").children[known]?.querySelector("button")?.focus({ preventScroll: true });
  });
  byId("found-retry").addEventListener("click", () => loaded && void browse(loaded));
}

/**
 * Loads the catalog for browsing; where that fails, says so and offers to try again.
 * @param {ArrayBuffer} bytes
 */
export async function browse(bytes) {
  loaded = bytes;
  catalog?.end(new Error("it is loaded anew"));
  const own = (catalog = new CatalogWorker());
  asked = "";
  say("The catalog is loading …");
  try {
    const { genres, decades } = await own.ask("load", { bytes });
    const options = (/** @type {string} */ id, /** @type {(string | number)[]} */ values, suffix = "") => {
      const first = byId(id).options[0];
      byId(id).replaceChildren(first, ...values.map((value) => el("option", { value: String(value) }, `${value}${suffix}`)));
    };
    options("browse-genre", genres);
    options("browse-decade", decades, "s");
    options("only-genre", genres);
    options("without-genre", genres);
  } catch (error) {
    return failed(own, error);
  }
  await show();
}

/** Nothing can be browsed: the page has no catalog. */
export function noCatalog() {
  const former = catalog;
  catalog = loaded = undefined;
  former?.end(new Error("the page has no catalog"));
  say("The catalog could not be loaded.");
}

/** @param {string} text */
function say(text) {
  byId("found").textContent = text;
  hide(byId("found-retry"), byId("catalog-heading"));
}

/**
 * @param {CatalogWorker} own
 * @param {unknown} error
 */
function failed(own, error) {
  // A newer one has taken its place.
  if (own !== catalog) return;
  const cause = error instanceof Error ? error : new Error(String(error));
  own.end(cause);
  catalog = undefined;
  byId("found").textContent = `The catalog cannot be searched: ${cause.message}.`;
  byId("found-retry").hidden = false;
}

async function show() {
  const own = catalog;
  if (!own || !actions) return;
  const on = actions;
  const [text, genre, order] = ["search", "browse-genre", "browse-order"].map((id) => byId(id).value);
  const decade = Number(byId("browse-decade").value);
  const question = { text, genre, order, decade, limit };
  // Leaving the field is a change, too: new cards then would come between a press of the mouse and its release.
  if (asked === JSON.stringify(question)) return;
  asked = JSON.stringify(question);
  const turn = ++newest;
  /** @type {{ total: number, items: Item[] }} */
  let answer;
  try {
    answer = await own.ask("find", question);
  } catch (error) {
    asked = "";
    return failed(own, error);
  }
  if (turn !== newest) return;
  const { total, items } = answer;
  say(total === 0 ? "Nothing matches." : plural(total, "title"));
  if (!(await fill(byId("results"), items.map((item) => ({ id: String(item.id), make: () => card(item, on) }))))) return;
  byId("more").hidden = items.length >= total;
  byId("results").dataset.query = text;
}
