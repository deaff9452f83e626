import { HeldRecommender } from "./held.js";
import type { Recommendation, Recommender, RecommenderOptions, RecommendOptions, Recorded, WatchEvent } from "./types.js";

/** Where there is no DOM, as on a server, the module can be imported all the same. */
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

const STYLE = `
:host { display: block; }
:host([hidden]) { display: none; }
h2 { margin: 0 0 .5em; font-size: 1.25em; }
ul { display: flex; gap: .75em; margin: 0; padding: .25em; list-style: none; overflow-x: auto; scroll-snap-type: x proximity; }
li { flex: 0 0 var(--watch-next-width, 10em); scroll-snap-align: start; }
a, button { display: block; box-sizing: border-box; inline-size: 100%; padding: .5em; border: 1px solid; border-radius: .25em; font: inherit; color: inherit; background: none; text-align: start; text-decoration: none; cursor: pointer; }
a:focus-visible, button:focus-visible { outline: .2em solid; outline-offset: .1em; }
img { display: block; inline-size: 100%; aspect-ratio: var(--watch-next-ratio, 2 / 3); object-fit: cover; }
[part=title], [part=reason] { display: block; }
[part=reason] { font-size: .85em; }
[part=status]:empty { display: none; }
`;

/**
 * A row of recommendations: `<watch-next catalog="/catalog.json" model="/model.wnm" heading="For you"></watch-next>`.
 *
 * Attributes: `catalog` and `model` (addresses), `heading`, `limit`, `href` (`/title/{id}`: items are links; else buttons), `image` and `label` (the
 * fields that have an image's address, and the title where it is not in `title` or `name`), `reasons` (say why). Properties: `options` for all that `createRecommender` takes, `request` for all that
 * `recommend` takes, `recommender` for one that several elements share and the page closes.
 * Events: `watch-next-select` when an item is chosen, with the recommendation as `detail`; `watch-next-list` when there is a list;
 * `watch-next-error`. Parts to style: `heading`, `list`, `item`, `link`, `image`, `title`, `reason`, `status`; and the slots `loading` and `error` for other
 * words. Left and right, Home and End move between items, of which one is in the tabulator's order.
 */
export class WatchNextElement extends Base {
  static readonly observedAttributes = ["catalog", "model", "heading", "limit", "href", "image", "label", "reasons"];

  #held: HeldRecommender<Record<string, unknown>> | undefined;
  #release: (() => void) | undefined;
  #options: RecommenderOptions<Record<string, unknown>> | undefined;
  #request: RecommendOptions = {};
  #recommender: Recommender<Record<string, unknown>> | undefined;
  #shadow: ShadowRoot | undefined;
  /** Which list is on its way, or there. */
  #asked = 0;
  #items: Recommendation[] = [];

  /** What the recommender is made with, in place of `catalog` and `model`. */
  get options(): RecommenderOptions<Record<string, unknown>> | undefined {
    return this.#options;
  }
  set options(options: RecommenderOptions<Record<string, unknown>> | undefined) {
    this.#options = options;
    this.#restart();
  }

  /** What lists are asked for with, besides `limit` and `reasons`. */
  get request(): RecommendOptions {
    return this.#request;
  }
  set request(request: RecommendOptions) {
    this.#request = request;
    void this.refresh();
  }

  /** One that is the page's own. */
  get recommender(): Recommender<Record<string, unknown>> | undefined {
    return this.#recommender;
  }
  set recommender(recommender: Recommender<Record<string, unknown>> | undefined) {
    this.#recommender = recommender;
    this.#restart();
  }

  /** What is shown. */
  get items(): readonly Recommendation[] {
    return this.#items;
  }

