/** A device's forecasts as they came due: who missed by how much, before anybody learned from it. */
import { shape, type ShapeOf } from "../../records/formats/shape.ts";

/** Who forecasts. `local` never takes a global model; `personalised` is the global one under a head of the device's own. */
export const CONTESTANTS = ["lastValue", "local", "global", "personalised"] as const;

/** One of {@linkcode CONTESTANTS}. */
export type Contestant = typeof CONTESTANTS[number];

/** Scores in a snapshot: means over the forecasts. */
export const scoresState = shape.object({
  count: shape.int(),
  mean: shape.number(),
  variance: shape.number(),
  errors: shape.tuple([shape.number(), shape.number(), shape.number(), shape.number()]),
});

/** MSE in units of the variance of what came; `null` before there is any. */
export type Contest = Readonly<Record<Contestant, number>> | null;

/** Forecasts that the means are over; of more, the older ones fade (Gama, Sebastião, Rodrigues 2013). */
const SCORED_FULLY = 1_000;

/** Means of the last forecasts. */
export class Scores {
  /** Forecasts that came due. */
  count = 0;
  /** Of what came. */
  #mean = 0;
  #variance = 0;
  /** Mean squared errors by contestant. */
  readonly #errors: [number, number, number, number] = [0, 0, 0, 0];

  /** Counts what came, and what was forecast in the order of {@linkcode CONTESTANTS}. */
  add(actual: number, forecasts: readonly [number, number, number, number]): void {
    const share = 1 / Math.min(++this.count, SCORED_FULLY);
    const off = actual - this.#mean;
    this.#mean += share * off;
    this.#variance += share * (off * (actual - this.#mean) - this.#variance);
    for (let i = 0; i < 4; i++) {
      this.#errors[i]! += share * ((forecasts[i]! - actual) ** 2 - this.#errors[i]!);
    }
  }

  /** Who is how good. */
  contest(): Contest {
    if (!(this.#variance > 0) || !this.#errors.every(Number.isFinite)) return null;
    const [lastValue, local, global, personalised] = this.#errors.map((mean) => mean / this.#variance);
    return { lastValue: lastValue!, local: local!, global: global!, personalised: personalised! };
  }

  /** As metrics of an update. */
  metrics(): Record<string, number> {
    const contest = Object.entries(this.contest() ?? {}).map(([who, mse]) => [`mse.${who}`, mse] as const);
    return { ...Object.fromEntries(contest), "examples.scored": this.count };
  }

  toJson(): ShapeOf<typeof scoresState> {
    return { count: this.count, mean: this.#mean, variance: this.#variance, errors: [...this.#errors] };
  }

  restore({ count, mean, variance, errors }: ShapeOf<typeof scoresState>): void {
    this.count = count;
    this.#mean = mean;
    this.#variance = variance;
    errors.forEach((error, i) => this.#errors[i] = error);
  }
}
