/** The devices of a simulation: each is a source of the readings, its examples prepared once for all runs. */
import type { NetworkSpec } from "../../../nn/mod.ts";
import {
  countInputs,
  countReach,
  countStepColumns,
  type Preparation,
  type PreparationOptions,
  unfitted,
} from "../../models/preparation.ts";
import { UserError } from "../../runtime/errors.ts";
import { formatCount } from "../../runtime/progress.ts";
import { contextOf } from "../../train/forecaster/context.ts";
import { type Examples, type ExampleShape, splitExamples } from "../../train/forecaster/examples.ts";
import { findTarget, type ForecasterTask } from "../../train/forecaster/mod.ts";
import type { TrainingSet } from "../../train/forecaster/series.ts";
import { isRecurrent, layersOf } from "../../train/layers.ts";
import { SIMULATED_NUMBERS_MAX } from "../limits.ts";
import { type PreparedExamples, prepareExamples } from "../participant/examples.ts";
import { fitToMoments, joinMoments, measureMoments } from "../participant/moments.ts";
import type { FederatedRecipe } from "./recipe.ts";

/** A source and its examples. */
export interface SimulatedDevice {
  readonly name: string;
  /** Of the first 80 % of its readings, in time order. */
  readonly learning: PreparedExamples;
  /** Of the last 20 %, which nobody learns from. */
  readonly test: PreparedExamples;
}

/** All of them, and what they have in common. */
export interface Federation {
  readonly devices: readonly SimulatedDevice[];
  readonly preparation: Preparation;
  readonly spec: NetworkSpec;
}

/** Share of each device's readings that it learns from; the rest is the unseen time. */
export const LEARNING_SHARE = 0.8;

/**
 * The first sources of the set as devices.
 *
 * @param options.participants how many; all where it is absent
 * @throws {UserError} where there are fewer than two, or too few readings for the task
 */
export function makeFederation(
  set: TrainingSet,
  { task, recipe, participants }: {
    readonly task: ForecasterTask;
    readonly recipe: FederatedRecipe;
    readonly participants?: number | undefined;
  },
): Federation {
  const count = countDevices(set, participants);
  const taken = { ...set, series: set.series.slice(0, count) };
  const { horizon, lookback } = task;
  const targetIndex = findTarget(set, task.target);
  const { hidden, clip, normalisation } = recipe;
  const options: PreparationOptions = {
    kind: isRecurrent(hidden) ? "values" : "differences",
    ...{ lookback, features: set.features, targetIndex, clip, targetClip: clip },
    ...contextOf(taken, { ...task, perSource: normalisation === "own" }),
  };
  const shape: ExampleShape = { lookback, horizon, targetIndex, reach: countReach(options) };
  const parts = taken.series.map((one) => {
    const { training, test } = splitExamples({ ...set, series: [one] }, shape, {
      training: LEARNING_SHARE,
      validation: 0,
    });
    return { name: one.source, training, test };
  });
  checkSize(parts, countInputs(options), set.name);
  const preparation = normalise(options, { parts, recipe });
  const devices = parts.map(({ name, training, test }) => ({
    name,
    learning: prepareExamples(preparation, training, { learnable: true }),
    test: prepareExamples(preparation, test, { learnable: false }),
  }));
  const empty = devices.find(({ learning, test }) => learning.count < recipe.rounds || test.count === 0);
  if (empty !== undefined) {
    throw new UserError(
      `Device ${empty.name} has ${formatCount(empty.learning.count)} examples to learn from and ` +
        `${formatCount(empty.test.count)} to judge by: one a round, ${recipe.rounds}, and one are wanted`,
      { hint: "choose fewer --rounds, a shorter --lookback or --seasonal, or more readings", exitCode: 2 },
    );
  }
  return { devices, preparation, spec: specOf(preparation, recipe) };
}

function countDevices({ name, series }: TrainingSet, wanted: number = series.length): number {
  if (series.length >= 2 && wanted <= series.length) return wanted;
  throw new UserError(
    series.length < 2
      ? `Cannot federate ${name}: all of its readings are of one source, and devices are sources`
      : `Cannot take ${wanted} participants from ${name}: it has ${series.length} sources`,
    {
      hint: series.length < 2
        ? "name the column that tells devices apart with --key COLUMN"
        : `choose --participants ${series.length} or fewer`,
      exitCode: 2,
    },
  );
}

type Parts = readonly { readonly name: string; readonly training: Examples; readonly test: Examples }[];

function checkSize(parts: Parts, width: number, name: string): void {
  const examples = parts.reduce((sum, { training, test }) => sum + training.count + test.count, 0);
  if (examples * width <= SIMULATED_NUMBERS_MAX) return;
  throw new UserError(
    `Cannot simulate on ${name}: ${formatCount(examples)} examples of ${width} inputs are more than ` +
      `${formatCount(SIMULATED_NUMBERS_MAX)} numbers`,
    {
      hint: "take fewer readings with --limit N, fewer --participants, or a shorter --lookback",
      exitCode: 2,
    },
  );
}

/** Nothing of the unseen time, and of the rest what the first round has seen. */
function normalise(
  options: PreparationOptions,
  { parts, recipe }: { readonly parts: Parts; readonly recipe: FederatedRecipe },
): Preparation {
  const raw = { ...unfitted(options), clip: options.clip };
  if (recipe.normalisation === "own") return raw;
  const unscaled = unfitted(options);
  const moments = joinMoments(parts.map(({ training }) => {
    const examples = prepareExamples(unscaled, training, { learnable: true });
    return measureMoments(examples, Math.floor(examples.count / recipe.rounds));
  }));
  return moments === null ? raw : fitToMoments(moments, options);
}

function specOf(preparation: Preparation, { hidden, activation, dropout }: FederatedRecipe): NetworkSpec {
  const layers = layersOf(hidden, { activation, dropout, outputs: 1 });
  return isRecurrent(hidden)
    ? { inputs: countStepColumns(preparation), steps: preparation.lookback, layers }
    : { inputs: countInputs(preparation), steps: 1, layers };
}
