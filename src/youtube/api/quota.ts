/** When the day's units come back: midnight in California. Pure. */

const clock = new Intl.DateTimeFormat("en-US", {
  timeZone: "America/Los_Angeles",
  hourCycle: "h23",
  hour: "numeric",
  day: "numeric",
});

function dayIn(ms: number): string {
  return clock.formatToParts(ms).find(({ type }) => type === "day")!.value;
}

/** The next midnight in California after `nowMs`, Unix ms; days there have 23 to 25 hours. */
export function nextResetMs(nowMs: number): number {
  const today = dayIn(nowMs);
  let [before, after] = [nowMs, nowMs + 25 * 3_600_000];
  // The day changes once between the two: halve until it is known to the millisecond.
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (dayIn(middle) === today) before = middle;
    else after = middle;
  }
  return after;
}
