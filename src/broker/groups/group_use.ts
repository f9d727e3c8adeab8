/** Which groups go when nobody uses them, and which go first where there is no room for another. Pure. */

/** A group without members. */
export interface UnusedGroup {
  readonly id: string;
  /** Its last commit, or when its last member left. */
  readonly lastUsedMs: number;
}

/** Groups that nobody has used for so long. */
export function expiredGroups(
  groups: Iterable<UnusedGroup>,
  { nowMs, retentionMs }: { nowMs: number; retentionMs: number },
): string[] {
  return Array.from(groups).filter(({ lastUsedMs }) => lastUsedMs + retentionMs <= nowMs).map(({ id }) => id);
}

/** The groups that nobody has used for longest, the first of all first. */
export function longestUnused(groups: Iterable<UnusedGroup>, count: number): UnusedGroup[] {
  return Array.from(groups).sort((a, b) => a.lastUsedMs - b.lastUsedMs).slice(0, count);
}
