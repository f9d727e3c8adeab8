/**
 * Level: what a link's traffic should be, from how much it was lately and how much it was at this time on the days
 * before. A value is unusual as far as it is outside of all that: neither the rise of every morning nor the backup of
 * every night is, nor a day that is busier as a whole.
 *
 * Works on logarithms, since traffic varies by factors. The level of late is an exponentially weighted mean (Roberts
 * 1959); the time of the day has one mean for each quarter of an hour, as in Winters 1960 (Forecasting Sales by
 * Exponentially Weighted Moving Averages), on top of which a slower mean follows the day as a whole; the spread is an
 * exponentially weighted mean absolute residual. What is unusual does not teach the level, so that an event
 * neither hides itself nor makes its end look like another one; when it lasts longer than an hour, it is the level.
 */
import type { Detector, DetectorJson } from "../../anomaly/detector.ts";
import { numberIn, numbersIn, scoreOf } from "../../anomaly/detector.ts";

/** Below or above expectation by this factor is unusual, however regular the traffic is. */
export const LEVEL_FACTOR = 1.8;
/** And by so many spreads, however irregular. */
const SPREADS = 5;

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
/** Memory of the level of late, of the day as a whole, and of the spread. */
const LATE_MS = 12 * MINUTE_MS;
const DAY_OFFSET_MS = 90 * MINUTE_MS;
const SPREAD_MS = 240 * MINUTE_MS;
/** Unusual for so long is usual. */
const ACCEPT_MS = 60 * MINUTE_MS;
/** Parts of a day, and the weight of the newest day in each. */
const SLOTS = 96;
const SLOT_MS = DAY_MS / SLOTS;
const DAY_WEIGHT = 0.3;
/** Mean absolute deviation of a normal distribution = 0.7979 standard deviations. */
const SD_PER_MEAN_DISTANCE = 1.2533;
/** A spread is not taken for less than this, in logarithms. */
const SPREAD_MIN = 0.02;
/** The spread before anything is known. */
const SPREAD_AT_FIRST = 0.2;
/** So many rows teach whatever they are: nothing is known that they could be compared with. */
const ROWS_AT_FIRST = 15;

/** Expectation from the level of late and the time of the day. */
export class Level implements Detector {
  expected: number | null = null;
  #rows = 0;
  #lastMs = 0;
  #late = 0;
  #dayOffset = 0;
  #meanDistance = SPREAD_AT_FIRST / SD_PER_MEAN_DISTANCE;
  /** Since when everything was unusual; −1 = it is not. */
  #unusualSinceMs = -1;
  /** By slot: mean of past days, and how many there were; of the slot that is being visited: sum and rows. */
  readonly #means = new Float64Array(SLOTS);
  readonly #visits = new Float64Array(SLOTS);
  #slot = 0;
  #slotSum = 0;
  #slotRows = 0;
  /** The same of the one before it. */
  #heldSlot = 0;
  #heldSum = 0;
  #heldRows = 0;

  /** At the beginning of a series, or going on from a state. @throws RangeError where the state is none of it */
  constructor(state?: DetectorJson["state"]) {
    if (state === undefined) return;
    this.#rows = numberIn(state, "rows");
    this.#lastMs = numberIn(state, "lastMs");
    this.#late = numberIn(state, "late");
    this.#dayOffset = numberIn(state, "dayOffset");
    this.#meanDistance = numberIn(state, "meanDistance");
    this.#unusualSinceMs = numberIn(state, "unusualSinceMs");
    this.#means.set(slotsIn(state, "means"));
    this.#visits.set(slotsIn(state, "visits"));
    this.#slot = slotIn(state, "slot");
    this.#slotSum = numberIn(state, "slotSum");
    this.#slotRows = numberIn(state, "slotRows");
    this.#heldSlot = slotIn(state, "heldSlot");
    this.#heldSum = numberIn(state, "heldSum");
    this.#heldRows = numberIn(state, "heldRows");
  }

