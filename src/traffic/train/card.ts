/** What a traffic model's card says, from what training brought. Pure. */
import type { CardPlace } from "../../train/card/facts.ts";
import type { CardFacts, CardMetric } from "../../train/card/model_card.ts";
import { unmeasured } from "../../train/evaluation/doubts.ts";
import { countColumns } from "../model/inputs.ts";
import { SHARES } from "./examples.ts";
import { describeTask, percent } from "./format.ts";
import type { TrafficTrainingResult } from "./trainer.ts";

const MEASURES = { mse: "MSE", mae: "MAE", r2: "R²" } as const;

/** The facts of a traffic model; `lines`: the report for people. */
export function trafficCard(
  { model, evaluation, interrupted }: TrafficTrainingResult,
  { lines, ...place }: CardPlace & { readonly lines: readonly string[] },
): CardFacts {
  const { name, version, sha256, training, network, recipe, normalization, logarithms, answer } = model;
  const scores = evaluation?.targets ?? [];
  return {
    ...place,
    ...{ name, version, sha256, recipe, interrupted },
    task: { kind: "traffic", does: describeTask(model) },
    dataset: training.name,
    data: [{
      role: "training, validation and test",
      name: training.name,
      sha256: training.sha256,
      rows: training.windows,
    }],
    split:
      `${training.links === 1 ? "The link" : `Each of ${training.links} links`} by time: ${
        percent(SHARES.training)
      } to learn from, ` +
      `${percent(SHARES.validation)} to choose the epoch by, the rest for the test.`,
    preparation: [
      `Inputs of a window: ${countColumns(model)}; ${model.features.join(", ")}` +
      `${model.calendar ? ", the calendar" : ""}${
        model.seasonWindows > 0 ? ", the targets a season ago" : ""
      }.`,
      normalization === "none"
        ? "They go in as they are."
        : `They are scaled by the training part (${normalization})` +
          `${logarithms.length === 0 ? "" : `, of ${logarithms.join(", ")} the logarithms`}.`,
      `The answer is the ${answer} of each target.`,
    ],
    architecture: network.spec,
    parameters: network.parameters.length,
    metrics: scores.flatMap(({ target, network, lastValue }): CardMetric[] =>
      (["mse", "mae", "r2"] as const).flatMap((type) => {
        const value = network[type];
        if (value === null) return [];
        const named = { name: `${MEASURES[type]} of ${target}`, type, part: "test part" };
        return [{ ...named, network: value, baseline: lastValue[type] }];
      })
    ),
    baseline: "the last value, that is the window before",
    weaknesses: [],
    doubts: evaluation?.doubts ?? [unmeasured("streamflow traffic evaluate")],
    report: lines,
  };
}
