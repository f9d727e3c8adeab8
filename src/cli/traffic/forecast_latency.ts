/** How long a traffic model takes for one forecast on this machine. */
import { createHistory, predictNext, type TrafficModel } from "../../traffic/model/model.ts";
import { emptyWindow } from "../../traffic/observed.ts";

const FORECASTS = 500;

/** Microseconds of each of some hundred forecasts, in ascending order; the first ones, which compile, are left out. */
export function measureForecastUs(model: TrafficModel): number[] {
  const history = createHistory(model), out = new Float64Array(model.targets.length);
  for (let i = 0; i < history.capacity; i++) history.push(emptyWindow(model.windowUs), i * model.windowUs);
  const times = Array.from({ length: 2 * FORECASTS }, () => {
    const startMs = performance.now();
    predictNext(model, history, out);
    return (performance.now() - startMs) * 1_000;
  });
  return times.slice(FORECASTS).sort((a, b) => a - b);
}
