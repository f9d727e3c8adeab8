/** Examples as a device's network takes them: prepared once, side by side in flat arrays. */
import { countInputs, createPreparer, type Preparation, prepareTarget } from "../../models/preparation.ts";
import type { Examples } from "../../train/forecaster/examples.ts";

/** n examples of one device in time order. Shapes: I inputs. */
export interface PreparedExamples {
  readonly count: number;
  /** (n, I) */
  readonly inputs: Float64Array;
  /** (n) in the preparation's unit, clipped. */
  readonly targets: Float64Array;
  /** (n) The preparation's unit, in the target's. */
  readonly units: Float64Array;
  /** (n) The last value, in the target's unit. */
  readonly lasts: Float64Array;
  /** (n) What came. */
  readonly actuals: Float64Array;
}

/**
 * Prepares examples; those without all that the inputs need are left out, and to learn from those without a unit, too:
 * their source has not changed at all, and the forecast is its last value.
 */
export function prepareExamples(
  preparation: Preparation,
  examples: Examples,
  { learnable }: { readonly learnable: boolean },
): PreparedExamples {
  const width = countInputs(preparation);
  const prepare = createPreparer(preparation);
  const row = new Float64Array(width);
  const inputs = new Float64Array(examples.count * width);
  const [targets, units, lasts, actuals] = Array.from({ length: 4 }, () => new Float64Array(examples.count));
  let count = 0;
  for (let example = 0; example < examples.count; example++) {
    const history = examples.historyOf(example);
    const unit = prepare(examples.valuesOf(example), examples.startOf(example), row, history);
    if (!(learnable ? unit > 0 : unit >= 0)) continue;
    inputs.set(row, count * width);
    targets![count] = unit > 0 ? prepareTarget(preparation, examples.changeOf(example), unit) : 0;
    units![count] = unit;
    lasts![count] = examples.lastOf(example);
    actuals![count] = examples.actualOf(example);
    count++;
  }
  const cut = (array: Float64Array | undefined) => array!.subarray(0, count);
  return {
    count,
    inputs: inputs.subarray(0, count * width),
    ...{ targets: cut(targets), units: cut(units), lasts: cut(lasts), actuals: cut(actuals) },
  };
}
