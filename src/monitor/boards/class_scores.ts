/**
 * Probabilities of classes beside what came true: how well each class's probability ranks its own before all others
 * (ROC), and whether an answer given with 90 % is right in 90 % of cases (calibration). Pure, bounded memory.
 *
 * Probabilities are counted in bins of equal width of their log-odds, so that a network that is nearly sure still has
 * an order; two in the same bin count as equal. So an area is off by at most half of the share of the pairs that are.
 */
import { RELIABILITY_BINS, ROC_POINTS_MAX, SCORE_BINS, SCORE_LOG_ODDS_MAX } from "./limits.ts";

/** One class against the rest. */
export interface RocCurve {
  readonly name: string;
  /** Readings of the class, and of the others. */
  readonly positives: number;
  readonly negatives: number;
  /** Area under the curve, ties counting half; `null` where all readings are of the class, or none. */
  readonly auc: number | null;
  /** Share of the others, and of the class, from a probability on: from [0, 0] to [1, 1]; empty where there is no area. */
  readonly curve: readonly (readonly [falsePositives: number, truePositives: number])[];
}

/** Answers that were given with about the same probability; `null` where there were none. */
export interface ReliabilityBin {
  readonly count: number;
  /** Mean probability of the class that was answered. */
  readonly confidence: number | null;
  /** Share of the answers that were right. */
  readonly accuracy: number | null;
}

/** What the probabilities of a model are worth. */
export interface ClassScoring {
  readonly roc: readonly RocCurve[];
  /** By probability of the answer, from 0 to 1 in equal steps. */
  readonly reliability: readonly ReliabilityBin[];
  /** Expected calibration error: mean distance of confidence and accuracy, bins weighed by their counts. */
  readonly calibrationError: number | null;
}

/** The bin of a probability: the order is kept. */
export function scoreBinOf(probability: number): number {
  const logOdds = Math.log(probability / (1 - probability));
  const place = Math.floor((logOdds / SCORE_LOG_ODDS_MAX + 1) / 2 * SCORE_BINS);
  return Math.max(0, Math.min(SCORE_BINS - 1, place));
}

interface Histogram {
  readonly positives: Uint32Array;
  readonly negatives: Uint32Array;
}

/** Counts the probabilities of readings whose class is known. */
export class ScoreCounts {
  /** By class. */
  readonly #histograms: Histogram[] = [];
  readonly #answers = new Float64Array(RELIABILITY_BINS);
  readonly #confidence = new Float64Array(RELIABILITY_BINS);
  readonly #right = new Float64Array(RELIABILITY_BINS);

  /**
   * Counts a reading.
   *
   * @param places the classes that have a probability
   * @param probabilities theirs, in the same order; one that is no number counts nowhere
   */
  add(
    places: readonly number[],
    probabilities: readonly number[],
    { actual, predicted }: { readonly actual: number; readonly predicted: number },
  ): void {
    for (let i = 0; i < places.length; i++) {
      const probability = probabilities[i]!, place = places[i]!;
      if (!(probability >= 0 && probability <= 1)) continue;
      const { positives, negatives } = this.#histogram(place);
      (place === actual ? positives : negatives)[scoreBinOf(probability)]! += 1;
      if (place === predicted) this.#answer(probability, actual === predicted);
    }
  }

  /** All figures; `names` are the classes by place. */
  figures(names: readonly string[]): ClassScoring {
    const total = this.#answers.reduce((sum, count) => sum + count, 0);
    let distance = 0;
    const reliability = Array.from(this.#answers, (count, bin): ReliabilityBin => {
      if (count === 0) return { count, confidence: null, accuracy: null };
      const confidence = this.#confidence[bin]! / count, accuracy = this.#right[bin]! / count;
      distance += count * Math.abs(confidence - accuracy);
      return { count, confidence, accuracy };
    });
    return {
      roc: names.flatMap((name, place) => {
        const histogram = this.#histograms[place];
        return histogram === undefined ? [] : [rocOf(name, histogram)];
      }),
      reliability,
      calibrationError: total === 0 ? null : distance / total,
    };
  }

  #answer(probability: number, isRight: boolean): void {
    const bin = Math.min(RELIABILITY_BINS - 1, Math.floor(probability * RELIABILITY_BINS));
    this.#answers[bin]! += 1;
    this.#confidence[bin]! += probability;
    if (isRight) this.#right[bin]! += 1;
  }

  #histogram(place: number): Histogram {
    return this.#histograms[place] ??= {
      positives: new Uint32Array(SCORE_BINS),
      negatives: new Uint32Array(SCORE_BINS),
    };
  }
}

function rocOf(name: string, histogram: Histogram): RocCurve {
  const count = (counts: Uint32Array) => counts.reduce((sum, n) => sum + n, 0);
  const positives = count(histogram.positives), negatives = count(histogram.negatives);
  if (positives === 0 || negatives === 0) return { name, positives, negatives, auc: null, curve: [] };
  const curve: [number, number][] = [[0, 0]];
  let ofClass = 0, ofOthers = 0, pairs = 0;
  for (let bin = SCORE_BINS - 1; bin >= 0; bin--) {
    const own = histogram.positives[bin]!, others = histogram.negatives[bin]!;
    pairs += others * (ofClass + own / 2);
    ofClass += own;
    ofOthers += others;
    const [x, y] = [ofOthers / negatives, ofClass / positives], [lastX, lastY] = curve.at(-1)!;
    if (x - lastX + (y - lastY) >= 2 / ROC_POINTS_MAX) curve.push([x, y]);
  }
  if (curve.at(-1)!.some((share) => share < 1)) curve.push([1, 1]);
  return { name, positives, negatives, auc: pairs / (positives * negatives), curve };
}
