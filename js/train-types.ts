import type { ErrorCode } from "./errors.js";
import type { AbortSignal, Blob, Response, URL, Worker } from "./platform.js";

/** An address (in Node also a path), a `File` (as of `<input type="file">`) or other `Blob`, a `Response` that was not read yet, or bytes. */
export type TrainSource = string | URL | Blob | Response | ArrayBuffer | Uint8Array;

/** What training is busy with: what goes together, or what comes next. */
export type TrainPhase = "together" | "next";

/** How {@link train} learns. What is not said is chosen by the data, and the report says why. */
export interface TrainOptions {
  /**
   * What many viewers did: user, item and, if known, rating and timestamp. CSV, TSV, `;`, MovieLens' `.dat`, RecBole's `.inter`, JSON lines,
   * a person a line; packed with gzip or not. Several files are one log.
   */
  interactions: TrainSource | readonly TrainSource[];
  /** Without it genres are neither learnt nor weighed. */
  catalog?: TrainSource;
  /** Which column holds what: a name, or a place from 0. Usually found by itself. */
  columns?: { user?: string; item?: string; rating?: string; timestamp?: string };
  /** Interactions with a lower rating are left out. */
  minRating?: number;
  /** Items with fewer viewers are left out: what a model says of those would tell of single people. Default 1. */
  minSupport?: number;
  /** Each line is a person and what they watched, in order. Usually found by itself. */
  lists?: boolean;
  /** How large the model is to be: 46, 70, 140 or 840 bytes an item at most. Default `"base"`. */
  preset?: "nano" | "small" | "base" | "large";
  /** The same as bytes: `"300KB"`, or `"70B/item"`. */
  budget?: string;
  /** Whether what comes next is learnt. Default `"auto"`: where the times of events are known. */
  order?: "auto" | "next" | "none";
  /** What the catalog's fields are called, as for a recommender; functions are not possible. */
  fields?: string | { [field: string]: string | readonly string[] };
  /** Where the catalog's items are, as for a recommender. */
  items?: string;
  /** What separates genres that are written as one string, as for a recommender. */
  separator?: string;
  /** Told what training is busy with, and which share of that is done. */
  onProgress?: (phase: TrainPhase, share: number) => void;
  /** Stops it. */
  signal?: AbortSignal;
  /** In a page, where the bundler does not do it: where `trainer.js` of the package is. Under Trusted Types, a TrustedScriptURL. */
  workerUrl?: string | URL;
  /** In a page, the same: makes the worker of `watchnext/trainer.js`. */
  createWorker?: () => Worker;
  /** In a page, the same: where `trainer.wasm.lzma` of the package is. */
  trainerUrl?: string | URL;
}

/** What a model was learnt from. */
export interface TrainReport {
  viewers: number;
  items: number;
  /** An item of a viewer counts once. */
  interactions: number;
  /** Lines that could not be read. */
  skipped: number;
  /** The first of them, and why; if there are any. */
  firstSkipped?: string;
  /** How many of the items are in the catalog, if there is one. */
  itemsInCatalog?: number;
  /** Why the model is made as it is. The model keeps them. */
  reasons: string[];
  /** What was probably not meant about the catalog. */
  warnings: { code: ErrorCode; message: string }[];
}

/** A model, and what it was learnt from. */
export interface Trained {
  /** The bytes of a `.wnm` file: the option `model` of a recommender. */
  model: Uint8Array;
  report: TrainReport;
}
