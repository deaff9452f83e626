// A list in Vue: made with the component that asks for it, closed with it, and asked for again when something is recorded.

import { createRecommender } from "watchnext";
import { onScopeDispose, shallowRef, toValue, watchEffect } from "vue";

/** `request` may be a ref or a getter: the list follows it. */
export function useRecommendations(options, request = {}) {
  const recommender = createRecommender(options);
  const list = shallowRef();
  const error = shallowRef();
  const recorded = shallowRef(0);
  watchEffect(async (onCleanup) => {
    const controller = new AbortController();
    onCleanup(() => controller.abort());
    const asked = { ...toValue(request), signal: controller.signal };
    void recorded.value; // Asks again when it changes.
    try {
      const made = await (await recommender).recommend(asked);
      if (controller.signal.aborted) return;
      [list.value, error.value] = [made, undefined];
    } catch (reason) {
      if (!controller.signal.aborted) error.value = reason;
    }
  });
  onScopeDispose(() => recommender.then((made) => made.close(), () => undefined));
  const record = async (event) => {
    await (await recommender).record(event);
    recorded.value += 1;
  };
  return { list, error, record };
}
