/** What a forecast sees beside the look-back: from the task that is asked for to what a preparation says. */
import type { Context } from "../../models/context.ts";
import { REWIND_RECORDS_MAX } from "../../predict/limits.ts";
import { READINGS_KEPT_MAX } from "../../models/limits.ts";
import { formatCount } from "../../runtime/progress.ts";
import {
  countInputs,
  countReach,
  createPreparer,
  needsHistory,
  type Preparation,
} from "../../models/preparation.ts";
import { UserError } from "../../runtime/errors.ts";
import type { Examples } from "./examples.ts";
import { type TrainingSet, usualStepMs } from "./series.ts";

/** What of it is asked for. */
export interface ContextOptions {
  /** Whether the hour of the day and of the week of what is forecast goes in. @default false */
  readonly calendar?: boolean | undefined;
  /** Seconds before what is forecast at which the target goes in, too. @default none */
  readonly seasons?: readonly number[] | undefined;
  /** Whether each source is measured by the spread of its own last readings. @default false */
  readonly perSource?: boolean | undefined;
}

/** The part of a preparation that it makes. */
export type ContextParts = Pick<Preparation, "context" | "spreadReadings">;

/**
 * What a preparation says of it.
 *
 * @throws {UserError} for readings that have no usual step, and for a season that is shorter than the horizon or holds
 * too many readings
 */
export function contextOf(
  set: TrainingSet,
  { horizon, lookback, calendar = false, seasons = [], perSource = false }: ContextOptions & {
    readonly horizon: number;
    readonly lookback: number;
  },
): ContextParts {
  const seen = calendar || seasons.length > 0;
  if (!seen && !perSource) return {};
  const stepMs = usualStepMs(set.series);
  if (stepMs === undefined) {
    throw new UserError(
      `Cannot see the calendar or a season in ${set.name}: no source has two readings in time`,
      {
        hint: "leave --calendar, --seasonal and --per-source out",
      },
    );
  }
  const seasonsMs = [...new Set(seasons)].sort((a, b) => a - b).map((seconds) => seconds * 1000);
  const aheadMs = horizon * stepMs;
  if (seasonsMs.some((season) => season < aheadMs)) {
    throw new UserError(
      `Cannot look ${seasonsMs[0]! / 1000} s back from what is forecast: that is ${horizon} readings of ` +
        `${stepMs / 1000} s ahead, and not measured yet`,
      { hint: `choose a --seasonal of ${aheadMs / 1000} s or more, or a smaller --horizon`, exitCode: 2 },
    );
  }
  const longest = Math.round((seasonsMs.at(-1) ?? 0) / stepMs);
  const parts: ContextParts = {
    ...(seen ? { context: { aheadMs, stepMs, calendar, seasonsMs } satisfies Context } : {}),
    ...(perSource ? { spreadReadings: Math.max(2, lookback, longest) } : {}),
  };
  const reach = countReach({ kind: "values", lookback, features: set.features, ...parts });
  if (reach > READINGS_KEPT_MAX) {
    throw new UserError(
      `Cannot look back ${formatCount(reach)} readings of ${stepMs / 1000} s: at most ` +
        `${formatCount(READINGS_KEPT_MAX)} of a source are kept`,
      { hint: "choose a shorter --seasonal, or readings that are further apart", exitCode: 2 },
    );
  }
  return parts;
}

/** Why a partition with all of these sources is evicted before a season of them is known; `null` where it is not. */
export function doubtReach(
  { sources, reach }: { readonly sources: number; readonly reach: number },
): string | null {
  const [records, kept] = [sources * reach, REWIND_RECORDS_MAX / 2];
  if (records <= kept) return null;
  return `consume knows at least the last ${
    formatCount(kept)
  } records of a partition, and a forecast looks back at ` +
    `${formatCount(reach)} readings of each of ${formatCount(sources)} sources: spread them over ` +
    `${Math.ceil(records / kept)} partitions or more, or the baseline answers`;
}

/** Unit of the change at an example, see {@linkcode createPreparer}. */
export function unitsOf(preparation: Preparation, examples: Examples): (example: number) => number {
  const prepare = createPreparer(preparation);
  const row = new Float64Array(countInputs(preparation));
  return (example) =>
    prepare(examples.valuesOf(example), examples.startOf(example), row, examples.historyOf(example));
}

/** Those that have all readings that the inputs need: a network answers them. */
export function keepAnswered(preparation: Preparation, examples: Examples): Examples {
  if (!needsHistory(preparation)) return examples;
  const unitOf = unitsOf(preparation, examples);
  return examples.filter((example) => !Number.isNaN(unitOf(example)));
}

/** Those that a network can learn from: a source that has not changed at all has no unit. */
export function keepLearnable(preparation: Preparation, examples: Examples): Examples {
  if (!needsHistory(preparation)) return examples;
  const unitOf = unitsOf(preparation, examples);
  return examples.filter((example) => unitOf(example) > 0);
}
