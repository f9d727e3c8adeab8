/** What a model file itself says of its test part, as if it had been judged again. Pure. */
import { unmeasured } from "../../train/evaluation/doubts.ts";
import { ForecastInterval } from "../intervals.ts";
import type { TrafficMetadata } from "../model/metadata.ts";
import { type Errors, seasonOf, trafficDoubts, type TrafficEvaluation } from "./evaluate.ts";

/** The figures of training, and the forecasts that are kept, with intervals. */
export function storedEvaluation(model: TrafficMetadata): TrafficEvaluation {
  const { targets, metrics, test, residuals, windowUs } = model;
  const errorsOf = (target: string, who: string): Errors | null => {
    const of = (measure: string) => metrics[`test.${target}.${who}.${measure}`] ?? null;
    const [mse, rmse, mae] = [of("mse"), of("rmse"), of("mae")];
    return mse === null || rmse === null || mae === null
      ? null
      : { r2: of("r2"), mse, rmse, mae, mape: of("mape") };
  };
  const none: Errors = { r2: null, mse: NaN, rmse: NaN, mae: NaN, mape: null };
  const scores = targets.map((target) => {
    const of = (what: string) => metrics[`test.${target}.interval.${what}`] ?? NaN;
    return {
      target,
      network: errorsOf(target, "network") ?? none,
      lastValue: errorsOf(target, "lastValue") ?? none,
      seasonal: errorsOf(target, "seasonal"),
      ridge: errorsOf(target, "ridge") ?? none,
      interval: { nominal: of("nominal"), measured: of("measured"), width: of("width") },
    };
  });
  const bounds = targets.map((_, k) => {
    const interval = new ForecastInterval();
    return test.predicted[k]!.map((value, i) => {
      const bounds = interval.around(value, {
        coverage: scores[k]!.interval.nominal,
        trained: residuals[k]!,
      });
      interval.learn(test.actual[k]![i]! - value);
      return bounds;
    });
  });
  const length = test.actual[0]!.length;
  const count = metrics["test.count"] ?? length;
  return {
    count,
    seasonWindows: seasonOf(model),
    doubts: count === 0 ? [unmeasured("streamflow traffic evaluate")] : trafficDoubts(count, scores),
    targets: scores,
    series: [{
      link: test.link,
      startsUs: Array.from({ length }, (_, i) => test.startUs + i * windowUs),
      actual: test.actual,
      predicted: test.predicted,
      lower: bounds.map((own) => own.map(({ lower }) => lower)),
      upper: bounds.map((own) => own.map(({ upper }) => upper)),
    }],
  };
}
