/**
 * Superposed ON/OFF sources whose periods have heavy tails: many of them together are self-similar, with the Hurst
 * parameter H = (3 − shape) ÷ 2 (Taqqu, Willinger, Sherman 1997, "Proof of a fundamental result in self-similar
 * traffic modeling").
 */
import type { Chance } from "./random.ts";

/** Sources of one link; as many are on as off, in the mean, so that n of them vary by √(1 ÷ n) = 12.5 %. */
export const SOURCES = 64;

/** Tail of the periods: H = 0.8. */
const SHAPE = 1.4;
/** Shortest period, in µs; the mean is some 3.4 s. */
const PERIOD_US_MIN = 1_000_000;
/** Longest period, in µs. */
const PERIOD_US_MAX = 3_600_000_000;

/** The sources of one link, and which of them are on. */
export class Sources {
  readonly #chance: Chance;
  readonly #nextUs = new Float64Array(SOURCES);
  /** Numbers of the sources, first those that are on. */
  readonly #order = Uint8Array.from({ length: SOURCES }, (_, i) => i);
  readonly #placeOf = Uint8Array.from({ length: SOURCES }, (_, i) => i);
  #on = 0;
  #soonestUs = Infinity;

  /** Sources that have been running for ever: each is within a period. */
  constructor(chance: Chance, startUs: number) {
    this.#chance = chance;
    for (let source = 0; source < SOURCES; source++) {
      if (chance.uniform() < 0.5) this.#toggle(source);
      this.#nextUs[source] = startUs + this.#rest();
    }
    this.#soonestUs = Math.min(...this.#nextUs);
  }

  /** How many are on. */
  get on(): number {
    return this.#on;
  }

  /** One of those that are on; there has to be one. */
  pick(): number {
    return this.#order[this.#chance.integer(this.#on)]!;
  }

  /** Lets time go on. */
  advance(toUs: number): void {
    if (this.#soonestUs > toUs) return;
    const nextUs = this.#nextUs;
    let soonestUs = Infinity;
    for (let source = 0; source < SOURCES; source++) {
      let atUs = nextUs[source]!;
      if (atUs <= toUs) {
        do {
          this.#toggle(source);
          atUs += this.#chance.pareto(PERIOD_US_MIN, { shape: SHAPE, most: PERIOD_US_MAX });
        } while (atUs <= toUs);
        nextUs[source] = atUs;
      }
      if (atUs < soonestUs) soonestUs = atUs;
    }
    this.#soonestUs = soonestUs;
  }

  /** What is left of a period that one comes upon: uniform within the shortest, beyond it with a heavier tail. */
  #rest(): number {
    if (this.#chance.uniform() < (SHAPE - 1) / SHAPE) return this.#chance.uniform(0, PERIOD_US_MIN);
    return this.#chance.pareto(PERIOD_US_MIN, { shape: SHAPE - 1, most: PERIOD_US_MAX });
  }

  #toggle(source: number): void {
    const place = this.#placeOf[source]!;
    const wasOn = place < this.#on;
    // The last that is on changes places with it, or the first that is off.
    const border = wasOn ? this.#on - 1 : this.#on;
    const other = this.#order[border]!;
    this.#order[border] = source;
    this.#order[place] = other;
    this.#placeOf[source] = border;
    this.#placeOf[other] = place;
    this.#on += wasOn ? -1 : 1;
  }
}
