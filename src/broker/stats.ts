/** What the broker counts of its traffic, and what it is at one moment. */
import { Histogram } from "../metrics/histogram.ts";
import type { HistogramValue } from "../metrics/metric.ts";
import { HANDLERS } from "./handlers.ts";
import type { BrokerState } from "./state.ts";

/** The broker at one moment. */
export interface BrokerStats {
  /** Bytes from and to clients. */
  readonly receivedBytes: number;
  readonly sentBytes: number;
  /** By API that was asked, in s from a request's arrival to its answer; their counts are those of the requests. */
  readonly requests: readonly { readonly api: string; readonly duration: HistogramValue }[];
  readonly connections: number;
  readonly groups: number;
  readonly partitions: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly sizeBytes: number;
    /** Offset that the next record gets. */
    readonly endOffset: number;
  }[];
}

/** Counts of all connections together. */
export class TrafficCounters {
  receivedBytes = 0;
  sentBytes = 0;
  /** By API key. */
  readonly #durations = new Map<number, Histogram>();

  /** Counts a request that was answered. @param frame the request's */
  answered(frame: Uint8Array, startMs: number): void {
    const key = frame[0]! << 8 | frame[1]!;
    let durations = this.#durations.get(key);
    if (durations === undefined) this.#durations.set(key, durations = new Histogram());
    durations.add((performance.now() - startMs) / 1_000);
  }

  /** By the APIs' names. */
  requests(): BrokerStats["requests"] {
    return [...this.#durations].map(([key, durations]) => ({
      api: HANDLERS.get(key)!.api.name,
      duration: durations.value(),
    }));
  }
}

/** Everything at one moment. */
export function statsOf(
  counters: TrafficCounters,
  { state, connections }: { readonly state: BrokerState; readonly connections: number },
): BrokerStats {
  const { receivedBytes, sentBytes } = counters;
  return {
    ...{ receivedBytes, sentBytes, requests: counters.requests(), connections },
    groups: state.groupIds().length,
    partitions: state.topics().flatMap(({ name, logs }) =>
      logs.map((log, partition) => ({
        ...{ topic: name, partition, sizeBytes: log.sizeBytes, endOffset: log.highWatermark },
      }))
    ),
  };
}
