/** The topic of the rounds in memory: it can refuse, lose answers, be cut anywhere, and be compacted. */
import type { IncomingRecord, OutgoingRecord } from "../../src/kafka/port.ts";
import type { RoundsLog } from "../../src/federated/server/rounds_writer.ts";
import { Bell } from "../../src/federated/server/bell.ts";

const encoder = new TextEncoder(), decoder = new TextDecoder();

/** What becomes of an append. */
export type AppendFault = "refused" | "answer-lost" | null;

/** A log that whoever tests holds in the hand. */
export class MemoryLog implements RoundsLog {
  readonly records: IncomingRecord[] = [];
  /** Asked before each append. */
  fault: (records: readonly OutgoingRecord[]) => AppendFault = () => null;
  readonly #appended = new Bell();

  constructor(records: readonly IncomingRecord[] = []) {
    this.records.push(...records);
  }

  async append(records: readonly OutgoingRecord[]): Promise<void> {
    await null;
    const fault = this.fault(records);
    if (fault === "refused") throw new Error("the log is away");
    for (const { key, value, headers = [] } of records) {
      const offset = (this.records.at(-1)?.offset ?? -1) + 1;
      const bytes = typeof key === "string" ? encoder.encode(key) : key;
      this.records.push({ offset, timestampMs: offset, key: bytes, value, headers: [...headers] });
    }
    this.#appended.ring();
    if (fault === "answer-lost") throw new Error("the answer of the log was lost");
  }

  async *read(signal: AbortSignal): AsyncIterable<readonly IncomingRecord[]> {
    for (let at = 0; !signal.aborted;) {
      const some = this.records.slice(at, at + 3);
      at += some.length;
      if (some.length > 0) yield some;
      else await this.#appended.next(signal);
    }
  }

  /** The newest record of each key, in their order, as a cluster leaves them. */
  compacted(): IncomingRecord[] {
    const newest = new Map(this.records.map((record) => [decoder.decode(record.key!), record.offset]));
    return this.records.filter(({ key, offset }) => newest.get(decoder.decode(key!)) === offset);
  }

  /** The keys of all records. */
  keys(): string[] {
    return this.records.map(({ key, value }) => `${value === null ? "−" : ""}${decoder.decode(key!)}`);
  }
}
