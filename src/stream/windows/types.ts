/** The words of windows. */
import type { Aggregate } from "../aggregate.ts";
import type { Json } from "../json.ts";

/**
 * Which windows a record belongs to. Times are integers in one unit of the caller's choice; windows are half-open,
 * `[start, end)`, and, but for those that follow the records, aligned to time 0.
 *
 * - `tumbling`: one after the other, `[n·size, (n + 1)·size)`.
 * - `hopping`: a new one every `advance`, `[n·advance, n·advance + size)`; `advance` ≤ `size`.
 * - `sliding`: those of Kafka Streams' `SlidingWindows` with a time difference of `size`: records belong together that
 *   are at most `size` apart, so both ends belong to a window there. A record at `t` opens the window that ends with
 *   it, `[t − size, t + 1)` here, and the one that begins just after it, `[t + 1, t + size + 2)`, as soon as a record
 *   falls into that; no other window exists. Unlike there, times may be negative, and a record at `t < size` has the
 *   same windows as any other (Kafka Streams has no windows that begin before 0 and gives such records `[0, size]`).
 *   A record that is too late for the window that ends with it counts in all others that are not closed, as with
 *   every kind; Kafka Streams, which keeps no records, counts it only in those of them that it has already made.
 * - `session`: records of a key that follow each other in less than `gap`: from the first to `gap` after the last. A
 *   record exactly `gap` after the last one begins a new session, as half-open windows have it (and as in Beam; Kafka
 *   Streams and Flink would still join the two).
 */
export type WindowSpec =
  | { readonly kind: "tumbling"; readonly size: number }
  | { readonly kind: "hopping"; readonly size: number; readonly advance: number }
  | { readonly kind: "sliding"; readonly size: number }
  | { readonly kind: "session"; readonly gap: number };

/**
 * When a window is emitted: once it is `final`; besides, `early`: whenever the watermark passes a multiple of `every`,
 * all open windows that have changed since; or, at `every-update`, with each record.
 */
export type Emission =
  | { readonly kind: "final" }
  | { readonly kind: "early"; readonly every: number }
  | { readonly kind: "every-update" };

/** What a window comes to. */
export interface WindowResult<Out> {
  /** Whose window. */
  readonly key: string;
  /** Belongs to it. */
  readonly start: number;
  /** Does not. */
  readonly end: number;
  /** Records in it. */
  readonly count: number;
  /** The result. */
  readonly value: Out;
  /** Whether the watermark has passed its end. */
  readonly final: boolean;
  /**
   * Whether a late record changed it after its end had been passed. Of sessions: it stands in place of all that were
   * emitted of the key within its span.
   */
  readonly correction: boolean;
}

/** Takes a window's result. */
export type EmitWindow<Out> = (result: WindowResult<Out>) => void;

/** A record that came when a window of its own was closed for good. */
export interface Late {
  /** It came after its last window was closed. */
  readonly reason: "late";
  /** How far behind the watermark it was. */
  readonly lateness: number;
  /** The window that it missed: of several, the latest. It counts in those of its windows that were not closed. */
  readonly start: number;
  /** Where its last window ends. */
  readonly end: number;
}

/** A record that counts nowhere, since memory has no room for its window. */
export interface Full {
  /** There is no room for another state. */
  readonly reason: "full";
  /** Which bound was met: keys, states of all keys, or states of this key. */
  readonly bound: "keys" | "open" | "open-per-key";
  /** How many states there may be. */
  readonly max: number;
  /** The window that has no room: of several, the earliest. */
  readonly start: number;
  /** Where its last window ends. */
  readonly end: number;
}

/** Why a record is not in a window where it belongs: a dead letter of this reason. */
export type Missed = Late | Full;

/** How windows are made, and how much of them is kept. */
export interface WindowOptions<In, State, Out> {
  /** Which windows. */
  readonly spec: WindowSpec;
  /** What is computed of each. */
  readonly aggregate: Aggregate<In, State, Out>;
  /** How long after its end, in event time, a window still takes late records. @default 0 */
  readonly grace?: number;
  /** When results are emitted. @default { kind: "final" } */
  readonly emission?: Emission;
  /** Keys that have something open, at most. @default KEYS_MAX */
  readonly keysMax?: number;
  /**
   * States that are kept, at most: of tumbling and hopping windows one for each key and slice of time (as long as the
   * greatest common divisor of size and advance), of sliding ones one for each key and time, of sessions one each.
   *
   * @default OPEN_MAX
   */
  readonly openMax?: number;
  /** The same of one key. @default OPEN_PER_KEY_MAX */
  readonly openPerKeyMax?: number;
  /**
   * Tumbling windows only: a key's windows without records are emitted, too, with count 0, until so many in a row after
   * one with records; then the key is forgotten. A key becomes known when a window of it is final in time, not by a
   * late record. @default 0
   */
  readonly emptyMax?: number;
}

/** How much is kept. */
export interface RoomUse {
  /** Keys with open windows. */
  readonly keys: number;
  /** Open states of all keys. */
  readonly states: number;
}

/** A kind of windows: what is kept of the records, and which windows come of it. */
export interface WindowKind<In, Out> {
  /** Takes a record in. `watermark` is that of the last {@linkcode WindowKind.advance}. */
  add(key: string, time: number, value: In, watermark: number, emit: EmitWindow<Out>): Missed | null;
  /** Closes what ends by `to`, forgets what takes no more records. */
  advance(from: number, to: number, emit: EmitWindow<Out>): void;
  /** Windows that have records and are not final. Asks every state. */
  countOpen(watermark: number): number;
  /** The highest end of a window with records; `-Infinity` where there is none. */
  readonly lastEnd: number;
  /** How much it keeps. */
  readonly room: RoomUse;
  /** For a snapshot. */
  toJson(): Json;
}
