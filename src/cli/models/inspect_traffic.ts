/** `streamflow inspect` of a traffic model. */
import { formatCount } from "../../runtime/progress.ts";
import { countColumns, windowsNeeded } from "../../traffic/model/inputs.ts";
import type { TrafficModel } from "../../traffic/model/model.ts";
import { TRAFFIC_FORMAT_VERSION } from "../../traffic/model/metadata.ts";
import { describeTask, figure } from "../../traffic/train/format.ts";
import { networkRows, row } from "./rows.ts";

/** What `inspect --json` prints: all but the series that only the report draws. */
export function summarizeTraffic(model: TrafficModel, file: string) {
  const { network, workspace: _workspace, test: _test, curves: _curves, ridge: _ridge, ...known } = model;
  return {
    ...{ file, kind: "traffic", formatVersion: TRAFFIC_FORMAT_VERSION, ...known },
    parameters: network.parameters.length,
    tensors: network.tensors.map(({ name, shape }) => ({ name, shape })),
  };
}

/** What `inspect` prints, a line each. */
export function describeTraffic(model: TrafficModel, file: string): string[] {
  const { network, training, recipe, curves, metrics, targets, logarithms } = model;
  const [curve] = curves;
  const show = (name: string) => metrics[name] === undefined ? "–" : figure(metrics[name]);
  return [
    row("Model", `${model.name}, version ${model.version}; forecasts a link's traffic`),
    row("File", `${file}, traffic format version ${TRAFFIC_FORMAT_VERSION}`),
    row("SHA-256", model.sha256),
    row("Task", describeTask(model)),
    row(
      "Inputs",
      `${model.features.join(", ")}: ${countColumns(model)} numbers a window; ${
        windowsNeeded(model)
      } windows in a row ` +
        "are needed",
    ),
    row(
      "Scaling",
      `${model.normalization}${
        logarithms.length === 0 ? "" : `, of ${logarithms.join(", ")} the logarithms`
      }; ` +
        `answers with the ${model.answer}`,
    ),
    ...networkRows(network),
    row("Recipe", Object.entries(recipe).map(([key, value]) => `${key} ${JSON.stringify(value)}`).join(", ")),
    row(
      "Training data",
      `${training.name}: ${formatCount(training.windows)} windows of ${formatCount(training.links)} ` +
        `${training.links === 1 ? "link" : "links"}`,
    ),
    row("", `SHA-256 ${training.sha256 ?? "unknown"}`),
    row("Epochs", `${curve!.epochs.length}, the best was ${curve!.best + 1}`),
    ...targets.map((target, i) =>
      row(
        i === 0 ? "Test part" : "",
        `${target}: R² ${show(`test.${target}.network.r2`)} (last value ${
          show(`test.${target}.lastValue.r2`)
        }), ` +
          `MAE ${show(`test.${target}.network.mae`)} (${show(`test.${target}.lastValue.mae`)})`,
      )
    ),
  ];
}
