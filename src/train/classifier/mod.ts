// Not pure: it trains on threads and waits for them.
/** Training a classifier: a table to learn from and a held-out one in; a model file and its worth out. */
import { createNetwork, type Network, type NetworkSpec, Random } from "../../../nn/mod.ts";
import type { Table } from "../../datasets/mod.ts";
import {
  countTabularInputs,
  encodeTable,
  fitTabular,
  type TabularPreparation,
} from "../../models/tabular.ts";
import { UserError } from "../../runtime/errors.ts";
import { type EpochObservers, runEpochs, stoppedAtOnce } from "../loop/epochs.ts";
import { isRecurrent, layersOf, possibleNetwork } from "../layers.ts";
import { type EpochResult, TrainingRun, type TrainingState } from "../loop/training_run.ts";
import type { TrainingIdentity } from "../loop/checkpoint.ts";
import { takeRows } from "./batch.ts";
import { checkTables } from "./check.ts";
import { shareClassification } from "../threads/task.ts";
import { startTeam } from "../threads/team.ts";
import { ClassifierGradients, type EncodedRows } from "./gradients.ts";
import { ClassifierLesson, countClasses, gradientPartsOf } from "./lesson.ts";
import { type ClassifierRecipe, DEFAULT_CLASSIFIER_RECIPE } from "./recipe.ts";
import { type Halves, splitHalves } from "./split.ts";

/** What a classifier is trained and judged on. */
export interface ClassifierTables {
  readonly training: Table;
  /** Split at random into a validation half, which chooses, and a test half, which judges. */
  readonly held: Table;
}

/** The recipe, and who observes the training. */
export interface ClassifierOptions extends EpochObservers {
  readonly recipe?: Partial<ClassifierRecipe>;
  /** Goes on from here, as {@linkcode prepareClassifier}'s `identity` has been checked for. */
  readonly resumed?: TrainingState | undefined;
}

/** What training brought. */
export interface ClassifierResult {
  readonly network: Network;
  readonly preparation: TabularPreparation;
  readonly recipe: ClassifierRecipe;
  readonly classes: readonly string[];
  /** (C) added to the logits. */
  readonly offsets: readonly number[];
  /** Class that most rows of the training part have. */
  readonly baseline: string;
  readonly epochs: readonly EpochResult[];
  /** The epoch whose parameters stayed. */
  readonly keptEpoch: number;
  /** Which rows of the held-out table chose, and which judge. */
  readonly halves: Halves;
  readonly interrupted: boolean;
}

/** Tables made ready for the network; training can be repeated on it with other seeds. */
export interface PreparedClassifier {
  readonly tables: ClassifierTables;
  readonly recipe: ClassifierRecipe;
  readonly preparation: TabularPreparation;
  readonly spec: NetworkSpec;
  readonly training: EncodedRows;
  readonly validation: EncodedRows;
  readonly halves: Halves;
  /** What a checkpoint has to agree with. */
  readonly identity: TrainingIdentity;
}

/**
 * Fits the preparation on the training table and encodes both.
 *
 * @throws {UserError} for tables that cannot be learned from, and for an architecture that is not possible
 */
export function prepareClassifier(
  tables: ClassifierTables,
  change: Partial<ClassifierRecipe> = {},
): PreparedClassifier {
  const recipe: ClassifierRecipe = { ...DEFAULT_CLASSIFIER_RECIPE, ...change };
  const { training, held } = tables;
  if (isRecurrent(recipe.hidden)) {
    throw new UserError(
      `Cannot classify with --hidden ${
        recipe.hidden.join(",")
      }: an LSTM reads sequences, and rows are independent`,
      {
        hint: "choose dense layers, such as --hidden 64,64,32",
        exitCode: 2,
      },
    );
  }
  checkTables(tables);
  const preparation = fit(training, recipe);
  const halves = splitHalves(held.rows, recipe.splitSeed);
  const validation = {
    x: takeRows(encodeTable(preparation, held).x, halves.validation),
    labels: Int32Array.from(halves.validation, (row) => held.labels[row]!),
  };
  const spec: NetworkSpec = {
    inputs: countTabularInputs(preparation),
    steps: 1,
    layers: layersOf(recipe.hidden, {
      ...recipe,
      outputs: training.classes.length,
      outputActivation: "softmax",
    }),
  };
  return {
    tables,
    recipe,
    preparation,
    spec,
    training: { x: encodeTable(preparation, training).x, labels: training.labels },
    validation,
    halves,
    identity: {
      task: "classification",
      recipe,
      training: { name: training.name, sha256: training.sha256, rows: training.rows },
      held: { name: held.name, sha256: held.sha256, rows: held.rows },
      architecture: spec,
    },
  };
}

/**
 * Trains a network on what is prepared, and scores it. The same tables and recipe give the same numbers, bit for bit,
 * also when it was stopped and resumed.
 *
 * @throws {UserError} for a diverging loss, and when stopped before the first epoch is complete
 */
export async function trainPrepared(
  prepared: PreparedClassifier,
  { resumed, ...observers }: Omit<ClassifierOptions, "recipe"> = {},
): Promise<ClassifierResult> {
  const { recipe, training, validation, spec, tables } = prepared;
  const { classes } = tables.training;
  const network = createSized(spec, recipe);
  const parts = { training, validation, classes: classes.length, recipe };
  const gradientParts = gradientPartsOf(parts);
  using team = await startTeam(new ClassifierGradients(network, gradientParts), {
    threads: recipe.threads,
    batchSize: gradientParts.rowsMax,
    task: () => shareClassification(gradientParts),
  });
  const lesson = new ClassifierLesson(team, parts);
  const run = new TrainingRun(lesson, recipe, resumed);
  const epochs = await runEpochs(run, observers);
  const counts = countClasses(training.labels, classes.length);
  const { offsets } = lesson;
  if (offsets === undefined) throw stoppedAtOnce();
  const best = epochs.findLast((epoch) => epoch.best)!.trainingEpoch;
  return {
    network,
    preparation: prepared.preparation,
    recipe,
    classes,
    offsets,
    baseline: classes[counts.indexOf(Math.max(...counts))]!,
    epochs,
    keptEpoch: recipe.keep === "best" ? best : epochs.length,
    halves: prepared.halves,
    interrupted: observers.signal?.aborted ?? false,
  };
}

/** Prepares and trains in one go. @throws {UserError} as {@linkcode prepareClassifier} and {@linkcode trainPrepared} */
export async function trainClassifier(
  tables: ClassifierTables,
  { recipe, ...options }: ClassifierOptions = {},
): Promise<ClassifierResult> {
  return await trainPrepared(prepareClassifier(tables, recipe), options);
}

function fit(training: Table, { logFeatures, clip }: ClassifierRecipe): TabularPreparation {
  try {
    return fitTabular(training, { log: logFeatures, clip });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UserError(`${training.name}: ${error.message}`, {
      hint: "remove or repair the rows with the largest numbers, or take logarithms with --log-features",
      cause: error,
    });
  }
}

function createSized(spec: NetworkSpec, { seed, fma }: ClassifierRecipe): Network {
  return possibleNetwork(
    () => createNetwork(spec, new Random(seed), { fma }),
    "choose other layers with --hidden",
  );
}
