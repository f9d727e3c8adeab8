/** What a server has counted since it began: what became of updates, how long rounds took. Pure. */
import { DURATION_BOUNDS, Histogram } from "../../metrics/histogram.ts";
import type { RoundRecord } from "../../records/federated_rounds/schema.ts";
import type { Verdict } from "../rounds/judge.ts";

/** Bounds of a round's length, in s: from a demo's to a day. */
const ROUND_BOUNDS: readonly number[] = [
  ...[0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 900, 1_800, 3_600, 10_800, 43_200, 86_400],
];

/** Counts of one run. */
export class ServerTally {
  /** Updates by what became of them; late ones count as well, into a later round. */
  readonly updates = { accepted: 0, late: 0, duplicate: 0, refused: 0 };
  /** By reason. */
  readonly refused: Record<string, number> = {};
  /** Seconds from a round's opening to its global model. */
  readonly roundDuration = new Histogram(ROUND_BOUNDS);
  /** Seconds from a round's closing until the topic has its global model. */
  readonly aggregationDuration = new Histogram(DURATION_BOUNDS);

  /** An update was judged, and is on the topic. @param learnedFrom round that it learned from */
  judged(verdict: Verdict, learnedFrom: number): void {
    if (verdict.kind === "refused") this.refuse(verdict.reason);
    else if (verdict.kind === "duplicate") this.updates.duplicate++;
    else this.updates[verdict.countedIn > learnedFrom ? "late" : "accepted"]++;
  }

  /** One was refused. */
  refuse(reason: string): void {
    this.updates.refused++;
    this.refused[reason] = (this.refused[reason] ?? 0) + 1;
  }

  /** A round's global model is on the topic. Clocks may be set back: no time is below 0. */
  published({ openedMs, closedMs }: Pick<RoundRecord, "openedMs" | "closedMs">, nowMs: number): void {
    this.roundDuration.add(Math.max(0, nowMs - openedMs) / 1_000);
    this.aggregationDuration.add(Math.max(0, nowMs - (closedMs ?? nowMs)) / 1_000);
  }
}