  update(value: number, timeMs: number): number {
    const x = Math.log1p(Math.max(value, 0));
    const passedMs = Math.max(timeMs - this.#lastMs, 0);
    this.#lastMs = Math.max(timeMs, this.#lastMs);
    if (this.#rows++ === 0) {
      this.expected = null;
      this.#late = x;
      this.#slot = slotOf(timeMs);
      return 0;
    }
    const around = this.#around(timeMs);
    const center = nearest(x, [this.#late, ...around.map((mean) => mean + this.#dayOffset)]);
    this.expected = Math.expm1(center);
    const spread = Math.max(SD_PER_MEAN_DISTANCE * this.#meanDistance, SPREAD_MIN);
    const limit = Math.max(Math.log(LEVEL_FACTOR), SPREADS * spread);
    const distance = Math.abs(x - center);
    const score = scoreOf(distance, limit);
    // The time of the day learns from events, too, but one of them is not enough to make it usual.
    this.#visit(timeMs, Math.min(Math.max(x, center - limit), center + limit));
    if (distance > limit && this.#rows > ROWS_AT_FIRST) {
      if (this.#unusualSinceMs < 0) this.#unusualSinceMs = timeMs;
      if (timeMs - this.#unusualSinceMs < ACCEPT_MS) return score;
      this.#late = x;
    }
    this.#unusualSinceMs = -1;
    // While few rows were seen, the weights are those of the plain mean.
    this.#late += Math.max(1 - Math.exp(-passedMs / LATE_MS), 1 / this.#rows) * (x - this.#late);
    this.#meanDistance += (1 - Math.exp(-passedMs / SPREAD_MS)) *
      (Math.min(distance, limit) - this.#meanDistance);
    if (around.length > 0) {
      const off = x - around.reduce((sum, mean) => sum + mean, 0) / around.length - this.#dayOffset;
      this.#dayOffset += (1 - Math.exp(-passedMs / DAY_OFFSET_MS)) * Math.min(Math.max(off, -limit), limit);
    }
    return score;
  }

  /** Takes a value of this quarter of an hour. */
  #visit(timeMs: number, x: number): void {
    const slot = slotOf(timeMs);
    if (slot !== this.#slot) {
      this.#closeSlot();
      this.#slot = slot;
    }
    this.#slotSum += x;
    this.#slotRows++;
  }

  /**
   * The quarter of an hour before the one that is over teaches its mean: while its neighbour lasts, the mean is that
   * of the days before, and an event that began in it is not compared with itself.
   */
  #closeSlot(): void {
    if (this.#heldRows > 0) {
      const slot = this.#heldSlot;
      const visits = ++this.#visits[slot]!;
      this.#means[slot]! += Math.max(DAY_WEIGHT, 1 / visits) *
        (this.#heldSum / this.#heldRows - this.#means[slot]!);
    }
    this.#heldSlot = this.#slot;
    this.#heldSum = this.#slotSum;
    this.#heldRows = this.#slotRows;
    this.#slotSum = this.#slotRows = 0;
  }

  /** Means of this quarter of an hour and of the one that is nearest in time, as far as they are known. */
  #around(timeMs: number): number[] {
    const below = Math.floor(timeMs / SLOT_MS - 0.5);
    return [below, below + 1].map((slot) => ((slot % SLOTS) + SLOTS) % SLOTS)
      .filter((slot) => this.#visits[slot]! > 0).map((slot) => this.#means[slot]!);
  }

  toJson(): DetectorJson {
    return {
      name: "level",
      options: {},
      state: {
        ...{ rows: this.#rows, lastMs: this.#lastMs, late: this.#late, dayOffset: this.#dayOffset },
        ...{ meanDistance: this.#meanDistance, unusualSinceMs: this.#unusualSinceMs },
        ...{ means: [...this.#means], visits: [...this.#visits] },
        ...{ slot: this.#slot, slotSum: this.#slotSum, slotRows: this.#slotRows },
        ...{ heldSlot: this.#heldSlot, heldSum: this.#heldSum, heldRows: this.#heldRows },
      },
    };
  }
}

/** What comes nearest to `x` of everything from the lowest expectation to the highest. */
function nearest(x: number, expectations: readonly number[]): number {
  return Math.min(Math.max(x, Math.min(...expectations)), Math.max(...expectations));
}

type State = DetectorJson["state"];

function slotsIn(state: State, name: string): number[] {
  const numbers = numbersIn(state, name, SLOTS);
  if (numbers.length === SLOTS) return numbers;
  throw new RangeError(
    `Cannot restore a detector: its list '${name}' has ${numbers.length} numbers of ${SLOTS}`,
  );
}

function slotIn(state: State, name: string): number {
  const slot = numberIn(state, name);
  if (Number.isInteger(slot) && slot >= 0 && slot < SLOTS) return slot;
  throw new RangeError(
    `Cannot restore a detector: its '${name}' is ${slot}, from 0 to ${SLOTS - 1} is wanted`,
  );
}

function slotOf(timeMs: number): number {
  return Math.floor((((timeMs % DAY_MS) + DAY_MS) % DAY_MS) / SLOT_MS);
}
