/** Alerts and anomalies as the monitor shows them, and the newest of them. Pure. */
import type { Alert } from "../../records/alerts.ts";
import type { Anomaly } from "../../records/anomalies.ts";
import { plainName, plainText } from "../../runtime/plain_text.ts";
import { EVENTS_MAX, EVIDENCE_LENGTH_MAX } from "./limits.ts";
import { boundedId } from "./recent_ids.ts";

/** An alert, its names made harmless. */
export interface ShownAlert {
  readonly id: string;
  readonly link: string;
  readonly rule: string;
  /** `active` = raised, and still holding. */
  readonly state: "active" | "raised" | "cleared";
  readonly value: number;
  readonly threshold: number;
  readonly forecast: boolean;
  readonly evidence: string;
  /** Event time of its window, Unix ms. */
  readonly startMs: number;
  readonly endMs: number;
}

/** An anomaly, its names made harmless. */
export interface ShownAnomaly {
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  readonly link: string;
  readonly score: number;
  readonly detector: string;
  readonly evidence: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** The newest so many, by id. */
export class Newest<T extends { readonly startMs: number; readonly endMs: number }> {
  readonly #kept = new Map<string, T>();

  /**
   * Remembers one; where there are too many, the one that was remembered longest goes.
   * @param holds ids of those that go last
   */
  add(id: string, one: T, holds: ReadonlySet<string> = new Set()): void {
    this.#kept.set(id, one);
    if (this.#kept.size <= EVENTS_MAX) return;
    const ids = [...this.#kept.keys()];
    this.#kept.delete(ids.find((kept) => !holds.has(kept)) ?? ids[0]!);
  }

  /** Newest window first; of the same window, the one that came last. */
  list(): T[] {
    return [...this.#kept.values()].reverse().toSorted((a, b) => b.endMs - a.endMs);
  }
}

/** What is shown of a record of `alerts`. */
export function shownAlert(
  { id, link, rule, state, value, threshold, forecast, evidence, window }: Alert,
): ShownAlert {
  return {
    ...{ id: boundedId(id), state, value, threshold, forecast },
    link: plainName(link),
    rule: plainName(rule),
    evidence: plainText(evidence, EVIDENCE_LENGTH_MAX),
    startMs: Date.parse(window.start),
    endMs: Date.parse(window.end),
  };
}

/** What is shown of a record of `anomalies`. */
export function shownAnomaly(
  { id, kind, subject, link, score, detector, evidence, window }: Anomaly,
): ShownAnomaly {
  return {
    ...{ id: boundedId(id), kind, score },
    subject: plainName(subject.name),
    link: plainName(link),
    detector: plainName(detector),
    evidence: plainText(evidence, EVIDENCE_LENGTH_MAX),
    startMs: Date.parse(window.start),
    endMs: Date.parse(window.end),
  };
}
