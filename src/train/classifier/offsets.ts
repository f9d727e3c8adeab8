/**
 * Decision offsets: one number per class that is added to the logits, so that the class chosen is the one that
 * serves the goal rather than the shares of the training part.
 *
 * Coordinate search on a grid: one class after the other takes the offset with which the goal is highest while the
 * others stay, until nothing gains. Deterministic. A grid rather than the exact optimum: between two grid points lie
 * a few rows alone, and what a few rows decide is chance.
 */

/** Logits (R, C) and the true classes (R). */
export interface ScoredRows {
  readonly logits: Float64Array;
  readonly labels: Int32Array;
  /** C. */
  readonly classes: number;
}

/** What is to be high: the mean F1 of the classes, or its sum with the share of right answers. */
export type Goal = "macro-f1" | "macro-f1+accuracy";

/** How good the choices are. */
export interface Scores {
  /** Mean F1 of all classes, as the report's; 0 for one that is never right. */
  readonly macroF1: number;
  readonly accuracy: number;
}

/** The grid: −10 to 10 in steps of 0.1. */
const STEPS_PER_UNIT = 10;
const OFFSET_MAX = 10;
const BINS = 2 * OFFSET_MAX * STEPS_PER_UNIT + 1;
const ROUNDS_MAX = 20;

/** The offset of each class (C): 0 for all where nothing gains. */
export function fitOffsets(scored: ScoredRows, goal: Goal): number[] {
  const offsets = new Array<number>(scored.classes).fill(0);
  if (scored.classes < 2) return offsets;
  let best = reach(goal, scoreChoices(scored, offsets));
  for (let round = 0; round < ROUNDS_MAX; round++) {
    let gained = false;
    for (let c = 0; c < scored.classes; c++) {
      const found = sweep(scored, { offsets, of: c, goal });
      if (found.reached <= best + 1e-12) continue;
      offsets[c] = found.offset;
      best = found.reached;
      gained = true;
    }
    if (!gained) break;
  }
  return offsets;
}

/** Class of the largest logit + offset; the first of equals. */
export function decide(logits: Float64Array, start: number, offsets: readonly number[]): number {
  let best = 0;
  for (let c = 1; c < offsets.length; c++) {
    if (logits[start + c]! + offsets[c]! > logits[start + best]! + offsets[best]!) best = c;
  }
  return best;
}

/** The goal as one number. */
export function reach(goal: Goal, { macroF1, accuracy }: Scores): number {
  return goal === "macro-f1" ? macroF1 : macroF1 + accuracy;
}

/** Scores of what is chosen with these offsets. */
export function scoreChoices({ logits, labels, classes }: ScoredRows, offsets: readonly number[]): Scores {
  const counts = new Counts(classes);
  for (let row = 0; row < labels.length; row++) {
    const chosen = decide(logits, row * classes, offsets);
    counts.actual[labels[row]!]!++;
    counts.chosen[chosen]!++;
    if (chosen === labels[row]) counts.right[chosen]!++;
  }
  return counts.scores();
}

/** Rows by true class, by chosen class, and chosen rightly. */
class Counts {
  readonly actual: Int32Array;
  readonly chosen: Int32Array;
  readonly right: Int32Array;

  constructor(classes: number) {
    this.actual = new Int32Array(classes);
    this.chosen = new Int32Array(classes);
    this.right = new Int32Array(classes);
  }

  scores(): Scores {
    const classes = this.actual.length;
    let sum = 0, right = 0, rows = 0;
    for (let c = 0; c < classes; c++) {
      const both = this.actual[c]! + this.chosen[c]!;
      if (both > 0) sum += 2 * this.right[c]! / both;
      right += this.right[c]!;
      rows += this.actual[c]!;
    }
    return { macroF1: sum / classes, accuracy: rows === 0 ? 0 : right / rows };
  }
}

/** The best offset of one class while the others stay. */
function sweep(
  { logits, labels, classes }: ScoredRows,
  { offsets, of, goal }: { readonly offsets: readonly number[]; readonly of: number; readonly goal: Goal },
): { readonly offset: number; readonly reached: number } {
  // (bins, true class, class that would be chosen instead): rows that turn to `of` from this bin on.
  const turning = new Int32Array(BINS * classes * classes);
  const counts = new Counts(classes);
  for (let row = 0; row < labels.length; row++) {
    const start = row * classes, label = labels[row]!;
    let other = of === 0 ? 1 : 0;
    for (let c = other + 1; c < classes; c++) {
      if (c !== of && logits[start + c]! + offsets[c]! > logits[start + other]! + offsets[other]!) other = c;
    }
    counts.actual[label]!++;
    counts.chosen[other]!++;
    if (other === label) counts.right[other]!++;
    const wanted = logits[start + other]! + offsets[other]! - logits[start + of]!;
    const bin = firstAbove(wanted);
    if (bin < BINS) turning[(bin * classes + label) * classes + other]!++;
  }
  let best = -1, first = 0, last = 0;
  for (let bin = 0; bin < BINS; bin++) {
    for (let label = 0; label < classes; label++) {
      for (let other = 0; other < classes; other++) {
        const rows = turning[(bin * classes + label) * classes + other]!;
        counts.chosen[other]! -= rows;
        counts.chosen[of]! += rows;
        if (label === other) counts.right[other]! -= rows;
        if (label === of) counts.right[of]! += rows;
      }
    }
    const reached = reach(goal, counts.scores());
    if (reached > best) {
      best = reached;
      first = bin;
    }
    if (reached === best && (bin === first || last === bin - 1)) last = bin;
  }
  // The middle of the first stretch that is best.
  return { offset: offsetOf(Math.floor((first + last) / 2)), reached: best };
}

function offsetOf(bin: number): number {
  return (bin - OFFSET_MAX * STEPS_PER_UNIT) / STEPS_PER_UNIT;
}

/** The first grid point above a number; the number of bins where there is none. */
function firstAbove(number: number): number {
  let bin = Math.min(BINS, Math.max(0, Math.floor((number + OFFSET_MAX) * STEPS_PER_UNIT)));
  while (bin < BINS && offsetOf(bin) <= number) bin++;
  return bin;
}
