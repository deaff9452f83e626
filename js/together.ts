// A list for several people. Only a page that asks for one loads this.

import { failOption } from "./options.js";
import type { Explanation, GroupRecommendation, GroupRecommendations, Recommendations, RecommendOptions } from "./types.js";

/** So many titles of each member are looked at: the most that a list may have. */
const MOST = 1000;
const DEFAULT_LIMIT = 20;

/** What a title at this place of a member's own list, from 1, is to them: the gain of DCG (Järvelin and Kekäläinen 2002). */
const gain = (place: number): number => 1 / Math.log2(1 + place);

/** A list for all of them, from the list of each. */
export async function together<Item extends object>(
  users: readonly string[],
  recommend: (options: RecommendOptions, user: string) => Promise<Recommendations<Item>>,
  { limit = DEFAULT_LIMIT, explain = false, ...options }: RecommendOptions = {},
): Promise<GroupRecommendations<Item>> {
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST) failOption("limit", `must be a whole number from 1 to ${MOST}, found ${String(limit)}`);
  const lists = await Promise.all(users.map((user) => recommend({ ...options, limit: MOST }, user)));
  const places = lists.map(({ items }) => new Map(items.map(({ id }, place) => [id, place + 1])));
  const { chosen, shares } = choose(places, limit);
  const items = new Map(lists[0]?.items.map(({ id, item }) => [id, item]));
  const allow = { ...options, limit, explain, filter: { ...options.filter, ids: { allow: chosen } } };
  const explained = explain && chosen.length > 0 ? await Promise.all(users.map((user) => recommend(allow, user))) : [];
  const why = explained.map((list) => new Map(list.items.map(({ id, explanation }) => [id, explanation])));
  const of = (id: string): GroupRecommendation<Item> => ({
    id,
    item: items.get(id) as Item,
    members: Object.fromEntries(users.map((user, member) => {
      const explanation = why[member]?.get(id) as Explanation | undefined;
      return [user, { place: places[member]?.get(id) as number, ...(explanation && { explanation }) }];
    })),
  });
  const all = [...lists, ...explained];
  return {
    items: chosen.map(of),
    shares: Object.fromEntries(users.map((user, member) => [user, shares[member] ?? 0])),
    complete: all.every(({ complete }) => complete),
    missing: [...new Set(all.flatMap(({ missing }) => missing))],
  };
}

/**
 * One title after the other, greedily (Xiao et al. 2017, "Fairness-Aware Group Recommendation with Pareto-Efficiency", least misery, λ = ½): the one after which half
 * of the members' mean share and half of the smallest is largest. A member's share of a list is the gain of its titles over that of as many of their own first ones. Only what is
 * among the first thousand of everybody is looked at ("without misery", Masthoff 2004). Ties go to the smaller sum of places, then by id, whoever is named first.
 */
export function choose(places: readonly ReadonlyMap<string, number>[], limit: number): { chosen: string[]; shares: number[] } {
  const candidates = [...(places[0]?.keys() ?? [])]
    .filter((id) => places.every((own) => own.has(id)))
    .map((id) => {
      const own = places.map((member) => member.get(id) as number);
      return { id, sum: own.reduce((sum, place) => sum + place, 0), gains: own.map(gain) };
    })
    .sort((one, other) => one.sum - other.sum || (one.id < other.id ? -1 : 1));
  const chosen: string[] = [];
  const gained = places.map(() => 0);
  let best = 0;
  while (chosen.length < limit && candidates.length > 0) {
    best += gain(chosen.length + 1);
    let [place, most] = [0, -1];
    candidates.forEach(({ gains }, candidate) => {
      const shares = gains.map((gain, member) => (gained[member] as number) + gain);
      const worth = shares.reduce((sum, share) => sum + share, 0) / shares.length + Math.min(...shares);
      // What differs by the order of additions alone is equal.
      if (worth > most + 1e-9) [place, most] = [candidate, worth];
    });
    const [taken] = candidates.splice(place, 1);
    if (!taken) break;
    chosen.push(taken.id);
    taken.gains.forEach((gain, member) => (gained[member] = (gained[member] as number) + gain));
  }
  return { chosen, shares: gained.map((gain) => (best === 0 ? 0 : gain / best)) };
}
