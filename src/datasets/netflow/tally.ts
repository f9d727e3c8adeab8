/** What was not used, and why, by exporter. */
import { EXPORTERS_COUNTED_MAX } from "./limits.ts";
import type { NetflowProblemKind } from "./message.ts";

/** Exporters that were silent for the longest time share this name. */
export const OTHER_EXPORTERS = "others";

/** How often each problem was met. */
export type ProblemCounts = ReadonlyMap<NetflowProblemKind, number>;

/** Counts by exporter and kind; past a limit those of the longest silent exporter go to {@linkcode OTHER_EXPORTERS}. */
export class Tally {
  readonly #exporters = new Map<string, Map<NetflowProblemKind, number>>();

  /** Of all exporters. */
  get total(): Map<NetflowProblemKind, number> {
    const total = new Map<NetflowProblemKind, number>();
    for (const counts of this.#exporters.values()) addAll(total, counts);
    return total;
  }

  /** A copy. */
  get byExporter(): Map<string, Map<NetflowProblemKind, number>> {
    return new Map([...this.#exporters].map(([exporter, counts]) => [exporter, new Map(counts)]));
  }

  /** @returns whether it is the first one of this exporter's */
  add(exporter: string, kind: NetflowProblemKind, count: number): boolean {
    const counts = this.#exporters.get(exporter) ?? new Map<NetflowProblemKind, number>();
    const isFirst = !counts.has(kind);
    counts.set(kind, (counts.get(kind) ?? 0) + count);
    this.#exporters.delete(exporter);
    this.#exporters.set(exporter, counts);
    if (this.#exporters.size > EXPORTERS_COUNTED_MAX) this.#mergeOldest();
    return isFirst;
  }

  #mergeOldest(): void {
    const others = this.#exporters.get(OTHER_EXPORTERS) ?? new Map<NetflowProblemKind, number>();
    for (const [exporter, counts] of this.#exporters) {
      if (exporter === OTHER_EXPORTERS) continue;
      this.#exporters.delete(exporter);
      addAll(others, counts);
      break;
    }
    this.#exporters.set(OTHER_EXPORTERS, others);
  }
}

function addAll(to: Map<NetflowProblemKind, number>, counts: ProblemCounts): void {
  for (const [kind, count] of counts) to.set(kind, (to.get(kind) ?? 0) + count);
}
