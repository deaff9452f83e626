import { writeFile } from "node:fs/promises";
import { createRecommender } from "watchnext";
import { test } from "vitest";
import { report } from "./make.mjs";

test("a list", async () => {
  await writeFile("report.json", JSON.stringify(await report(createRecommender)));
});
