/**
 * Snapshots of jobs in a compacted topic: the state at an offset of the log, from which a member that takes a partition
 * over goes on.
 *
 * A snapshot is some parts (JSON text, cut) and then a mark that names them. Marks and parts of one tenure have keys
 * of its own, and two slots take turns, so that neither a crash in the middle nor a member that does not know yet that
 * it has lost the partition can spoil the newest whole snapshot. The next tenure deletes what the last one left.
 */
import type { IncomingRecord, OutgoingRecord, TopicPartition } from "../../kafka/port.ts";
import { isObject, type Json } from "../../stream/json.ts";
import { SNAPSHOT_BYTES_MAX, SNAPSHOT_PART_BYTES } from "../limits.ts";

/** The state of a partition at an offset. */
export interface Snapshot {
  /** See {@linkcode WindowedJobMaker.signature}. */
  readonly signature: string;
  /** Of the topic that it is a state of: one that was deleted and created again is another. `null`: not known. */
  readonly topicId: string | null;
  /** Of the next record to take. */
  readonly offset: number;
  /** The offset that was committed when this was written: whoever finds it committed did not get to commit this one. */
  readonly committed: number;
  /** The clock moved the job on to here, right after this state; `null` = it did not. */
  readonly advanceTo: number | null;
  readonly state: Json;
}

/** The records of a snapshot, in the order in which they are sent. */
export interface WrittenSnapshot {
  readonly parts: readonly OutgoingRecord[];
  /** When all parts are acknowledged; then the offset is committed. */
  readonly mark: OutgoingRecord;
  /** When the offset is committed: from now on a group at the offset before has been reset by somebody. */
  readonly settled: OutgoingRecord;
}

interface Mark {
  readonly version: 1;
  readonly sequence: number;
  readonly slot: number;
  readonly parts: number;
  readonly signature: string;
  readonly topicId: string | null;
  readonly offset: number;
  readonly committed: number;
  readonly advanceTo: number | null;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A state that is too large to be written. */
export class SnapshotSizeError extends RangeError {
  /** As every error has it. */
  override readonly name = "SnapshotSizeError";
}

/** Writes the snapshots of one tenure of a partition. */
export class SnapshotWriter {
  readonly #prefix: string;
  #sequence = 0;

  /** `tenure` is unique, e.g. a UUID. */
  constructor(partition: TopicPartition, tenure: string) {
    this.#prefix = `${prefixOf(partition)}${tenure}`;
  }

  /** The records of a snapshot. @throws {SnapshotSizeError} */
  write(snapshot: Snapshot): WrittenSnapshot {
    const { state, ...rest } = snapshot;
    const bytes = encoder.encode(JSON.stringify(state));
    if (bytes.length > SNAPSHOT_BYTES_MAX) {
      throw new SnapshotSizeError(
        `Cannot write a snapshot of ${bytes.length} bytes: ${SNAPSHOT_BYTES_MAX} are allowed`,
      );
    }
    const sequence = ++this.#sequence;
    const slot = sequence % 2;
    const parts: OutgoingRecord[] = [];
    for (let from = 0; from < bytes.length; from += SNAPSHOT_PART_BYTES) {
      parts.push({
        key: `${this.#prefix}/${slot}/${parts.length}`,
        value: bytes.subarray(from, from + SNAPSHOT_PART_BYTES),
        headers: [{ key: "sequence", value: encoder.encode(String(sequence)) }],
      });
    }
    const mark: Mark = { version: 1, sequence, slot, parts: parts.length, ...rest };
    const settled = { ...mark, committed: mark.offset };
    return { parts, mark: this.#toRecord(mark), settled: this.#toRecord(settled) };
  }

  #toRecord(mark: Mark): OutgoingRecord {
    return { key: `${this.#prefix}/mark`, value: encoder.encode(JSON.stringify(mark)) };
  }
}

interface Part {
  readonly sequence: string;
  readonly bytes: Uint8Array;
}

/** Reads a changelog from its beginning: take all records, then ask. */
export class ChangelogReader {
  readonly #parts = new Map<string, Part>();
  /** By `<topic>/<partition>/<tenure>`. */
  readonly #marks = new Map<string, Mark>();

