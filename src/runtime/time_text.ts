/** Spans of time in words. */

/** `5 s`, `2 min 30 s`, `6 d 4 h`. */
export function describeTime(us: number): string {
  const parts: string[] = [];
  let rest = us;
  for (
    const [unit, size] of [["d", 86_400e6], ["h", 3_600e6], ["min", 60e6], ["s", 1e6], ["ms", 1e3]] as const
  ) {
    const count = Math.floor(rest / size);
    if (count === 0 || parts.length === 2) continue;
    parts.push(`${count} ${unit}`);
    rest -= count * size;
  }
  return parts.length === 0 ? `${us} µs` : parts.join(" ");
}
