/** A page of a topic's records: the newest, or those from an offset on. */
import type { InspectedTopic, Inspection } from "../../kafka/inspection_port.ts";
import type { IncomingRecord } from "../../kafka/port.ts";
import { Problem } from "../frame/problem.ts";
import {
  FETCH_BYTES_MAX,
  READS_MAX,
  RETRY_AFTER_SECONDS,
  SEARCH_STEP,
  SEARCHED_BYTES_MAX,
  SEARCHED_RECORDS_MAX,
} from "./limits.ts";
import type { RecordFilter } from "./shown/record_filter.ts";
import { type ShownRecord, shownRecord } from "./shown/shown_record.ts";

/** Which records. */
export interface RecordQuery {
  /** @default all */
  readonly partition?: number | undefined;
  /** From there on, in each partition. @default the newest ones */
  readonly offset?: number | undefined;
  readonly limit: number;
  readonly filter: RecordFilter | null;
}

/** What was found. */
export interface RecordPage {
  readonly topic: string;
  /** Newest first; from an offset on: in their order. */
  readonly records: readonly ShownRecord[];
  readonly searched: { readonly records: number; readonly complete: boolean };
}

/** Offsets of a partition, the last one excluded. */
interface Span {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

interface Found {
  readonly partition: number;
  readonly record: IncomingRecord;
}

/** Reads pages; not many at once. */
export class RecordPages {
  readonly #inspection: Inspection;
  #reading = 0;

  constructor(inspection: Inspection) {
    this.#inspection = inspection;
  }

  /** @throws {Problem} @throws {KafkaError} */
  async read(name: string, query: RecordQuery): Promise<RecordPage> {
    if (this.#reading >= READS_MAX) {
      throw new Problem(503, "too many requests read records now: try again in a moment", {
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      });
    }
    this.#reading++;
    try {
      const spans = await this.#spans(name, query);
      const search = new Search(this.#inspection, { topic: spans.topic, filter: query.filter });
      const found = query.offset === undefined
        ? await newest(search, { spans: spans.spans, query })
        : await from(search, { spans: spans.spans, query });
      const records = found.map(({ record, partition }) => shownRecord(record, partition));
      return { topic: name, records, searched: { records: search.records, complete: search.complete } };
    } finally {
      this.#reading--;
    }
  }

  /** What the log holds of the partitions that are asked for. */
  async #spans(name: string, { partition, offset }: RecordQuery) {
    const [topic] = await this.#inspection.topics([name]) as [InspectedTopic];
    requirePartition(topic, partition);
    const wanted = topic.partitions.filter((one) => partition === undefined || one.partition === partition);
    const offsets = await this.#inspection.offsets([{ ...topic, partitions: wanted }]);
    const spans = offsets.map((one): Span => ({
      partition: one.partition,
      from: Math.max(one.logStartOffset, offset ?? 0),
      to: one.highWatermark,
    })).sort((a, b) => a.partition - b.partition);
    return { topic, spans };
  }
}

/** @throws {Problem} 404 where the topic has no such partition */
export function requirePartition({ name, partitions }: InspectedTopic, partition: number | undefined): void {
  if (partition === undefined || partitions.some((one) => one.partition === partition)) return;
  throw new Problem(
    404,
    `topic "${name}" has no partition ${partition}: it has ${partitions.length} from 0 on`,
  );
}

/** Goes back from the end, a step at a time, until there are enough. */
async function newest(
  search: Search,
  { spans, query: { limit, filter } }: { readonly spans: readonly Span[]; readonly query: RecordQuery },
): Promise<Found[]> {
  // Where nothing is filtered, as many of each partition are enough.
  const step = filter === null ? limit : SEARCH_STEP;
  let left = spans.filter(({ from, to }) => from < to);
  const found: Found[] = [];
  while (left.length > 0 && found.length < limit && search.complete) {
    const steps = left.map(({ partition, from, to }) => ({ partition, from: Math.max(from, to - step), to }));
    found.push(...await search.read(steps));
    left = left.map((one, at) => ({ ...one, to: steps[at]!.from })).filter(({ from, to }) => from < to);
  }
  const time = ({ record }: Found) => record.timestampMs;
  found.sort((a, b) => time(b) - time(a) || b.record.offset - a.record.offset || a.partition - b.partition);
  return found.slice(0, limit);
}

/** Goes on from the beginning of each, one after the other. */
async function from(
  search: Search,
  { spans, query: { limit, filter } }: { readonly spans: readonly Span[]; readonly query: RecordQuery },
): Promise<Found[]> {
  const found: Found[] = [];
  const step = filter === null ? limit : SEARCH_STEP;
  for (const { partition, from, to } of spans) {
    for (let at = from; at < to && found.length < limit && search.complete; at += step) {
      found.push(...await search.read([{ partition, from: at, to: Math.min(to, at + step) }]));
    }
  }
  return found.slice(0, limit);
}

/** Reads spans and keeps what passes the filter, as far as a request may look. */
class Search {
  readonly #inspection: Inspection;
  readonly #topic: InspectedTopic;
  readonly #filter: RecordFilter | null;
  records = 0;
  #bytes = 0;

  constructor(
    inspection: Inspection,
    { topic, filter }: { readonly topic: InspectedTopic; readonly filter: RecordFilter | null },
  ) {
    this.#inspection = inspection;
    this.#topic = topic;
    this.#filter = filter;
  }

  /** It has not come to its limits. */
  get complete(): boolean {
    return this.records < SEARCHED_RECORDS_MAX && this.#bytes < SEARCHED_BYTES_MAX;
  }

  async read(spans: readonly Span[]): Promise<Found[]> {
    const found: Found[] = [];
    let left = spans;
    while (left.length > 0 && this.complete) {
      const positions = left.map(({ partition, from: offset }) => ({ partition, offset }));
      const chunks = await this.#inspection.fetch(this.#topic, { positions, bytesMax: FETCH_BYTES_MAX });
      if (chunks.length === 0) break; // no leader now
      const next: Span[] = [];
      for (const span of left) {
        const chunk = chunks.find((one) => one.partition === span.partition);
        if (chunk === undefined || chunk.isOutOfRange) continue; // what was there is deleted
        for (const record of chunk.records) {
          if (record.offset >= span.to) break;
          this.records++;
          this.#bytes += (record.key?.length ?? 0) + (record.value?.length ?? 0);
          if (this.#filter?.(record) ?? true) found.push({ partition: span.partition, record });
        }
        if (chunk.nextOffset < span.to) next.push({ ...span, from: chunk.nextOffset });
      }
      // The one that was first has had the most room in the answer.
      const first = next.shift();
      left = first === undefined ? next : [...next, first];
      if (
        chunks.every((one) => !one.isOutOfRange && one.records.length === 0) && this.#stands(positions, left)
      ) {
        break; // an open transaction: nothing more can be read now
      }
    }
    return found;
  }

  #stands(before: readonly { partition: number; offset: number }[], left: readonly Span[]): boolean {
    return left.every(({ partition, from }) =>
      before.some((one) => one.partition === partition && one.offset === from)
    );
  }
}
