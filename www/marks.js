// What the viewer has said of titles, and the events that tell a recommender so.

/** @typedef {import("./items.js").Item} Item */
/** @typedef {"watch" | "like" | "dislike" | "skip"} Mark */
/** @typedef {{ type: Mark, item: Item }} Fact */
/** @typedef {{ item: string, type: Mark | "remove" }} Event */

/** Which marks of the same title each takes the place of. Watched and liked are independent. @type {Record<Mark, Mark[]>} */
const REPLACES = { watch: ["skip"], like: ["dislike", "skip"], dislike: ["like", "skip"], skip: [] };

const idOf = (/** @type {Fact} */ { item }) => String(item.id);

export class Marks {
  /** The latest last. @type {readonly Fact[]} */
  facts = [];

  /**
   * How a title is marked.
   * @param {string} id
   */
  of(id) {
    return new Set(this.facts.filter((fact) => idOf(fact) === id).map(({ type }) => type));
  }

  /** Each marked title once, with its marks, the latest first. */
  titles() {
    /** @type {Map<string, { item: Item, types: Mark[] }>} */
    const titles = new Map();
    for (const fact of [...this.facts].reverse()) {
      const title = titles.get(idOf(fact)) ?? { item: fact.item, types: [] };
      title.types.unshift(fact.type);
      titles.set(idOf(fact), title);
    }
    return [...titles.values()];
  }

  /**
   * Adds marks.
   * @param {Fact[]} facts
   * @returns {Event[]} what to tell a recommender that has been told the rest
   */
  add(facts) {
    for (const fact of facts) {
      const replaced = [fact.type, ...REPLACES[fact.type]];
      this.facts = [...this.facts.filter((old) => idOf(old) !== idOf(fact) || !replaced.includes(old.type)), fact];
    }
    return facts.map((fact) => ({ item: idOf(fact), type: fact.type }));
  }

  /**
   * Takes marks away, or brings former ones back.
   * @param {readonly Fact[]} facts all there are from now on
   * @returns {Event[]} what to tell a recommender that has been told the rest
   */
  replace(facts) {
    const before = this.facts;
    this.facts = facts;
    const gone = before.filter((fact) => !facts.includes(fact));
    const ids = new Set(gone.map(idOf));
    // `remove` takes all that was said of a title. Where some of it is to stay, or was said earlier than what the recommender has been
    // told since, all is told anew, in its order: weights fade with what came later.
    const simple = facts.every((fact) => before.includes(fact)) && !facts.some((fact) => ids.has(idOf(fact)));
    if (!simple) for (const fact of before) ids.add(idOf(fact));
    return [...[...ids].map((item) => /** @type {Event} */ ({ item, type: "remove" })), ...(simple ? [] : this.events())];
  }

  /** What to tell a recommender that has been told nothing. @returns {Event[]} */
  events() {
    return this.facts.map((fact) => ({ item: idOf(fact), type: fact.type }));
  }
}
