/**
 * One link: its history, the forecast of its next window, how good the last ones were, and its alerts. Everything is
 * a function of the windows that it is given, in their order, and of the models.
 *
 * A late record that changes a closed window publishes that window's record again: its figures are the new ones, its
 * forecast is the one that was made. Forecasts and alerts that were published stand, and so do the residuals;
 * forecasts that are yet to be made see the window as it is now.
 */
import { shape, type ShapeOf } from "../records/formats/shape.ts";
import type { Json } from "../stream/json.ts";
import { partState, readState, StateError, timeState } from "../stream/state.ts";
import type { Alert } from "../records/alerts.ts";
import { type TrafficForecast, trafficForecastSchema } from "../records/forecasts.ts";
import type { WindowResult } from "../stream/windows.ts";
import {
  type AlertMoment,
  type AlertPolicy,
  type BoundedForecast,
  LinkAlerts,
  spanOf,
  type SpanUs,
} from "./alerts.ts";
import { TrafficHistory } from "./model/history.ts";
import { windowsNeeded } from "./model/inputs.ts";
import { ForecastInterval } from "./intervals.ts";
import { FORECASTS_KEPT_MAX } from "./limits.ts";
import { createHistory, predictNext, type TrafficModel } from "./model/model.ts";
import { emptyWindow, type WindowValues } from "./observed.ts";

/** What all links share. */
export interface LinkSetting {
  /** Share of the outcomes that an interval shall hold. */
  readonly coverage: number;
  readonly policy: AlertPolicy;
  /** Windows that still take late records, and one more. */
  readonly keep: number;
}

/** A window's figures as they come from the aggregation. */
export type TrafficWindow = WindowResult<WindowValues>;

/** What a window that closes brings. */
export interface LinkNews {
  readonly forecast: TrafficForecast;
  readonly alerts: readonly Alert[];
}

/** A forecast that was made when a window closed, for the next one. */
const madeSchema = shape.object({
  /** Start of the window that closed, in µs. */
  startUs: timeState,
  by: trafficForecastSchema.shape.by,
  model: trafficForecastSchema.shape.model,
  forecast: trafficForecastSchema.shape.forecast,
  /** The targets' values in the window that closed. */
  last: shape.record(shape.string(), shape.number()),
});

type MadeForecast = ShapeOf<typeof madeSchema>;

const snapshotSchema = shape.object({
  history: partState,
  /** Version of the model whose residuals these are. */
  version: shape.string(),
  intervals: shape.record(shape.string(), shape.array(shape.number())),
  alerts: partState,
  told: shape.array(madeSchema),
});

/** The forecasts of one link. */
export class LinkForecasts {
  readonly #link: string;
  readonly #setting: LinkSetting;
  readonly #intervals = new Map<string, ForecastInterval>();
  readonly #alerts: LinkAlerts;
  /** Oldest first. */
  readonly #made: MadeForecast[];
  #model: TrafficModel;
  #history: TrafficHistory;
  #out: Float64Array;

  /** @param options.state what {@linkcode LinkForecasts.toJson} gave */
  constructor(link: string, { model, setting, state = null }: {
    readonly model: TrafficModel;
    readonly setting: LinkSetting;
    readonly state?: Json;
  }) {
    const snapshot = state === null ? null : readState(snapshotSchema, state, `link ${link}`);
    this.#link = link;
    this.#setting = setting;
    this.#model = model;
    this.#history = snapshot === null ? createHistory(model) : restoreHistory(model, snapshot.history);
    this.#out = new Float64Array(model.targets.length);
    const intervals = snapshot?.version === model.version ? snapshot.intervals : {};
    for (const [target, residuals] of Object.entries(intervals)) {
      this.#intervals.set(target, new ForecastInterval(residuals));
    }
    this.#alerts = new LinkAlerts(setting.policy, snapshot?.alerts ?? null);
    this.#made = snapshot?.told ?? [];
    const isWhole = ({ model: { version }, forecast, last }: MadeForecast) =>
      (version === model.version ? model.targets : Object.keys(forecast)).every((target) =>
        target in forecast && target in last
      );
    if (!this.#made.every(isWhole)) {
      throw new StateError(`Cannot restore link ${link}: a forecast lacks a target`);
    }
  }

  /** A window that has closed: its figures, the forecast of the next one, and what rules say to both. */
  close(window: TrafficWindow, model: TrafficModel): LinkNews {
    if (model !== this.#model) this.#turnTo(model);
    const due = this.#madeBefore(window.start);
    if (due?.by === "network" && due.model.version === model.version) this.#learn(due, window.value);
    this.#fillGap(window.start);
    this.#history.push(window.value, window.start);
    const made = this.#forecast(window);
    this.#made.push(made);
    if (this.#made.length > Math.min(this.#setting.keep, FORECASTS_KEPT_MAX)) this.#made.shift();
    const { quantiles, targets, name, version } = model;
    const moment: AlertMoment = {
      observed: window.value,
      observedSpan: spanUsOf(window),
      forecastSpan: nextSpanOf(window),
      forecast: made.forecast,
    };
    const alerts = this.#alerts.judge(moment, {
      link: this.#link,
      model: { name, version },
      trained: (quantity) => quantiles[targets.indexOf(quantity)],
    });
    return { forecast: this.#record(window, { made, due }), alerts };
  }

  /** A closed window that a late record has changed. */
  correct(window: TrafficWindow, model: TrafficModel): TrafficForecast {
    if (model !== this.#model) this.#turnTo(model);
    const held = this.#made.find(({ startUs }) => startUs === window.start);
    // A window that had no record before the late one is new: nothing was forecast when it closed.
    if (held === undefined) return this.#record(window, { made: this.#lastValue(window), due: null });
    this.#history.push(window.value, window.start);
    return this.#record(window, { made: held, due: this.#madeBefore(window.start) });
  }

  /** A window that is still open, with the forecast that was made of it. */
  preview(window: TrafficWindow, { name, version }: TrafficModel): TrafficForecast {
    const due = this.#madeBefore(window.start);
    return {
      ...this.#record(window, {
        made: due ?? { forecast: {}, by: "baseline", model: { name, version } },
        due: null,
      }),
      window: spanOf(spanUsOf(window)),
    };
  }

