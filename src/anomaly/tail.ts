/**
 * How rare a number is among those before it: −log₁₀ of the share of numbers that are as large.
 *
 * Up to the 98 % quantile the share is counted; beyond, where counting ends, it is that of a Pareto tail whose index is
 * Hill's estimate from the numbers up there (Hill 1975, A Simple General Approach to Inference About the Tail of a
 * Distribution; thresholds from tails in streams: Siffer et al. 2017, Anomaly Detection in Streams with Extreme Value
 * Theory). So 3 means once in a thousand, whatever unit and distribution the numbers have.
 */
import { SortedWindow } from "./sorted_window.ts";

/** Share of the numbers that is the tail. */
const TAIL_SHARE = 0.02;
/** Numbers that a tail is of at least. */
const TAIL_MIN = 5;
/** Rarer than one in 10³⁰⁰ is that. */
const RARITY_MAX = 300;

/** The rarity of each number among the last ones. */
export class Tail {
  readonly #window: SortedWindow;
  readonly #warmUp: number;

  /** Of the last `rows` numbers; before `warmUp` of them nothing is rare. `numbers` are taken at once. */
  constructor({ rows, warmUp, numbers = [] }: { rows: number; warmUp: number; numbers?: readonly number[] }) {
    this.#window = new SortedWindow(rows, numbers);
    this.#warmUp = warmUp;
  }

  /** −log₁₀ of the share of numbers as large as this one (≥ 0); then takes it among them. */
  rarity(x: number): number {
    const window = this.#window;
    const rarity = window.size < this.#warmUp ? 0 : this.#of(x);
    window.push(x);
    return rarity;
  }

  #of(x: number): number {
    const window = this.#window, count = window.size;
    const asLarge = window.countFrom(x);
    const tail = Math.max(Math.ceil(TAIL_SHARE * count), TAIL_MIN);
    const edge = window.at(count - tail);
    const counted = Math.log10((count + 1) / (asLarge + 1));
    if (asLarge >= tail || edge <= 0) return counted;
    let excess = 0;
    for (let place = count - tail; place < count; place++) excess += Math.log(window.at(place) / edge);
    const beyond = Math.log(x / edge);
    const steps = excess > 0 ? beyond * tail / excess : beyond > 0 ? Infinity : 0;
    return Math.min(Math.log10((count + 1) / (tail + 1)) + steps / Math.LN10, RARITY_MAX);
  }

  /** The numbers, oldest first. */
  toArray(): number[] {
    return this.#window.toArray();
  }
}
