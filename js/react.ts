import { createContext, createElement, useContext, useEffect, useState, useSyncExternalStore, type ReactElement, type ReactNode } from "react";

import { HeldRecommender, type Asked } from "./held.js";
import { home, type FilledRow, type HomeOptions } from "./home.js";
import type { LiveOptions, Recommendation, Recommendations, Recommender, RecommenderOptions, Recorded, WatchEvent } from "./types.js";

export type { FilledRow, HomeOptions, HomeRow } from "./home.js";

/** Its items are of a type that the hooks are told. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
const Context = createContext<HeldRecommender<any> | undefined>(undefined);

export interface WatchnextProviderProps {
  /** As of `createRecommender`. They are read once: for others give the provider another `key`. */
  options: RecommenderOptions<Record<string, unknown>>;
  children?: ReactNode;
}

/**
 * Makes one recommender for what is inside it when it is mounted, and closes it with its workers when it is unmounted: once, also where
 * StrictMode mounts twice.
 */
export function WatchnextProvider({ options, children }: WatchnextProviderProps): ReactElement {
  const [held] = useState(() => new HeldRecommender(options));
  useEffect(() => held.take(), [held]);
  return createElement(Context.Provider, { value: held }, children);
}

/** What a hook knows now. */
export interface Loading {
  /** Whether something newer is on its way. What was there before stays until then. */
  pending: boolean;
  /** Why the recommender could not be made, or the list: a `WatchnextError`. */
  error: unknown;
  /** Asks again though nothing was recorded. */
  refresh(): void;
}

export interface RecommendationsState<Item extends object> extends Loading {
  /** The list's items; none before there is a list. */
  items: Recommendation<Item>[];
  /** All that came with the list. */
  list: Listed<Item> | undefined;
}

/** A list, or the last one of a former visit, while that of today is on its way. */
export type Listed<Item extends object> = Recommendations<Item> & { stale?: true };

export interface HomeState<Item extends object> extends Loading {
  rows: FilledRow<Item>[];
}

/** `suspense`: the component waits in the next `<Suspense>`, which has to be inside the provider, and errors go to the next error boundary. */
export interface HookOptions {
  suspense?: boolean;
}

/** The recommender, once it is there. */
export function useRecommender<Item extends object = Record<string, unknown>>(): Recommender<Item> | undefined {
  return useHeldState<Item>()[1].recommender;
}

/** Records what the viewer did; every list inside the provider is made anew. It is the same function each time. */
export function useRecord(): (event: WatchEvent | readonly WatchEvent[]) => Promise<Recorded> {
  return useHeld().record;
}

/**
 * A live list: another as soon as an event, here or in another tab, or another catalog makes it another one, or the options change. They are compared by what they say. With a
 * `name` it is there on the next visit before there is a recommender (`list.stale`).
 */
export function useRecommendations<Item extends object = Record<string, unknown>>(options: Omit<LiveOptions, "signal"> & HookOptions = {}): RecommendationsState<Item> {
  const { suspense = false, ...asked } = options;
  const { name: _, ...once } = asked;
  const ask = (recommender: Recommender<Item>): Promise<Listed<Item>> => recommender.recommend(once);
  const { data, ...state } = useAsked(`list ${JSON.stringify(asked)}`, ask, suspense, asked);
  return { ...state, list: data, items: data?.items ?? [] };
}

/** The rows of a home page, of which no two have the same item; anew as with {@link useRecommendations}. */
export function useHome<Item extends object = Record<string, unknown>>(options: Omit<HomeOptions, "signal"> & HookOptions = {}): HomeState<Item> {
  const { suspense = false, ...asked } = options;
  const { data, ...state } = useAsked(`home ${JSON.stringify(asked)}`, (recommender: Recommender<Item>) => home(recommender, asked), suspense);
  return { ...state, rows: data ?? [] };
}

function useHeld<Item extends object>(): HeldRecommender<Item> {
  const held = useContext(Context) as HeldRecommender<Item> | undefined;
  if (!held) throw new Error("watchnext's hooks are for components inside a <WatchnextProvider>");
  return held;
}

function useHeldState<Item extends object>() {
  const held = useHeld<Item>();
  return [held, useSyncExternalStore(held.subscribe, held.snapshot, held.snapshot)] as const;
}

function useAsked<Item extends object, T>(key: string, ask: (recommender: Recommender<Item>) => Promise<T>, suspense: boolean, live?: LiveOptions): Loading & { data: T | undefined } {
  const [held, { recorded, error: broken }] = useHeldState<Item>();
  let asked: Asked<T> | undefined = held.answer(key);
  if (suspense) {
    // Nothing is mounted there, so nothing would ever come: React gives the boundary's fallback, and the browser goes on.
    if (typeof document === "undefined") throw new Error("watchnext's lists are made in browsers");
    // A live list follows by itself.
    asked = (live && asked) ?? held.ask(key, ask);
    if (asked.error !== undefined) throw asked.error;
    if (!("data" in asked) && asked.asking) throw asked.asking;
  }
  // By the key, the options are the same.
  useEffect(() => (live ? held.follow(key, live) : void held.ask(key, ask)), [held, key, live ? 0 : recorded]);
  const isStale = asked?.data !== undefined && (asked.data as { stale?: true }).stale === true;
  return {
    data: asked?.data,
    error: broken ?? asked?.error,
    pending: broken === undefined && (asked === undefined || asked.asking !== undefined || (live ? isStale : asked.recorded !== recorded)),
    refresh: () => void held.ask(key, ask, true),
  };
}
