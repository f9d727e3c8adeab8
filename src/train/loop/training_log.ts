/** Who follows a training from outside. */
import type { Network } from "../../../nn/mod.ts";
import type { BatchResult, EpochResult } from "./training_run.ts";

/** How a training ended. */
export type Ending = "complete" | "interrupted" | "failed";

/** What a log sees of the network. */
export type Weights = Pick<Network, "parameters" | "tensors">;

/**
 * Observes a training while it runs: its steps, its epochs, its end. Calls come in this order, and nothing
 * that a log does changes the training.
 *
 * @example
 * ```ts
 * const log: TrainingLog = openTensorBoard("logs", { hyperparameters: hyperparametersOf(recipe) });
 * for (const result of run.run((batch) => log.onBatch(batch))) if (result !== null) log.onEpoch(result, network);
 * log.onEnd("complete");
 * ```
 */
export interface TrainingLog {
  /** After every step; `accuracy` is a classifier's share of this batch's examples that it had right. */
  onBatch(result: BatchResult & { readonly accuracy?: number }): void;
  /** After every pass, while the parameters are that pass's. */
  onEpoch(result: EpochResult, network: Weights): void;
  /** Once, whatever the end was. */
  onEnd(ending: Ending): void;
}
