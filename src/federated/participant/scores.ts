/** A device's forecasts as they came due: who missed by how much, before anybody learned from it. */
import { shape, type ShapeOf } from "../../records/formats/shape.ts";

/** Who forecasts. `local` never takes a global model; `personalised` is the global one under a head of the device's own. */
export const CONTESTANTS = ["lastValue", "local", "global", "personalised"] as const;

/** One of {@linkcode CONTESTANTS}. */
export type Contestant = typeof CONTESTANTS[number];

/** Scores in a snapshot: sums over the forecasts. */
export const scoresState = shape.object({
  count: shape.int(),
  mean: shape.number(),
  squares: shape.number(),
  errors: shape.tuple([shape.number(), shape.number(), shape.number(), shape.number()]),
});

/** MSE in units of the variance of what came; `null` before there is any. */
export type Contest = Readonly<Record<Contestant, number>> | null;

/** Running sums. */
export class Scores {
  /** Forecasts that came due. */
  count = 0;
  /** Of what came, and the sum of its squared distances from that (Welford 1962). */
  #mean = 0;
  #squares = 0;
  /** Squared errors by contestant. */
  readonly #errors: [number, number, number, number] = [0, 0, 0, 0];

  /** Counts what came, and what was forecast in the order of {@linkcode CONTESTANTS}. */
  add(actual: number, forecasts: readonly [number, number, number, number]): void {
    this.count++;
    const off = actual - this.#mean;
    this.#mean += off / this.count;
    this.#squares += off * (actual - this.#mean);
    for (let i = 0; i < 4; i++) this.#errors[i]! += (forecasts[i]! - actual) ** 2;
  }

  /** Who is how good so far. */
  contest(): Contest {
    if (!(this.#squares > 0) || !this.#errors.every(Number.isFinite)) return null;
    const [lastValue, local, global, personalised] = this.#errors.map((sum) => sum / this.#squares);
    return { lastValue: lastValue!, local: local!, global: global!, personalised: personalised! };
  }

  /** As metrics of an update. */
  metrics(): Record<string, number> {
    const contest = Object.entries(this.contest() ?? {}).map(([who, mse]) => [`mse.${who}`, mse] as const);
    return { ...Object.fromEntries(contest), "examples.scored": this.count };
  }

  toJson(): ShapeOf<typeof scoresState> {
    return { count: this.count, mean: this.#mean, squares: this.#squares, errors: [...this.#errors] };
  }

  restore({ count, mean, squares, errors }: ShapeOf<typeof scoresState>): void {
    this.count = count;
    this.#mean = mean;
    this.#squares = squares;
    errors.forEach((sum, i) => this.#errors[i] = sum);
  }
}
