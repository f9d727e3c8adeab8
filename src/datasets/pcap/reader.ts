/** Bytes of a capture, piece by piece → packets: the same for a file and for a capture that is still going on. */
import { createHash } from "node:crypto";
import type { Packet } from "../../records/packets/schema.ts";
import { Backlog } from "./backlog.ts";
import { isPcap, PCAP_HEADER_BYTES, PcapRecords } from "./classic.ts";
import { Dissector } from "./dissect.ts";
import { type Frame, type FrameSource, isKnownLink } from "./frame.ts";
import { isPcapng, PcapngBlocks } from "./pcapng.ts";

/** Why a capture was not read to its end. */
export interface CaptureProblem {
  /** `empty`: no bytes; `not-a-capture`: of no known format; `truncated`: it ends within a record; `damaged`. */
  readonly kind: "empty" | "not-a-capture" | "truncated" | "damaged";
  readonly detail: string;
  /** Bytes before it, all of them read. */
  readonly atByte: number;
}

/** What has been read of a capture. */
export interface CaptureSummary {
  /** `null` until it is known. */
  readonly format: "pcap" | "pcapng" | null;
  /** Bytes taken. */
  readonly bytes: number;
  /** Packets returned. */
  readonly packets: number;
  /** Link types met, in that order, by the numbers of tcpdump.org's list. */
  readonly linkTypes: readonly number[];
  /** Packets left out because their link type is unknown, by link type. */
  readonly unknownLinkTypes: ReadonlyMap<number, number>;
  /** Packets left out because their record contradicts itself, or not even the link's header was captured. */
  readonly unreadable: number;
  /** Packets without a time of their own (pcapng's simple ones): they have that of the packet before. */
  readonly untimed: number;
  readonly problem: CaptureProblem | null;
}

const MAGIC_BYTES = 4;
const FINGERPRINT_DIGITS = 12;

/**
 * Reads a capture. Nothing in its bytes makes it throw: what cannot be read is counted or ends the reading, and the
 * summary says so.
 *
 * A packet's id is `<fingerprint>-<place in the capture, from 0>`; the fingerprint is of the link's name and of the
 * first packet, so that the same packets get the same ids however the capture is written or cut into pieces.
 */
export class CaptureReader {
  readonly #link: string;
  readonly #backlog = new Backlog();
  readonly #dissector = new Dissector();
  #source: FrameSource | null = null;
  /** Bytes taken, and those of them that need no other look. */
  #bytes = 0;
  #done = 0;
  #problem: CaptureProblem | null = null;
  #idStart = "";
  #frames = 0;
  #packets = 0;
  #unreadable = 0;
  #linkType = -1;
  readonly #linkTypes: number[] = [];
  readonly #unknown = new Map<number, number>();
  #batch: Packet[] = [];
  readonly #onFrame = (frame: Frame) => this.#takeFrame(frame);

  /** @param options.link Part of the ids: where the packets were seen. */
  constructor({ link = "" }: { readonly link?: string } = {}) {
    this.#link = link;
  }

  /** So far. */
  get summary(): CaptureSummary {
    const { format = null, unreadable = 0, untimed = 0 } = this.#source ?? {};
    return {
      format,
      bytes: this.#bytes,
      packets: this.#packets,
      linkTypes: this.#linkTypes.slice(),
      unknownLinkTypes: new Map(this.#unknown),
      unreadable: this.#unreadable + unreadable,
      untimed,
      problem: this.#problem,
    };
  }

  /** The packets that are whole with the next bytes. After damage there are none. */
  push(chunk: Uint8Array): Packet[] {
    this.#batch = [];
    const passedOver = Math.min(chunk.length, Math.max(0, this.#done - this.#bytes));
    this.#bytes += chunk.length;
    if (this.#problem === null) this.#read(this.#backlog.join(chunk.subarray(passedOver)));
    return this.#batch;
  }

  /** Nothing follows. */
  end(): CaptureSummary {
    const missing = this.#done - this.#bytes;
    if (this.#problem === null && this.#bytes === 0) {
      this.#stop("empty", "there are no bytes");
    } else if (this.#problem === null && this.#source === null) {
      this.#stop("not-a-capture", `${this.#bytes} bytes are less than a capture's header`);
    } else if (this.#problem === null && missing !== 0) {
      const found = missing > 0 ? `${missing} bytes are missing` : `${-missing} bytes of it are there`;
      this.#stop("truncated", `it ends within a record, ${found}`);
    }
    return this.summary;
  }

  #read(bytes: Uint8Array): void {
    let at = 0;
    if (this.#source === null) {
      at = this.#open(bytes);
      this.#done += at;
    }
    if (this.#source !== null) {
      const taken = this.#source.take(bytes.subarray(at), this.#onFrame);
      this.#done += taken;
      at += taken;
      if (this.#source.damage !== null) this.#stop("damaged", this.#source.damage);
    }
    this.#backlog.keep(bytes.subarray(Math.min(at, bytes.length)));
  }

  /** @returns bytes of the header */
  #open(bytes: Uint8Array): number {
    if (bytes.length < MAGIC_BYTES) return 0;
    if (isPcapng(bytes)) {
      this.#source = new PcapngBlocks();
    } else if (!isPcap(bytes)) {
      const found = bytes.subarray(0, MAGIC_BYTES).toHex();
      this.#stop("not-a-capture", `it begins with ${found}, which is neither pcap nor pcapng`);
    } else if (bytes.length >= PCAP_HEADER_BYTES) {
      this.#source = new PcapRecords(bytes.subarray(0, PCAP_HEADER_BYTES));
      return PCAP_HEADER_BYTES;
    }
    return 0;
  }

  #stop(kind: CaptureProblem["kind"], detail: string): void {
    this.#problem = { kind, detail, atByte: Math.min(this.#done, this.#bytes) };
  }

  #takeFrame(frame: Frame): void {
    if (this.#frames === 0) this.#idStart = `${fingerprint(frame, this.#link)}-`;
    if (frame.linkType !== this.#linkType) this.#meetLinkType(frame.linkType);
    const packet = this.#dissector.packet(frame, this.#idStart + this.#frames++);
    if (packet !== null) {
      this.#packets++;
      this.#batch.push(packet);
    } else if (isKnownLink(frame.linkType)) {
      this.#unreadable++;
    } else {
      this.#unknown.set(frame.linkType, (this.#unknown.get(frame.linkType) ?? 0) + 1);
    }
  }

  #meetLinkType(linkType: number): void {
    this.#linkType = linkType;
    if (!this.#linkTypes.includes(linkType)) this.#linkTypes.push(linkType);
  }
}

function fingerprint({ bytes, start, end, length, timestamp }: Frame, link: string): string {
  const hash = createHash("sha256").update(`${link}\n${timestamp} ${length}\n`).update(
    bytes.subarray(start, end),
  );
  return hash.digest("hex").slice(0, FINGERPRINT_DIGITS);
}
