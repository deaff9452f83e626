// What the types of the API take from the browser's or Node's. A program may know neither (a shared package without `lib: ["DOM"]`), so
// none of them is named directly: what a program's own libraries do not know is left out of the API's types there.

/** The type of what a constructor of this name makes. */
type Instance<Name extends string> = typeof globalThis extends Record<Name, { prototype: infer Made }> ? Made : never;

/** The same, where something has to be extended. */
type Base<Name extends string> = typeof globalThis extends Record<Name, { prototype: infer Made extends object }> ? Made : object;

export type AbortSignal = Instance<"AbortSignal">;
export type Request = Instance<"Request">;
export type Response = Instance<"Response">;
export type Blob = Instance<"Blob">;
export type URL = Instance<"URL">;
export type Worker = Instance<"Worker">;
export type Module = typeof globalThis extends { WebAssembly: { Module: { prototype: infer Made } } } ? Made : never;
export type Fetch = typeof globalThis extends { fetch: infer Fetch } ? Fetch : never;

type Event = Base<"Event">;
export type Target = Base<"EventTarget">;

/** A `CustomEvent` with this detail. */
export type DetailedEvent<Detail> = Omit<Base<"CustomEvent">, "detail"> & { readonly detail: Detail };

/** What `addEventListener` takes besides a function of the event's own type. */
export type Listener = ((event: Event) => void) | { handleEvent(event: Event): void } | null;
export type ListenerOptions = boolean | { capture?: boolean; once?: boolean; passive?: boolean; signal?: AbortSignal };
