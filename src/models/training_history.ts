/** How the losses went while a model was trained: part of its file, so that the curve can be shown later. */
import { type Fields, notRead } from "./fields.ts";
import { HISTORY_EPOCHS_MAX } from "./limits.ts";

/** Plain JSON; all lists are of the same length, an entry for each epoch that is named. */
export interface TrainingHistory {
  /** The epoch whose parameters the file has. */
  readonly kept: number;
  /** From 1; of a very long training not every one. */
  readonly epochs: readonly number[];
  /** Mean loss over the pass, while the parameters moved. */
  readonly trainingLoss: readonly number[];
  readonly validationLoss: readonly number[];
  /** Validation loss of the baseline. */
  readonly baselineLoss: readonly number[];
}

const COLUMNS = ["trainingLoss", "validationLoss", "baselineLoss"] as const;

/** An epoch as training reports it. */
type Epoch = Readonly<Record<(typeof COLUMNS)[number] | "trainingEpoch", number>>;

/** The history of these epochs, thinned to {@linkcode HISTORY_EPOCHS_MAX}; the first, the last and the kept one stay. */
export function historyOf(all: readonly Epoch[], kept: number): TrainingHistory {
  const every = Math.ceil(all.length / HISTORY_EPOCHS_MAX);
  const shown = all.filter(({ trainingEpoch }, i) =>
    i % every === 0 || i === all.length - 1 || trainingEpoch === kept
  );
  const column = (name: keyof Epoch) => shown.map((epoch) => epoch[name]);
  return {
    kept,
    epochs: column("trainingEpoch"),
    trainingLoss: column("trainingLoss"),
    validationLoss: column("validationLoss"),
    baselineLoss: column("baselineLoss"),
  };
}

/** @throws {ModelFileError} */
export function checkHistory(history: Fields): void {
  history.integer("kept", 1);
  const { length } = history.numbers("epochs");
  for (const name of COLUMNS) {
    const found = history.numbers(name).length;
    if (found !== length) notRead(`its history has ${length} epochs and ${found} of ${name}`);
  }
}
