/** Daily and weekly rhythm of a link: how its rate at a time compares to its mean over a week. */

const HOUR_US = 3_600_000_000;
const WEEK_HOURS = 168;
/** Table entries per hour; between two of them the rhythm is a straight line. */
const STEPS = 4;

/** 1970-01-01 was a Thursday: hours from then to the Monday after it. */
const FIRST_MONDAY_HOURS = 96;

/** A day: a trough before dawn, a rise to the afternoon, a second maximum in the evening. */
function ofDay(hour: number): number {
  const turn = 2 * Math.PI / 24;
  return 1 + 0.5 * Math.cos(turn * (hour - 16.5)) + 0.15 * Math.cos(2 * turn * (hour - 9.5));
}

/** Share of a working day's traffic that is left, with the way into the weekend and out of it. */
function ofWeek(hour: number): number {
  const into = (hour - 5 * 24) / 6;
  const outOf = (WEEK_HOURS - hour) / 6;
  return 1 - 0.35 * Math.max(0, Math.min(1, into, outOf));
}

const table = Float64Array.from(
  { length: WEEK_HOURS * STEPS + 1 },
  (_, i) => ofDay(i / STEPS % 24) * ofWeek(i / STEPS),
);
const mean = table.subarray(1).reduce((sum, value) => sum + value, 0) / (WEEK_HOURS * STEPS);
for (let i = 0; i < table.length; i++) table[i]! /= mean;

/**
 * The rate at a time as a multiple of its mean: some 0.3 in the small hours of a Sunday, some 1.6 on a working
 * day; 1 over a week.
 *
 * @param atUs Unix time in µs
 * @param utcOffsetHours of the place where the link's users live
 */
export function rhythmAt(atUs: number, utcOffsetHours: number): number {
  const hours = atUs / HOUR_US + utcOffsetHours - FIRST_MONDAY_HOURS;
  const step = ((hours % WEEK_HOURS) + WEEK_HOURS) % WEEK_HOURS * STEPS;
  const below = Math.floor(step);
  const share = step - below;
  return table[below]! * (1 - share) + table[Math.min(below + 1, table.length - 1)]! * share;
}
