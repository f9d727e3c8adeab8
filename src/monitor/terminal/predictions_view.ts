/** Predictions on a terminal. Pure. */
import type { PredictionsChoice, Snapshot } from "../boards/snapshot.ts";
import { renderForecasts } from "./forecasts_render.ts";
import { plainLine, summaryLines, toJson } from "./predictions_plain.ts";
import { curvePoints, render } from "./predictions_render.ts";
import type { Step, View } from "./shell.ts";
import { neighbour } from "./text.ts";

/** The page with forecasts beside what came. */
export const FORECASTS_PAGE = 1;

const nextModel: Step<Snapshot, PredictionsChoice> = (choice, { models, modelKey }) => ({
  ...choice,
  model: neighbour(models.map(({ key }) => key), modelKey, 1),
  source: null,
});

function sourceStep(step: 1 | -1): Step<Snapshot, PredictionsChoice> {
  return (choice, { contest: { courses, course } }) => ({
    ...choice,
    source: neighbour(courses, course?.source ?? null, step),
  });
}

/** Overview, and forecasts beside what came; `m` shows the next model, `s` and `S` another source. */
export const predictionsView: View<Snapshot, PredictionsChoice> = {
  choice: { points: 0, model: null, source: null, scoring: false },
  choiceFor: (choice, size) => ({ ...choice, points: curvePoints(size) }),
  pages: [render, renderForecasts],
  keys: { "m": nextModel, "s": sourceStep(1), "S": sourceStep(-1) },
  lines: (snapshot, trouble) => [plainLine(snapshot, trouble)],
  json: toJson,
  silentMs: ({ silentMs }) => silentMs,
  summary: summaryLines,
};
