import type { Explanation, Likeness, Reason, ReasonWords, Why } from "./types.js";

/** What makes two titles alike is named where at least this part of the likeness is due to it, and so many of it. */
const NAMED_FROM = 0.15;
const MOST_NAMED = 2;

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
  excluded: {
    disliked: "You did not like it",
    seen: "You have seen it",
    episode: "Its series is recommended as a whole",
    ids: "It is not among the titles to choose from",
    year: "It is not of the years to choose from",
    genres: "It is not of the genres to choose from",
  },
  likeness: { viewers: "audience", genres: "genres", decade: "decade", tags: "tags", title: "title", words: "description" },
  similar: (ways) => `Similar ${ways}`,
  nothing: "Nothing you have watched speaks for it",
};

type Verb = Reason["items"][number]["verb"];

/** A reason as a sentence, in English or in the page's own words. */
export function reasonText({ kind, items, genres, said }: Reason, words: ReasonWords = ENGLISH): string {
  const verbs = [...new Set(items.map(({ verb }) => verb))];
  const titles = (of: Verb): string => words.and(items.filter(({ verb }) => verb === of).map(({ title }) => title));
  const acts = verbs.length > 0 ? words.and(verbs.map((verb) => words.acts[verb](titles(verb)))) : undefined;
  return said || (kind === "genre" ? words.genre(words.and(genres), acts) : (words[kind as "history" | "popularity"] ?? words.history)(acts));
}

/** What keeps a title out of the list, else what speaks for it, as a sentence. */
export function whyText({ excluded, explanation: { reason } }: Pick<Why, "excluded" | "explanation">, words: ReasonWords = ENGLISH): string {
  if (excluded) return words.excluded[excluded];
  return reason ? reasonText(reason, words) : words.nothing;
}

/** What makes a title like the one that `similar()` was asked about, the strongest first, as a sentence; nothing where nothing does. */
export function likenessText({ likeness = {} as never }: Pick<Explanation, "likeness">, words: ReasonWords = ENGLISH): string | undefined {
  const parts = Object.entries(likeness).sort(([, one], [, other]) => other - one);
  const total = parts.reduce((sum, [, part]) => sum + part, 0);
  const named = parts.filter(([, part]) => part > 0 && part >= NAMED_FROM * total).slice(0, MOST_NAMED);
  return named.length > 0 ? words.similar(words.and(named.map(([by]) => words.likeness[by as Likeness]))) : undefined;
}
