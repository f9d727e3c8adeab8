// Not pure: it trains on threads and waits for them.
/** Training a forecaster: a set of readings in; a model file and an honest report out. */
import { createNetwork, type Network, type NetworkSpec, Random } from "../../../nn/mod.ts";
import { type ForecastModel, readForecastModel, writeModel } from "../../models/model_file.ts";
import {
  countInputs,
  countReach,
  countStepColumns,
  fitPreparation,
  type Preparation,
  unfitted,
} from "../../models/preparation.ts";
import { describeContext } from "../../models/context.ts";
import { UserError } from "../../runtime/errors.ts";
import type { TrainingIdentity } from "../loop/checkpoint.ts";
import { contextOf, type ContextOptions, type ContextParts, keepAnswered, keepLearnable } from "./context.ts";
import { type EpochObservers, runEpochs } from "../loop/epochs.ts";
import { type ExampleShape, type Split, splitExamples } from "./examples.ts";
import { ForecastLesson, gradientPartsOf } from "./lesson.ts";
import { ForecastGradients } from "./gradients.ts";
import { isRecurrent, layersOf, possibleNetwork } from "../layers.ts";
import { TrainingRun, type TrainingState } from "../loop/training_run.ts";
import type { Plan } from "../loop/plan.ts";
import { finishWork } from "../loop/work.ts";
import { checkSplit } from "./check.ts";
import { Measured } from "./measure.ts";
import { historyOf } from "../../models/training_history.ts";
import { describeModel } from "./write.ts";
import { completeRecipe, type Recipe } from "./recipe.ts";
import { metricsOf, type TrainingReport } from "./report.ts";
import type { TrainingSet } from "./series.ts";
import { shareForecast } from "../threads/task.ts";
import { startTeam } from "../threads/team.ts";

/** What to forecast, and from what. */
export interface ForecasterTask extends ContextOptions {
  /** @default `temperature` where there is such a feature, else the last one */
  readonly target?: string | undefined;
  readonly horizon: number;
  readonly lookback: number;
}

/** What to forecast, and how to learn it. */
export interface TrainingOptions extends ForecasterTask, Omit<EpochObservers, "onCheckpoint"> {
  readonly recipe?: Partial<Recipe>;
  /** Called before the first epoch with what is trained on what: gives the state to go on from, if there is one. */
  readonly onBegin?: ((identity: TrainingIdentity) => Promise<TrainingState | undefined>) | undefined;
  /** Time for measuring after an interruption, in ms. @default see {@linkcode finishWork} */
  readonly measureWithinMs?: number | undefined;
  /** Called after each epoch with what it takes to go on; the next epoch waits for it. */
  readonly onCheckpoint?: ((identity: TrainingIdentity, state: TrainingState) => Promise<void>) | undefined;
}

/** What training brought. */
export interface TrainingResult {
  readonly model: ForecastModel;
  /** The model file. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly report: TrainingReport;
  /** Whether the signal ended it early. */
  readonly interrupted: boolean;
}

/**
 * Trains a network and reports what it is worth beside the last value and ridge regression. The same set, task and
 * recipe give the same bytes.
 *
 * @throws {UserError} for too few readings, an unknown or constant target, a diverging loss, or when the signal
 * aborts before the first epoch is complete.
 */
