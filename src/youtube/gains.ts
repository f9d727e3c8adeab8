/** Likes that come minute by minute. Pure. */
import { GAIN_MINUTES_MAX, RATE_MINUTES } from "./totals_limits.ts";

const MINUTE_MS = 60_000;

/** What is watched: from when to when, and the likes that came. */
export interface Watched {
  /** Unix ms of the first event and of the newest. */
  firstMs: number;
  newestMs: number;
  /** Likes that came, by minute since 1970; the newest minutes. */
  readonly gains: Map<number, number>;
}

/** Likes by minute. */
export interface MinuteGains {
  /** End of the last minute, Unix ms; `null` before the first event. */
  readonly endMs: number | null;
  /** Oldest minute first. */
  readonly likes: number[];
}

/** Adds likes that came (negative: went). */
export function gain({ gains }: Watched, { observedMs, likes }: { observedMs: number; likes: number }): void {
  const minute = Math.floor(observedMs / MINUTE_MS);
  gains.set(minute, (gains.get(minute) ?? 0) + likes);
  if (gains.size > GAIN_MINUTES_MAX) gains.delete(Math.min(...gains.keys()));
}

/** Likes that came per minute of the last five; `null` before the second event. */
export function likesPerMinute({ gains, firstMs, newestMs }: Watched): number | null {
  if (newestMs === firstMs) return null;
  const last = Math.floor(newestMs / MINUTE_MS);
  let likes = 0;
  for (const [minute, came] of gains) if (minute > last - RATE_MINUTES) likes += came;
  const sinceMs = Math.max(firstMs, (last - RATE_MINUTES + 1) * MINUTE_MS);
  // Less than a minute of observation says nothing about more.
  return Math.round(likes / Math.max(1, (newestMs - sinceMs) / MINUTE_MS) * 100) / 100;
}

/** Likes of all together in the last so many minutes, up to the newest one of any. */
export function gainsByMinute(all: readonly Watched[], minutes: number): MinuteGains {
  const last = Math.floor(Math.max(0, ...all.map(({ newestMs }) => newestMs)) / MINUTE_MS);
  const likes = Array.from({ length: minutes }, (_, at) => {
    const minute = last - minutes + 1 + at;
    return all.reduce((sum, { gains }) => sum + (gains.get(minute) ?? 0), 0);
  });
  return { endMs: all.length === 0 ? null : (last + 1) * MINUTE_MS, likes };
}
