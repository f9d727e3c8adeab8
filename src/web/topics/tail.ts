/**
 * A topic as it grows: one event per batch of records. It looks a few times a second from positions of its own and joins
 * no group; a client that takes nothing makes it wait, and skip. Topics that are deleted and made again, leaders that
 * move and clusters that go and come back are survived, with a notice.
 */
import type { InspectedTopic, Inspection } from "../../kafka/inspection_port.ts";
import { KafkaError } from "../../kafka/port.ts";
import { pause } from "../../runtime/wait.ts";
import { TAIL_BYTES_MAX, TAIL_POLL_MS, TAIL_RESUMED_PARTITIONS_MAX, TAIL_TOPIC_AGE_MS } from "./limits.ts";
import { requirePartition } from "./records.ts";
import type { RecordFilter } from "./shown/record_filter.ts";
import { type ShownRecord, shownRecord } from "./shown/shown_record.ts";
import { positionsIn, positionsText, type TailBatch, type TailState, takeBatch } from "./shown/tail_batch.ts";

/** What is tailed. */
export interface TailQuery {
  readonly from: "latest" | "beginning";
  /** So many records from before it begins, over all partitions; from the beginning on it means nothing. */
  readonly last: number;
  /** @default all */
  readonly partition?: number | undefined;
  readonly filter: RecordFilter | null;
  /** The id of the last event that the client had. */
  readonly lastEventId?: string | undefined;
}

/** What a tail reports. */
export type TailEvent =
  | {
    readonly event: "start";
    readonly id: string | null;
    readonly data: { topic: string; partitions: number };
  }
  | { readonly event: "records"; readonly id: string | null; readonly data: TailRecords }
  | { readonly event: "notice"; readonly id: null; readonly data: { readonly text: string } };

/** A batch. */
export interface TailRecords {
  /** Oldest first. */
  readonly records: readonly ShownRecord[];
  readonly searched: number;
  readonly skipped: number;
  readonly behind: number;
}

/** Reads until the signal aborts. */
export class Tail {
  readonly #inspection: Inspection;
  readonly #query: TailQuery;
  #topic: InspectedTopic;
  #lookedUpMs = Date.now();
  #state: TailState;
  /** What the client has been made to know of; `null`: all is well. */
  #trouble: string | null = null;
  #failures = 0;

  private constructor(
    inspection: Inspection,
    { query, topic, state }: {
      readonly query: TailQuery;
      readonly topic: InspectedTopic;
      readonly state: TailState;
    },
  ) {
    this.#inspection = inspection;
    this.#query = query;
    this.#topic = topic;
    this.#state = state;
  }

  /** @throws {KafkaError} of kind `unknown-topic` @throws {Problem} where it has no such partition */
  static async open(inspection: Inspection, name: string, query: TailQuery): Promise<Tail> {
    const [topic] = await inspection.topics([name]) as [InspectedTopic];
    requirePartition(topic, query.partition);
    const offsets = await inspection.offsets([topic]);
    const wanted = offsets.filter(({ partition }) => (query.partition ?? partition) === partition);
    const resumed = new Map(
      positionsIn(query.lastEventId ?? "", topic.topicId)?.map((
        { partition, offset },
      ) => [partition, offset]),
    );
    const last = Math.ceil(query.last / Math.max(1, wanted.length));
    const begin = wanted.map(({ partition, logStartOffset, highWatermark }) => {
      const at = query.from === "beginning" ? logStartOffset : Math.max(logStartOffset, highWatermark - last);
      return [partition, resumed.get(partition) ?? at] as const;
    });
    return new Tail(inspection, {
      ...{ query, topic },
      state: { offsets: new Map(begin), isLive: query.from === "latest" },
    });
  }

