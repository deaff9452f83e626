// What every app does, whatever bundles it: a list, and where it was made, for the test to read.

import { createRecommender } from "watchnext";

async function report() {
  const recommender = await createRecommender({ catalog: "/catalog.json", model: "/model.wnm", history: { store: "memory" } });
  await recommender.record({ item: "1", type: "watch", time: 0 });
  const { items } = await recommender.recommend({ limit: 10, explain: true, deadline: 60_000 });
  const { mode, reason } = await recommender.stats();
  return { items: items.map(({ id, score }) => [id, score]), mode, reason };
}

let ran = false;

/** Once, however often a framework mounts what calls it. */
export async function run() {
  if (ran) return;
  ran = true;
  const outcome = await report().catch((error) => ({ error: `${error.code} ${error.message}` }));
  document.body.dataset.report = JSON.stringify(outcome);
}
