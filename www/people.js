// Who is watching. The histories are the library's; of people the page knows their names alone.

import { byId, el } from "./dom.js";

const KEY = "watchnext demo people";
/** Whoever has no name. */
const NOBODY = "";

/** @type {{ names: string[], last: string }} */
let people = { names: [], last: NOBODY };

function read() {
  try {
    const { names, last } = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    const known = Array.isArray(names) ? names.filter((name) => typeof name === "string" && name.trim() !== "") : [];
    return { names: known, last: known.includes(last) ? last : NOBODY };
  } catch {
    // Where the browser keeps nothing, names last as long as the page.
    return people;
  }
}

function write() {
  try {
    localStorage.setItem(KEY, JSON.stringify(people));
  } catch {
    // As above.
  }
}

/** Who is watching; empty: whoever has no name. */
export const person = () => people.last;

/** How somebody's history is called. */
export const whose = () => (people.last === NOBODY ? "Your" : `${people.last}’s`);

/** @param {string} name */
function choose(name) {
  people = { ...read(), last: name };
  if (name !== NOBODY && !people.names.includes(name)) people.names.push(name);
  write();
  show();
}

/** Takes away who is watching, of whom nothing is kept any more. */
export function removePerson() {
  people = { names: read().names.filter((name) => name !== people.last), last: NOBODY };
  write();
  show();
}

function show() {
  const option = (/** @type {string} */ value, /** @type {string} */ text) => el("option", { value }, text);
  byId("person").replaceChildren(option(NOBODY, "You"), ...people.names.map((name) => option(name, name)));
  byId("person").value = people.last;
  byId("new-person").hidden = true;
  byId("add-person").hidden = false;
}

/** @param {() => void} changed somebody else is watching */
export function startPeople(changed) {
  people = read();
  show();
  const select = byId("person");
  select.addEventListener("change", () => {
    choose(select.value);
    changed();
  });
  byId("add-person").addEventListener("click", () => {
    byId("new-person").hidden = false;
    byId("person-name").value = "";
    byId("person-name").focus();
    byId("add-person").hidden = true;
  });
  // What another window has added is there when somebody looks.
  select.addEventListener("focus", () => {
    const { names } = read();
    if (names.join("\n") !== people.names.join("\n")) people = { ...people, names }, show();
  });
  byId("new-person").addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    const name = byId("person-name").value.trim();
    show();
    select.focus();
    if (name === "" || name === people.last) return;
    choose(name);
    changed();
  });
  byId("new-person").addEventListener("keydown", (/** @type {KeyboardEvent} */ { key }) => {
    if (key !== "Escape") return;
    show();
    select.focus();
  });
}
