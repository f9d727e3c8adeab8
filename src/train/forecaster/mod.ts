/** Training a forecaster: a set of readings in; a model file and an honest report out. */
import { createNetwork, type Network, type NetworkSpec, Random } from "../../../nn/mod.ts";
import {
  type ForecastMetadata,
  type ForecastModel,
  readForecastModel,
  writeModel,
} from "../../models/model_file.ts";
import {
  countColumns,
  countInputs,
  countReach,
  fitPreparation,
  type Preparation,
  unfitted,
} from "../../models/preparation.ts";
import { describeContext } from "../../models/context.ts";
import type { References } from "../../models/references.ts";
import { describeTime } from "../../runtime/time_text.ts";
import { UserError } from "../../runtime/errors.ts";
import type { TrainingIdentity } from "../loop/checkpoint.ts";
import { contextOf, type ContextOptions, type ContextParts, keepAnswered, keepLearnable } from "./context.ts";
import { type EpochObservers, runEpochs } from "../loop/epochs.ts";
import { type ExampleShape, type Split, splitExamples, streamExamples } from "./examples.ts";
import { ForecastLesson, gradientPartsOf } from "./lesson.ts";
import { ForecastGradients } from "./gradients.ts";
import { isRecurrent, layersOf } from "../layers.ts";
import { type Plan, TrainingRun, type TrainingState } from "../loop/training_run.ts";
import { completeRecipe, type Recipe } from "./recipe.ts";
import { metricsOf, type TrainingReport } from "./report.ts";
import { chooseSeason, fitRidge } from "./ridge.ts";
import { compare } from "./score.ts";
import { compareBySource } from "./source_means.ts";
import type { TrainingSet } from "./series.ts";
import { shareForecast } from "../threads/task.ts";
import { startTeam } from "../threads/team.ts";

/** What to forecast, and from what. */
export interface ForecastTask extends ContextOptions {
  /** @default `temperature` where there is such a feature, else the last one */
  readonly target?: string | undefined;
  readonly horizon: number;
  readonly lookback: number;
}

/** What to forecast, and how to learn it. */
export interface TrainingOptions extends ForecastTask, Omit<EpochObservers, "onCheckpoint"> {
  readonly recipe?: Partial<Recipe>;
  /** Called before the first epoch with what is trained on what: gives the state to go on from, if there is one. */
  readonly onBegin?: ((identity: TrainingIdentity) => Promise<TrainingState | undefined>) | undefined;
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
  const interrupted = options.signal?.aborted ?? false;

  const ridge = fitRidge(preparation, split);
  const season = chooseSeason(preparation, split.training);
  const { weights, intercept } = ridge.model;
  const references: References = {
    ...(season === null ? {} : { seasonMs: season.seasonMs }),
    ridge: { weights: [...weights], intercept },
  };
  const unmeasured = { ...describeModel(set, { preparation, network, recipe, horizon }), references };
  const trained = readForecastModel(writeModel(network, unmeasured));
  const contestants = { network: trained.predict, ridge: ridge.forecast };
  const report: TrainingReport = {
    name: unmeasured.name,
    task: { ...unmeasured.task, lookback, beside: describeContext(preparation) },
    training: unmeasured.training,
    skipped: set.skipped,
    examples: {
      training: split.training.count,
      validation: split.validation.count,
      test: split.test.count,
    },
    labelledReadings: set.series.reduce((sum, { events }) => sum + events.reduce((a, b) => a + b, 0), 0),
    ridgePenalty: ridge.penalty,
    interrupted,
    bestEpoch: history.findLast((epoch) => epoch.best)!.trainingEpoch,
    epochs: history,
    season: season === null ? null : describeTime(season.seasonMs * 1e3),
    bySource: compareBySource(split.test, {
      ...contestants,
      ...(season === null ? {} : { seasonal: season.forecast }),
    }),
    test: compare(split.test, contestants),
    stream: compare(keepAnswered(preparation, streamExamples(set, shape)), contestants),
  };
  const bytes = writeModel(network, { ...unmeasured, metrics: metricsOf(report) });
  return { model: readForecastModel(bytes), bytes, report, interrupted };
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
  try {
    const layers = layersOf(hidden, { activation, dropout, outputs: 1 });
    const sequence = isRecurrent(hidden);
    if (sequence && preparation.kind !== "values") {
      throw new RangeError(
        `Cannot make an LSTM on ${preparation.kind}: it reads the values, one reading a step`,
      );
    }
    const spec: NetworkSpec = sequence
      ? { inputs: countColumns(preparation), steps: preparation.lookback, layers }
      : { inputs: countInputs(preparation), steps: 1, layers };
    return createNetwork(spec, new Random(seed), { fma });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UserError(error.message, {
      hint: "choose other layers with --hidden, or a smaller --lookback",
      exitCode: 2,
      cause: error,
    });
  }
}

/** What the model file says, without the errors that are measured with it. */
function describeModel(
  set: TrainingSet,
  { preparation, network, recipe, horizon }: {
    readonly preparation: Preparation;
    readonly network: Network;
    readonly recipe: Recipe;
    readonly horizon: number;
  },
): ForecastMetadata {
  const { name: target, unit } = set.features[preparation.targetIndex]!;
  const stem = set.name.split(/[\\/]/).at(-1)!.replace(/\.[^.]+$/, "");
  const { hidden: _, seed, ...rest } = recipe;
  return {
    name: `${stem}-${target}-${horizon}`,
    architecture: network.spec,
    preparation,
    task: { kind: "forecast", target, unit, horizon },
    recipe: { seed, ...rest },
    training: { name: set.name, sha256: set.sha256, readings: set.readings, sources: set.series.length },
    metrics: {},
  };
}

function findTarget(set: TrainingSet, target: string | undefined): number {
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

function checkSplit(
  set: TrainingSet,
  { shape, split, recipe }: {
    readonly shape: ExampleShape;
    readonly split: Split;
    readonly recipe: Recipe;
  },
): void {
  const { horizon, targetIndex, reach = shape.lookback } = shape;
  const { lookback } = shape;
  if (recipe.preparation === "differences" && lookback < 2) {
    throw new UserError("Cannot learn from differences with a look-back of 1: there is no earlier reading", {
      hint: "use --lookback 2 or more",
      exitCode: 2,
    });
  }
  const longest = set.series.reduce((most, { length }) => Math.max(most, length), 0);
  if (split.training.count === 0 || split.validation.count === 0 || split.test.count === 0) {
    const wanted = Math.max(Math.ceil((reach + horizon) / 0.6), Math.ceil((horizon + 1) / 0.2)) + 1;
    throw new UserError(
      `Cannot train on ${set.name}: the longest of its ${set.series.length} series has ${longest} readings, ` +
        `too few for look-back ${reach} and horizon ${horizon} in a training, a validation and a test part`,
      {
        hint:
          `some ${wanted} readings of one source are needed; or use a smaller --lookback, --seasonal or --horizon`,
      },
    );
  }
  const { training } = split;
  for (let example = 0; example < training.count; example++) if (training.changeOf(example) !== 0) return;
  throw new UserError(
    `Cannot learn to forecast ${set.features[targetIndex]!.name}: it never changes in the training part of ` +
      set.name,
    { hint: "choose another feature with --target, or a larger --horizon" },
  );
}
