/**
 * Losses of classes, on logits: what a network gives before its softmax or sigmoid.
 *
 * With the activation inside, the loss of a logit of any size is exact to the last digits, and its gradient is
 * bounded: only differences from the largest logit are raised to powers, and 1 + tiny is never rounded to 1.
 */
import type { Loss } from "./loss.ts";
import { checkLengths } from "./regression.ts";

/** See {@linkcode crossEntropy}. */
export interface CrossEntropyOptions {
  /** C. */
  readonly classes: number;
  /** (C): how much a row of each class counts. */
  readonly classWeights: readonly number[] | null;
  /** ε, from 0 to 1. */
  readonly labelSmoothing: number;
}

/**
 * Sparse categorical cross-entropy: logits (B, C), targets (B) class indices.
 *
 * Row r of class y costs w_y · Σ_c q_c·(ln Σ_k e^(z_k) − z_c), with q = 1 − ε + ε/C for y and ε/C for the others; the
 * loss is the sum over the rows divided by B. As Keras' `SparseCategoricalCrossentropy` under `class_weight`; PyTorch
 * divides by the sum of the weights instead, and with smoothing weighs every class's term by its own weight.
 *
 * A loss over 1.8e308 is Infinity while its gradient stays finite; a NaN or +Infinity among the logits gives NaN.
 *
 * @throws RangeError when an option is out of range; from the loss also when a label is no class index
 */
export function crossEntropy({ classes, classWeights, labelSmoothing }: CrossEntropyOptions): Loss {
  if (!Number.isSafeInteger(classes) || classes < 1) {
    throw new RangeError(`Cannot make a cross-entropy of ${classes} classes: a positive integer is wanted`);
  }
  const valid = (weight: number) => weight >= 0 && weight < Infinity;
  if (classWeights !== null && (classWeights.length !== classes || !classWeights.every(valid))) {
    throw new RangeError(
      `Cannot weigh ${classes} classes by [${classWeights.join(", ")}]: ` +
        `${classes} finite numbers, none below 0, are wanted`,
    );
  }
  checkSmoothing(labelSmoothing);
  const weights = Float64Array.from(classWeights ?? new Array<number>(classes).fill(1));
  const row: Row = {
    ...{ logits: new Float64Array(0), start: 0, classes, label: 0, largest: 0, rest: 0 },
    each: labelSmoothing / classes,
    left: labelSmoothing - labelSmoothing / classes,
  };
  return {
    name: "crossEntropy",
    takes: "logits",
    value(outputs, targets) {
      const rows = countRows(outputs, targets, classes);
      let sum = 0;
      for (let r = 0; r < rows; r++) {
        readRow(row, { logits: outputs, targets, r, powers: null });
        sum += weights[row.label]! * lossOf(row);
      }
      return sum / rows;
    },
    gradient(outputs, targets, dOutputs) {
      const rows = countRows(outputs, targets, classes);
      checkLengths(outputs.length, dOutputs.length);
      let sum = 0;
      for (let r = 0; r < rows; r++) {
        readRow(row, { logits: outputs, targets, r, powers: dOutputs });
        const weight = weights[row.label]!;
        sum += weight * lossOf(row);
        writeGradient(row, dOutputs, weight / rows);
      }
      return sum / rows;
    },
  };
}

/** One row under work; one for all, so that nothing is allocated. */
interface Row {
  /** (B, C). */
  logits: Float64Array;
  /** Place of the row's first logit. */
  start: number;
  /** C. */
  readonly classes: number;
  /** y. */
  label: number;
  /** Index of the largest logit, the first of them. */
  largest: number;
  /** Σ e^(z_c − z_largest) over all classes but the largest. */
  rest: number;
  /** ε/C: the target of the classes that the row is not of. */
  readonly each: number;
  /** 1 less the target of y. */
  readonly left: number;
}

function countRows(logits: Float64Array, targets: Float64Array, classes: number): number {
  const rows = logits.length / classes;
  if (!Number.isInteger(rows) || rows < 1 || targets.length < rows) {
    throw new RangeError(
      `Cannot compare ${logits.length} logits of ${classes} classes with ${targets.length} labels: ` +
        `a label for every ${classes} logits is wanted`,
    );
  }
  return rows;
}

