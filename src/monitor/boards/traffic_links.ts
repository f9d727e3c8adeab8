/** What the monitor knows of a link: its windows, what was forecast for them, and how right that was. Pure. */
import { RegressionMetrics } from "../../../nn/mod.ts";
import type { TrafficForecast } from "../../records/forecasts.ts";
import { RECENT_OUTCOMES, TARGETS_MAX, WINDOWS_MAX } from "./limits.ts";
import { plainName } from "../../runtime/plain_text.ts";

/** A forecast with its interval, in the target's unit. */
export interface Interval {
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
}

/** Errors of network and last value; `null` where there is no figure. MSE in the target's unit squared. */
export interface ForecastScore {
  /** Forecasts of the network that came due. */
  readonly scored: number;
  readonly r2: number | null;
  readonly baselineR2: number | null;
  readonly mse: number | null;
  readonly baselineMse: number | null;
  readonly mae: number | null;
  readonly baselineMae: number | null;
  /** Share of the outcomes that lay in the interval. */
  readonly coverage: number | null;
}

/** Curves over the last windows, oldest first, `NaN` where nothing is known; the last point is still to come. */
export interface LinkCurves {
  /** Event time of the first point's start and the last one's end, Unix ms. */
  readonly startMs: number;
  readonly endMs: number;
  readonly actual: readonly number[];
  readonly forecast: readonly number[];
  readonly lower: readonly number[];
  readonly upper: readonly number[];
}

/** What a link carries, and who forecasts it. */
interface LinkLoad {
  readonly link: string;
  readonly model: string;
  /** Length of a window, in ms. */
  readonly windowMs: number;
  /** Share of the outcomes that the interval shall hold. */
  readonly nominal: number;
  /** Event time of the newest window, Unix ms. */
  readonly startMs: number;
  readonly endMs: number;
  readonly packetsPerSecond: number;
  readonly bytesPerSecond: number;
  /** Who made the newest forecast: `network`, or `baseline` as long as there are too few windows. */
  readonly by: string;
}

/** One target of a link's forecasts. */
export interface TargetFigures {
  readonly target: string;
  /** Of the newest window. */
  readonly actual: number | null;
  /** For the window after it. */
  readonly next: Interval | null;
  /** Since the start. */
  readonly score: ForecastScore;
}

/** A link with all targets of its forecasts. */
export interface LinkFigures extends LinkLoad {
  /** What it is called among the links: with its model where several forecast it. */
  readonly name: string;
  readonly targets: readonly TargetFigures[];
}

/** A link and one target of its forecasts. */
export interface LinkView extends LinkLoad, TargetFigures {
  readonly targets: readonly string[];
  /** Of the last 60 outcomes. */
  readonly recentScore: ForecastScore;
  readonly curves: LinkCurves;
}

interface Outcome {
  readonly predicted: number;
  readonly actual: number;
  readonly baseline: number;
  readonly inside: boolean;
}

/** Counts outcomes. */
class Tally {
  readonly #network = new RegressionMetrics();
  readonly #baseline = new RegressionMetrics();
  #inside = 0;

  add({ predicted, actual, baseline, inside }: Outcome): void {
    this.#network.add(predicted, actual);
    this.#baseline.add(baseline, actual);
    if (inside) this.#inside++;
  }

