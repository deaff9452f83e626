// What the viewer's friends have watched. What has to be waited for, the module awaits itself: until then its queue waits.
// scorers: { friends: { url: "/scorers/friends.js", columns: ["id"], weight: 0.5 } }

/** Names of friends by the ids of what they have watched: { "318": ["Ada", "Grace"] }. */
const watched = await (await fetch(new URL("./friends.json", import.meta.url))).json();

const friends = new Set(Object.values(watched).flat()).size;

/** How many friends have watched it, as a part of all. */
export function score({ columns, items }) {
  return Float32Array.from({ length: items }, (_, item) => (watched[columns.id[item]]?.length ?? 0) / friends);
}

export function explain({ columns, item }) {
  const names = watched[columns.id[item]];
  return names && `${names.join(" and ")} watched it`;
}
