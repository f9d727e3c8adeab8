/** Sets of data → packets: records by their template, sampling by what the exporter says of it. */
import type { Packet } from "../../records/packets/schema.ts";
import type { AddressTexts } from "../pcap/addresses.ts";
import { FlowRecord } from "./flow.ts";
import { INTERVALS_SAID_MAX } from "./limits.ts";
import { idStart, type MessageHeader, type NetflowProblemKind } from "./message.ts";
import { readRecordAt } from "./record.ts";
import { Samplers, type Sampling } from "./samplers.ts";
import type { ExportStream } from "./stream.ts";
import type { Template } from "./templates.ts";

/** A set of data that is being read. */
export interface RecordSet {
  readonly bytes: Uint8Array;
  readonly header: MessageHeader;
  readonly stream: ExportStream;
  /** Its place among the message's sets. */
  readonly place: number;
}

/** Takes what is not used, and why. */
export type Report = (kind: NetflowProblemKind, detail: string) => void;

/** Reads sets, one datagram at a time. */
export class RecordReader {
  /** Of this datagram, so far. */
  packets: Packet[] = [];
  /** Intervals of sampling that its flows have and earlier ones of their stream had not. */
  intervals: number[] = [];
  /** Flows of sampled traffic, of all datagrams. */
  sampled = 0;
  readonly #record: FlowRecord;
  readonly #samplers = new Samplers();
  readonly #sampling: Sampling;
  readonly #report: Report;

  constructor(
    { texts, sampling, report }: {
      readonly texts: AddressTexts;
      readonly sampling: Sampling;
      readonly report: Report;
    },
  ) {
    this.#record = new FlowRecord(texts);
    this.#sampling = sampling;
    this.#report = report;
  }

  /** The next datagram begins. */
  begin(): void {
    this.packets = [];
    this.intervals = [];
  }

  /** Reads the records of a set. @returns how many there are */
  read(template: Template, set: RecordSet): number {
    const { bytes, header, stream, place } = set;
    const id = template.isOptions ? "" : `${idStart(header, bytes)}${place}.`;
    let at = 0, records = 0;
    for (; bytes.length - at >= template.bytesMin; records++) {
      const next = readRecordAt(at, { template, bytes, record: this.#record });
      if (next < 0) {
        const left = bytes.length - at;
        // Records of lengths of their own may be shorter than the padding.
        if (!isPadding(bytes, at)) {
          this.#report("length", `a field is longer than the ${left} bytes that are left of its set`);
        }
        return records;
      }
      at = next;
      if (template.isOptions) this.#takeOptions(header);
      else this.#takeFlow(id + records, { header, stream });
    }
    if (!isPadding(bytes, at)) {
      const left = bytes.length - at;
      this.#report("rest", `${left} bytes of a set are left over: a record has ${template.bytesMin} or more`);
    }
    return records;
  }

  #takeOptions(header: MessageHeader): void {
    const { forgotten } = this.#samplers;
    if (!this.#samplers.learn(header, this.#record)) this.#report("options", "a record about the exporter");
    if (this.#samplers.forgotten > forgotten) {
      this.#report("forgotten", "the oldest sampler goes for a newer one");
    }
  }

  #takeFlow(id: string, { header, stream }: Pick<RecordSet, "header" | "stream">): void {
    const said = this.#samplers.intervalOf(header, this.#record);
    const interval = this.scaleOf(stream, said ?? 1);
    try {
      const packet = this.#record.packet(header, { id, interval });
      if (packet === null) return this.#report("empty", "a record counts neither octets nor packets");
      this.packets.push(packet);
      if (said !== null && said > 1) this.sampled++;
      else if (said === null && this.#sampling === "scale") {
        this.#report("unscaled", "a flow's sampler is not known (yet): its counts are left as they came");
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#report("value", error.message);
    }
  }

  /** What multiplies the counts of a flow; an interval that is new is said. */
  scaleOf({ intervals }: ExportStream, said: number): number {
    if (said > 1 && intervals.size < INTERVALS_SAID_MAX && !intervals.has(said)) {
      intervals.add(said);
      this.intervals.push(said);
    }
    if (this.#sampling === "scale") return said;
    return this.#sampling === "ignore" ? 1 : this.#sampling;
  }
}

function isPadding(bytes: Uint8Array, from: number): boolean {
  for (let at = from; at < bytes.length; at++) if (bytes[at] !== 0) return false;
  return true;
}
