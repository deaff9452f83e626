import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";

import { trainIn, trainJob } from "./train-job.js";
import type { TrainOptions, Trained } from "./train-types.js";

export { WatchnextError, type ErrorCode } from "./errors.js";
export type * from "./train-types.js";

/**
 * Learns a model from what many viewers did, in a thread of its own: in Node, and in a page. In Node addresses may also be paths, which start at the
 * working directory.
 *
 * @throws WatchnextError with the code of what went wrong: docs/errors.md.
 * @example
 * const { model, report } = await train({ interactions: "ratings.csv", catalog: "catalog.json" });
 * const recommender = await createRecommender({ catalog: "catalog.json", model });
 */
export async function train(options: TrainOptions): Promise<Trained> {
  const job = await trainJob(options, pathToFileURL(`${process.cwd()}/`).href, (url) => (url.protocol === "file:" ? readFile(url) : undefined));
  const worker = new Worker(new URL("./train-worker.js", import.meta.url));
  return trainIn(
    {
      post: (job) => worker.postMessage(job),
      onMessage: (listener) => worker.on("message", listener),
      onError: (listener) => worker.on("error", ({ message }) => listener(message)),
      end: () => void worker.terminate(),
    },
    job,
    options,
  );
}
