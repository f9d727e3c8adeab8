/** Area under the ROC curve: how well a class's probability ranks its rows before all others. */

/** Which column of the probabilities is looked at. */
export interface RankedClass {
  /** Index of the class. */
  readonly of: number;
  /** (R, C) */
  readonly probabilities: Float64Array;
  /** C. */
  readonly classes: number;
}

/**
 * The chance that a row of the class has a larger probability for it than a row of another class, ties counting
 * half: scikit-learn's `roc_auc_score` of one class against the rest. `null` where all rows are of it, or none.
 */
export function rocAuc(labels: Int32Array, { of, probabilities, classes }: RankedClass): number | null {
  const rows = labels.length;
  const own = labels.reduce((sum, label) => label === of ? sum + 1 : sum, 0);
  if (own === 0 || own === rows) return null;
  const order = Uint32Array.from({ length: rows }, (_, row) => row)
    .sort((a, b) => probabilities[a * classes + of]! - probabilities[b * classes + of]!);
  // Mann and Whitney: the sum of the ranks of the class's rows, equal ones sharing the mean of theirs.
  let rankSum = 0;
  for (let from = 0; from < rows;) {
    const probability = probabilities[order[from]! * classes + of]!;
    let to = from, ownHere = 0;
    for (; to < rows && probabilities[order[to]! * classes + of]! === probability; to++) {
      if (labels[order[to]!] === of) ownHere++;
    }
    rankSum += ownHere * (from + 1 + to) / 2;
    from = to;
  }
  return (rankSum - own * (own + 1) / 2) / (own * (rows - own));
}