export async function trainForecaster(set: TrainingSet, options: TrainingOptions): Promise<TrainingResult> {
  const recipe = completeRecipe(options.recipe);
  const { horizon, lookback } = options;
  const targetIndex = findTarget(set, options.target);
  const parts = contextOf(set, options);
  const { features } = set;
  const { preparation: kind, clip, targetClip } = recipe;
  const unfittedOptions = { kind, lookback, features, targetIndex, clip, targetClip, ...parts };
  const shape: ExampleShape = { lookback, horizon, targetIndex, reach: countReach(unfittedOptions) };
  const raw = unfitted(unfittedOptions);
  const parted = splitExamples(set, shape);
  const split: Split = {
    training: keepLearnable(raw, parted.training),
    validation: keepLearnable(raw, parted.validation),
    test: keepAnswered(raw, parted.test),
  };
  checkSplit(set, { shape, split, recipe });
  const preparation = fitPreparation(split.training, unfittedOptions);
  const network = makeNetwork(preparation, recipe);
  const identity = identify(set, { network, recipe, shape, parts });
  const resumed = await options.onBegin?.(identity);
  const fitting = { preparation, split, recipe };
  const gradientParts = gradientPartsOf(fitting);
  using team = await startTeam(new ForecastGradients(network, gradientParts), {
    threads: recipe.threads,
    batchSize: gradientParts.rowsMax,
    task: () => shareForecast(gradientParts),
  });
  const run = new TrainingRun(new ForecastLesson(team, fitting), planOf(recipe), resumed);
  const history = await runEpochs(run, {
    ...options,
    onCheckpoint: async (state) => await options.onCheckpoint?.(identity, state),
  });
  const described = describeModel(set, { preparation, network, recipe, horizon });
  const measured = new Measured();
  const work = measured.measure({ set, shape, preparation, split, network, described });
  await finishWork(work, { signal: options.signal, withinMs: options.measureWithinMs });
  const { references } = measured;
  const report: TrainingReport = {
    name: described.name,
    task: { ...described.task, lookback, beside: describeContext(preparation) },
    training: described.training,
    skipped: set.skipped,
    examples: {
      training: split.training.count,
      validation: split.validation.count,
      test: split.test.count,
    },
    labelledReadings: set.series.reduce((sum, { events }) => sum + events.reduce((a, b) => a + b, 0), 0),
    interrupted: options.signal?.aborted ?? false,
    bestEpoch: history.findLast((epoch) => epoch.best)!.trainingEpoch,
    epochs: history,
    ...measured.figures(),
  };
  const bytes = writeModel(network, {
    ...described,
    ...(references === undefined ? {} : { references }),
    metrics: metricsOf(report),
    history: historyOf(report.epochs, report.bestEpoch),
  });
  return { model: readForecastModel(bytes), bytes, report, interrupted: report.interrupted };
}

function planOf(recipe: Recipe): Plan {
  return { ...recipe, keep: "best" };
}

/** What a checkpoint has to agree with. */
function identify(
  { name, sha256, readings, features }: TrainingSet,
  { network, recipe, shape: { reach: _, ...shape }, parts }: {
    readonly network: Network;
    readonly recipe: Recipe;
    readonly shape: ExampleShape;
    readonly parts: ContextParts;
  },
): TrainingIdentity {
  const training = { name, sha256, readings, features: features.map((feature) => feature.name) };
  return { task: "forecast", ...shape, ...parts, recipe, training, architecture: network.spec };
}

function makeNetwork(preparation: Preparation, { hidden, activation, dropout, seed, fma }: Recipe): Network {
  return possibleNetwork(() => {
    const layers = layersOf(hidden, { activation, dropout, outputs: 1 });
    const sequence = isRecurrent(hidden);
    if (sequence && preparation.kind !== "values") {
      throw new RangeError(
        `Cannot make an LSTM on ${preparation.kind}: it reads the values, one reading a step`,
      );
    }
    const spec: NetworkSpec = sequence
      ? { inputs: countStepColumns(preparation), steps: preparation.lookback, layers }
      : { inputs: countInputs(preparation), steps: 1, layers };
    return createNetwork(spec, new Random(seed), { fma });
  }, "choose other layers with --hidden, or a smaller --lookback");
}

/** Column of the target. @throws {UserError} for a feature that the set does not have */
export function findTarget(
  set: Pick<TrainingSet, "name" | "features">,
  target: string | undefined,
): number {
  const names = set.features.map(({ name }) => name);
  if (target === undefined) {
    const temperature = names.indexOf("temperature");
    return temperature >= 0 ? temperature : names.length - 1;
  }
  const index = names.indexOf(target);
  if (index >= 0) return index;
  throw new UserError(`Cannot forecast ${target}: ${set.name} has the features ${names.join(", ")}`, {
    hint: `choose one of them with --target`,
    exitCode: 2,
  });
}
