/** A dead letter read back: why it is there, and the record that it was, to be sent to its topic once more. Pure. */
import { burialOf, UNDECODABLE } from "./dead_letter.ts";
import type { Header, IncomingRecord, OutgoingRecord, TopicPartitionOffset } from "../kafka/port.ts";

/** Which dead letter a record was before it was replayed: `dead-letters/0/17`. Against loops. */
export const REPLAYED_HEADER = "streamflow.replayed";

const OWN_PREFIX = "streamflow.";

/** A record of a topic of dead letters. */
export interface DeadLetter {
  /** Where it is, on the topic of dead letters. */
  readonly place: TopicPartitionOffset;
  /** When it became a dead letter, Unix ms. */
  readonly timestampMs: number;
  /** `?` where the record names none. */
  readonly reason: string;
  readonly detail: string;
  /** Where the record was before; `null` where the letter does not say so. */
  readonly from: TopicPartitionOffset | null;
  /** More that is known of it by name: time, lateness … */
  readonly more: Readonly<Record<string, string>>;
  /** Size of the value before it was cut, in bytes; `null` where it is whole. */
  readonly truncatedBytes: number | null;
  /** Value, key or headers are not what the record had. */
  readonly isCut: boolean;
  /** The letter that the record had been replayed from before it died again; `null` where it had not. */
  readonly replayed: string | null;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** The record's own headers. */
  readonly headers: readonly Header[];
}

/** Why a dead letter is not sent again. */
export type Obstacle = "truncated" | "no-origin" | "came-back";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/** What a record says of itself; any record is read, whoever wrote it. */
export function readDeadLetter(
  record: IncomingRecord,
  at: { readonly topic: string; readonly partition: number },
): DeadLetter {
  // A record that was dead before brings headers of that time with it: the last burial counts.
  const burial = burialOf(record.headers);
  const said = new Map(
    record.headers.slice(burial).filter(({ key }) => key.startsWith(OWN_PREFIX))
      .map(({ key, value }) => [key.slice(OWN_PREFIX.length), decoder.decode(value)]),
  );
  const { reason = "?", detail = "", topic, partition, offset, truncated, ...more } = Object.fromEntries(
    said,
  );
  const [fromPartition, fromOffset] = [wholeNumber(partition), wholeNumber(offset)];
  const marker = record.headers.findLast(({ key }) => key === REPLAYED_HEADER);
  return {
    place: { ...at, offset: record.offset },
    timestampMs: record.timestampMs,
    reason,
    detail,
    from: topic === undefined || topic === "" || fromPartition === null || fromOffset === null
      ? null
      : { topic, partition: fromPartition, offset: fromOffset },
    more,
    truncatedBytes: wholeNumber(truncated),
    isCut: truncated !== undefined || "truncated-key" in more || "truncated-headers" in more,
    replayed: marker === undefined ? null : decoder.decode(marker.value),
    key: record.key,
    value: record.value,
    headers: record.headers.slice(0, burial).filter(({ key }) => !key.startsWith(OWN_PREFIX)),
  };
}

/** What stands against a replay; `again` lets records through that came back from one. */
export function obstacleOf(letter: DeadLetter, { again }: { readonly again: boolean }): Obstacle | null {
  if (letter.isCut || letter.reason === UNDECODABLE) return "truncated"; // not the record that it was
  if (letter.from === null || letter.from.topic === letter.place.topic) return "no-origin";
  return letter.replayed !== null && !again ? "came-back" : null;
}

/** Names a dead letter: `dead-letters/0/17`. */
export function markerOf({ place: { topic, partition, offset } }: DeadLetter): string {
  return `${topic}/${partition}/${offset}`;
}

/**
 * The record as it was, with the marker. It goes to the partition that it came from, where there still is one, since
 * its producer may have chosen it by another rule than this one's.
 */
export function replayOf(letter: DeadLetter, partitions: number): OutgoingRecord {
  const { key, value, headers, from } = letter;
  const marker = { key: REPLAYED_HEADER, value: encoder.encode(markerOf(letter)) };
  const partition = from !== null && from.partition < partitions ? { partition: from.partition } : {};
  return { key, value, headers: [...headers, marker], ...partition };
}

