const { readFileSync, writeFileSync } = require("node:fs");
const { createRecommender } = require("watchnext");

test("a catalog of objects", async () => {
  const recommender = await createRecommender({ catalog: [{ id: 1, title: "One", genres: ["Drama"] }] });
  const { items } = await recommender.recommend();
  expect(items.map(({ item }) => item.title)).toEqual(["One"]);
  await recommender.close();
});

test("a list", async () => {
  const recommender = await createRecommender({ catalog: readFileSync("public/catalog.json"), model: readFileSync("public/model.wnm") });
  await recommender.record({ item: "1", type: "watch", time: 0 });
  const { items } = await recommender.recommend({ limit: 10, explain: true });
  const { mode, reason } = await recommender.stats();
  await recommender.close();
  writeFileSync("report.json", JSON.stringify({ items: items.map(({ id, score }) => [id, score]), mode, reason }));
});
