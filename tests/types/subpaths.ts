// The subpaths that are for Node and for everything, as programs see them.

import { expectTypeOf } from "expect-type";
import type { Recommendations, Recommender, WatchnextError } from "watchnext";
import { home, type FilledRow, type HomeRow } from "watchnext/home";
import * as inline from "watchnext/inline";
import { createRecommender, fileStore, type HistoryStore } from "watchnext/node";
import { WatchnextError as TrainingError, train, type TrainOptions, type TrainPhase, type TrainReport } from "watchnext/train";

interface Film {
  id: number;
  title: string;
}

declare const films: Film[];
declare const recommender: Recommender<Film>;

export async function rows(): Promise<void> {
  const filled = await home(recommender, { rows: [{ key: "crime", options: { filter: { genres: { any: ["Crime"] } } } }, { key: "like", similarTo: 949 }], least: 1 });
  expectTypeOf(filled).toEqualTypeOf<FilledRow<Film>[]>();
  expectTypeOf(filled[0]?.items[0]?.item.title).toEqualTypeOf<string | undefined>();
  // @ts-expect-error no key
  const row: HomeRow = { options: {} };
  await home(recommender, { rows: [row] });
  // @ts-expect-error the row's own list has no signal: the home page's has
  await home(recommender, { rows: [{ key: "a", options: { signal: undefined } }] });
}

/** The same API under every name. */
export async function same(): Promise<void> {
  expectTypeOf(await inline.createRecommender({ catalog: films })).toEqualTypeOf<Recommender<Film>>();
  expectTypeOf(await createRecommender({ catalog: films })).toEqualTypeOf<Recommender<Film>>();
  expectTypeOf<inline.WatchnextError>().toEqualTypeOf<WatchnextError>();
  expectTypeOf<TrainingError>().toEqualTypeOf<WatchnextError>();
  // @ts-expect-error files are Node's alone
  inline.fileStore;
}

export async function files(): Promise<void> {
  const store = fileStore("histories");
  expectTypeOf(store).toEqualTypeOf<HistoryStore>();
  await createRecommender({ catalog: "catalog.json", history: { store } });
  // @ts-expect-error no folder
  fileStore();
}

export async function training(): Promise<Recommendations<Film>> {
  const { model, report } = await train({
    interactions: ["ratings.csv", new Uint8Array()],
    catalog: "catalog.json",
    columns: { user: "who", rating: "stars" },
    preset: "small",
    trainerUrl: "/trainer.wasm.lzma",
    onProgress: (phase, share) => expectTypeOf([phase, share] as const).toEqualTypeOf<readonly [TrainPhase, number]>(),
  });
  expectTypeOf(report).toEqualTypeOf<TrainReport>();
  expectTypeOf<Parameters<typeof train>>().toEqualTypeOf<[TrainOptions]>();
  // @ts-expect-error nothing to learn from
  await train({ catalog: "catalog.json" });
  // @ts-expect-error no such size
  await train({ interactions: "ratings.csv", preset: "huge" });
  // @ts-expect-error misspelt
  await train({ interactions: "ratings.csv", minimumRating: 4 });
  // What comes of it is what a recommender takes.
  return (await createRecommender({ catalog: films, model })).recommend();
}
