import type { Reason, ReasonWords } from "./types.js";

/** How a reason is said in English. */
export const ENGLISH: ReasonWords = {
  acts: {
    watched: (title) => `you watched ${title}`,
    liked: (title) => `you liked ${title}`,
    rated: (title) => `you rated ${title}`,
    clicked: (title) => `you looked at ${title}`,
  },
  and: (parts) => parts.join(" and "),
  history: (acts) => (acts ? `Because ${acts}` : "Goes with what you have watched"),
  genre: (genres, acts) => `Because you watch ${genres}${acts ? `, and ${acts}` : ""}`,
  popularity: (acts) => `Many people watch it${acts ? `, and ${acts}` : ""}`,
};

/** A reason as a sentence, in English or in the page's own words. */
export function reasonText({ kind, items, genres }: Reason, words: ReasonWords = ENGLISH): string {
  const acts = items.length > 0 ? words.and(items.map(({ title, verb }) => words.acts[verb](title))) : undefined;
  return kind === "genre" ? words.genre(words.and(genres), acts) : words[kind](acts);
}
