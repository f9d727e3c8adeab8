// Not pure: it makes folders and looks at the clock.
/**
 * TensorBoard: a training's scalars, weights and hyperparameters as event files in the layout of Keras' callback,
 * `<folder>/<yyyymmdd-hhmmss>/{train,validation}`, with the hyperparameters' session in the run's folder itself.
 *
 * https://keras.io/api/callbacks/tensorboard
 */
import { join } from "node:path";
import { UserError } from "../../runtime/errors.ts";
import type { EpochResult } from "../loop/training_run.ts";
import type { Ending, TrainingLog, Weights } from "../loop/training_log.ts";
import { encodeSummary, histogramValue, scalarValue, type SummaryValue } from "./event.ts";
import { type Hyperparameter, sessionEndValue, sessionStartValue } from "./hyperparameters.ts";
import { EventWriter } from "./writer.ts";

export { hyperparametersOf } from "./hyperparameters.ts";

/** What is written, and where. */
export interface TensorBoardOptions {
  /** The run's folder, which may be there already: a resumed training adds files to it. @default local time of the start */
  readonly runName?: string | undefined;
  readonly hyperparameters?: Readonly<Record<string, Hyperparameter>>;
  /** Steps between two scalars of batches; 0 = none. @default 100 */
  readonly batchEvery?: number;
  /** Whether every epoch writes a histogram of each tensor. @default true */
  readonly histograms?: boolean;
  /** Milliseconds since 1970. @default the clock */
  readonly now?: () => number;
}

/** A training log that knows where it writes. */
export interface TensorBoardLog extends TrainingLog {
  /** The run's folder. */
  readonly directory: string;
}

/** At most so many folders of one second. */
const FOLDERS_MAX = 1000;

/**
 * Opens the files of one run. Steps of epochs count from 0 as Keras' do; those of batches are steps taken.
 *
 * @throws {UserError} where the folder cannot be written, here and in every call of the log
 */
export function openTensorBoard(folder: string, options: TensorBoardOptions = {}): TensorBoardLog {
  const now = options.now ?? Date.now;
  return reportFailures(folder, () => {
    const directory = makeRunFolder(folder, options.runName, now());
    return new Board(directory, { ...options, folder, now });
  });
}

/** Local time, `20260131-235959`. */
export function runNameOf(nowMs: number): string {
  const at = new Date(nowMs);
  const two = (n: number) => String(n).padStart(2, "0");
  const day = `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}`;
  return `${day}-${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`;
}

/** Scalars of an epoch by their Keras names, without `epoch_`. */
function scalarsOf(result: EpochResult): { readonly train: Scalars; readonly validation: Scalars } {
  const { classification: figures } = result;
  return {
    train: {
      loss: result.trainingLoss,
      ...(figures === undefined ? {} : { accuracy: figures.trainingAccuracy }),
      learning_rate: result.learningRate,
    },
    validation: {
      loss: result.validationLoss,
      ...(figures === undefined
        ? {}
        : { accuracy: figures.validationAccuracy, macro_f1: figures.validationMacroF1 }),
    },
  };
}

type Scalars = Readonly<Record<string, number>>;

class Board implements TensorBoardLog {
  readonly directory: string;
  readonly #folder: string;
  readonly #now: () => number;
  readonly #batchEvery: number;
  readonly #histograms: boolean;
  readonly #session: EventWriter;
  readonly #train: EventWriter;
  readonly #validation: EventWriter;
  #steps = 0;

  constructor(
    directory: string,
    options: TensorBoardOptions & { readonly folder: string; readonly now: () => number },
  ) {
    this.directory = directory;
    this.#folder = options.folder;
    this.#now = options.now;
    this.#batchEvery = options.batchEvery ?? 100;
    this.#histograms = options.histograms ?? true;
    const nowMs = this.#now();
    this.#session = new EventWriter(directory, nowMs);
    this.#train = new EventWriter(join(directory, "train"), nowMs);
    this.#validation = new EventWriter(join(directory, "validation"), nowMs);
    this.#write(this.#session, 0, [sessionStartValue(options.hyperparameters ?? {}, nowMs / 1000)]);
    this.#session.flush();
  }

  onBatch({ step, loss, learningRate, accuracy }: Parameters<TrainingLog["onBatch"]>[0]): void {
    this.#steps = step;
    if (this.#batchEvery === 0 || step % this.#batchEvery !== 0) return;
    const values = [scalarValue("batch_loss", loss), scalarValue("batch_learning_rate", learningRate)];
    if (accuracy !== undefined) values.push(scalarValue("batch_accuracy", accuracy));
    reportFailures(this.#folder, () => this.#write(this.#train, step, values));
  }

  onEpoch(result: EpochResult, weights: Weights): void {
    const epoch = result.trainingEpoch - 1;
    const { train, validation } = scalarsOf(result);
    const named = (scalars: Scalars, name: (scalar: string) => string): SummaryValue[] =>
      Object.entries(scalars).map(([scalar, value]) => scalarValue(name(scalar), value));
    reportFailures(this.#folder, () => {
      this.#write(this.#train, epoch, named(train, (scalar) => `epoch_${scalar}`));
      this.#write(this.#validation, epoch, named(validation, (scalar) => `epoch_${scalar}`));
      this.#write(
        this.#validation,
        this.#steps,
        named(validation, (scalar) => `evaluation_${scalar}_vs_iterations`),
      );
      if (this.#histograms) this.#write(this.#train, epoch, weightValues(weights));
      this.#train.flush();
      this.#validation.flush();
    });
  }

  onEnd(ending: Ending): void {
    reportFailures(this.#folder, () => {
      using session = this.#session;
      using train = this.#train;
      using validation = this.#validation;
      this.#write(session, 0, [sessionEndValue(ending, this.#now() / 1000)]);
      for (const writer of [train, validation, session]) writer.flush();
    });
  }

  #write(writer: EventWriter, step: number, values: readonly SummaryValue[]): void {
    writer.write(encodeSummary({ wallTimeSeconds: this.#now() / 1000, step }, values));
  }
}

function weightValues({ parameters, tensors }: Weights): SummaryValue[] {
  return tensors.map(({ name, offset, length }) =>
    histogramValue(`${name}/histogram`, parameters.subarray(offset, offset + length))
  );
}

function makeRunFolder(folder: string, runName: string | undefined, nowMs: number): string {
  if (runName !== undefined) return join(folder, runName);
  Deno.mkdirSync(folder, { recursive: true });
  for (let number = 1;; number++) {
    const directory = join(folder, `${runNameOf(nowMs)}${number === 1 ? "" : `-${number}`}`);
    try {
      Deno.mkdirSync(directory);
      return directory;
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists) || number === FOLDERS_MAX) throw error;
    }
  }
}

function reportFailures<T>(folder: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (!(error instanceof Error) || error instanceof RangeError || error instanceof TypeError) throw error;
    throw new UserError(`Cannot write TensorBoard's files to ${folder}: ${error.message}`, {
      hint: "name a folder that can be written with --tensorboard, or leave it out",
      cause: error,
    });
  }
}
