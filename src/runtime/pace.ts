/** When the next of a row of events is due. Pure: time comes as an argument. */

/** Debt of a source that could not keep up, in ms: what is older is forgiven instead of sent in one burst. */
const DEBT_MAX_MS = 1_000;

/** Says when something is due, in the milliseconds of the clock that is passed in. */
export type Schedule = (at: { index: number; nowMs: number; recordedMs: number }) => number;

/** The n-th is due n ÷ rate seconds after the first; `perSecond` 0 = at once. */
export function scheduleByRate(perSecond: number): Schedule {
  let startMs: number | undefined;
  return ({ index, nowMs }) => {
    if (perSecond === 0) return nowMs;
    startMs ??= nowMs - index * 1000 / perSecond;
    const dueMs = startMs + index * 1000 / perSecond;
    const debtMs = nowMs - dueMs - DEBT_MAX_MS;
    if (debtMs > 0) startMs += debtMs;
    return Math.max(dueMs, dueMs + debtMs);
  };
}

/**
 * Due as it was recorded, `speed` times as fast, 0 = at once; what was recorded before its predecessor is due with it.
 */
export function scheduleByRecording(speed: number): Schedule {
  if (speed === 0) return ({ nowMs }) => nowMs;
  let startMs: number | undefined;
  let firstMs = 0;
  return ({ nowMs, recordedMs }) => {
    if (startMs === undefined) [startMs, firstMs] = [nowMs, recordedMs];
    return startMs + (recordedMs - firstMs) / speed;
  };
}
