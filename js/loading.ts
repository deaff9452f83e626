import { absolute } from "./address.js";
import { idleTimeout } from "./download.js";
import { fieldFunctions, isAddress, loadOptions, type FieldFunctions } from "./options.js";
import type { ConfiguredMessage, Engine, EngineChange, EngineError, EngineListener, EngineSource, EngineSources, PatchSource, StartEngine } from "./protocol.js";
import type { Platform, Reading } from "./source.js";
import type { RecommenderOptions } from "./types.js";

/** An engine that has found its options good, and what it is to load. */
export interface Configured {
  engine: Engine;
  load: EngineSources;
}

/** What all engines of a recommender are told before they get calls: the options, then what to load. */
export class Loading {
  readonly #options: Pick<RecommenderOptions<object>, "catalog" | "model" | "integrity" | "fetch">;
  readonly #platform: Platform;
  readonly #configure: string;
  readonly #idle: number;
  readonly #functions: FieldFunctions;
  /** Once they have been read. */
  #sources: EngineSources | undefined;
  #withoutModel = false;

  constructor(options: RecommenderOptions<object>, platform: Platform) {
    this.#options = options;
    this.#platform = platform;
    this.#configure = loadOptions(options, platform.base);
    this.#idle = idleTimeout(options.idleTimeout);
    this.#functions = fieldFunctions(options);
  }

  /** Starts an engine, and reads what only the page can read: not before the options are known to be good. */
  async start(startEngine: StartEngine, listener: EngineListener<ConfiguredMessage>, signal: AbortSignal): Promise<Configured> {
    let configured = (): void => undefined;
    const isConfigured = new Promise<void>((resolve, reject) => {
      configured = resolve;
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    // While the engine still starts, nobody listens: an abort is told by the start itself.
    isConfigured.catch(() => undefined);
    const engine = await startEngine(
      { ...listener, message: (message) => ("configured" in message ? configured() : listener.message(message)) },
      signal,
      this.#addresses(),
    );
    try {
      engine.post({ configure: this.#configure });
      await isConfigured;
      return { engine, load: (this.#sources ??= await this.#read(signal)) };
    } catch (error) {
      const ended = engine.terminate();
      if (signal.aborted) await ended;
      throw error;
    }
  }

  /** An engine does without the model: none after it is to try again. Whether that is news. */
  doWithoutModel(error: EngineError): boolean {
    if (this.#withoutModel || !this.#sources) return false;
    this.#sources = { ...this.#sources, model: { failed: error } };
    return (this.#withoutModel = true);
  }

  /** How a catalog is read that comes later. */
  get reading(): Omit<Reading, "signal"> {
    return { ...this.#platform, fetch: this.#options.fetch, idle: this.#idle, functions: this.#functions };
  }

  /** The catalog is another one: so it is for whatever is started from now on. */
  loads(sources: { catalog?: EngineSource; patch: PatchSource | undefined }): void {
    const { patch: _, ...before } = this.#sources as EngineSources;
    const { patch, ...rest } = sources;
    this.#sources = { ...before, ...rest, ...(patch && { patch }) };
  }

  /** The model's, which goes with each catalog. */
  get model(): EngineChange {
    const { model } = this.#sources ?? {};
    return model ? { model } : {};
  }

  /** Makes an item what it was in the catalog: takes away what functions made of it. */
  restore(item: object): void {
    for (const [name] of this.#functions) delete (item as Record<string, unknown>)[name];
  }

  /** What engines will ask for themselves. */
  #addresses(): string[] {
    const { catalog, model, fetch } = this.#options;
    if (this.#sources) return Object.values(this.#sources).flatMap((source) => ("url" in source ? [source.url] : []));
    if (fetch) return [];
    return [catalog, model].filter(isAddress).map((source) => absolute(source, this.#platform.base).href);
  }

  async #read(signal: AbortSignal): Promise<EngineSources> {
    const { catalog, model, integrity, fetch } = this.#options;
    const { base, read } = this.#platform;
    const isUrl = (source: unknown): source is string | URL => isAddress(source) && !fetch && !read;
    const url = (source: string | URL, hash?: string): EngineSource => ({ url: absolute(source, base).href, ...(hash && { integrity: hash }) });
    if (isUrl(catalog) && (model === undefined || isUrl(model))) {
      return { catalog: url(catalog, integrity?.catalog), ...(model && { model: url(model, integrity?.model) }) };
    }
    const { engineSource, modelSource } = await import("./source.js");
    const reading = { ...this.reading, signal };
    const sources = await Promise.all([
      engineSource(catalog, integrity?.catalog, reading),
      model === undefined ? undefined : modelSource(model, integrity?.model, reading),
    ]);
    return { catalog: sources[0], ...(sources[1] && { model: sources[1] }) };
  }
}
