import { WatchnextError, coreError, type ErrorCode } from "./errors.js";
import type { TrainPhase, TrainReport, Trained } from "./train-types.js";
import { initSync, train } from "./trainer/trainer.js";
import { unpacked } from "./unlzma.js";

/** What there is to learn from, as bytes with names for messages, and the options as JSON. */
export interface TrainJob {
  files: { name: string; bytes: Uint8Array }[];
  catalog: Uint8Array | undefined;
  options: string;
}

/** Compiled anew for each training: an error leaves it in an unknown state. Packed, or the package would be a tenth larger. */
export function trainerOf(packed: Uint8Array): WebAssembly.Module {
  try {
    return new WebAssembly.Module(unpacked(packed));
  } catch (error) {
    throw new WatchnextError("WASM_LOAD", `The trainer could not be unpacked and compiled (${(error as Error).message}): check that its bytes are those of trainer.wasm.lzma of this version, and that the CSP allows 'wasm-unsafe-eval'.`, { cause: error });
  }
}

/** Trains in this thread, which does nothing else meanwhile. Once a thread: after an error the core's state is unknown. */
export function trainHere(module: WebAssembly.Module, { files, catalog, options }: TrainJob, progress: (phase: TrainPhase, share: number) => void): Trained {
  try {
    initSync({ module });
  } catch (error) {
    throw coreError(error);
  }
  try {
    const [model, report] = train(files.map(({ name }) => name), files.map(({ bytes }) => bytes), catalog, options, progress) as [Uint8Array, string];
    return { model, report: JSON.parse(report) as TrainReport };
  } catch (error) {
    const { code, message } = error as { code?: ErrorCode; message: string };
    if (code) throw new WatchnextError(code, message);
    // A panic has a code. What has none is the trap after memory was refused.
    throw new WatchnextError("MEMORY", `Training stopped (${message}): it needs more memory than WebAssembly has here. For much data there is the command line: docs/training.md.`, { cause: error });
  }
}

/** What a thread that trains says. */
export type TrainMessage = { progress: [TrainPhase, number] } | { trained: Trained } | { failed: { code: ErrorCode; message: string } };

/** Trains and says how it goes; progress not more often than is seen. */
export function trainAloud(packed: Uint8Array, job: TrainJob, say: (message: TrainMessage) => void): void {
  let last = 0;
  try {
    const trained = trainHere(trainerOf(packed), job, (...progress) => {
      const now = performance.now();
      if (now - last < 100 && progress[1] < 1) return;
      last = now;
      say({ progress });
    });
    say({ trained });
  } catch (error) {
    const { code, message } = error as WatchnextError;
    say({ failed: { code, message } });
  }
}
