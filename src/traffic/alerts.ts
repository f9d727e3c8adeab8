/**
 * When a rule raises an alert on a link, and when the alert is over. Judged once for every window that closes;
 * corrections of windows change nothing.
 *
 * - A rule has to hold for several windows in a row (*hold*); then the alert is raised, once.
 * - While it is raised, its threshold stays as it was: a quantile would follow the traffic and clear the alert by itself.
 * - It is cleared when the rule does not hold any more and the value is back behind a share of the threshold
 *   (hysteresis): at most 90 for `packets>100` and a share of 0.9, at least 111.1 for `packets<100`.
 * - After an alert of a rule there is no second one within the *cool-down*, in event time; if the rule still holds
 *   then, it is raised.
 * - A threshold that is a quantile is of the link's recent windows, the one that is judged left out; of the model's
 *   training until there are {@linkcode ALERT_WINDOWS_MIN}. Where that does not know the quantity, nothing is raised.
 */
import { shape, type ShapeOf } from "../records/formats/shape.ts";
import type { Json } from "../stream/json.ts";
import { countState, readState, timeState } from "../stream/state.ts";
import { isoOf } from "../records/formats/utc_time.ts";
import type { Alert } from "../records/alerts.ts";
import type { AlertRule, ObservedQuantity } from "./alert_expression.ts";
import { type Bounds, quantileOfTable, RecentValues } from "./intervals.ts";
import { ALERT_WINDOWS_MAX, ALERT_WINDOWS_MIN } from "./limits.ts";

/** The rules, and how quickly they react. */
export interface AlertPolicy {
  readonly rules: readonly AlertRule[];
  /** Above 0, at most 1. */
  readonly clearShare: number;
  /** Windows in a row. */
  readonly hold: number;
  readonly cooldownUs: number;
}

/** A forecast with its interval. */
export interface BoundedForecast extends Bounds {
  readonly value: number;
}

/** A window that has closed, and the forecast of the next one. */
export interface AlertMoment {
  readonly observed: Readonly<Record<ObservedQuantity, number>>;
  /** Half-open, in µs: the window observed, and the one that is forecast. */
  readonly observedSpan: SpanUs;
  readonly forecastSpan: SpanUs;
  readonly forecast: Readonly<Record<string, BoundedForecast>>;
}

/** A span of event time. */
export interface SpanUs {
  readonly startUs: number;
  readonly endUs: number;
}

/** The span as records have it. */
export function spanOf({ startUs, endUs }: SpanUs): { start: string; end: string } {
  return { start: isoOf(startUs), end: isoOf(endUs) };
}

/** Where a rule is on a link. */
const ruleSchema = shape.object({
  /** Windows in a row for which it holds. */
  held: countState,
  raised: shape.boolean(),
  /** Of the alert that is raised. */
  threshold: shape.number(),
  /** End of the window at which the last alert was raised, in µs; `null` = never. */
  lastUs: timeState.nullable(),
});

type RuleState = ShapeOf<typeof ruleSchema>;

const alertsSchema = shape.object({
  rules: shape.record(shape.string(), ruleSchema),
  recent: shape.record(shape.string(), shape.array(shape.number())),
});

/** A threshold, and where it comes from. */
interface Found {
  readonly threshold: number;
  readonly origin: string;
}

/** All rules on one link. */
export class LinkAlerts {
  readonly #policy: AlertPolicy;
  readonly #states: RuleState[];
  /** Of every quantity with a quantile as threshold. */
  readonly #recent = new Map<ObservedQuantity, RecentValues>();

