// Not pure: it trains and waits.
/** Training a traffic model: windows in; a model file and what it is worth out. */
import {
  createNetwork,
  moments,
  type Network,
  networkFromTensors,
  type NetworkSpec,
  quantile,
  Random,
  tensorsOf,
} from "../../../nn/mod.ts";
import { UserError } from "../../runtime/errors.ts";
import { finishWork } from "../../train/loop/work.ts";
import { type EpochObservers, runEpochs, stoppedAtOnce } from "../../train/loop/epochs.ts";
import { layersOf, possibleNetwork } from "../../train/layers.ts";
import type { TrainingIdentity } from "../../train/loop/checkpoint.ts";
import type { TrainingLog } from "../../train/loop/training_log.ts";
import { startTeam } from "../../train/threads/team.ts";
import { TrafficGradients } from "./gradients.ts";
import { createTrafficThread, shareTraffic } from "./thread.ts";
import { type EpochResult, TrainingRun, type TrainingState } from "../../train/loop/training_run.ts";
import {
  countColumns,
  type InputShape,
  type InputSpec,
  learnedAs,
  type Normalization,
} from "../model/inputs.ts";
import type { TrafficModel } from "../model/model.ts";
import { readTrafficModel, writeTrafficModel } from "../model/file.ts";
import { type LearningCurve, QUANTILES_KEPT, type TrafficMetadata } from "../model/metadata.ts";
import { TEST_WINDOWS_KEPT } from "../limits.ts";
import { outcomeOf, targetPlaces } from "./batch.ts";
import { checkSet } from "./check.ts";
import { evaluateTraffic, type JudgedModel, type TrafficEvaluation } from "./evaluate.ts";
import { bordersOf, splitTraffic, type TrafficExamples } from "./examples.ts";
import { fitScalings, trainingValues } from "./fit_scaling.ts";
import { TrafficLesson } from "./lesson.ts";
import { hiddenLayersOf, type TrafficRecipe } from "./recipe.ts";
import { fitTrafficRidge } from "./ridge.ts";
import type { TrafficSet } from "./traffic_set.ts";

