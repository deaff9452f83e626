// dist/trainer.js: the worker in which a page trains; a file without imports, as a module and as a classic script.

import { trainAloud, type TrainJob } from "./train-core.js";

addEventListener("message", ({ data: { packed, job } }: MessageEvent<{ packed: Uint8Array; job: TrainJob }>) => trainAloud(packed, job, (message) => postMessage(message)), {
  once: true,
});
postMessage("loaded");
