/**
 * The shell around the totals: takes chunks, publishes what has changed, commits what is acknowledged. It sees no
 * client library: `chunks`, `send` and `commit` are arguments.
 *
 * The state of a partition is what its log says: it is read from the log's start before the first output, so that
 * a restart and a second member of the group go on with the same totals. An offset is committed when the totals
 * that its record changed are acknowledged.
 */
import type {
  AssignedPartition,
  OutgoingRecord,
  RecordChunk,
  TopicPartition,
  TopicPartitionOffset,
} from "../kafka/port.ts";
import { jsonRecord } from "../records/formats/json.ts";
import { deadLetter, offsetBehind, undecodableBurial } from "../records/dead_letters/print.ts";
import type { DeadLetterReason } from "../records/dead_letters/reason.ts";
import { readEvent } from "../records/youtube_events.ts";
import type { Total } from "../records/youtube_totals.ts";
import { rank, Totals } from "./totals.ts";

/** What a publisher is made of. */
export interface PublisherOptions {
  /** Topic for totals. */
  readonly output: string;
  /** Topic for records that are no events. */
  readonly deadLetter: string;
  /** Resolves when all in-sync replicas have the records. */
  readonly send: (topic: string, records: readonly OutgoingRecord[]) => Promise<void>;
  /** Resolves `false` when the partitions are no longer ours. */
  readonly commit: (offsets: readonly TopicPartitionOffset[]) => Promise<boolean>;
  /** Unix ms. */
  readonly nowMs: () => number;
}

/** Counts so far. */
export interface PublisherCounts {
  /** Records that were new to the group. */
  readonly read: number;
  /** Of them, events that changed a total. */
  readonly changes: number;
  /** Records read again to rebuild the state. */
  readonly replayed: number;
  /** Totals that were published and acknowledged. */
  readonly published: number;
  readonly deadLetters: Readonly<Partial<Record<DeadLetterReason, number>>>;
}

