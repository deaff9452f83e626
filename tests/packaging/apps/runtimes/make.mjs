import { readFile } from "node:fs/promises";

/** @param {typeof import("watchnext").createRecommender} createRecommender */
export async function report(createRecommender) {
  const [catalog, model] = await Promise.all([readFile("public/catalog.json"), readFile("public/model.wnm")]);
  const recommender = await createRecommender({ catalog, model });
  await recommender.record({ item: "1", type: "watch", time: 0 });
  const { items } = await recommender.recommend({ limit: 10, explain: true });
  const { mode, reason } = await recommender.stats();
  await recommender.close();
  return { items: items.map(({ id, score }) => [id, score]), mode, reason };
}
