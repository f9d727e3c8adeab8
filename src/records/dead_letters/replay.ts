/** A dead letter's record, to be sent to its topic again, and which letters were replayed. Pure. */
import { type DeadLetter, REPLAYED_HEADER } from "./read.ts";
import type { IncomingRecord, OutgoingRecord, TopicPartitionOffset } from "../../kafka/port.ts";

/** Why a dead letter is not sent again. */
export type Obstacle = "truncated" | "no-origin" | "came-back";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** What stands against a replay; `again` lets records through that came back from one. */
export function obstacleOf(letter: DeadLetter, { again }: { readonly again: boolean }): Obstacle | null {
  if (letter.isCut || letter.reason === "undecodable") return "truncated"; // not the record that it was
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
 * is known by its time, too, so that a dead-letter topic that was created again is not taken for the old one. Holds
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
