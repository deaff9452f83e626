// The sliders and filters: how the list is asked for.

import { byId, el } from "./dom.js";

/** @type {[import("../js/types.js").ScorerName, string, number][]} */
const SCORERS = [
  ["history", "What goes with your history", 1],
  ["genre", "Your genres", 0.2],
  ["popularity", "What many people watch", 0.2],
];

/**
 * Makes the sliders; `changed` is called at most once a frame, and only when something has.
 * @param {() => void} changed
 */
export function startTuning(changed) {
  byId("weights").append(
    ...SCORERS.map(([name, label, weight]) => {
      const output = el("output", { class: "number" }, weight.toFixed(2));
      const slider = el("input", { type: "range", min: "0", max: "2", step: "0.05", value: String(weight), disabled: true, id: `weight-${name}`, "data-testid": `weight-${name}` });
      slider.addEventListener("input", () => (output.textContent = Number(slider.value).toFixed(2)));
      return el("label", {}, el("span", {}, label), slider, output);
    }),
  );
  let asked = false;
  let last = JSON.stringify(tuning());
  // Not every way to choose an option fires both events; two in one frame ask once.
  const heard = () => {
    byId("diversity-value").textContent = Number(byId("diversity").value).toFixed(2);
    for (const [name] of SCORERS) byId(`weight-${name}`).disabled = byId("weights-auto").checked;
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
 * What the form says, as options of `recommend`.
 * @returns {import("../js/types.js").RecommendOptions}
 */
export function tuning() {
  const weights = Object.fromEntries(SCORERS.map(([name]) => [name, Number(byId(`weight-${name}`).value)]));
  const [only, without, min, max] = ["only-genre", "without-genre", "year-min", "year-max"].map((id) => byId(id).value);
  const year = { ...(min && { min: Number(min) }), ...(max && { max: Number(max) }) };
  return {
    ...(!byId("weights-auto").checked && { weights }),
    diversity: Number(byId("diversity").value),
    filter: { genres: { ...(only && { any: [only] }), ...(without && { none: [without] }) }, year },
  };
}
