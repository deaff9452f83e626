// A server component that makes the list itself.

import { readFile } from "node:fs/promises";
import { createRecommender } from "watchnext";

export const dynamic = "force-dynamic";

export default async function Page() {
  const [catalog, model] = await Promise.all([readFile("public/catalog.json"), readFile("public/model.wnm")]);
  const recommender = await createRecommender({ catalog, model });
  await recommender.record({ item: "1", type: "watch", time: 0 });
  const { items } = await recommender.recommend({ limit: 10 });
  await recommender.close();
  return <p id="server">{JSON.stringify(items.map(({ id, score }) => [id, score]))}</p>;
}
