/** How a training goes: what every recipe says. */
import type { OptimizerName, ScheduleSpec } from "../../../nn/mod.ts";

/** How the loop goes. */
export interface Plan {
  readonly seed: number;
  /** At most so many passes, in each restart. */
  readonly epochs: number;
  /** Passes of a restart without a better one after which it stops. */
  readonly patience: number;
  /** Trainings from other initial weights, one after the other; the best epoch of all stays. @default 1 */
  readonly restarts?: number;
  /** Which parameters stay. */
  readonly keep: "best" | "last";
  readonly batchSize: number;
  readonly optimizer: OptimizerName;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly schedule: ScheduleKind;
  /** Largest Euclidean norm of the gradients; `null` = any. */
  readonly clipNorm: number | null;
}

/** How the learning rate goes from epoch to epoch; see {@linkcode scheduleOf}. */
export type ScheduleKind = ScheduleSpec["kind"];

/**
 * The schedule of a plan: `cosine` falls to 0 over all epochs, `step` to a tenth after each third of them, `plateau` to
 * a tenth after more than two epochs in a row without a lower validation loss.
 */
export function scheduleOf({ schedule, epochs }: Pick<Plan, "schedule" | "epochs">): ScheduleSpec {
  switch (schedule) {
    case "constant":
      return { kind: "constant" };
    case "cosine":
      return { kind: "cosine", epochs };
    case "step":
      return { kind: "step", every: Math.max(1, Math.ceil(epochs / 3)) };
    case "plateau":
      return { kind: "plateau", patience: 2 };
  }
}
