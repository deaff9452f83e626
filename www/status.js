// What the page is doing, at its top: phases for everybody, and bytes for who looks at the bar.

import { byId, hide } from "./dom.js";

/**
 * A phase; it is read out, so there are few.
 * @param {string} text
 * @param {"loading" | "ready" | "error"} [state]
 */
export function phase(text, state = "loading") {
  byId("status").dataset.state = state;
  if (byId("status-text").textContent !== text) byId("status-text").textContent = text;
  byId("status-progress").hidden = state !== "loading";
  if (state !== "loading") bytes(0);
  if (state === "error") return;
  hide(byId("retry"), byId("status"));
  byId("for-you").hidden = false;
}

/**
 * How much has come. Nobody reads it out.
 * @param {number} loaded
 * @param {number} [total]
 */
export function bytes(loaded, total) {
  const megabytes = (/** @type {number} */ count) => (count / 1e6).toFixed(1);
  byId("status-bytes").textContent = loaded === 0 ? "" : `${megabytes(loaded)}${total ? ` of ${megabytes(total)}` : ""} MB`;
  const progress = byId("status-progress");
  if (total) Object.assign(progress, { max: total, value: loaded });
  else progress.removeAttribute("value");
}

/**
 * The page cannot go on without what went wrong.
 * @param {unknown} error
 */
export function failed(error) {
  phase(inWords(error), "error");
  byId("retry").hidden = false;
  byId("welcome").hidden = true;
  byId("for-you").hidden = byId("for-you").children.length === 0;
  if (byId("for-you").hidden) byId("summary").textContent = "There is no list.";
}

/**
 * An error's text, with its code where it has one.
 * @param {unknown} error
 */
export function inWords(error) {
  const { message = String(error), code = undefined } = /** @type {{ message?: string, code?: unknown }} */ (error ?? {});
  return typeof code === "string" ? `${message} (${code})` : message;
}

/**
 * There is no model, and why.
 * @param {unknown} error
 */
export function withoutModel(error) {
  byId("without-model").hidden = false;
  byId("without-model-text").textContent = "Without the model: ranking by content.";
  byId("without-model-why").textContent = inWords(error);
  byId("retry-model").disabled = false;
}

export function withModel() {
  hide(byId("without-model"), byId("status"));
  byId("without-model-text").textContent = "";
}
