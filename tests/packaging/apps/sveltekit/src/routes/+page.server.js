// The list, made on the server, too.

import { readFile } from "node:fs/promises";
import { createRecommender } from "watchnext";

export async function load() {
  const folder = process.env.DATA;
  const [catalog, model] = await Promise.all([readFile(`${folder}/catalog.json`), readFile(`${folder}/model.wnm`)]);
  const recommender = await createRecommender({ catalog, model });
  await recommender.record({ item: "1", type: "watch", time: 0 });
  const { items } = await recommender.recommend({ limit: 10 });
  await recommender.close();
  return { server: JSON.stringify(items.map(({ id, score }) => [id, score])) };
}
