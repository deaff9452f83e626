// React's hooks and the custom element, as programs see them.

import { expectTypeOf } from "expect-type";
import { Suspense, type ReactElement } from "react";
import type { Recommendation, Recommendations, Recommender, RecommenderOptions } from "watchnext";
import { WatchNextElement } from "watchnext/element";
import { WatchnextProvider, useHome, useRecommendations, useRecommender, useRecord, type FilledRow, type Listed } from "watchnext/react";

interface Film {
  id: number;
  title: string;
}

function ForYou(): ReactElement {
  const { items, list, pending, error, refresh } = useRecommendations<Film>({ limit: 3, explain: true, suspense: true });
  expectTypeOf(items).toEqualTypeOf<Recommendation<Film>[]>();
  expectTypeOf(list).toEqualTypeOf<Listed<Film> | undefined>();
  expectTypeOf<Listed<Film>>().toExtend<Recommendations<Film>>();
  expectTypeOf(pending).toEqualTypeOf<boolean>();
  expectTypeOf(error).toEqualTypeOf<unknown>();
  expectTypeOf(useHome<Film>({ rows: [{ key: "like", similarTo: 1 }] }).rows).toEqualTypeOf<FilledRow<Film>[]>();
  expectTypeOf(useRecommender<Film>()).toEqualTypeOf<Recommender<Film> | undefined>();
  const record = useRecord();
  // @ts-expect-error no event
  const play = () => record({ item: 1, type: "play" });
  // @ts-expect-error a hook's list ends with its component
  useRecommendations({ signal: new AbortController().signal });
  return (
    <ul onClick={play}>
      {items.map(({ id, item }) => (
        <li key={id} onClick={() => void record({ item: id, type: "like" })} onMouseEnter={refresh}>
          {item.title}
        </li>
      ))}
    </ul>
  );
}

export function App(): ReactElement {
  return (
    <WatchnextProvider options={{ catalog: "/catalog.json" }}>
      <Suspense>
        <ForYou />
      </Suspense>
    </WatchnextProvider>
  );
}

// @ts-expect-error no options
export const without = <WatchnextProvider />;

export function element(row: WatchNextElement): void {
  const inPage: HTMLElement = row;
  inPage.append("…");
  expectTypeOf(row.options).toEqualTypeOf<RecommenderOptions<Record<string, unknown>> | undefined>();
  expectTypeOf(row.items).toEqualTypeOf<readonly Recommendation[]>();
  row.request = { limit: 3 };
  // @ts-expect-error misspelt
  row.request = { limt: 3 };
  // @ts-expect-error made by the element
  row.items = [];
  expectTypeOf(row.refresh).returns.toEqualTypeOf<Promise<void>>();
}