  connectedCallback(): void {
    // What a framework has set before the element was defined.
    for (const name of ["options", "request", "recommender"] as const) {
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name];
      delete this[name];
      Object.assign(this, { [name]: value });
    }
    this.#build();
    this.#restart();
  }

  disconnectedCallback(): void {
    this.#asked += 1;
    this.#release?.();
    this.#release = undefined;
  }

  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    // An element that is upgraded in the page hears of its attributes before it is connected.
    if (before === now || !this.#shadow || !this.isConnected) return;
    if (name === "catalog" || name === "model") this.#restart();
    else if (name === "limit" || name === "reasons") void this.refresh();
    else this.#show();
  }

  /** Records what the viewer did, and shows the list that comes of it. */
  async record(event: WatchEvent | readonly WatchEvent[]): Promise<Recorded> {
    const recorded = await (await this.#ready()).record(event);
    await this.refresh();
    return recorded;
  }

  /** Asks for the list anew. Resolves when it is shown, or something newer is asked for. */
  async refresh(): Promise<void> {
    if (!this.isConnected || !(this.#recommender || this.#held)) return;
    const asked = (this.#asked += 1);
    this.#list.setAttribute("aria-busy", "true");
    if (this.#items.length === 0) this.#say("loading", "Loading …");
    try {
      const limit = Number(this.getAttribute("limit") ?? 20);
      const list = await (await this.#ready()).recommend({ limit, explain: this.hasAttribute("reasons"), ...this.#request });
      if (asked !== this.#asked) return;
      this.#items = list.items;
      this.#say("loading", "");
      this.#show();
      this.dispatchEvent(new CustomEvent("watch-next-list", { detail: list }));
    } catch (error) {
      if (asked !== this.#asked) return;
      this.#say("error", "The list could not be loaded.");
      this.dispatchEvent(new CustomEvent("watch-next-error", { detail: error }));
    }
    this.#list.setAttribute("aria-busy", "false");
  }

  get #list(): HTMLUListElement {
    return this.#shadow?.querySelector("ul") as HTMLUListElement;
  }

  async #ready(): Promise<Recommender<Record<string, unknown>>> {
    const recommender = this.#recommender ?? (await this.#held?.ready);
    if (!recommender) throw new Error("<watch-next> has neither a catalog nor a recommender");
    return recommender;
  }

  /** With another recommender, if there is anything to make one of. An element that is moved keeps its own. */
  #restart(): void {
    if (!this.#shadow || !this.isConnected) return;
    const [catalog, model] = [this.getAttribute("catalog"), this.getAttribute("model")];
    const options = this.#recommender ? undefined : (this.#options ?? (catalog === null ? undefined : { catalog, ...(model !== null && { model }) }));
    const key = (value: unknown): string => (value === this.#options ? "own" : JSON.stringify(value));
    if (!options) this.#held = undefined;
    else if (!this.#held || this.#madeOf?.options !== this.#options || key(this.#madeOf?.made) !== key(options)) {
      this.#held = new HeldRecommender(options);
      this.#madeOf = { options: this.#options, made: options };
    }
    const release = this.#release;
    this.#release = this.#held?.take();
    release?.();
    void this.refresh();
  }
  #madeOf: { options: unknown; made: unknown } | undefined;

  #build(): void {
    if (this.#shadow) return;
    this.#shadow = this.attachShadow({ mode: "open" });
    // A style element would need the page's CSP to allow it.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    this.#shadow.adoptedStyleSheets = [sheet];
    const heading = made("h2", "heading");
    heading.id = "heading";
    const list = made("ul", "list");
    // Safari takes the role away with the bullets.
    list.setAttribute("role", "list");
    list.setAttribute("aria-labelledby", "heading");
    list.addEventListener("keydown", (event) => this.#move(event));
    list.addEventListener("focusin", ({ target }) => this.#rove(target as HTMLElement));
    const status = made("p", "status");
    status.setAttribute("role", "status");
    this.#shadow.append(heading, list, status);
  }

  #say(slot: "loading" | "error", text: string): void {
    const status = this.#shadow?.querySelector("[part=status]");
    if (text === "") return status?.replaceChildren();
    const words = document.createElement("slot");
    words.name = slot;
    words.textContent = text;
    status?.replaceChildren(words);
  }

  #show(): void {
    const heading = this.#shadow?.querySelector("h2") as HTMLElement;
    heading.textContent = this.getAttribute("heading") ?? "Recommended";
    const former = new Map([...this.#list.children].map((entry) => [(entry as HTMLElement).dataset.id, entry]));
    const focused = (this.#shadow?.activeElement?.closest("li") as HTMLElement | null)?.dataset.id;
    // Kept by id, so that the focus stays.
    this.#list.replaceChildren(...this.#items.map((recommendation) => this.#entry(recommendation, former.get(recommendation.id))));
    const links = this.#links();
    const again = links.find((link) => (link.parentElement as HTMLElement).dataset.id === focused);
    this.#rove(again ?? links[0]);
    if (focused !== undefined) (again ?? links[0])?.focus();
  }

  #entry(recommendation: Recommendation, former: Element | undefined): Element {
    const { id, item, explanation } = recommendation;
    const entry = (former ?? made("li", "item")) as HTMLElement;
    entry.dataset.id = id;
    const href = this.getAttribute("href")?.replaceAll("{id}", encodeURIComponent(id));
    const link = made(href === undefined ? "button" : "a", "link");
    if (href === undefined) link.setAttribute("type", "button");
    else link.setAttribute("href", href);
    link.addEventListener("click", () => this.dispatchEvent(new CustomEvent("watch-next-select", { detail: recommendation, bubbles: true, composed: true })));
    const image = item[this.getAttribute("image") ?? ""];
    if (typeof image === "string") {
      const shown = made("img", "image") as HTMLImageElement;
      Object.assign(shown, { src: image, alt: "", loading: "lazy" });
      link.append(shown);
    }
    const title = made("span", "title");
    const label = this.getAttribute("label");
    title.textContent = String((label === null ? (item.title ?? item.name) : item[label]) ?? id);
    link.append(title);
    const why = explanation?.reason?.text;
    if (why && this.hasAttribute("reasons")) {
      const reason = made("span", "reason");
      reason.textContent = why;
      link.append(reason);
    }
    entry.replaceChildren(link);
    return entry;
  }

  #links(): HTMLElement[] {
    return [...this.#list.querySelectorAll<HTMLElement>("[part=link]")];
  }

  /** One item is in the tabulator's order. */
  #rove(to: HTMLElement | undefined): void {
    for (const link of this.#links()) link.tabIndex = link === to ? 0 : -1;
  }

  #move(event: KeyboardEvent): void {
    const links = this.#links();
    const at = links.indexOf(this.#shadow?.activeElement as HTMLElement);
    const forward = getComputedStyle(this).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    const back = forward === "ArrowRight" ? "ArrowLeft" : "ArrowRight";
    const to = { [forward]: at + 1, [back]: at - 1, Home: 0, End: links.length - 1 }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    links[Math.min(Math.max(to, 0), links.length - 1)]?.focus();
  }
}

function made(tag: string, part: string): HTMLElement {
  const element = document.createElement(tag);
  element.setAttribute("part", part);
  return element;
}

if (globalThis.customElements && !customElements.get("watch-next")) customElements.define("watch-next", WatchNextElement);
