/** A model of a link's traffic: from its last windows to the next one. */
import { type Network, predictOne } from "../../../nn/mod.ts";
import type { NamedModel } from "../../models/container.ts";
import { TrafficHistory } from "./history.ts";
import {
  countColumns,
  type InputSpec,
  type InputWriter,
  inputWriter,
  lastValues,
  restoreTargets,
  windowsNeeded,
} from "./inputs.ts";
import type { TrafficMetadata } from "./metadata.ts";

/** A model as it was read: what forecasts, and what is known of it. */
export interface TrafficModel extends TrafficMetadata, NamedModel {
  readonly network: Network;
  /** What {@linkcode predictNext} works in. */
  readonly workspace: Workspace;
}

/** Memory that is used again for each forecast. */
export interface Workspace {
  readonly write: InputWriter;
  /** (L · columns) */
  readonly row: Float64Array;
  /** (K) */
  readonly last: Float64Array;
}

/** A workspace for models with this spec. */
export function createWorkspace(spec: InputSpec): Workspace {
  return {
    write: inputWriter(spec),
    row: new Float64Array(spec.lookback * countColumns(spec)),
    last: new Float64Array(spec.targets.length),
  };
}

/** An empty history of the windows that this model needs. */
export function createHistory(model: TrafficModel): TrafficHistory {
  return new TrafficHistory({ windows: windowsNeeded(model), windowUs: model.windowUs });
}

/**
 * The targets of the window after the newest one.
 *
 * @param history ready, and of at least the windows that the model needs
 * @param out (K), in the order of `model.targets`, in their units
 * @throws {RangeError} where the history is not full
 */
export function predictNext(model: TrafficModel, history: TrafficHistory, out: Float64Array): void {
  if (history.length < windowsNeeded(model)) {
    throw new RangeError(
      `Cannot forecast from ${history.length} windows: the model needs ${windowsNeeded(model)}`,
    );
  }
  const { write, row, last } = model.workspace;
  write(history, row, 0);
  lastValues(model, history, last);
  const answer = predictOne(model.network, row, 0);
  for (let k = 0; k < last.length; k++) out[k] = answer[k]!;
  restoreTargets(model, out, last);
}
