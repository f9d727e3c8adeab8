/** Whether a set can be learned from: if not, what there is and what is needed. */
import { describeTime } from "../../runtime/time_text.ts";
import { UserError } from "../../runtime/errors.ts";
import type { InputShape } from "../model/inputs.ts";
import { HELD_OUT_EXAMPLES_MIN, TRAINING_EXAMPLES_MIN } from "../limits.ts";
import type { TrafficModel } from "../model/model.ts";
import { type TrafficSplit, windowsWanted } from "./examples.ts";
import { trainingValues } from "./fit_scaling.ts";
import type { TrafficSet } from "./traffic_set.ts";

/** @throws {UserError} */
export function checkSet(
  set: TrafficSet,
  { shape, split, warmStart }: {
    readonly shape: InputShape;
    readonly split: TrafficSplit;
    readonly warmStart: TrafficModel | undefined;
  },
): void {
  const unknown = shape.targets.find((target) => !set.known.includes(target));
  if (unknown !== undefined) {
    throw new UserError(
      `Cannot learn to forecast ${unknown}: of ${set.name} only ${set.known.join(", ")} is known`,
      {
        hint: "choose others with --target",
        exitCode: 2,
      },
    );
  }
  if (warmStart !== undefined) checkWarmStart(set, { shape, model: warmStart });
  const counts = [split.training, split.validation, split.test].map(({ rows }) => rows.length);
  if (counts[0]! < TRAINING_EXAMPLES_MIN || counts.slice(1).some((count) => count < HELD_OUT_EXAMPLES_MIN)) {
    const longest = set.series.reduce((most, { length }) => Math.max(most, length), 0);
    const wanted = windowsWanted(shape, { training: TRAINING_EXAMPLES_MIN, heldOut: HELD_OUT_EXAMPLES_MIN });
    const links = new Set(set.series.map(({ link }) => link)).size;
    throw new UserError(
      `Cannot train on ${set.name}: ` +
        (links === 0
          ? `it holds no whole window of ${describeTime(set.windowUs)}`
          : `the longest of its ${links} ${links === 1 ? "link" : "links"} has ${longest} whole windows of ` +
            `${describeTime(set.windowUs)} (${describeTime(longest * set.windowUs)})`) +
        `, and ${wanted} in a row (${describeTime(wanted * set.windowUs)}) are needed for a look-back of ` +
        `${shape.lookback}${
          shape.seasonWindows > 0 ? ` and a season of ${shape.seasonWindows}` : ""
        } windows`,
      { hint: "take more packets, a shorter --window or a smaller --lookback" },
    );
  }
  const constant = shape.targets.find((target) => {
    const values = trainingValues(set.series, target);
    return values.every((value) => value === values[0]);
  });
  if (constant === undefined) return;
  throw new UserError(
    `Cannot learn to forecast ${constant}: it never changes in the training part of ${set.name}`,
    { hint: "choose others with --target, or another --window" },
  );
}

function checkWarmStart(
  set: TrafficSet,
  { shape, model }: { readonly shape: InputShape; readonly model: TrafficModel },
): void {
  const described = (of: InputShape) => ({
    "a window of": describeTime(of.windowUs),
    "a look-back of": String(of.lookback),
    "the inputs": of.features.join(", "),
    "the targets": of.targets.join(", "),
    "a calendar": of.calendar ? "yes" : "no",
    "a season of": String(of.seasonWindows),
  });
  const [own, wanted] = [described(model), described(shape)];
  const other = (Object.keys(own) as (keyof typeof own)[]).find((key) => own[key] !== wanted[key]);
  if (other === undefined) return;
  throw new UserError(
    `Cannot go on from ${model.name}, version ${model.version}, with ${set.name}: the model has ${other} ` +
      `${own[other]}, and ${wanted[other]} is asked for`,
    {
      hint: "leave out the flag that says otherwise, or train from scratch without --warm-start",
      exitCode: 2,
    },
  );
}
