import type { Reason, ReasonWords } from "./types.js";

/** How a reason is said in English. */
export const ENGLISH: ReasonWords = {
  acts: {
    watched: (titles) => `you watched ${titles}`,
    liked: (titles) => `you liked ${titles}`,
    rated: (titles) => `you rated ${titles}`,
    clicked: (titles) => `you looked at ${titles}`,
  },
  and: (parts) => parts.join(" and "),
  history: (acts) => (acts ? `Because ${acts}` : "Goes with what you have watched"),
  genre: (genres, acts) => `Because you watch ${genres}${acts ? `, and ${acts}` : ""}`,
  popularity: (acts) => `Many people watch it${acts ? `, and ${acts}` : ""}`,
};

type Verb = Reason["items"][number]["verb"];

/** A reason as a sentence, in English or in the page's own words. */
export function reasonText({ kind, items, genres }: Reason, words: ReasonWords = ENGLISH): string {
  const verbs = [...new Set(items.map(({ verb }) => verb))];
  const titles = (of: Verb): string => words.and(items.filter(({ verb }) => verb === of).map(({ title }) => title));
  const acts = verbs.length > 0 ? words.and(verbs.map((verb) => words.acts[verb](titles(verb)))) : undefined;
  return kind === "genre" ? words.genre(words.and(genres), acts) : words[kind](acts);
}
