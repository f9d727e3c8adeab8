/**
 * Checkpoints of jobs in a compacted topic: what a state was at an offset of the log, so that a member that takes a
 * partition over goes on from there.
 *
 * A checkpoint is some parts (JSON text, cut) and then a mark that names them. Marks and parts of one tenure have keys
 * of its own, and two slots take turns, so that neither a crash in the middle nor a member that does not know yet that
 * it has lost the partition can spoil the newest whole checkpoint. The next tenure deletes what the last one left.
 */
import type { IncomingRecord, OutgoingRecord, TopicPartition } from "../../kafka/port.ts";
import type { Json } from "../../stream/json.ts";
import { CHECKPOINT_BYTES_MAX, CHECKPOINT_PART_BYTES } from "../limits.ts";

/** What a partition's state was. */
export interface Checkpoint {
  /** See {@linkcode JobMaker.signature}. */
  readonly signature: string;
  /** Of the topic that it is a state of: one that was deleted and made again is another. `null`: not known. */
  readonly topicId: string | null;
  /** Of the next record to take. */
  readonly offset: number;
  /** The offset that was committed when this was written: whoever finds it committed did not get to commit this one. */
  readonly committed: number;
  /** The clock moved the job on to here, right after this state; `null` = it did not. */
  readonly advanceTo: number | null;
  readonly state: Json;
}

/** The records of a checkpoint, in the order in which they are sent. */
export interface WrittenCheckpoint {
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
export class CheckpointSizeError extends RangeError {
  override readonly name = "CheckpointSizeError";
}

/** Writes the checkpoints of one tenure of a partition. */
export class CheckpointWriter {
  readonly #prefix: string;
  #sequence = 0;

  /** `tenure` is unique, e.g. a UUID. */
  constructor(partition: TopicPartition, tenure: string) {
    this.#prefix = `${prefixOf(partition)}${tenure}`;
  }

  /** The records of a checkpoint. @throws {CheckpointSizeError} */
  write(checkpoint: Checkpoint): WrittenCheckpoint {
    const { state, ...rest } = checkpoint;
    const bytes = encoder.encode(JSON.stringify(state));
    if (bytes.length > CHECKPOINT_BYTES_MAX) {
      throw new CheckpointSizeError(
        `Cannot write a checkpoint of ${bytes.length} bytes: ${CHECKPOINT_BYTES_MAX} are allowed`,
      );
    }
    const sequence = ++this.#sequence;
    const slot = sequence % 2;
    const parts: OutgoingRecord[] = [];
    for (let from = 0; from < bytes.length; from += CHECKPOINT_PART_BYTES) {
      parts.push({
        key: `${this.#prefix}/${slot}/${parts.length}`,
        value: bytes.subarray(from, from + CHECKPOINT_PART_BYTES),
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

  /** Takes the next record; one that is not a checkpoint's is passed over. */
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
   * The whole checkpoint that fits the group's offset: made there, or one whose own offset was not committed any more.
   * `null` where there is none, also where somebody has reset the group's offsets.
   */
  find(
    { startOffset, topicId = null, ...partition }: TopicPartition & {
      readonly startOffset: number;
      readonly topicId?: string | null;
    },
  ): Checkpoint | null {
    const own = prefixOf(partition);
    let best: Checkpoint | null = null;
    for (const [prefix, mark] of this.#marks) {
      const isOfAnother = topicId !== null && mark.topicId !== null && mark.topicId !== topicId;
      const fits = !isOfAnother && (mark.offset === startOffset || mark.committed === startOffset);
      if (!fits || !prefix.startsWith(own) || mark.offset < (best?.offset ?? 0)) continue;
      best = this.#assemble(prefix, mark) ?? best;
    }
    return best;
  }

  /** Keys of everything of the partition: what the next tenure deletes when it has a checkpoint of its own. */
  keys(partition: TopicPartition): string[] {
    const own = prefixOf(partition);
    const marks = [...this.#marks.keys()].map((prefix) => `${prefix}/mark`);
    return [...marks, ...this.#parts.keys()].filter((key) => key.startsWith(own));
  }

  #assemble(prefix: string, mark: Mark): Checkpoint | null {
    const parts: Uint8Array[] = [];
    let length = 0;
    for (let at = 0; at < mark.parts; at++) {
      const part = this.#parts.get(`${prefix}/${mark.slot}/${at}`);
      if (part?.sequence !== String(mark.sequence)) return null;
      length += part.bytes.length;
      if (length > CHECKPOINT_BYTES_MAX) return null;
      parts.push(part.bytes);
    }
    const whole = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    const { signature, topicId, offset, committed, advanceTo } = mark;
    return { signature, topicId, offset, committed, advanceTo, state: JSON.parse(decoder.decode(whole)) };
  }
}

/** A group may read another topic some day: each has states of its own. */
function prefixOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}/`;
}

/** `null` for what is no mark of this version: another program's, or a later one's. */
function parseMark(value: Uint8Array): Mark | null {
  let json: unknown;
  try {
    json = JSON.parse(decoder.decode(value));
  } catch {
    return null;
  }
  if (typeof json !== "object" || json === null) return null;
  const mark = json as Record<keyof Mark, unknown>;
  const counts = [mark.sequence, mark.slot, mark.parts, mark.offset, mark.committed];
  const whole = mark.version === 1 && typeof mark.signature === "string" &&
    counts.every((count) => Number.isSafeInteger(count) && (count as number) >= 0) &&
    (mark.advanceTo === null || Number.isFinite(mark.advanceTo));
  // Marks of earlier versions do not say of which topic they are.
  const topicId = typeof mark.topicId === "string" ? mark.topicId : null;
  return whole ? { ...mark as unknown as Mark, topicId } : null;
}