/** The time during which a partition is ours without a break. */
interface Tenure extends TopicPartition {
  /** See {@linkcode AssignedPartition}. */
  readonly topicId: string | null;
  readonly totals: Totals;
  /** The group has everything before; what is read below rebuilds the state. */
  outputFrom: number;
  /** Where reading goes on. */
  position: number;
  committedTo: number;
  highWatermark: number;
  /** Videos whose total has changed and is not published. */
  changed: Set<string>;
  letters: OutgoingRecord[];
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

/** Adds up what its partitions bring. */
export class TotalsPublisher {
  readonly #options: PublisherOptions;
  readonly #tenures = new Map<string, Tenure>();
  /** Partitions that we had, in case they come back. */
  readonly #retired = new Map<string, Tenure>();
  #read = 0;
  #changes = 0;
  #replayed = 0;
  #published = 0;
  readonly #deadLetters: Partial<Record<DeadLetterReason, number>> = {};

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** For the group consumer: where to begin to read, so that the state is whole at `startOffset`. */
  readonly startAt = (assigned: AssignedPartition): number => {
    const { topic, topicId = null, partition, startOffset, logStartOffset } = assigned;
    const key = keyOf(assigned);
    // What was taken in once does no harm a second time: a state that we still have is read on from.
    const before = this.#tenures.get(key) ?? this.#retired.get(key);
    const kept = before?.topicId === topicId ? before : undefined;
    this.#retired.delete(key);
    const position = kept === undefined ? logStartOffset : Math.min(kept.position, startOffset);
    this.#tenures.set(key, {
      topic,
      topicId,
      partition,
      totals: kept?.totals ?? new Totals(),
      outputFrom: startOffset,
      position,
      committedTo: startOffset,
      highWatermark: startOffset,
      // What was changed and may not have been published by us.
      changed: kept?.changed ?? new Set(),
      letters: [],
    });
    return position;
  };

  /** For the group consumer: partitions were taken away. */
  readonly onRevoked = (partitions: readonly TopicPartition[]): void => {
    for (const partition of partitions) {
      const key = keyOf(partition);
      const tenure = this.#tenures.get(key);
      if (tenure === undefined) continue;
      this.#tenures.delete(key);
      this.#retired.set(key, tenure);
    }
  };

  /** Counts so far. */
  get counts(): PublisherCounts {
    return {
      read: this.#read,
      changes: this.#changes,
      replayed: this.#replayed,
      published: this.#published,
      deadLetters: { ...this.#deadLetters },
    };
  }

  /** Totals of all partitions that are ours, most likes first; none while a state is not whole. */
  ranking(): Total[] {
    return rank([...this.#tenures.values()].filter(isWhole).flatMap(({ totals }) => totals.ranking()));
  }

  /** How often something was forgotten because there was too much. */
  get forgotten(): { readonly comments: number; readonly videos: number } {
    const sum = { comments: 0, videos: 0 };
    for (const { totals: { forgotten } } of this.#tenures.values()) {
      sum.comments += forgotten.comments;
      sum.videos += forgotten.videos;
    }
    return sum;
  }

  /** Partitions that are ours. */
  get partitions(): number {
    return this.#tenures.size;
  }

  /** Records not read yet, of the partitions that are ours. */
  get lag(): number {
    return [...this.#tenures.values()].reduce(
      (sum, { highWatermark, position }) => sum + Math.max(0, highWatermark - position),
      0,
    );
  }

  /** Takes a chunk into the state; {@linkcode publish} does the rest. */
  take(chunk: RecordChunk): void {
    const tenure = this.#tenures.get(keyOf(chunk));
    if (tenure === undefined) return; // fetched before it was taken away: no longer ours
    this.#retired.clear(); // the assignment is made: what has not come back will not
    tenure.highWatermark = chunk.highWatermark;
    for (const record of chunk.records) {
      const isNew = offsetBehind(record) > tenure.outputFrom;
      if (isNew) this.#read++;
      else this.#replayed++;
      const found = undecodableBurial(record) ?? readEvent(record.value);
      if ("event" in found) {
        if (tenure.totals.take(found.event) && isNew) {
          tenure.changed.add(found.event.videoId);
          this.#changes++;
        }
      } else if (isNew) {
        const { reason } = found;
        const nowMs = this.#options.nowMs();
        tenure.letters.push(deadLetter(record, { ...found, from: tenure, nowMs }));
        this.#deadLetters[reason] = (this.#deadLetters[reason] ?? 0) + 1;
      }
    }
    tenure.position = chunk.nextOffset;
  }

  /**
   * Publishes the totals that have changed and the dead letters, then commits. A refused commit does no harm: who
   * has the partition now reads those records again, and comes to the same totals.
   *
   * @throws What `send` and `commit` throw.
   */
  async publish(): Promise<void> {
    const { output, deadLetter, send, commit } = this.#options;
    const due = [...this.#tenures.values()].filter((tenure) =>
      isWhole(tenure) && tenure.position > tenure.committedTo
    );
    const totals: OutgoingRecord[] = [];
    const letters: OutgoingRecord[] = [];
    const offsets = due.map((tenure) => {
      const { topic, partition, position } = tenure;
      for (const videoId of tenure.changed) {
        const total = tenure.totals.total(videoId);
        if (total !== undefined) totals.push(jsonRecord(videoId, total));
      }
      letters.push(...tenure.letters);
      tenure.changed = new Set();
      tenure.letters = [];
      return { topic, partition, offset: position };
    });
    if (offsets.length === 0) return;
    const sends: Promise<void>[] = [];
    if (totals.length > 0) sends.push(send(output, totals));
    if (letters.length > 0) sends.push(send(deadLetter, letters));
    await Promise.all(sends);
    this.#published += totals.length;
    if (!await commit(offsets)) return;
    due.forEach((tenure, at) => tenure.committedTo = Math.max(tenure.committedTo, offsets[at]!.offset));
  }
}

/** Everything that the group has done with is in the state. */
function isWhole({ position, outputFrom }: Tenure): boolean {
  return position >= outputFrom;
}
