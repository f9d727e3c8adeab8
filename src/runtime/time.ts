/** Numbers of others as times. Pure. */

/** Unix ms as ISO 8601 UTC; `null` where no calendar has such a day, as for a record's timestamp of 2^60. */
export function isoTime(ms: number): string | null {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : null;
}

/** The same for people, who read the number where it is no time. */
export function timeText(ms: number): string {
  return isoTime(ms) ?? `no time (${ms} ms)`;
}

/** The same without the milliseconds. */
export function secondText(ms: number): string {
  return timeText(ms).replace(/\.\d{3}Z$/, "Z");
}

/** Seconds as whole µs: what windows are counted in. */
export function toMicroseconds(seconds: number): number {
  return Math.round(seconds * 1e6);
}
