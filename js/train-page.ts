import { absolute } from "./address.js";
import { found } from "./assets.js";
import { underCsp } from "./csp.js";
import { WatchnextError, aborted, asWatchnextError } from "./errors.js";
import { startWorker, type Script } from "./script.js";
import type { TrainMessage } from "./train-core.js";
import { trainIn, trainJob } from "./train-job.js";
import type { TrainOptions, Trained } from "./train-types.js";

export { WatchnextError, type ErrorCode } from "./errors.js";
export type * from "./train-types.js";

// Bundlers look for these expressions: js/assets.ts.
const scriptUrl = (): URL => found("WORKER_LOAD", "workerUrl", () => new URL("./trainer.js", import.meta.url), "");
const packedUrl = (): URL => found("WASM_LOAD", "trainerUrl", () => new URL("./trainer.wasm.lzma", import.meta.url), "");

/** As of js/train.ts, in a worker of a page. Its two files are loaded when it is called, and not before. */
export async function train({ workerUrl, createWorker, trainerUrl, ...options }: TrainOptions): Promise<Trained> {
  const { signal } = options;
  const base = globalThis.document?.baseURI ?? globalThis.location?.href;
  const job = await trainJob(options, base);
  const { worker, release, packed } = await underCsp(async () => {
    const packed = await packedTrainer(trainerUrl === undefined ? packedUrl() : absolute(trainerUrl, base), signal);
    const script = startWorker({ ...(createWorker && { createWorker }), ...(workerUrl && { workerUrl }) }, scriptUrl, base, "watchnext-trainer");
    await loaded(script, signal);
    return { ...script, packed };
  });
  return trainIn(
    {
      post: (job) => worker.postMessage({ packed, job }, [packed.buffer]),
      onMessage: (listener) => (worker.onmessage = ({ data }: MessageEvent<TrainMessage>) => listener(data)),
      onError: (listener) => {
        worker.onerror = (event) => {
          event.preventDefault();
          listener(event.message);
        };
      },
      end: () => {
        worker.terminate();
        release();
      },
    },
    job,
    options,
  );
}

async function packedTrainer(url: URL, signal: TrainOptions["signal"]): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const response = await fetch(url, { signal: signal ?? null });
    const type = response.headers.get("content-type") ?? "no MIME type";
    if (response.ok && !type.startsWith("text/html")) return new Uint8Array(await response.arrayBuffer());
    const copy = "Copy trainer.js and trainer.wasm.lzma of node_modules/watchnext/dist beside the script, or say where they are (workerUrl, trainerUrl)";
    throw new WatchnextError("WASM_LOAD", `${url.href} is not the trainer: it was answered with HTTP status ${response.status} and ${type}. ${copy}.`);
  } catch (error) {
    throw signal?.aborted ? aborted(signal) : asWatchnextError(error, "WASM_LOAD", `${url.href} could not be loaded`);
  }
}

/** Waits until the worker's script says that it listens; what is posted before may be lost. */
function loaded({ worker, url, release }: Script, signal: TrainOptions["signal"]): Promise<void> {
  const ready = new Promise<void>((resolve, reject) => {
    const fail = (how: string): void => {
      const check = "check that it is there (trainer.js of node_modules/watchnext/dist), that it comes as text/javascript, and the page's CSP (worker-src, script-src)";
      reject(new WatchnextError("WORKER_LOAD", `The worker that trains${url ? ` (${url.href})` : ""} ${how}: ${check}.`));
    };
    worker.onmessage = ({ data }: MessageEvent<unknown>) => (data === "loaded" ? resolve() : fail("is another script"));
    worker.onerror = (event) => {
      event.preventDefault();
      fail(event.message ? `failed (${event.message})` : "did not load");
    };
    signal?.addEventListener("abort", () => reject(aborted(signal)), { once: true });
    if (signal?.aborted) reject(aborted(signal));
  });
  return ready.catch((error: unknown) => {
    worker.terminate();
    release();
    throw error;
  });
}
