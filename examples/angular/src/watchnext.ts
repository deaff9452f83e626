// A list in Angular: made with the component that asks for it, closed with it, and asked for again when something is recorded.

import { DestroyRef, effect, inject, signal } from "@angular/core";
import { createRecommender, type RecommendOptions, type Recommendations, type RecommenderOptions, type WatchEvent } from "watchnext";

/** Call it where a component is made. The list follows the signals that `request` reads. */
export function recommendations<Item extends object>(options: RecommenderOptions<Item>, request: () => RecommendOptions = () => ({})) {
  const recommender = createRecommender<Item>(options);
  const list = signal<Recommendations<Item> | undefined>(undefined);
  const error = signal<unknown>(undefined);
  const recorded = signal(0);
  effect(async (onCleanup) => {
    const controller = new AbortController();
    onCleanup(() => controller.abort());
    const asked = { ...request(), signal: controller.signal };
    recorded(); // Asks again when it changes.
    try {
      const made = await (await recommender).recommend(asked);
      if (controller.signal.aborted) return;
      list.set(made);
      error.set(undefined);
    } catch (reason) {
      if (!controller.signal.aborted) error.set(reason);
    }
  });
  inject(DestroyRef).onDestroy(() => recommender.then((made) => made.close(), () => undefined));
  const record = async (event: WatchEvent) => {
    await (await recommender).record(event);
    recorded.update((count) => count + 1);
  };
  return { list: list.asReadonly(), error: error.asReadonly(), record };
}
