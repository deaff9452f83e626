// A history that comes from a file, or goes into one, read and written on the device; and how safe it is where it is kept.

import { byId, el, hide } from "./dom.js";
import { plural } from "./items.js";
import { tell } from "./news.js";
import { inWords } from "./status.js";

/** @typedef {import("./history.js").User} User */

/** So many titles that the catalog does not have are named. */
const NAMED = 50;
/** The formats by the names the library gives them. @type {Record<string, string>} */
const FROM = { letterboxd: "Letterboxd", imdb: "IMDb", netflix: "Netflix", trakt: "Trakt", "watchnext-history": "watchnext" };

/**
 * Wires the buttons.
 * @param {() => User | undefined} viewer
 * @param {(text: string, work: () => Promise<unknown>) => Promise<void>} change does something that changes the history, which the text says
 */
export function startTransfer(viewer, change) {
  const file = byId("import-file");
  byId("import").addEventListener("click", () => file.click());
  file.addEventListener("change", async () => {
    const [chosen] = file.files;
    const into = viewer();
    file.value = "";
    if (!chosen || !into) return;
    report("Reading …");
    await change(`Imported ${chosen.name}.`, async () => {
      try {
        showImported(await into.importHistory(await chosen.text()));
      } catch (error) {
        report(`${chosen.name} was not imported: ${inWords(error)}`);
      }
    });
  });
  byId("export").addEventListener("click", async () => {
    const history = await viewer()?.exportHistory();
    if (!history) return;
    const url = URL.createObjectURL(new Blob([JSON.stringify(history, undefined, 1)], { type: "application/json" }));
    el("a", { href: url, download: `watchnext${history.user && `-${history.user}`}.json` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  });
}

/** Offers to ask the browser to keep the history when space is short, which may ask the viewer; where it is kept in any case there is nothing to offer. */
export async function startPersisting() {
  // Only pages that are safe have it.
  const { storage } = navigator;
  if (!storage?.persist || (await storage.persisted())) return;
  byId("persist").hidden = false;
  byId("persist").querySelector("button")?.addEventListener("click", async () => {
    const persists = await storage.persist().catch(() => false);
    if (persists) hide(byId("persist"), byId("history-heading"));
    tell(persists ? "Your history is kept when space is short, too." : "The browser does not promise that. It may, once you come here often.");
  });
}

/** @param {import("../js/types.js").Imported} imported */
function showImported({ format, recorded, unmatched, unsure, unread }) {
  const parts = [
    `From ${FROM[format] ?? "a table"}: ${recorded === 0 ? "nothing new" : `${plural(recorded, "event")} added`}.`,
    unread > 0 && `${plural(unread, "row")} could not be read.`,
    unsure.length > 0 && `${plural(unsure.length, "title")} matched by name without the same year.`,
    unmatched.length > 0 && `${plural(unmatched.length, "title")} not in this catalog.`,
  ];
  const names = unmatched.slice(0, NAMED).map(({ title, year }) => el("li", { dir: "auto" }, year ? `${title} (${year})` : title));
  const more = unmatched.length - names.length;
  report(
    parts.filter(Boolean).join(" "),
    names.length > 0 && el("details", {}, el("summary", {}, "Which are not here"), el("ul", {}, ...names), more > 0 ? `and ${more} more` : undefined),
  );
}

/**
 * @param {string} text
 * @param {any} [more]
 */
export function report(text, more) {
  byId("import-report").replaceChildren(el("span", { role: "status" }, text), ...(more ? [more] : []));
  byId("import-report").hidden = text === "";
}