  /** By `<topic>/<partition>/`. */
  readonly #damages = new Map<string, string>();

  /** Takes the next record; one that is not a snapshot's is passed over. */
  take({ key, value, headers }: IncomingRecord): void {
    if (key === null) return;
    const name = decoder.decode(key);
    if (name.endsWith("/mark")) {
      const prefix = name.slice(0, -"/mark".length);
      const mark = value === null ? null : parseMark(value);
      if (mark === null) this.#marks.delete(prefix);
      else this.#marks.set(prefix, mark);
    } else if (value === null) this.#parts.delete(name);
    else {
      const sequence = headers.find((header) => header.key === "sequence")?.value;
      if (sequence !== undefined) this.#parts.set(name, { sequence: decoder.decode(sequence), bytes: value });
    }
  }

  /**
   * The whole snapshot that fits the group's offset: made there, or one whose own offset was not committed any more.
   * `null` where there is none, also where somebody has reset the group's offsets.
   */
  find(
    { startOffset, topicId = null, ...partition }: TopicPartition & {
      readonly startOffset: number;
      readonly topicId?: string | null;
    },
  ): Snapshot | null {
    const own = prefixOf(partition);
    let best: Snapshot | null = null;
    for (const [prefix, mark] of this.#marks) {
      const isOfAnother = topicId !== null && mark.topicId !== null && mark.topicId !== topicId;
      const fits = !isOfAnother && (mark.offset === startOffset || mark.committed === startOffset);
      if (!fits || !prefix.startsWith(own) || mark.offset < (best?.offset ?? 0)) continue;
      const found = this.#assemble(prefix, mark);
      if (found === null) {
        this.#damages.set(own, `at offset ${mark.offset} is damaged: its parts are not whole`);
      }
      best = found ?? best;
    }
    return best;
  }

  /** Keys of everything of the partition: what the next tenure deletes when it has a snapshot of its own. */
  keys(partition: TopicPartition): string[] {
    const own = prefixOf(partition);
    const marks = [...this.#marks.keys()].map((prefix) => `${prefix}/mark`);
    return [...marks, ...this.#parts.keys()].filter((key) => key.startsWith(own));
  }

  /** Why a snapshot of the partition that {@linkcode ChangelogReader.find} would have given is of no use. */
  damageOf(partition: TopicPartition): string | null {
    return this.#damages.get(prefixOf(partition)) ?? null;
  }

  /** `null` where it is not whole. */
  #assemble(prefix: string, mark: Mark): Snapshot | null {
    const parts: Uint8Array[] = [];
    let length = 0;
    for (let at = 0; at < mark.parts; at++) {
      const part = this.#parts.get(`${prefix}/${mark.slot}/${at}`);
      if (part?.sequence !== String(mark.sequence)) return null;
      length += part.bytes.length;
      if (length > SNAPSHOT_BYTES_MAX) return null;
      parts.push(part.bytes);
    }
    const whole = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    const state = parseJson(whole);
    if (state === undefined) return null;
    const { signature, topicId, offset, committed, advanceTo } = mark;
    return { signature, topicId, offset, committed, advanceTo, state };
  }
}

/** A group may read another topic some day: each has states of its own. */
function prefixOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}/`;
}

/** `undefined` for what is no JSON. */
function parseJson(bytes: Uint8Array): Json | undefined {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    return undefined;
  }
}

function isCount(value: Json | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** `null` for what is no mark of this version: another program's, or a later one's. */
function parseMark(value: Uint8Array): Mark | null {
  const json = parseJson(value);
  if (json === undefined || !isObject(json) || json["version"] !== 1) return null;
  const { sequence, slot, parts, signature, offset, committed, advanceTo } = json;
  if (!isCount(sequence) || !isCount(slot) || !isCount(parts) || !isCount(offset) || !isCount(committed)) {
    return null;
  }
  if (typeof signature !== "string" || (advanceTo !== null && typeof advanceTo !== "number")) return null;
  // Marks of earlier versions do not say of which topic they are.
  const topicId = typeof json["topicId"] === "string" ? json["topicId"] : null;
  return { version: 1, sequence, slot, parts, signature, topicId, offset, committed, advanceTo };
}
