/**
 * Half-space trees (Tan, Ting and Liu 2011, Fast Anomaly Detection for Streaming Data): an ensemble of random trees
 * over the space that the rows lie in, with the mass of the window before the present one in every node. A row is
 * anomalous where its nodes have little mass. Every `windowRows` rows the present masses become the reference ones.
 *
 * The space has two dimensions: the row, and its change from the row before; both in standard deviations from a running
 * mean, squeezed into (0, 1). Trees are the seed's: the same seed, the same scores. The score is how rare so little
 * mass is among the rows before (tail.ts), with the mass summed over the trees as in the paper (mass × 2^depth at the
 * first node with at most `windowRows` / 10 rows).
 */
import { Random } from "../../nn/random.ts";
import { boundedValue, checkOption, checkRows, deviation, numberIn, numbersIn, scoreOf } from "./detector.ts";
import type { Detector, DetectorJson } from "./detector.ts";
import { Moments } from "./moments.ts";
import { Tail } from "./tail.ts";

/** See {@linkcode HalfSpaceTrees}. */
export interface HalfSpaceTreesOptions {
  /** How many trees. @default 25 */
  readonly trees?: number;
  /** Depth of each. @default 8 */
  readonly depth?: number;
  /** Rows of a reference window. @default 250 */
  readonly windowRows?: number;
  /** Of the trees. @default 1 */
  readonly seed?: number;
  /** Rarity (−log₁₀ of a share of rows) from which on it is an alarm. @default 2.5, one row in 300 */
  readonly limit?: number;
}

const SCALE = { weight: 0.005, bound: 4, trustedRows: 50 } as const;
/** Rows that a row is compared with. */
const MASSES = { rows: 2_000, warmUp: 50 } as const;
const DIMENSIONS = 2;

/** Little mass where the row lies. */
export class HalfSpaceTrees implements Detector {
  readonly expected = null;
  readonly #options: Required<HalfSpaceTreesOptions>;
  /** Nodes of a tree: node n has the children 2n + 1 and 2n + 2. */
  readonly #nodes: number;
  /** By tree and inner node: which dimension is split, and where. */
  readonly #dimension: Uint8Array;
  readonly #split: Float64Array;
  /** By tree and node. */
  #reference: Float64Array;
  #present: Float64Array;
  readonly #scales: readonly Moments[];
  readonly #masses: Tail;
  #rows = 0;
  #last = 0;

  /**
   * At the beginning of a series, or going on from a state.
   *
   * @throws RangeError when an option is out of range, or the state is not one of this detector
   */
  constructor(options: HalfSpaceTreesOptions = {}, state?: DetectorJson["state"]) {
    const trees = checkOption("trees", options.trees ?? 25, { from: 1, to: 1_000, whole: true });
    const depth = checkOption("depth", options.depth ?? 8, { from: 1, to: 16, whole: true });
    const windowRows = checkRows("windowRows", options.windowRows ?? 250);
    const seed = options.seed ?? 1;
    const limit = checkOption("limit", options.limit ?? 2.5, { from: 1e-6, to: 1e6 });
    this.#options = { trees, depth, windowRows, seed, limit };
    this.#nodes = 2 ** (depth + 1) - 1;
    this.#dimension = new Uint8Array(trees * this.#nodes);
    this.#split = new Float64Array(trees * this.#nodes);
    this.#grow(new Random(seed));
    this.#reference = new Float64Array(trees * this.#nodes);
    this.#present = new Float64Array(trees * this.#nodes);
    const objectIn = (name: string) => state?.[name] as DetectorJson["state"] | undefined;
    this.#scales = ["value", "change"].map((name) => new Moments(SCALE, objectIn(name)));
    this.#masses = new Tail({
      ...MASSES,
      numbers: state === undefined ? [] : numbersIn(state, "masses", MASSES.rows),
    });
    if (state === undefined) return;
    this.#reference.set(numbersIn(state, "reference", trees * this.#nodes));
    this.#present.set(numbersIn(state, "present", trees * this.#nodes));
    this.#rows = numberIn(state, "rows");
    this.#last = numberIn(state, "last");
  }

  /** Every tree's work range is a box around a random point of the unit square, which the splits halve. */
  #grow(random: Random): void {
    const inner = 2 ** this.#options.depth - 1;
    for (let tree = 0; tree < this.#options.trees; tree++) {
      const boxes: Float64Array[] = [new Float64Array(2 * DIMENSIONS)];
      for (let dimension = 0; dimension < DIMENSIONS; dimension++) {
        const point = random.uniform(), reach = 2 * Math.max(point, 1 - point);
        boxes[0]![2 * dimension] = point - reach;
        boxes[0]![2 * dimension + 1] = point + reach;
      }
      for (let node = 0; node < inner; node++) {
        const box = boxes[node]!, dimension = random.integer(DIMENSIONS);
        const middle = (box[2 * dimension]! + box[2 * dimension + 1]!) / 2;
        this.#dimension[tree * this.#nodes + node] = dimension;
        this.#split[tree * this.#nodes + node] = middle;
        const left = box.slice(), right = box.slice();
        left[2 * dimension + 1] = middle;
        right[2 * dimension] = middle;
        boxes.push(left, right);
      }
    }
  }

  update(value: number, _timeMs: number): number {
    if (!Number.isFinite(value)) return 0;
    const { windowRows, limit } = this.#options;
    const x = boundedValue(value), change = this.#rows === 0 ? 0 : x - this.#last;
    const point = [squeeze(x, this.#scales[0]!), squeeze(change, this.#scales[1]!)];
    const mass = this.#pass(point);
    const isReady = this.#rows >= windowRows;
    // Less mass is rarer: its inverse is what the tail is of.
    const score = isReady ? scoreOf(this.#masses.rarity(1 / (1 + mass)), limit) : 0;
    this.#scales[0]!.take(x);
    this.#scales[1]!.take(change);
    this.#last = x;
    this.#rows++;
    if (this.#rows % windowRows === 0) {
      [this.#reference, this.#present] = [this.#present, this.#reference];
      this.#present.fill(0);
    }
    return score;
  }

  /** The reference mass where a point lies, summed over the trees; the present masses take the point. */
  #pass(point: readonly number[]): number {
    const { trees, depth, windowRows } = this.#options, enough = windowRows / 10;
    let sum = 0;
    for (let tree = 0; tree < trees; tree++) {
      const root = tree * this.#nodes;
      let isFound = false;
      for (let node = 0, level = 0; level <= depth; level++) {
        this.#present[root + node]!++;
        const mass = this.#reference[root + node]!;
        if (!isFound && (mass <= enough || level === depth)) {
          sum += mass * 2 ** level;
          isFound = true;
        }
        node = 2 * node + (point[this.#dimension[root + node]!]! < this.#split[root + node]! ? 1 : 2);
      }
    }
    return sum;
  }

  toJson(): DetectorJson {
    const [value, change] = this.#scales.map((scale) => scale.toJson());
    return {
      name: "half-space-trees",
      options: { ...this.#options },
      state: {
        ...{ rows: this.#rows, last: this.#last, value: value!, change: change! },
        masses: this.#masses.toArray(),
        reference: [...this.#reference],
        present: [...this.#present],
      },
    };
  }
}

/** A number in (0, 1), ½ at the center. */
function squeeze(value: number, scale: Moments): number {
  const z = Math.sign(value - scale.center) * deviation(value, scale) / 2;
  return 0.5 + 0.5 * z / (1 + Math.abs(z));
}