  score(): ForecastScore {
    const [network, baseline] = [this.#network, this.#baseline];
    return {
      scored: network.count,
      r2: finite(network.r2),
      baselineR2: finite(baseline.r2),
      mse: finite(network.mse),
      baselineMse: finite(baseline.mse),
      mae: finite(network.mae),
      baselineMae: finite(baseline.mae),
      coverage: finite(this.#inside / network.count),
    };
  }
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** The outcomes of one target: all together, and the last ones by themselves. */
class TargetScore {
  readonly #all = new Tally();
  #recent: Outcome[] = [];

  add(outcome: Outcome): void {
    this.#all.add(outcome);
    this.#recent.push(outcome);
    if (this.#recent.length > RECENT_OUTCOMES) this.#recent.shift();
  }

  all(): ForecastScore {
    return this.#all.score();
  }

  recent(): ForecastScore {
    const recent = new Tally();
    this.#recent.forEach((outcome) => recent.add(outcome));
    return recent.score();
  }
}

interface Point {
  actual: Readonly<Record<string, unknown>> | null;
  forecast: TrafficForecast["forecast"] | null;
}

/** The windows of one link, as one model forecasts them. */
export class LinkSeries {
  readonly link: string;
  /** Name of the model that forecasts. */
  readonly model: string;
  /** By start; the one that was heard of first goes first. */
  readonly #points = new Map<number, Point>();
  readonly #scores = new Map<string, TargetScore>();
  #newest: TrafficForecast | null = null;
  #newestMs = -Infinity;
  /** Packets of all windows. */
  packets = 0;
  windows = 0;

  constructor(link: string, model: string) {
    this.link = link;
    this.model = model;
  }

  /** Takes a forecast: of a window that is over; a correction changes the curve and nothing else. */
  add(record: TrafficForecast): void {
    const { observed, window, scored } = record;
    if (!observed.final) return;
    const forecast = shownForecast(record);
    const startMs = Date.parse(observed.start);
    this.#pointAt(startMs).actual = { ...observed };
    this.#pointAt(Date.parse(window.start)).forecast = forecast;
    if (startMs >= this.#newestMs) [this.#newest, this.#newestMs] = [{ ...record, forecast }, startMs];
    if (observed.correction) return;
    this.packets += observed.packets;
    this.windows++;
    if (scored === null || scored.by !== "network") return;
    for (const [target, predicted] of Object.entries(scored.predicted)) {
      const [actual, baseline] = [scored.actual[target], scored.baseline[target]];
      const score = this.#scoreOf(plainName(target));
      if (score === null || actual === undefined || baseline === undefined) continue;
      score.add({ predicted, actual, baseline, inside: scored.inside[target] ?? false });
    }
  }

  #pointAt(startMs: number): Point {
    const known = this.#points.get(startMs);
    if (known !== undefined) return known;
    const point: Point = { actual: null, forecast: null };
    this.#points.set(startMs, point);
    if (this.#points.size > WINDOWS_MAX) this.#points.delete(this.#points.keys().next().value!);
    return point;
  }

  #scoreOf(target: string): TargetScore | null {
    const known = this.#scores.get(target);
    if (known !== undefined) return known;
    if (this.#scores.size >= TARGETS_MAX) return null;
    const score = new TargetScore();
    this.#scores.set(target, score);
    return score;
  }

  /** The link with all its targets; `null` before its first window. */
  figures(name: string): LinkFigures | null {
    const newest = this.#newest;
    return newest === null ? null : {
      name,
      ...this.#load(newest),
      targets: Object.keys(newest.forecast).map((target) => this.#figuresOf(newest, target)),
    };
  }

  /** The link with the target that is asked for, or its first; curves of the last `points` windows. */
  view(wanted: string | null, points: number): LinkView | null {
    const newest = this.#newest;
    if (newest === null) return null;
    const targets = Object.keys(newest.forecast);
    const target = wanted !== null && targets.includes(wanted) ? wanted : targets[0] ?? "packets";
    return {
      ...this.#load(newest),
      ...this.#figuresOf(newest, target),
      targets,
      recentScore: (this.#scores.get(target) ?? new TargetScore()).recent(),
      curves: this.#curves(target, Math.max(2, points)),
    };
  }

  #load({ observed, by, model, coverage }: TrafficForecast): LinkLoad {
    const [startMs, endMs] = [Date.parse(observed.start), Date.parse(observed.end)];
    const windowMs = Math.max(1, endMs - startMs);
    return {
      link: this.link,
      ...{ windowMs, startMs, endMs, by },
      model: `${plainName(model.name)} ${plainName(model.version)}`,
      nominal: coverage,
      packetsPerSecond: observed.packets / windowMs * 1_000,
      bytesPerSecond: observed.bytes / windowMs * 1_000,
    };
  }

  #figuresOf({ observed, forecast }: TrafficForecast, target: string): TargetFigures {
    return {
      target,
      actual: numberIn({ ...observed }, target),
      next: forecastIn(forecast, target),
      score: (this.#scores.get(target) ?? new TargetScore()).all(),
    };
  }

  /** Points on a grid of windows, so that gaps stay gaps. */
  #curves(target: string, points: number): LinkCurves {
    const starts = [...this.#points.keys()].toSorted((a, b) => a - b);
    const gaps = starts.slice(1).map((start, at) => start - starts[at]!);
    const stepMs = gaps.length === 0 ? 1_000 : gaps.reduce((least, gap) => Math.min(least, gap));
    const last = starts.at(-1) ?? 0;
    const shown = Math.min(points, Math.round((last - (starts[0] ?? 0)) / stepMs) + 1);
    const firstMs = last - (shown - 1) * stepMs;
    const curves = Array.from({ length: 4 }, () => new Array<number>(shown).fill(NaN));
    for (const startMs of starts) {
      const at = Math.round((startMs - firstMs) / stepMs);
      if (at < 0) continue;
      const { actual, forecast } = this.#points.get(startMs)!;
      const interval = forecast === null ? null : forecastIn(forecast, target);
      curves[0]![at] = (actual === null ? null : numberIn(actual, target)) ?? NaN;
      curves[1]![at] = interval?.value ?? NaN;
      curves[2]![at] = interval?.lower ?? NaN;
      curves[3]![at] = interval?.upper ?? NaN;
    }
    return {
      startMs: firstMs,
      endMs: last + stepMs,
      actual: curves[0]!,
      forecast: curves[1]!,
      lower: curves[2]!,
      upper: curves[3]!,
    };
  }
}

/** What is forecast of a link: the first targets, by names made harmless. */
function shownForecast({ forecast }: TrafficForecast): TrafficForecast["forecast"] {
  const targets = Object.entries(forecast).slice(0, TARGETS_MAX);
  return Object.fromEntries(targets.map(([name, interval]) => [plainName(name), interval]));
}

function numberIn(fields: Readonly<Record<string, unknown>>, target: string): number | null {
  const value = fields[target];
  return typeof value === "number" ? value : null;
}

function forecastIn(forecast: TrafficForecast["forecast"], target: string): Interval | null {
  return Object.hasOwn(forecast, target) ? forecast[target]! : null;
}
