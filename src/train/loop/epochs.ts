// Not pure: it lets signals and the display have their turn.
/** Runs a training so that signals, the display and the disk have their turn in between. */
import { UserError } from "../../runtime/errors.ts";
import { DivergenceError, type EpochResult, type TrainingRun, type TrainingState } from "./training_run.ts";
import type { TrainingLog } from "./training_log.ts";

/** Who follows a training, and who may stop it. */
export interface EpochObservers {
  /** When it aborts, training stops after the mini-batches in hand; complete epochs count. */
  readonly signal?: AbortSignal | undefined;
  readonly onEpoch?: ((result: EpochResult) => void) | undefined;
  /** Called some ten times a second; cheap. Epochs, that in hand by its share; early stopping may end it sooner. */
  readonly onProgress?: ((progress: TrainingRun["progress"]) => void) | undefined;
  /** Follows steps, epochs and the end. */
  readonly log?: TrainingLog | undefined;
  /** Called after each epoch with what it takes to go on; the next epoch waits for it. */
  readonly onCheckpoint?: ((state: TrainingState) => Promise<void>) | undefined;
}

/**
 * Runs the epochs that are left. Afterwards the network holds the parameters that the plan asks for.
 *
 * @throws {UserError} for a loss that is no longer finite, and when stopped before the first epoch is complete
 */
export async function runEpochs(
  run: TrainingRun,
  observers: EpochObservers,
): Promise<readonly EpochResult[]> {
  const { log, signal } = observers;
  try {
    await runAll(run, observers);
  } catch (error) {
    log?.onEnd("failed");
    if (!(error instanceof DivergenceError)) throw error;
    throw new UserError(error.message, { hint: "try a smaller --learning-rate", cause: error });
  }
  log?.onEnd(signal?.aborted ? "interrupted" : "complete");
  if (run.history.length > 0) return run.history;
  throw new UserError("Training was stopped before its first epoch was complete: there is no model to keep", {
    hint: "let it run a little longer, or train on fewer readings",
  });
}

/** Why a resumed training that was stopped before it went on has nothing new. */
export function stoppedAtOnce(): UserError {
  return new UserError(
    "Training was stopped before another epoch was complete: there is nothing new to keep",
    {
      hint: "run the same command with --resume to continue",
    },
  );
}

async function runAll(
  run: TrainingRun,
  { signal, onEpoch, onProgress, onCheckpoint, log }: EpochObservers,
): Promise<void> {
  const onBatch = log === undefined ? undefined : log.onBatch.bind(log);
  for (const result of run.run(onBatch)) {
    if (result !== null) {
      await onCheckpoint?.(run.state());
      log?.onEpoch(result, run.network);
      onEpoch?.(result);
    }
    onProgress?.(run.progress);
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (signal?.aborted) break;
  }
}
