// What can be watched with the subscriptions that the viewer has. The page says which in the module's address:
// scorers: { onMyServices: { url: "/scorers/on-my-services.js?has=Mubi,Arte", columns: ["services"], weight: 0.3 } }

const mine = new Set(new URL(import.meta.url).searchParams.get("has")?.split(","));

/** Where an item can be watched, of what the viewer has. */
const on = (services) => (services ?? []).filter((service) => mine.has(service));

export function score({ columns, items }) {
  return Float32Array.from({ length: items }, (_, item) => (on(columns.services[item]).length > 0 ? 1 : 0));
}

export function explain({ columns, item }) {
  const [first] = on(columns.services[item]);
  return first && `On ${first}, which you have`;
}
