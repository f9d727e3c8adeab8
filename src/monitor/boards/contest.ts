/**
 * Forecasts beside what came, source by source: how the network stands to the last value, the season and ridge where
 * every source counts alike, and the course of one source. Pure, bounded memory.
 */
import type { Contestant } from "../../records/predictions/schema.ts";
import { COURSE_POINTS_MAX, COURSES_MAX, JUDGED_MIN, SLOT_MS, SLOTS, SOURCES_MAX } from "./limits.ts";
import type { Outcome } from "../../records/predictions/read.ts";

/** All of them, in the order in which they are shown. */
export const CONTESTANTS: readonly Contestant[] = ["network", "lastValue", "seasonal", "ridge"];

/** What they are called. */
export const CONTESTANT_NAMES: Readonly<Record<Contestant, string>> = {
  network: "network",
  lastValue: "last value",
  seasonal: "season",
  ridge: "ridge",
};

/** Means over the sources; `null` where a contestant did not forecast all that the network did. */
export interface ContestMean {
  /** MSE ÷ variance of what came. */
  readonly mse: number | null;
  /** MAE ÷ standard deviation of what came. */
  readonly mae: number | null;
  /** MSE ÷ the last value's. */
  readonly ratio: number | null;
}

/** The last forecasts of a source that came due, oldest first. */
export interface Course {
  readonly source: string;
  readonly predicted: readonly number[];
  readonly actual: readonly number[];
  /** Times of the readings that came, Unix ms. */
  readonly times: readonly number[];
  /** MSE of each contestant in the target's unit squared; `null` as above. */
  readonly mse: Readonly<Record<Contestant, number | null>>;
}

/** The contest at one moment. */
export interface ContestView {
  /** Sources that can be judged: enough forecasts came due with a change. */
  readonly sources: number;
  readonly means: Readonly<Record<Contestant, ContestMean>>;
  /** MSE ÷ the last value's, as it was at each second since the start, oldest first; `NaN` where there is none. */
  readonly curves: Readonly<Record<Contestant, readonly number[]>>;
  /** From the first point of the curves to the last, in ms. */
  readonly spanMs: number;
  /** Of the source that was asked for, else of the first; `null` before the first forecast came due. */
  readonly course: Course | null;
  /** Sources whose course can be shown, by name. */
  readonly courses: readonly string[];
}

/** A value for each contestant. */
function each<T>(of: (who: Contestant) => T): Record<Contestant, T> {
  return {
    network: of("network"),
    lastValue: of("lastValue"),
    seasonal: of("seasonal"),
    ridge: of("ridge"),
  };
}

/** The result of one source. */
class SourceContest {
  count = 0;
  /** Those of them that came with a change: of a source that stands still nothing can be said. */
  moved = 0;
  #mean = 0;
  #squares = 0;
  readonly #counts = each(() => 0);
  readonly #squared = each(() => 0);
  readonly #absolute = each(() => 0);
  readonly course: { predicted: number; actual: number; timeMs: number }[] | null;

  constructor(keepsCourse: boolean) {
    this.course = keepsCourse ? [] : null;
  }

  add({ predicted, baseline, actual, references }: Outcome, timeMs: number): void {
    const off = actual - this.#mean;
    this.#mean += off / ++this.count;
    if (actual !== baseline) this.moved++;
    this.#squares += off * (actual - this.#mean);
    const forecasts = {
      network: predicted,
      lastValue: baseline,
      seasonal: references?.seasonal ?? null,
      ridge: references?.ridge ?? null,
    };
    for (const who of CONTESTANTS) {
      const forecast = forecasts[who];
      if (forecast === null) continue;
      this.#counts[who]++;
      this.#squared[who] += (forecast - actual) ** 2;
      this.#absolute[who] += Math.abs(forecast - actual);
    }
    this.course?.push({ predicted, actual, timeMs });
    if ((this.course?.length ?? 0) > COURSE_POINTS_MAX) this.course!.shift();
  }

  /** Sum of squares around the mean of what came. */
  get squares(): number {
    return this.#squares;
  }

  squaredOf(who: Contestant): number | null {
    return this.#counts[who] === this.count ? this.#squared[who] : null;
  }

  absoluteOf(who: Contestant): number | null {
    return this.#counts[who] === this.count ? this.#absolute[who] : null;
  }
}

/** Counts forecasts that came due. */
export class Contest {
  readonly #sources = new Map<string, SourceContest>();
  /** The last ten minutes, a point a second. */
  readonly #points: (Record<Contestant, number> & { readonly second: number })[] = [];

  /** Adds a forecast of the network that came due with the reading of `timeMs`. */
  add(
    source: string,
    outcome: Outcome,
    { timeMs, nowMs }: { readonly timeMs: number; readonly nowMs: number },
  ): void {
    let own = this.#sources.get(source);
    if (own === undefined) {
      if (this.#sources.size >= SOURCES_MAX) return;
      own = new SourceContest(this.#sources.size < COURSES_MAX);
      this.#sources.set(source, own);
    }
    const second = Math.floor(nowMs / SLOT_MS);
    if (this.#points.at(-1)?.second !== second) this.#remember(second);
    own.add(outcome, timeMs);
  }

  /** Everything as it is now, with the course of a source. */
  view(source: string | null = null): ContestView {
    const judged = this.#judged();
    const means = each((who) => meanOf(judged, who));
    const curves = each((who) => [...this.#points.map((point) => point[who]), means[who].ratio ?? NaN]);
    const names = this.#named();
    const first = this.#points[0]?.second, last = this.#points.at(-1)?.second;
    return {
      sources: judged.length,
      means,
      curves,
      spanMs: Math.max(1, (last ?? 0) - (first ?? 0)) * SLOT_MS,
      course: this.#course(source !== null && names.includes(source) ? source : names[0] ?? null),
      courses: names,
    };
  }

  #named(): string[] {
    return [...this.#sources].filter(([, { course }]) => course !== null).map(([name]) => name).sort();
  }

  #judged(): SourceContest[] {
    return [...this.#sources.values()].filter((one) => one.moved >= JUDGED_MIN);
  }

  #remember(second: number): void {
    const judged = this.#judged();
    if (judged.length === 0) return;
    this.#points.push({ ...each((who) => meanOf(judged, who).ratio ?? NaN), second });
    if (this.#points.length > SLOTS) this.#points.shift();
  }

  #course(source: string | null): Course | null {
    const own = source === null ? undefined : this.#sources.get(source);
    if (source === null || own?.course === null || own === undefined) return null;
    return {
      source,
      predicted: own.course.map(({ predicted }) => predicted),
      actual: own.course.map(({ actual }) => actual),
      times: own.course.map(({ timeMs }) => timeMs),
      mse: each((who) => {
        const squared = own.squaredOf(who);
        return squared === null ? null : squared / own.count;
      }),
    };
  }
}

/** `null` where somebody of whom there is a forecast lacks others. */
function meanOf(judged: readonly SourceContest[], who: Contestant): ContestMean {
  const mean = (of: (one: SourceContest) => number | null) => {
    let sum = 0;
    for (const one of judged) {
      const value = of(one);
      if (value === null) return null;
      sum += value;
    }
    return judged.length === 0 ? null : sum / judged.length;
  };
  return {
    mse: mean((one) => over(one.squaredOf(who), one.squares)),
    mae: mean((one) => over(one.absoluteOf(who), Math.sqrt(one.squares * one.count))),
    ratio: mean((one) => over(one.squaredOf(who), one.squaredOf("lastValue")!)),
  };
}

function over(sum: number | null, by: number): number | null {
  return sum === null ? null : sum / by;
}
