// Elements without HTML: whatever a catalog says is text, never markup.

/**
 * Makes an element. Of `properties`, `class`, `data-…`, `aria-…` and `role` are attributes, `on` is a click handler, the rest
 * properties; what is undefined is left out.
 * @param {string} tag
 * @param {Record<string, any>} [properties]
 * @param {...(Node | string | undefined)} children
 * @returns {any}
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined) continue;
    if (name === "on") element.addEventListener("click", value);
    else if (/^(class|role|data-.*|aria-.*)$/.test(name)) element.setAttribute(name, value);
    else /** @type {any} */ (element)[name] = value;
  }
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

/** Outlines on a field of 24 by 24. */
const ICONS = {
  watch: "M5 12.5l4.5 4.5L19 7.5",
  like: "M12 20s-7-4.4-7-9.6A3.9 3.9 0 0 1 12 8a3.9 3.9 0 0 1 7 2.4C19 15.6 12 20 12 20z",
  dislike: "M6.5 6.5l11 11M17.5 6.5l-11 11",
  skip: "M6 6l7 6-7 6zM17 6v12",
  more: "M5 5h6v6H5zM13 5h6v6h-6zM5 13h6v6H5zM16 13v6M13 16h6",
};

/**
 * One of the page's icons.
 * @param {keyof typeof ICONS} name
 */
export function icon(name) {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(namespace, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** Lets the page be drawn before there is more to draw: several small tasks instead of a long one. */
export const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));

/**
 * The element with this id.
 * @param {string} id
 * @returns {any}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no #${id}`);
  return element;
}

/**
 * A bar of this share, with a width the style sheet reads.
 * @param {number} share 0 to 1
 */
export function bar(share) {
  const element = el("span", { class: "bar", "aria-hidden": "true" });
  element.style.setProperty("--share", String(Math.max(0, Math.min(1, share))));
  return element;
}

/**
 * Hides an element; where it had the keyboard's focus, another gets it: without one, the next press of Tab would begin at the page's top.
 * @param {HTMLElement} element
 * @param {HTMLElement} heir
 */
export function hide(element, heir) {
  const focused = element.contains(document.activeElement);
  element.hidden = true;
  if (focused) heir.focus({ preventScroll: true });
}
