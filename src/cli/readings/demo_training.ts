/**
 * The demo's training, in a thread of its own: the page, the broker and Ctrl-C are answered meanwhile. This file is the
 * thread's program; where all of streamflow is one file, that file is, and its `main.ts` leads here.
 */
import { type ForecastModel, readForecastModel } from "../../models/model_file.ts";
import { UserError } from "../../runtime/errors.ts";
import type { EpochResult } from "../../train/mod.ts";
import { isThread, THREADS } from "../../runtime/threads.ts";

/** Epochs that are done, the one in hand by its share, of those that there will be at most. */
export interface Epochs {
  readonly done: number;
  readonly total: number;
}

/** Who follows it, and who may stop it. */
export interface DemoTrainingOptions {
  /** When it aborts, complete epochs count. */
  readonly signal: AbortSignal;
  readonly onEpoch: (result: EpochResult) => void;
  /** Called some ten times a second. */
  readonly onProgress: (epochs: Epochs) => void;
}

/** What it came to. */
export interface DemoTraining {
  readonly model: ForecastModel;
  readonly epochs: number;
  readonly bestEpoch: number;
}

/** What the thread says. */
type Said =
  | { readonly kind: "progress"; readonly epochs: Epochs }
  | { readonly kind: "epoch"; readonly result: EpochResult }
  | {
    readonly kind: "trained";
    readonly bytes: Uint8Array;
    readonly epochs: number;
    readonly bestEpoch: number;
  }
  | { readonly kind: "failed"; readonly message: string; readonly hint: string | undefined };

/** Trains on the meters set. @throws {UserError} when stopped before the first epoch is complete */
export async function trainDemo(
  { signal, onEpoch, onProgress }: DemoTrainingOptions,
): Promise<DemoTraining> {
  const thread = new Worker(import.meta.url, { type: "module", name: THREADS.demo });
  const stop = () => thread.postMessage("stop");
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  try {
    return await new Promise((resolve, reject) => {
      thread.onmessage = ({ data: said }: MessageEvent<Said>) => {
        if (said.kind === "progress") onProgress(said.epochs);
        else if (said.kind === "epoch") onEpoch(said.result);
        else if (said.kind === "trained") resolve({ ...said, model: readForecastModel(said.bytes) });
        else reject(new UserError(said.message, said.hint === undefined ? {} : { hint: said.hint }));
      };
      thread.onerror = (event) => {
        event.preventDefault();
        reject(new Error(`the training failed: ${event.message}`));
      };
    });
  } finally {
    signal.removeEventListener("abort", stop);
    thread.terminate();
  }
}

/** The thread's own side. */
async function serve(): Promise<void> {
  const channel = globalThis as unknown as {
    postMessage(said: Said): void;
    onmessage: (event: MessageEvent<"stop">) => void;
  };
  const stopped = new AbortController();
  channel.onmessage = () => stopped.abort();
  const { signal } = stopped;
  try {
    const [{ openMeters }, { METERS_RECIPE, METERS_TASK, readDataset, trainForecaster }] = await Promise.all([
      import("../../datasets/mod.ts"),
      import("../../train/mod.ts"),
    ]);
    const { bytes, report } = await trainForecaster(await readDataset(openMeters(), { signal }), {
      ...METERS_TASK,
      recipe: METERS_RECIPE,
      signal,
      onEpoch: (result) => channel.postMessage({ kind: "epoch", result }),
      onProgress: (epochs) => channel.postMessage({ kind: "progress", epochs }),
    });
    const { epochs, bestEpoch } = report;
    channel.postMessage({ kind: "trained", bytes, epochs: epochs.length, bestEpoch });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    channel.postMessage({ kind: "failed", message: error.message, hint: error.hint });
  }
}

if (isThread(THREADS.demo)) await serve();