  /** What there is to report; `null`: nothing now. */
  async *events(signal: AbortSignal): AsyncGenerator<TailEvent | null> {
    const { name, partitions } = this.#topic;
    yield { event: "start", id: this.#id, data: { topic: name, partitions: partitions.length } };
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      if (!isFirst) await pause(TAIL_POLL_MS, signal);
      if (signal.aborted) return;
      try {
        if (this.#failures > 0 || Date.now() - this.#lookedUpMs > TAIL_TOPIC_AGE_MS) yield* this.#lookUp();
        const batch = await this.#next();
        this.#failures = 0;
        if (this.#trouble !== null) {
          this.#trouble = null;
          yield notice("the cluster can be reached again");
        }
        for (const partition of batch.outOfRange) yield* this.#reset(partition);
        yield batch.searched > 0 || batch.skipped > 0
          ? { event: "records", id: this.#id, data: this.#shown(batch) }
          : null;
      } catch (error) {
        yield* this.#failed(error);
      }
    }
  }

  get #id(): string | null {
    const { offsets } = this.#state;
    return offsets.size > TAIL_RESUMED_PARTITIONS_MAX ? null : positionsText(this.#topic.topicId, offsets);
  }

  async #next(): Promise<TailBatch> {
    const positions = [...this.#state.offsets].map(([partition, offset]) => ({ partition, offset }));
    const chunks = await this.#inspection.fetch(this.#topic, { positions, bytesMax: TAIL_BYTES_MAX });
    const batch = takeBatch(this.#state, chunks, this.#query.filter);
    this.#state = batch.state;
    return batch;
  }

  #shown({ records, searched, skipped, behind }: TailBatch): TailRecords {
    const shown = records.map(({ record, partition }) => shownRecord(record, partition));
    return { records: shown, searched, skipped, behind };
  }

  /** New partitions are tailed too; another topic of the same name is begun anew. */
  async *#lookUp(): AsyncGenerator<TailEvent> {
    const [topic] = await this.#inspection.topics([this.#topic.name]) as [InspectedTopic];
    const isAnew = topic.topicId !== this.#topic.topicId;
    const before = isAnew ? new Map<number, number>() : this.#state.offsets;
    const { partition: only } = this.#query;
    const added = topic.partitions.filter(({ partition }) =>
      !before.has(partition) && (only ?? partition) === partition
    );
    if (added.length > 0) {
      const starts = await this.#inspection.offsets([{ ...topic, partitions: added }]);
      const begin = starts.map((one) => [one.partition, one.logStartOffset] as const);
      this.#state = { offsets: new Map([...before, ...begin]), isLive: this.#state.isLive };
    }
    this.#topic = topic;
    this.#lookedUpMs = Date.now();
    if (!isAnew) return;
    this.#trouble = null;
    yield notice(
      `the topic ${topic.name} was deleted and made again: showing the new one from its beginning`,
    );
  }

  /** Retention has deleted what stands there, or the topic was made again without an id. */
  async *#reset(partition: number): AsyncGenerator<TailEvent> {
    const wanted = this.#topic.partitions.filter((one) => one.partition === partition);
    const [found] = await this.#inspection.offsets([{ ...this.#topic, partitions: wanted }]);
    if (found === undefined) return;
    const offset = this.#state.offsets.get(partition) ?? 0;
    const to = offset < found.logStartOffset ? found.logStartOffset : found.highWatermark;
    this.#state = { ...this.#state, offsets: new Map(this.#state.offsets).set(partition, to) };
    yield notice(`partition ${partition} has no offset ${offset} any more: going on at ${to}`);
  }

  /** The first failure is often a leader that has moved: the topic is looked up again, and nothing is said. */
  async *#failed(error: unknown): AsyncGenerator<TailEvent | null> {
    if (!(error instanceof KafkaError)) throw error;
    const { name } = this.#topic;
    const isGone = error.kind === "unknown-topic";
    if (!isGone && error.kind !== "unreachable") throw error;
    const trouble = isGone
      ? `the topic ${name} was deleted: waiting until it is made again`
      : `the cluster cannot be reached: trying again (${error.message})`;
    if (++this.#failures > 1 && this.#trouble === null) {
      this.#trouble = trouble;
      yield notice(trouble);
    }
    yield null;
  }
}

function notice(text: string): TailEvent {
  return { event: "notice", id: null, data: { text } };
}
