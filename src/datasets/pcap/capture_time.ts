/** Times of a pcapng interface → microseconds. */

/** How an interface counts time. */
export interface TimeUnit {
  /** As if_tsresol has it: units of 10^−n seconds; with the highest bit, 2^−n. */
  readonly resolution: number;
  /** Seconds to add, if_tsoffset. */
  readonly offsetSeconds: number;
}

/** Microseconds, as interfaces without options count. */
export const DEFAULT_TIME_UNIT: TimeUnit = { resolution: 6, offsetSeconds: 0 };

const WORD = 2 ** 32;

/** Whole microseconds since 1970 of a time in two words; NaN where a number cannot hold them, or before 1970. */
export function toMicroseconds(high: number, { low, unit }: { low: number; unit: TimeUnit }): number {
  const time = withoutOffset(high, { low, resolution: unit.resolution }) + unit.offsetSeconds * 1e6;
  return Number.isSafeInteger(time) && time >= 0 ? time : NaN;
}

function withoutOffset(high: number, { low, resolution }: { low: number; resolution: number }): number {
  if (resolution <= 6) return (high * WORD + low) * 10 ** (6 - resolution);
  if (resolution <= 12) {
    // In two steps, as long division: every part stays below 2^53.
    const divisor = 10 ** (resolution - 6);
    const rest = (high % divisor) * WORD + low;
    return Math.floor(high / divisor) * WORD + Math.floor(rest / divisor);
  }
  const exponent = BigInt(resolution & 0x7f);
  const unitsPerSecond = resolution & 0x80 ? 2n ** exponent : 10n ** exponent;
  return Number((BigInt(high) * BigInt(WORD) + BigInt(low)) * 1_000_000n / unitsPerSecond);
}