/** Length of `partition/offset` in bytes. */
const PLACE_BYTES_MAX = 32;

/** How far the replay of a letter has come: about to be sent, or acknowledged by its topic. */
export type ReplayState = "sending" | "replayed";

/**
 * Which letters have been replayed: what a compacted topic keeps, by partition and offset of the letter. A letter
 * is known by its time, too, so that a topic of dead letters that was made anew is not taken for the old one. Holds
 * some 100 bytes for each letter that was replayed and is still on its topic.
 */
export class ReplayLog {
  readonly #known = new Map<string, { readonly state: ReplayState; readonly timestampMs: number }>();

  /** Takes a record of the topic, in order; what cannot be read counts as not there. */
  take({ key, value }: IncomingRecord): void {
    if (key === null) return;
    if (key.length > PLACE_BYTES_MAX) return;
    const place = decoder.decode(key);
    const entry = value === null ? null : readEntry(value);
    if (entry === null) this.#known.delete(place);
    else this.#known.set(place, entry);
  }

  /** How far this letter's replay has come; `null` where none has begun. */
  stateOf({ place: { partition, offset }, timestampMs }: DeadLetter): ReplayState | null {
    const entry = this.#known.get(`${partition}/${offset}`);
    return entry?.timestampMs === timestampMs ? entry.state : null;
  }

  /** Records for the topic that forget the letters before these offsets: the letters themselves are gone. */
  forget(logStarts: ReadonlyMap<number, number>): OutgoingRecord[] {
    return [...this.#known.keys()].filter((place) => {
      const [partition, offset] = place.split("/").map(Number);
      return offset! < (logStarts.get(partition!) ?? 0);
    }).map((key) => ({ key, value: null }));
  }
}

/** The record of the compacted topic that says how far a letter's replay has come. */
export function replayEntry({ place, timestampMs }: DeadLetter, state: ReplayState): OutgoingRecord {
  return {
    key: `${place.partition}/${place.offset}`,
    value: encoder.encode(JSON.stringify({ state, timestampMs })),
  };
}

function readEntry(value: Uint8Array): { state: ReplayState; timestampMs: number } | null {
  // Written by replayEntry() alone: a pattern is enough, and nothing can throw.
  const found = /^\{"state":"(sending|replayed)","timestampMs":(\d{1,15})\}$/.exec(decoder.decode(value));
  return found === null ? null : { state: found[1] as ReplayState, timestampMs: Number(found[2]) };
}

/** Letters of one reason and one topic. */
export interface LetterGroup {
  readonly reason: string;
  /** Topic that they came from; `?` where they do not say so. */
  readonly topic: string;
  readonly letters: number;
  readonly replayed: number;
  /** Times of the first and the last of them, Unix ms. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** The last of them. */
  readonly example: TopicPartitionOffset;
}

/** Counts letters by reason and topic; beyond {@linkcode groupsMax} groups together as `others`. */
export class LetterTable {
  readonly #groups = new Map<string, LetterGroup>();
  readonly #groupsMax: number;

  constructor(groupsMax: number) {
    this.#groupsMax = groupsMax;
  }

  /** Adds a letter. */
  add(letter: DeadLetter, isReplayed: boolean): void {
    let [reason, topic] = [letter.reason, letter.from?.topic ?? "?"];
    if (!this.#groups.has(`${reason}\0${topic}`) && this.#groups.size >= this.#groupsMax) {
      [reason, topic] = ["others", "?"];
    }
    const id = `${reason}\0${topic}`;
    const { letters = 0, replayed = 0, firstMs = Infinity, lastMs = -Infinity } = this.#groups.get(id) ?? {};
    this.#groups.set(id, {
      reason,
      topic,
      letters: letters + 1,
      replayed: replayed + (isReplayed ? 1 : 0),
      firstMs: Math.min(firstMs, letter.timestampMs),
      lastMs: Math.max(lastMs, letter.timestampMs),
      example: letter.place,
    });
  }

  /** Most letters first. */
  groups(): LetterGroup[] {
    return [...this.#groups.values()].toSorted((a, b) => b.letters - a.letters);
  }
}
