// What only programs with a DOM have.

import { expectTypeOf } from "expect-type";
import { createRecommender, type Recommender, type Source } from "watchnext";

export async function page(recommender: Recommender, policy: { createScriptURL(url: string): URL }): Promise<void> {
  const { signal } = new AbortController();
  await recommender.recommend({ signal });
  const target: EventTarget = recommender;
  expectTypeOf(target).toEqualTypeOf<EventTarget>();
  const told = (event: CustomEvent<{ cause: string }>): void => console.log(event.detail.cause);
  recommender.addEventListener("engine-restart", told);
  recommender.removeEventListener("engine-restart", told);
  expectTypeOf<Request>().toExtend<Source>();
  await createRecommender({
    catalog: new Request("/catalog.json"),
    model: new URL("https://example.org/model.wnm"),
    workerUrl: policy.createScriptURL("/worker.js"),
    createWorker: () => new Worker("/worker.js"),
    wasm: fetch("/watchnext.wasm"),
    fetch: (input, init) => fetch(input, { ...init, credentials: "include" }),
    signal,
  });
}
