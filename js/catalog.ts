// A catalog that takes the place of another one while the recommender is there. Only a page that does that loads this.

import { checkObject, checkSignal, failOption, itemIds } from "./options.js";
import type { EngineChange, EngineError, EngineSource, PatchSource } from "./protocol.js";
import { engineSource, itemAsJson, type Reading } from "./source.js";
import type { CallOptions, CatalogChange, CatalogPatch, RecommenderEventTarget, SetCatalogOptions, Source } from "./types.js";

/** What the engine answers. */
interface Changed extends CatalogChange {
  /** The ids of the items that were put, in their order. */
  ids: string[];
  warnings: EngineError[];
}

/** What a change is made with. */
export interface Changer {
  recommender: RecommenderEventTarget;
  /** How catalogs are read. */
  reading: Omit<Reading, "signal">;
  /** Puts it to the engine, and the model with it. */
  change(change: EngineChange, signal: AbortSignal | undefined): Promise<unknown>;
  /** What an engine that is started later is to load. */
  loads(sources: { catalog?: EngineSource; patch: PatchSource | undefined }): void;
  changed(change: CatalogChange, warnings: EngineError[]): void;
}

/**
 * Changes of one recommender's catalog, in the order in which they were asked for: each is done, or refused, before the next begins. What
 * was patched is remembered item by item, so that an engine that is started anew can be told.
 */
export class Catalogs {
  readonly #changer: Changer;
  #last: Promise<unknown> = Promise.resolve();
  /** Of the catalog as it was loaded, what has gone, and what has come since: the last text of each item. */
  readonly #gone = new Set<string>();
  readonly #come = new Map<string, string>();

  constructor(changer: Changer) {
    this.#changer = changer;
  }

  /** Another catalog in place of this one. */
  set(catalog: Source | readonly object[], options: SetCatalogOptions = {}): Promise<CatalogChange> {
    checkObject("", options, { integrity: true, signal: true });
    const { signal, integrity } = options;
    checkSignal(signal);
    const { reading, loads } = this.#changer;
    const [name] = reading.functions?.[0] ?? [];
    if (name && !Array.isArray(catalog)) failOption(`fields.${name.slice(0, -2)}`, "a function is for a catalog that is an array");
    return this.#next(async () => {
      const given = await this.#read((signal) => engineSource(catalog, integrity, { ...reading, signal }), signal);
      // Bytes that were transferred cannot be posted, not even as none.
      const source = "bytes" in given && given.bytes.length === 0 ? { bytes: new Uint8Array() } : given;
      const { items, skipped, added, removed, warnings } = await this.#change({ catalog: source }, signal);
      this.#gone.clear();
      this.#come.clear();
      loads({ catalog: source, patch: undefined });
      return this.#told({ items, skipped, added, removed }, warnings);
    });
  }

  /** Some items in place of others. */
  patch(patch: CatalogPatch<object>, options: CallOptions = {}): Promise<CatalogChange> {
    checkObject("", options, { signal: true });
    checkSignal(options.signal);
    checkObject("patch", patch, { put: true, remove: true });
    const { put = [], remove = [] } = patch;
    if (!Array.isArray(put)) failOption("patch.put", "must be an array of items");
    if (!Array.isArray(remove)) failOption("patch.remove", "must be an array of ids");
    const ids = itemIds("patch.remove", remove);
    const texts = Array.from(put, (item: object, place) => itemAsJson(item, `patch.put[${place}]`, this.#changer.reading.functions ?? []));
    return this.#next(async () => {
      const { ids: came, warnings, ...told } = await this.#change({ patch: patchOf(ids, texts) }, options.signal);
      for (const id of ids) {
        this.#gone.add(id);
        this.#come.delete(id);
      }
      came.forEach((id, place) => this.#come.set(id, texts[place] as string));
      this.#changer.loads({ patch: patchOf([...this.#gone], [...this.#come.values()]) });
      return this.#told(told, warnings);
    });
  }

  /** Reads until the page, or whoever has asked, does not want it any more. */
  async #read<T>(read: (signal: AbortSignal) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const { recommender } = this.#changer;
    const ending = new AbortController();
    const end = (): void => ending.abort(signal?.reason);
    signal?.addEventListener("abort", end);
    recommender.addEventListener("closed", end);
    try {
      if (signal?.aborted) end();
      return await read(ending.signal);
    } catch (error) {
      // Its call says why.
      if (ending.signal.aborted) return { bytes: new Uint8Array() } as T;
      throw error;
    } finally {
      signal?.removeEventListener("abort", end);
      recommender.removeEventListener("closed", end);
    }
  }

  async #change(change: EngineChange, signal: AbortSignal | undefined): Promise<Changed> {
    return (await this.#changer.change(change, signal)) as Changed;
  }

  #told(change: CatalogChange, warnings: EngineError[]): CatalogChange {
    this.#changer.changed(change, warnings);
    return change;
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#last.then(work);
    this.#last = next.catch(() => undefined);
    return next;
  }
}

function patchOf(remove: string[], texts: string[]): PatchSource {
  return { remove, ...(texts.length > 0 && { bytes: new TextEncoder().encode(`[${texts.join(",")}]`) }) };
}
