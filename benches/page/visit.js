// A visit of a page that shows the last list of a former one until there is one of today. bench/run.mjs loads it again and again, as a page of its own.

import { importPackage, urlOf } from "./common.js";

const began = performance.now();
const parameters = new URLSearchParams(location.search);
const [items, name] = [Number(parameters.get("items")), parameters.get("history") ?? ""];

/** @param {{ items: readonly { item: Record<string, unknown> }[] }} list */
const show = (list) => void (document.body.innerHTML = `<ol>${list.items.map(({ item }) => `<li>${item["title"]}`).join("")}</ol>`);

/** How long after the script began there was the stale list on the page (none on the first visit), and that of today. */
async function visit() {
  const { createRecommender, lastList } = await importPackage();
  const last = await lastList("home", { history: name });
  if (last) show(last);
  // The browser has laid it out.
  const shown = document.body.offsetHeight > 0 && document.querySelectorAll("li").length === 20;
  const stale = performance.now() - began;
  const recommender = await createRecommender({ catalog: urlOf(items, "catalog.json"), history: { name } });
  if (!last) await recommender.record({ item: 5, type: "like" });
  const lists = recommender.live({ name: "home", limit: 20 });
  let { value } = await lists.next();
  if (value?.stale) ({ value } = await lists.next());
  if (value) show(value);
  const fresh = performance.now() - began;
  // It is kept a moment later.
  while (!(await lastList("home", { history: name }))) await new Promise((resolve) => setTimeout(resolve, 5));
  await lists.return();
  await recommender.close();
  return { ...(shown && { stale }), fresh };
}

visit().then((visited) => Object.assign(globalThis, { visited }), (error) => Object.assign(globalThis, { visited: { error: String(error.stack ?? error) } }));
