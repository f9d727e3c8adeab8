/** Errors that devices report among their metrics, by what predicted. */

/** What predicts: the last value, a model that knows this device alone, the global model, that under a head of its own. */
export const PREDICTORS = ["lastValue", "local", "global", "personalised"] as const;
/** One of them. */
export type Predictor = typeof PREDICTORS[number];
/** Mean squared error by what predicts, in units of the device's variance; `null` where there is none. */
export type ErrorsByPredictor = Readonly<Record<Predictor, number | null>>;

/** The metric of this name, where there is one that is a number. */
export function metricOf(metrics: Readonly<Record<string, number>>, name: string): number | null {
  const value = Object.hasOwn(metrics, name) ? metrics[name]! : null;
  return value !== null && Number.isFinite(value) ? value : null;
}

/** Errors among metrics: `mse.lastValue`, `mse.local` … */
export function errorsOf(metrics: Readonly<Record<string, number>>): ErrorsByPredictor {
  return byPredictor((by) => metricOf(metrics, `mse.${by}`));
}

/** Means over devices, each counting the same; `null` where none has that error. */
export function meanErrors(devices: Iterable<ErrorsByPredictor>): ErrorsByPredictor {
  const all = [...devices];
  return byPredictor((by) => {
    const errors = all.map((one) => one[by]).filter((error) => error !== null);
    return errors.length === 0 ? null : errors.reduce((sum, error) => sum + error, 0) / errors.length;
  });
}

function byPredictor(error: (by: Predictor) => number | null): ErrorsByPredictor {
  return {
    lastValue: error("lastValue"),
    local: error("local"),
    global: error("global"),
    personalised: error("personalised"),
  };
}
