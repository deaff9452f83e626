// Search and browse: asks the catalog's worker, and shows what it finds.

import { card, fill } from "./cards.js";
import { byId, el } from "./dom.js";
import { trusted } from "./trusted.js";

/** @typedef {import("./cards.js").Actions} Actions */
/** @typedef {import("./cards.js").Item} Item */

const PAGE = 24;

/** A worker that answers questions one by one. */
class CatalogWorker {
  #worker = new Worker(trusted(new URL("./catalog-worker.js", import.meta.url)), { type: "module", name: "catalog" });
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
  }

  /**
   * @param {"load" | "find" | "byIds"} name
   * @param {object} question
   * @returns {Promise<any>}
   */
  ask(name, question) {
    const call = this.#next++;
    this.#worker.postMessage({ call, name, question });
    return new Promise((resolve, reject) => this.#calls.set(call, { resolve, reject }));
  }
}

/**
 * Loads the catalog for browsing and wires the form.
 * @param {string} url
 * @param {Actions} actions
 */
export async function startBrowsing(url, actions) {
  const catalog = new CatalogWorker();
  const { genres, decades } = await catalog.ask("load", { url: new URL(url, document.baseURI).href });
  const options = (/** @type {(string | number)[]} */ values, suffix = "") =>
    values.map((value) => el("option", { value: String(value) }, `${value}${suffix}`));
  byId("browse-genre").append(...options(genres));
  byId("browse-decade").append(...options(decades, "s"));
  byId("only-genre").append(...options(genres));
  byId("without-genre").append(...options(genres));

  let limit = PAGE;
  let newest = 0;
  let asked = "";
  const show = async () => {
    const [text, genre, order] = ["search", "browse-genre", "browse-order"].map((id) => byId(id).value);
    const decade = Number(byId("browse-decade").value);
    const question = { text, genre, order, decade, limit };
    // Leaving the field is a change, too: new cards then would come between a press of the mouse and its release.
    if (asked === JSON.stringify(question)) return;
    asked = JSON.stringify(question);
    const turn = ++newest;
    const { total, items } = await catalog.ask("find", question);
    if (turn !== newest) return;
    byId("found").textContent = total === 0 ? "Nothing matches." : `${total.toLocaleString()} ${total === 1 ? "title" : "titles"}`;
    if (!(await fill(byId("results"), items.map((/** @type {Item} */ item) => () => card(item, actions))))) return;
    byId("more").hidden = items.length >= total;
    byId("results").dataset.query = text;
  };
  const anew = () => {
    limit = PAGE;
    void show();
  };
  byId("browse").addEventListener("input", anew);
  byId("browse").addEventListener("change", anew);
  byId("browse").addEventListener("submit", (/** @type {Event} */ event) => event.preventDefault());
  byId("more").addEventListener("click", () => {
    limit += PAGE;
    void show();
  });
  await show();
  return catalog;
}
