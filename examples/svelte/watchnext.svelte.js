// A list in Svelte: made with the component that asks for it, closed with it, and asked for again when something is recorded.

import { createRecommender } from "watchnext";
import { onDestroy } from "svelte";

export function recommendations(options, request = {}) {
  const recommender = createRecommender(options);
  let current = $state.raw({ list: undefined, error: undefined });
  const ask = async () => {
    try {
      current = { list: await (await recommender).recommend(request), error: undefined };
    } catch (error) {
      current = { list: current.list, error };
    }
  };
  onDestroy(() => recommender.then((made) => made.close(), () => undefined));
  ask();
  return {
    get items() {
      return current.list?.items ?? [];
    },
    get error() {
      return current.error;
    },
    async record(event) {
      await (await recommender).record(event);
      await ask();
    },
  };
}