/** Reads row `r`, and writes e^(z − z_largest) of its logits to their place in `powers`. */
function readRow(
  row: Row,
  { logits, targets, r, powers }: {
    readonly logits: Float64Array;
    readonly targets: Float64Array;
    readonly r: number;
    readonly powers: Float64Array | null;
  },
): void {
  const { classes } = row, label = targets[r]!, start = r * classes;
  if (!Number.isInteger(label) || label < 0 || label >= classes) {
    throw new RangeError(
      `Cannot score row ${r}: its label is ${label}, and a class index from 0 to ${classes - 1} is wanted`,
    );
  }
  let largest = 0;
  for (let c = 1; c < classes; c++) if (logits[start + c]! > logits[start + largest]!) largest = c;
  const top = logits[start + largest]!;
  let rest = 0;
  for (let c = 0; c < classes; c++) {
    if (c === largest) continue;
    const power = Math.exp(logits[start + c]! - top);
    if (powers !== null) powers[start + c] = power;
    rest += power;
  }
  row.logits = logits;
  row.start = start;
  row.label = label;
  row.largest = largest;
  row.rest = rest + (top - top); // NaN where the largest is NaN or infinite
}

function lossOf({ logits, start, classes, label, largest, rest, each, left }: Row): number {
  const top = logits[start + largest]!;
  let loss = Math.log1p(rest) + below(top, logits[start + label]!, 1 - left);
  if (each > 0) {
    for (let c = 0; c < classes; c++) if (c !== label) loss += below(top, logits[start + c]!, each);
  }
  return loss;
}

/** share·(top − logit), where the difference may be too large for a number though the product is not. */
function below(top: number, logit: number, share: number): number {
  const distance = top - logit;
  return distance < Infinity ? share * distance : share * top - share * logit;
}

/** scale·(softmax − target), each without the loss of digits near 1, in place of the powers. */
function writeGradient(
  { start, classes, label, largest, rest, each, left }: Row,
  dOutputs: Float64Array,
  scale: number,
): void {
  const sum = 1 + rest;
  for (let c = 0; c < classes; c++) {
    if (c === largest) dOutputs[start + c] = scale * ((c === label ? left : 1 - each) - rest / sum);
    else dOutputs[start + c] = scale * (dOutputs[start + c]! / sum - (c === label ? 1 - left : each));
  }
}

/**
 * Binary cross-entropy: logits (B, O), targets (B, O) from 0 to 1; the mean over all B×O numbers.
 *
 * One costs ln(1 + e^z) − t·z, with t·(1 − ε) + ε/2 for t. As PyTorch's `BCEWithLogitsLoss`, and Keras'
 * `BinaryCrossentropy(from_logits=True, label_smoothing=ε)`. A NaN or
 * infinite logit gives NaN or Infinity.
 *
 * @throws RangeError when ε is not from 0 to 1; from the loss also when a target is not
 */
export function binaryCrossEntropy(labelSmoothing: number): Loss {
  checkSmoothing(labelSmoothing);
  const half = labelSmoothing / 2;
  // t and 1 − t are both needed to the last digit; a NaN among the targets fails the comparison.
  const target = (targets: Float64Array, i: number): number => {
    const t = targets[i]!;
    if (t >= 0 && t <= 1) return labelSmoothing === 0 ? t : t * (1 - labelSmoothing) + half;
    throw new RangeError(`Cannot score output ${i}: its target is ${t}, and a number from 0 to 1 is wanted`);
  };
  const one = (z: number, t: number) => (z >= 0 ? z * (1 - t) : -z * t) + Math.log1p(Math.exp(-Math.abs(z)));
  return {
    name: "binaryCrossEntropy",
    takes: "logits",
    value(outputs, targets) {
      checkLengths(outputs.length, targets.length);
      let sum = 0;
      for (let i = 0; i < outputs.length; i++) sum += one(outputs[i]!, target(targets, i));
      return sum / outputs.length;
    },
    gradient(outputs, targets, dOutputs) {
      checkLengths(outputs.length, targets.length, dOutputs.length);
      const scale = 1 / outputs.length;
      let sum = 0;
      for (let i = 0; i < outputs.length; i++) {
        const z = outputs[i]!, t = target(targets, i);
        sum += one(z, t);
        const power = Math.exp(-Math.abs(z)), smaller = power / (1 + power);
        dOutputs[i] = scale * (z >= 0 ? 1 - t - smaller : smaller - t);
      }
      return sum / outputs.length;
    },
  };
}

function checkSmoothing(labelSmoothing: number): void {
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new RangeError(`Cannot smooth labels by ${labelSmoothing}: a number from 0 to 1 is wanted`);
  }
}