  /** @param state what {@linkcode LinkAlerts.toJson} gave; rules that it does not know start over */
  constructor(policy: AlertPolicy, state: Json | null = null) {
    const { rules, recent }: ShapeOf<typeof alertsSchema> = state === null
      ? { rules: {}, recent: {} }
      : readState(alertsSchema, state, "alerts");
    this.#policy = policy;
    this.#states = policy.rules.map(({ text }) => ({
      ...(Object.hasOwn(rules, text) ? rules[text]! : { held: 0, raised: false, threshold: 0, lastUs: null }),
    }));
    for (const { quantity, threshold } of policy.rules) {
      if (threshold.kind === "number") continue;
      this.#recent.set(quantity, RecentValues.from(recent[quantity] ?? [], ALERT_WINDOWS_MAX));
    }
  }

  /**
   * Judges a window that has closed.
   *
   * @param options.trained quantiles p0 … p100 of a quantity in training, where they are known
   * @param options.link the link's name, and the model's
   * @returns what was raised or cleared, in the order of the rules
   */
  judge(moment: AlertMoment, { link, model, trained }: {
    readonly link: string;
    readonly model: Alert["model"];
    readonly trained: (quantity: ObservedQuantity) => ArrayLike<number> | undefined;
  }): Alert[] {
    const alerts: Alert[] = [];
    this.#policy.rules.forEach((rule, i) => {
      const state = this.#states[i]!;
      const value = valueOf(rule, moment);
      const found = state.raised ? { threshold: state.threshold, origin: "" } : this.#find(rule, trained);
      if (value === undefined || Number.isNaN(found.threshold)) return;
      const change = this.#turn(state, { rule, value, threshold: found.threshold, moment });
      if (change === null) return;
      const span = windowOf(rule, moment);
      alerts.push({
        id: `${link}/${span.startUs / 1_000}/${rule.text}/${change}`,
        link,
        rule: rule.text,
        state: change,
        value,
        threshold: found.threshold,
        window: spanOf(span),
        forecast: rule.subject !== "actual",
        evidence: this.#evidence(rule, { change, value, found, moment }),
        model,
      });
    });
    for (const [quantity, recent] of this.#recent) recent.push(moment.observed[quantity]);
    return alerts;
  }

  /** Alerts that are raised. */
  get active(): number {
    return this.#states.filter(({ raised }) => raised).length;
  }

  /** The whole state. */
  toJson(): Json {
    return {
      rules: Object.fromEntries(this.#policy.rules.map(({ text }, i) => [text, { ...this.#states[i]! }])),
      recent: Object.fromEntries([...this.#recent].map(([quantity, recent]) => [quantity, recent.toJson()])),
    };
  }

  #find(
    { quantity, threshold }: AlertRule,
    trained: (quantity: ObservedQuantity) => ArrayLike<number> | undefined,
  ): Found {
    if (threshold.kind === "number") return { threshold: threshold.value, origin: "" };
    const recent = this.#recent.get(quantity)!;
    const name = `p${shortOf(100 * threshold.p)}`;
    if (recent.count >= ALERT_WINDOWS_MIN) {
      const origin = `, ${name} of the last ${recent.count} windows`;
      return { threshold: recent.quantile(threshold.p), origin };
    }
    const table = trained(quantity);
    if (table === undefined) return { threshold: NaN, origin: "" };
    return { threshold: quantileOfTable(table, threshold.p), origin: `, ${name} of the model's training` };
  }

  /** What becomes of the rule's state. */
  #turn(
    state: RuleState,
    { rule, value, threshold, moment }: {
      readonly rule: AlertRule;
      readonly value: number;
      readonly threshold: number;
      readonly moment: AlertMoment;
    },
  ): Alert["state"] | null {
    const { hold, cooldownUs, clearShare } = this.#policy;
    const holds = isSo(value, rule.comparison, threshold);
    if (state.raised) {
      if (holds || !isBack(value, { rule, threshold, clearShare })) return null;
      state.raised = false;
      state.held = 0;
      return "cleared";
    }
    state.held = holds ? Math.min(state.held + 1, hold) : 0;
    const { endUs } = moment.observedSpan;
    if (state.held < hold || (state.lastUs !== null && endUs - state.lastUs < cooldownUs)) return null;
    state.raised = true;
    state.threshold = threshold;
    state.lastUs = endUs;
    return "raised";
  }

  #evidence(rule: AlertRule, { change, value, found, moment }: {
    readonly change: Alert["state"];
    readonly value: number;
    readonly found: Found;
    readonly moment: AlertMoment;
  }): string {
    const { quantity, subject, comparison } = rule;
    const { hold, clearShare } = this.#policy;
    const unit = { packets: "", bytes: "", interarrival: " µs", meanSize: " bytes" }[quantity];
    const number = `${shortOf(value)}${unit}`;
    const { start, end } = spanOf(windowOf(rule, moment));
    const what = subject === "actual"
      ? `${quantity} was ${number}`
      : subject === "forecast"
      ? `${quantity} is forecast at ${number}`
      : `${quantity} is forecast with ${subject === "upper" ? "at most" : "at least"} ${number}`;
    const above = comparison.startsWith(">");
    const threshold = `${shortOf(found.threshold)}${unit}`;
    const judged = change === "raised"
      ? `${comparison} ${threshold}${found.origin}${hold > 1 ? `, ${hold} windows in a row` : ""}`
      : `back ${above ? "below" : "above"} ${
        shortOf(above ? found.threshold * clearShare : found.threshold / clearShare)
      }${unit}, the threshold was ${threshold}`;
    const before = subject === "actual"
      ? ""
      : `; it was ${shortOf(moment.observed[quantity])}${unit} just before`;
    return `${what} from ${start} to ${end}: ${judged}${before}`;
  }
}

function windowOf({ subject }: AlertRule, { observedSpan, forecastSpan }: AlertMoment): SpanUs {
  return subject === "actual" ? observedSpan : forecastSpan;
}

/** The number that a rule is about; `undefined` where the model does not forecast it. */
function valueOf({ quantity, subject }: AlertRule, { observed, forecast }: AlertMoment): number | undefined {
  if (subject === "actual") return observed[quantity];
  return forecast[quantity]?.[subject === "forecast" ? "value" : subject];
}

function isSo(value: number, comparison: AlertRule["comparison"], threshold: number): boolean {
  switch (comparison) {
    case ">":
      return value > threshold;
    case ">=":
      return value >= threshold;
    case "<":
      return value < threshold;
    case "<=":
      return value <= threshold;
  }
}

/** Whether a value is so far behind the threshold that the alert is over. */
function isBack(value: number, { rule: { comparison }, threshold, clearShare }: {
  readonly rule: AlertRule;
  readonly threshold: number;
  readonly clearShare: number;
}): boolean {
  return comparison.startsWith(">") ? value <= threshold * clearShare : value >= threshold / clearShare;
}

/** Six digits, for people. */
function shortOf(value: number): string {
  return value.toLocaleString("en-US", { maximumSignificantDigits: 6 });
}