  /** Alerts that are raised. */
  get alertsActive(): number {
    return this.#alerts.active;
  }

  /** The whole state. */
  toJson(): Json {
    return {
      history: this.#history.toJson(),
      version: this.#model.version,
      intervals: Object.fromEntries(
        [...this.#intervals].map(([target, interval]) => [target, interval.toJson()]),
      ),
      alerts: this.#alerts.toJson(),
      told: this.#made,
    };
  }

  /** Another model: the windows stay, as many as it looks back at; residuals are its own. */
  #turnTo(model: TrafficModel): void {
    if (windowsNeeded(model) !== this.#history.capacity) {
      this.#history = restoreHistory(model, this.#history.toJson());
    }
    this.#intervals.clear();
    this.#model = model;
    this.#out = new Float64Array(model.targets.length);
  }

  /** The forecast that was made when the window before the one that starts at `startUs` had closed. */
  #madeBefore(startUs: number): MadeForecast | null {
    return this.#made.findLast((made) => made.startUs === startUs - this.#model.windowUs) ?? null;
  }

  #learn({ forecast }: MadeForecast, actual: WindowValues): void {
    for (const [target, { value }] of Object.entries(forecast)) {
      this.#interval(target).learn(actual[target as keyof WindowValues] - value);
    }
  }

  #interval(target: string): ForecastInterval {
    let interval = this.#intervals.get(target);
    if (interval === undefined) this.#intervals.set(target, interval = new ForecastInterval());
    return interval;
  }

  /** A link that was silent for so long that its windows were not emitted any more had no packets in them. */
  #fillGap(startUs: number): void {
    const { newestUs, capacity, windowUs } = this.#history;
    const missing = (startUs - newestUs) / windowUs - 1;
    if (!Number.isFinite(missing)) return;
    for (let back = Math.min(missing, capacity); back >= 1; back--) {
      this.#history.push(emptyWindow(windowUs), startUs - back * windowUs);
    }
  }

  /** By the network where it has all that it looks back at and its numbers do not overflow, else the last values. */
  #forecast(window: TrafficWindow): MadeForecast {
    const model = this.#model;
    const made = this.#lastValue(window);
    if (!this.#history.ready) return made;
    predictNext(model, this.#history, this.#out);
    if (!this.#out.every(Number.isFinite)) return made;
    const forecast = Object.fromEntries(
      model.targets.map((target, k) => [target, this.#bounded(target, this.#out[k]!)]),
    );
    return { ...made, by: "network", forecast };
  }

  #lastValue({ start, value }: TrafficWindow): MadeForecast {
    const { targets, name, version } = this.#model;
    return {
      startUs: start,
      by: "baseline",
      model: { name, version },
      forecast: Object.fromEntries(targets.map((target) => [target, this.#bounded(target, value[target])])),
      last: Object.fromEntries(targets.map((target) => [target, value[target]])),
    };
  }

  #bounded(target: TrafficModel["targets"][number], value: number): BoundedForecast {
    const { residuals, targets } = this.#model;
    const trained = residuals[targets.indexOf(target)]!;
    const { lower, upper } = this.#interval(target).around(value, {
      coverage: this.#setting.coverage,
      trained,
    });
    return { value, lower, upper };
  }

  #record(window: TrafficWindow, { made, due }: {
    readonly made: Pick<MadeForecast, "forecast" | "by" | "model">;
    readonly due: MadeForecast | null;
  }): TrafficForecast {
    const { value: { packets, bytes, meanSize, interarrival, tcp, udp }, final, correction } = window;
    const id = `${this.#link}/${window.start / 1_000}`;
    return {
      id: final && !correction ? id : `${id}#${packets}`,
      link: this.#link,
      observed: {
        ...spanOf(spanUsOf(window)),
        ...{ packets, bytes, meanSize, interarrival, tcp, udp, final, correction },
      },
      window: spanOf(nextSpanOf(window)),
      forecast: made.forecast,
      coverage: this.#setting.coverage,
      by: made.by,
      scored: due === null ? null : scoreOf(due, window.value),
      model: made.model,
    };
  }
}

/** Outcome of a forecast. */
function scoreOf({ forecast, by, last }: MadeForecast, actual: WindowValues): TrafficForecast["scored"] {
  const targets = Object.entries(forecast).map(([target, bounds]) => ({
    target,
    actual: actual[target as keyof WindowValues],
    ...bounds,
  }));
  const byTarget = <T>(of: (one: typeof targets[number]) => T) =>
    Object.fromEntries(targets.map((one) => [one.target, of(one)]));
  return {
    predicted: byTarget(({ value }) => value),
    actual: byTarget((one) => one.actual),
    baseline: { ...last },
    inside: byTarget(({ lower, upper, actual }) => lower <= actual && actual <= upper),
    by,
  };
}

function spanUsOf({ start, end }: TrafficWindow): SpanUs {
  return { startUs: start, endUs: end };
}

function nextSpanOf({ start, end }: TrafficWindow): SpanUs {
  return { startUs: end, endUs: 2 * end - start };
}

function restoreHistory(model: TrafficModel, state: Json): TrafficHistory {
  return TrafficHistory.from(state, { windows: windowsNeeded(model), windowUs: model.windowUs });
}
