/**
 * What a partition remembers of idempotent producers, to take every batch once and in order.
 * Source: Kafka's `ProducerAppendInfo.java`, `ProducerStateEntry.java`; KIP-98.
 */
import type { BatchHeader } from "../../wire/record_batch.ts";
import { refuse, type Refused } from "./check_batch.ts";
import { BATCHES_PER_PRODUCER, PRODUCER_EXPIRATION_MS, PRODUCERS_MAX } from "./limits.ts";

interface AppendedBatch {
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly baseOffset: number;
}

interface ProducerState {
  epoch: number;
  /** Oldest first, all of one epoch. */
  batches: AppendedBatch[];
  lastSeenMs: number;
}

const SEQUENCES = 2 ** 31;

/** `null`: to be appended; a number: appended before, at that offset. */
export type SequenceVerdict = { readonly ok: true; readonly duplicateOf: number | null } | Refused;

/** The producers of one partition. */
export class ProducerStates {
  readonly #producersMax: number;
  /** In the order of their last batch. */
  readonly #states = new Map<number, ProducerState>();

  /** The largest id of a producer that wrote, forgotten or not; −1: none did. */
  largestId = -1;

  constructor(producersMax = PRODUCERS_MAX) {
    this.#producersMax = producersMax;
  }

  /** Producers that are remembered. */
  get size(): number {
    return this.#states.size;
  }

  /** Whether a batch is the next of its producer, a repetition, or neither. A producer not known may begin anywhere. */
  check(header: BatchHeader): SequenceVerdict {
    const { producerId, producerEpoch, baseSequence } = header;
    const state = producerId < 0 ? undefined : this.#states.get(producerId);
    if (state === undefined) return { ok: true, duplicateOf: null };
    if (producerEpoch < state.epoch) {
      return refuse(
        "INVALID_PRODUCER_EPOCH",
        `producer ${producerId} has epoch ${state.epoch} by now, the batch has ${producerEpoch}`,
      );
    }
    if (producerEpoch > state.epoch) {
      return baseSequence === 0 ? { ok: true, duplicateOf: null } : refuse(
        "OUT_OF_ORDER_SEQUENCE_NUMBER",
        `producer ${producerId} begins epoch ${producerEpoch} with sequence ${baseSequence}, not 0`,
      );
    }
    const lastSequence = lastSequenceOf(header);
    const same = state.batches.find((batch) =>
      batch.firstSequence === baseSequence && batch.lastSequence === lastSequence
    );
    if (same !== undefined) return { ok: true, duplicateOf: same.baseOffset };
    const expected = (state.batches.at(-1)!.lastSequence + 1) % SEQUENCES;
    return baseSequence === expected ? { ok: true, duplicateOf: null } : refuse(
      "OUT_OF_ORDER_SEQUENCE_NUMBER",
      `producer ${producerId} sent sequence ${baseSequence}, ${expected} was expected`,
    );
  }

  /** Remembers a batch that has been written. */
  add(header: BatchHeader, { baseOffset, nowMs }: { baseOffset: number; nowMs: number }): void {
    const { producerId, producerEpoch } = header;
    if (producerId < 0) return;
    this.largestId = Math.max(this.largestId, producerId);
    let state = this.#states.get(producerId);
    if (state === undefined || state.epoch !== producerEpoch) {
      state = { epoch: producerEpoch, batches: [], lastSeenMs: nowMs };
    }
    state.lastSeenMs = nowMs;
    state.batches.push({
      firstSequence: header.baseSequence,
      lastSequence: lastSequenceOf(header),
      baseOffset,
    });
    if (state.batches.length > BATCHES_PER_PRODUCER) state.batches.shift();
    this.#states.delete(producerId);
    this.#states.set(producerId, state);
    if (this.#states.size > this.#producersMax) this.#states.delete(this.#states.keys().next().value!);
  }

  /** Forgets producers that were silent for a day. */
  expire(nowMs: number): void {
    for (const [producerId, state] of this.#states) {
      if (state.lastSeenMs + PRODUCER_EXPIRATION_MS < nowMs) this.#states.delete(producerId);
    }
  }
}

function lastSequenceOf({ baseSequence, lastOffsetDelta }: BatchHeader): number {
  return (baseSequence + lastOffsetDelta) % SEQUENCES;
}
