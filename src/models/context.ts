/**
 * What is known of a forecast beside the readings that lead up to it: when it comes due, and what the source measured
 * a season before that. A season is found by time, not by count: missing readings move nothing.
 */

import { describeTime } from "../runtime/time_text.ts";

/** What of it a network sees; plain JSON. */
export interface Context {
  /** From a reading to what is forecast at it, in ms: the horizon in usual steps. */
  readonly aheadMs: number;
  /** Usual time between two readings of a source, in ms. */
  readonly stepMs: number;
  /** Whether the hour of the day and of the week that the forecast is for goes in. */
  readonly calendar: boolean;
  /** How long before the time that the forecast is for, in ms, each at least `aheadMs`; ascending. */
  readonly seasonsMs: readonly number[];
}

/** What lies before a window in the array that holds it. */
export interface SourceHistory {
  /** (rows) Time of each reading, Unix ms, never falling. */
  readonly times: Float64Array;
  /** First row that may be looked at. */
  readonly first: number;
}

/** Numbers that stand for a time. */
export const CALENDAR_COLUMNS = 4;

const DAY_US = 86_400e6;
/** The Unix epoch was a Thursday; weeks begin on Mondays. */
const MONDAY_US = 4 * DAY_US;

/**
 * Writes where a time (Unix µs) is in its day and in its week, UTC, as sine and cosine.
 *
 * @returns where it ended
 */
export function writeCalendar(timeUs: number, into: Float64Array, at: number): number {
  const day = 2 * Math.PI * (timeUs % DAY_US) / DAY_US;
  const week = 2 * Math.PI * ((timeUs - MONDAY_US) % (7 * DAY_US)) / (7 * DAY_US);
  into[at++] = Math.sin(day);
  into[at++] = Math.cos(day);
  into[at++] = Math.sin(week);
  into[at++] = Math.cos(week);
  return at;
}

/** When what is forecast at a row comes due, Unix µs; NaN where nobody knows. */
export function dueUs(
  { aheadMs }: Context,
  { row, history }: { readonly row: number; readonly history: SourceHistory | undefined },
): number {
  return history === undefined ? NaN : (history.times[row]! + aheadMs) * 1e3;
}

/** What a network sees beside the look-back, for people: a phrase each. */
export function describeContext(
  { context, spreadReadings }: { readonly context?: Context; readonly spreadReadings?: number },
): string[] {
  const seasons = context?.seasonsMs.map((ms) => describeTime(ms * 1e3)) ?? [];
  return [
    ...(seasons.length === 0 ? [] : [`the target ${seasons.join(", ")} before what is forecast`]),
    ...(context?.calendar ? ["the hour of the day and of the week (UTC)"] : []),
    ...(spreadReadings === undefined
      ? []
      : [`each source in units of its last ${spreadReadings} readings' spread`]),
  ];
}

/** Readings that come more often than usual still reach back a whole season, up to this much more often. */
const MORE_OFTEN = 9 / 8;

/** Readings of a source, up to the newest, that hold all seasons. */
export function contextReadings({ aheadMs, stepMs, seasonsMs }: Context): number {
  const longestMs = seasonsMs.at(-1);
  if (longestMs === undefined) return 1;
  return Math.ceil(((longestMs - aheadMs) / stepMs + 2) * MORE_OFTEN);
}

/**
 * The row of the reading that stands in a season before what is forecast at `row`: the nearest in time, the earlier of
 * two that are as near, and no further off than a usual step; −1 where there is none.
 */
export function seasonRow(
  { aheadMs, stepMs }: Context,
  { row, seasonMs, history }: {
    readonly row: number;
    readonly seasonMs: number;
    readonly history: SourceHistory | undefined;
  },
): number {
  if (history === undefined) return -1;
  const { times, first } = history;
  const wantedMs = times[row]! + aheadMs - seasonMs;
  const after = lowerBound(times, { wanted: wantedMs, from: first, to: row + 1 });
  const offAfter = after > row ? Infinity : times[after]! - wantedMs;
  const offBefore = after > first ? wantedMs - times[after - 1]! : Infinity;
  if (Math.min(offAfter, offBefore) > stepMs) return -1;
  return offBefore <= offAfter ? after - 1 : after;
}

/** First of the rows from `from` to `to` whose time is not before the wanted one; `to` where there is none. */
function lowerBound(
  times: Float64Array,
  { wanted, from, to }: { readonly wanted: number; readonly from: number; readonly to: number },
): number {
  let low = from, high = to;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
