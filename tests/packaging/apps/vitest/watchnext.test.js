import { writeFile } from "node:fs/promises";
import { createRecommender } from "watchnext";
import { expect, test } from "vitest";
import { report } from "./make.mjs";

test("a catalog of objects", async () => {
  const recommender = await createRecommender({ catalog: [{ id: 1, title: "One", genres: ["Drama"] }] });
  const { items } = await recommender.recommend();
  expect(items.map(({ item }) => item.title)).toEqual(["One"]);
  await recommender.close();
});

test("a list", async () => {
  await writeFile("report.json", JSON.stringify(await report(createRecommender)));
});
