// The API's types, as programs see them; compiled, and never run.

import { expectTypeOf } from "expect-type";
import { WatchnextError, createRecommender, type ErrorCode, type Recommender, type RecommenderOptions, type ScorerModule } from "watchnext";

interface Film {
  id: number;
  title: string;
  runtime?: number;
}

declare const films: Film[];

export async function items(): Promise<void> {
  // Of an array, the items are what is in it.
  const ours = await createRecommender({ catalog: films });
  expectTypeOf(ours).toEqualTypeOf<Recommender<Film>>();
  const [first] = (await ours.recommend()).items;
  expectTypeOf(first?.item.runtime).toEqualTypeOf<number | undefined>();
  expectTypeOf((await ours.similar(1)).items[0]?.item.title).toEqualTypeOf<string | undefined>();
  const literal = await createRecommender({ catalog: [{ id: 1, title: "Heat", year: 1995 }] });
  expectTypeOf((await literal.recommend()).items[0]?.item.year).toEqualTypeOf<number | undefined>();

  // Of an address, what is said, or anything.
  expectTypeOf(await createRecommender<Film>({ catalog: "/films.json" })).toEqualTypeOf<Recommender<Film>>();
  const unknown = await createRecommender({ catalog: "/films.json" });
  expectTypeOf((await unknown.recommend()).items[0]?.item).toEqualTypeOf<Record<string, unknown> | undefined>();

  // @ts-expect-error an array of something else
  await createRecommender<Film>({ catalog: [{ id: 1 }] });
}

declare module "watchnext" {
  interface OwnScorers {
    newThisWeek: true;
  }
}

/** A module of the page's own. */
export const { score }: ScorerModule = {
  score: ({ profile, columns, items }) => new Float32Array(items).fill(profile.weights[0] ?? columns["added"].length),
};

export async function scorers(recommender: Recommender): Promise<void> {
  await createRecommender({ catalog: films, scorers: { newThisWeek: { url: "/new.js", columns: ["added"], weight: 1 } }, workers: { newThisWeek: 2 } });
  await recommender.recommend({ weights: { newThisWeek: 0.5, genre: 0 } });
  await createRecommender({ catalog: films, scorers: { newThisWeek: { score, columns: ["year"] } } });
  // @ts-expect-error a module or a function
  await createRecommender({ catalog: films, scorers: { newThisWeek: { url: "/new.js", score } } });
  // @ts-expect-error no address
  await createRecommender({ catalog: films, scorers: { newThisWeek: { weight: 1 } } });
}

export async function options(recommender: Recommender): Promise<void> {
  await createRecommender({ catalog: films, debug: (step) => expectTypeOf(step.at).toEqualTypeOf<number>() });
  // @ts-expect-error misspelt
  await createRecommender({ catalog: films, modle: "/model.wnm" });
  // @ts-expect-error no catalog
  await createRecommender({ model: "/model.wnm" });
  // @ts-expect-error unknown at depth
  await createRecommender({ catalog: films, limits: { catalog: { items: 1 } } });
  // @ts-expect-error no options
  await recommender.recommend(5);
  // @ts-expect-error a function is no filter
  await recommender.recommend({ filter: () => true });
  // @ts-expect-error no scorer
  await recommender.recommend({ weights: { taste: 1 } });
  // @ts-expect-error no item
  await recommender.record({ type: "watch" });
  // @ts-expect-error no event
  await recommender.record({ item: 1, type: "play" });
  await recommender.record([{ item: 1, type: "rate", rating: 5 }]);
  await recommender.record(films.map(({ id }) => ({ item: id, type: "watch" as const })));
  const all: RecommenderOptions<Film> = { catalog: films, workers: { history: 2 }, broker: { dispatch: { random: 1 } } };
  await createRecommender(all);
}

export function errors(error: unknown): string {
  if (!(error instanceof WatchnextError)) return "";
  expectTypeOf(error.code).toEqualTypeOf<ErrorCode>();
  // @ts-expect-error no code
  if (error.code === "CATALOG_BAD") return "";
  switch (error.code) {
    case "HTTP":
    case "NETWORK":
      return "offline?";
    default:
      return error.message;
  }
}

export async function events(recommender: Recommender): Promise<void> {
  recommender.addEventListener("model-error", ({ detail }) => expectTypeOf(detail.code).toEqualTypeOf<ErrorCode>());
  recommender.addEventListener("in-process", ({ detail }) => expectTypeOf(detail).toEqualTypeOf<{ queue: "history" | "genre" | "popularity" | "newThisWeek"; reason: string }>());
  recommender.addEventListener("something", () => undefined, { once: true });
  const stats = await recommender.stats();
  expectTypeOf(stats.reason).toEqualTypeOf<string | undefined>();
  if (stats.model?.error) expectTypeOf(stats.model.items).toEqualTypeOf<undefined>();
  expectTypeOf(recommender[Symbol.asyncDispose]).returns.toEqualTypeOf<Promise<void>>();
}