/** What to forecast, and how to learn it. */
export interface TrafficTrainingOptions extends Pick<EpochObservers, "signal"> {
  readonly shape: Omit<InputShape, "windowUs" | "features">;
  readonly recipe: TrafficRecipe;
  readonly normalization: Normalization;
  /** Trained too, the same way, to be shown beside it: its learning curve. */
  readonly compareWith?: Normalization | undefined;
  /** Goes on from its weights and with its scaling. */
  readonly warmStart?: TrafficModel | undefined;
  /** Share of the outcomes that intervals shall hold. */
  readonly coverage: number;
  /** Time for measuring after an interruption, in ms. @default see {@linkcode finishWork} */
  readonly measureWithinMs?: number | undefined;
  readonly onEpoch?: ((result: EpochResult, normalization: Normalization) => void) | undefined;
  /** Called before the first epoch of each training: gives the state to go on from, if there is one. */
  readonly onBegin?:
    | ((identity: TrainingIdentity, normalization: Normalization) => Promise<TrainingState | undefined>)
    | undefined;
  /** Called after each epoch with what it takes to go on; the next epoch waits for it. */
  readonly onCheckpoint?:
    | ((identity: TrainingIdentity, state: TrainingState, normalization: Normalization) => Promise<void>)
    | undefined;
  /** What follows a training's steps, epochs and end. */
  readonly logOf?: ((normalization: Normalization) => TrainingLog | undefined) | undefined;
  /** Called some ten times a second with the epochs that are done, of both trainings where there are two. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** What training brought. */
export interface TrafficTrainingResult {
  readonly model: TrafficModel;
  /** The model file. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** On the test part; `null` where training was stopped before it was measured. */
  readonly evaluation: TrafficEvaluation | null;
  readonly examples: { readonly training: number; readonly validation: number; readonly test: number };
  /** Whether the signal ended it early. */
  readonly interrupted: boolean;
}

/**
 * Trains a network and judges it on the test part. The same windows, task and recipe give the same bytes.
 *
 * @throws {UserError} for too little data, a target that is not known or never changes, a diverging loss, a model to
 * begin from that is of another shape, or when the signal aborts before the first epoch is complete.
 */
export async function trainTraffic(
  set: TrafficSet,
  options: TrafficTrainingOptions,
): Promise<TrafficTrainingResult> {
  const { recipe, warmStart, normalization, compareWith, coverage, signal } = options;
  const shape: InputShape = { ...options.shape, windowUs: set.windowUs, features: set.known };
  const split = splitTraffic(set.series, shape);
  checkSet(set, { shape, split, warmStart });
  const { targets } = shape, { logarithms } = recipe;
  const variances = targets.map((target) =>
    moments(trainingValues(set.series, target).map((value) => learnedAs({ logarithms }, target, value))).sd **
      2
  );
  const measure = { targets, logarithms, variances };
  let before = 0;
  const learn = async (normalization: Normalization, from: TrafficModel | undefined) => {
    const spec = from === undefined ? specOf(set, { shape, recipe, normalization }) : specFrom(from);
    const network = makeNetwork(spec, recipe, from);
    const identity = identify(set, { shape, spec, recipe, network, from });
    const resumed = await options.onBegin?.(identity, normalization);
    const parts = { spec, training: split.training, measure, rowsMax: recipe.batchSize };
    using team = await startTeam(new TrafficGradients(network, parts), {
      threads: recipe.threads ?? 1,
      batchSize: recipe.batchSize,
      task: () => shareTraffic(parts),
      create: createTrafficThread,
    });
    const lesson = new TrafficLesson(team, { spec, split, measure });
    const history = await runEpochs(new TrainingRun(lesson, { ...recipe, keep: "best" }, resumed), {
      signal,
      log: options.logOf?.(normalization),
      onCheckpoint: async (state) => await options.onCheckpoint?.(identity, state, normalization),
      onEpoch: (result) => options.onEpoch?.(result, normalization),
      onProgress: ({ done }) => options.onProgress?.(before + done),
    });
    before += recipe.epochs;
    return { spec, network, curve: curveOf(normalization, history), forecasts: lesson.forecasts };
  };
  const { spec, network, curve, forecasts } = await learn(
    warmStart?.normalization ?? normalization,
    warmStart,
  );
  const curves = [curve];
  if (compareWith !== undefined && !signal?.aborted) {
    const other = await learn(compareWith, undefined).catch((error: unknown) => {
      // Stopped within its first epoch: the model is complete without it.
      if (error instanceof UserError && signal?.aborted) return null;
      throw error;
    });
    if (other !== null) curves.push(other.curve);
  }
  if (forecasts === undefined) throw stoppedAtOnce();
  const residuals = residualsOf(spec, forecasts, split.validation);
  const inputs = spec.lookback * countColumns(spec);
  let ridge = targets.map(() => new Array<number>(1 + inputs).fill(0));
  const evaluation = await finishWork(
    (function* () {
      ridge = yield* fitTrafficRidge(spec, split);
      return yield* evaluateTraffic({ spec, network, ridge, residuals }, split.test, coverage);
    })(),
    { signal, withinMs: options.measureWithinMs },
  ) ?? null;
  const judged: JudgedModel = { spec, network, ridge, residuals };
  const metadata = describe(set, { ...judged, recipe, curves, evaluation, warmStart });
  const bytes = writeTrafficModel(network, metadata);
  const count = ({ rows }: TrafficExamples) => rows.length;
  return {
    model: readTrafficModel(bytes),
    bytes,
    evaluation,
    examples: {
      training: count(split.training),
      validation: count(split.validation),
      test: count(split.test),
    },
    interrupted: signal?.aborted ?? false,
  };
}

/** What a checkpoint has to agree with. */
function identify(
  { name, sha256, series }: TrafficSet,
  { shape, spec, recipe, network, from }: {
    readonly shape: InputShape;
    readonly spec: InputSpec;
    readonly recipe: TrafficRecipe;
    readonly network: Network;
    readonly from: TrafficModel | undefined;
  },
): TrainingIdentity {
  const training = { name, sha256, windows: series.reduce((sum, { length }) => sum + length, 0) };
  const { normalization } = spec;
  const begun = { warmStart: from?.sha256 };
  return { task: "traffic", ...shape, normalization, recipe, training, ...begun, architecture: network.spec };
}

function specOf(
  set: TrafficSet,
  { shape, recipe, normalization }: {
    readonly shape: InputShape;
    readonly recipe: TrafficRecipe;
    readonly normalization: Normalization;
  },
): InputSpec {
  const logarithms = normalization === "none"
    ? []
    : recipe.logarithms.filter((name) => set.known.includes(name));
  const spec = { ...shape, logarithms, answer: recipe.answer, normalization };
  return { ...spec, ...fitScalings(set.series, spec) };
}

function specFrom(model: TrafficModel): InputSpec {
  const { windowUs, lookback, features, targets, calendar, seasonWindows } = model;
  const { logarithms, answer, normalization, inputs, outputs } = model;
  return {
    ...{ windowUs, lookback, features, targets, calendar, seasonWindows },
    ...{ logarithms, answer, normalization, inputs, outputs },
  };
}

function makeNetwork(spec: InputSpec, recipe: TrafficRecipe, from: TrafficModel | undefined): Network {
  if (from !== undefined) return networkFromTensors(from.architecture, tensorsOf(from.network));
  return possibleNetwork(() => {
    const layers = layersOf(hiddenLayersOf(recipe), { ...recipe, outputs: spec.targets.length });
    const architecture: NetworkSpec = { inputs: countColumns(spec), steps: spec.lookback, layers };
    return createNetwork(architecture, new Random(recipe.seed));
  }, "choose other layers with --hidden, or a smaller --lookback");
}

function curveOf(normalization: Normalization, history: readonly EpochResult[]): LearningCurve {
  return {
    normalization,
    lastValue: rounded(history[0]!.baselineLoss),
    best: history.findLastIndex(({ best }) => best),
    epochs: history.map(({ trainingLoss, validationLoss }) => ({
      training: rounded(trainingLoss),
      validation: rounded(validationLoss),
    })),
  };
}

/** p0 … p100 of outcome − forecast, by target. */
function residualsOf(spec: InputSpec, forecasts: Float64Array, examples: TrafficExamples): number[][] {
  const places = targetPlaces(spec), outputs = places.length;
  const residuals = places.map(() => new Float64Array(examples.rows.length));
  for (let example = 0; example < examples.rows.length; example++) {
    outcomeOf(examples, example, places).forEach((actual, k) => {
      residuals[k]![example] = actual - forecasts[example * outputs + k]!;
    });
  }
  return residuals.map(quantilesOf);
}

function quantilesOf(values: Float64Array): number[] {
  const sorted = values.toSorted();
  return Array.from(
    { length: QUANTILES_KEPT },
    (_, i) => rounded(quantile(sorted, i / (QUANTILES_KEPT - 1))),
  );
}

/** Nine digits are plenty to look at. */
function rounded(value: number): number {
  return Number(value.toPrecision(9));
}

function describe(
  set: TrafficSet,
  { spec, network, ridge, residuals, recipe, curves, evaluation, warmStart }: JudgedModel & {
    readonly recipe: TrafficRecipe;
    readonly curves: readonly LearningCurve[];
    readonly evaluation: TrafficEvaluation | null;
    readonly warmStart: TrafficModel | undefined;
  },
): TrafficMetadata {
  const stem = set.name.split(/[\\/]/).at(-1)!.replace(/\.[^.]+$/, "");
  const starts = set.series.map(({ startUs }) => startUs);
  const ends = set.series.map(({ startUs, length }) => startUs + bordersOf(length).test * set.windowUs);
  return {
    name: `${stem}-${spec.targets.join("-")}`,
    ...spec,
    architecture: network.spec,
    recipe: writtenRecipe(recipe),
    training: {
      ...{ name: set.name, sha256: set.sha256 },
      windows: set.series.reduce((sum, { length }) => sum + length, 0),
      links: new Set(set.series.map(({ link }) => link)).size,
      fromUs: starts.reduce((a, b) => Math.min(a, b)),
      untilUs: ends.reduce((a, b) => Math.max(a, b)),
      ...(warmStart === undefined ? {} : { warmStart: `${warmStart.name} ${warmStart.version}` }),
    },
    ...{ residuals, ridge: ridge.map((row) => row.map(rounded)) },
    quantiles: spec.targets.map((target) => quantilesOf(trainingValues(set.series, target))),
    metrics: evaluation === null ? {} : metricsOf(evaluation),
    curves,
    test: evaluation === null ? noTest(set, spec) : keptTest(evaluation),
  };
}

/** As files of one thread have always had it. */
function writtenRecipe({ threads = 1, ...recipe }: TrafficRecipe): TrafficRecipe & Record<string, unknown> {
  return threads === 1 ? { ...recipe } : { ...recipe, threads };
}

function metricsOf(evaluation: TrafficEvaluation): Record<string, number> {
  const metrics: Record<string, number> = { "test.count": evaluation.count };
  for (const score of evaluation.targets) {
    for (const who of ["network", "lastValue", "seasonal", "ridge"] as const) {
      for (const [measure, value] of Object.entries(score[who] ?? {})) {
        if (value !== null) metrics[`test.${score.target}.${who}.${measure}`] = value;
      }
    }
    metrics[`test.${score.target}.interval.nominal`] = score.interval.nominal;
    metrics[`test.${score.target}.interval.measured`] = score.interval.measured;
    metrics[`test.${score.target}.interval.width`] = score.interval.width;
  }
  return metrics;
}

function noTest({ series }: TrafficSet, { targets }: InputSpec): TrafficMetadata["test"] {
  const none = targets.map(() => []);
  return { link: series[0]!.link, startUs: 0, actual: none, predicted: none };
}

/** The last forecasts of the longest series. */
function keptTest({ series }: TrafficEvaluation): TrafficMetadata["test"] {
  const longest = series.reduce((a, b) => b.startsUs.length > a.startsUs.length ? b : a);
  const { link, startsUs, actual, predicted } = longest;
  const keep = (table: readonly (readonly number[])[]) =>
    table.map((row) => row.slice(-TEST_WINDOWS_KEPT).map(rounded));
  return {
    link,
    startUs: startsUs.slice(-TEST_WINDOWS_KEPT)[0]!,
    actual: keep(actual),
    predicted: keep(predicted),
  };
}
