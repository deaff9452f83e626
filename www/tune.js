// The sliders and filters: how the list is asked for.

import { byId, el } from "./dom.js";

/** @typedef {{ history?: number, genre?: number, popularity?: number }} Weights */

/** With the weights to begin with where no list has told its own. @type {[import("../js/types.js").ScorerName, string, number][]} */
const SCORERS = [
  ["history", "What goes with your history", 1],
  ["genre", "Your genres", 0.2],
  ["popularity", "What many people watch", 0.2],
];
const YEARS = { min: 1880, max: 2100 };

/** The years that are obeyed: those that are whole, and not what is being typed. @type {{ min?: number, max?: number }} */
let year = {};

/**
 * Makes the sliders; `changed` is called at most once a frame, and only when something has.
 * @param {() => void} changed
 */
export function startTuning(changed) {
  byId("weights").append(
    ...SCORERS.map(([name, label, weight]) => {
      const slider = el("input", { type: "range", min: "0", max: "2", step: "0.05", value: String(weight), disabled: true, id: `weight-${name}`, "data-testid": `weight-${name}` });
      const output = el("output", { class: "number", id: `weight-${name}-value`, "data-testid": `weight-${name}-value` }, "auto");
      return el("label", {}, el("span", {}, label), slider, output);
    }),
  );
  let asked = false;
  let last = JSON.stringify(tuning());
  // Not every way to choose an option fires both events; two in one frame ask once.
  const heard = (/** @type {Event} */ { type }) => {
    byId("diversity-value").textContent = Number(byId("diversity").value).toFixed(2);
    const auto = byId("weights-auto").checked;
    for (const [name] of SCORERS) {
      byId(`weight-${name}`).disabled = auto;
      if (!auto) byId(`weight-${name}-value`).textContent = Number(byId(`weight-${name}`).value).toFixed(2);
    }
    readYears(type === "change");
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      // Leaving a field is a change, too: new cards then would come between a press of the mouse and its release.
      const now = JSON.stringify(tuning());
      if (now !== last) changed();
      last = now;
    });
  };
  byId("tune").addEventListener("input", heard);
  byId("tune").addEventListener("change", heard);
  byId("tune").addEventListener("submit", (/** @type {Event} */ event) => event.preventDefault());
}

/**
 * Shows the weights that a list was made with, where the viewer has chosen none.
 * @param {Weights} weights
 */
export function showWeights(weights) {
  if (!byId("weights-auto").checked) return;
  for (const [name] of SCORERS) {
    const weight = weights[name];
    if (weight === undefined) continue;
    byId(`weight-${name}`).value = String(weight);
    byId(`weight-${name}-value`).textContent = weight.toFixed(2);
  }
}

/**
 * Takes the years that can be used, and says of the others why they cannot, beside their field.
 * @param {boolean} isDone whether nobody is typing any more
 */
function readYears(isDone) {
  const [min, max] = [readYear("min", isDone), readYear("max", isDone)];
  const crossed = min !== undefined && max !== undefined && min > max;
  if (crossed) complain("max", `Before ${min}: neither is used.`);
  year = crossed ? {} : { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
}

/**
 * @param {"min" | "max"} end
 * @param {boolean} isDone
 */
function readYear(end, isDone) {
  const text = byId(`year-${end}`).value.trim();
  const value = Number(text);
  const isYear = /^\d{4}$/.test(text) && value >= YEARS.min && value <= YEARS.max;
  if (text === "" || isYear) complain(end, "");
  else if (isDone) complain(end, `Not a year from ${YEARS.min} to ${YEARS.max}, like 1985.`);
  if (text === "") return undefined;
  // What is half typed changes nothing yet; what is left like that filters nothing.
  return isYear ? value : isDone ? undefined : year[end];
}

/**
 * @param {"min" | "max"} end
 * @param {string} text
 */
function complain(end, text) {
  const error = byId(`year-${end}-error`);
  if (error.textContent !== text) error.textContent = text;
  byId(`year-${end}`).setAttribute("aria-invalid", String(text !== ""));
}

/**
 * What the form says, as options of `recommend`.
 * @returns {import("../js/types.js").RecommendOptions}
 */
export function tuning() {
  const weights = Object.fromEntries(SCORERS.map(([name]) => [name, Number(byId(`weight-${name}`).value)]));
  const [only, without] = ["only-genre", "without-genre"].map((id) => byId(id).value);
  return {
    ...(!byId("weights-auto").checked && { weights }),
    diversity: Number(byId("diversity").value),
    filter: { genres: { ...(only && { any: [only] }), ...(without && { none: [without] }) }, year },
  };
}
