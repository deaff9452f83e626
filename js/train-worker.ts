import { parentPort } from "node:worker_threads";

import { trainAloud, type TrainJob } from "./train-core.js";
import { packedTrainer } from "./train-disk.js";

parentPort?.once("message", (job: TrainJob) => trainAloud(packedTrainer(), job, (message) => parentPort?.postMessage(message)));
