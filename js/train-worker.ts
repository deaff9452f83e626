import { parentPort } from "node:worker_threads";

import { trainAloud, trainerFromDisk, type TrainJob } from "./train-core.js";

parentPort?.once("message", (job: TrainJob) => trainAloud(trainerFromDisk(), job, (message) => parentPort?.postMessage(message)));
