/**
 * Windows over event time: what the records of a key come to between two moments, emitted once the watermark has passed
 * the later one. Everything here is a function of the calls that were made: no clock, no chance.
 */
import { shape } from "../records/formats/shape.ts";
import type { Json } from "./json.ts";
import { countState, partState, readState, timeState } from "./state.ts";
import { AlignedWindows } from "./windows/aligned.ts";
import { SessionWindows } from "./windows/session.ts";
import { SlidingWindows } from "./windows/sliding.ts";
import type { EmitWindow, Missed, WindowKind, WindowOptions } from "./windows/types.ts";

export type {
  Emission,
  EmitWindow,
  Full,
  Late,
  Missed,
  WindowOptions,
  WindowResult,
  WindowSpec,
} from "./windows/types.ts";

/**
 * Aggregates the records of each key by windows.
 *
 * A window `[start, end)` is open until the watermark reaches `end`, then it is emitted as final. It takes late records
 * until the watermark reaches `end + grace`, and each of them emits it again, as a correction. What comes later than
 * that is given back as {@linkcode Late}, what memory has no room for as {@linkcode Full}: neither is ever dropped in
 * silence, both are counted.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { count } from "./aggregates/count.ts";
 * const windows = new WindowedAggregation({ spec: { kind: "tumbling", size: 5 }, aggregate: count() });
 * const emitted: string[] = [];
 * for (const time of [1, 2, 6]) {
 *   windows.add("link", time, {}, time, ({ key, start, end, value }) => emitted.push(`${key} [${start}, ${end}) ${value}`));
 * }
 * assert.deepEqual(emitted, ["link [0, 5) 2"]);
 * ```
 */
export class WindowedAggregation<In, State, Out> {
  readonly #windows: WindowKind<In, Out>;
  #watermark = -Infinity;
  #late = 0;
  #refused = 0;

  /**
   * Goes on from `state` where it is given.
   * @param state what {@linkcode WindowedAggregation.toJson} of one with the same options gave; `null` = from nothing
   * @throws RangeError where a span is not a whole number above 0, or an advance is longer than its size
   */
  constructor(options: WindowOptions<In, State, Out>, state: Json | null = null) {
    const snapshot = state === null ? null : readState(snapshotSchema, state, "windows");
    this.#windows = makeWindows(options, snapshot?.windows ?? null);
    if (snapshot === null) return;
    this.#watermark = snapshot.watermark ?? -Infinity;
    this.#late = snapshot.late;
    this.#refused = snapshot.refused;
  }

  /**
   * Moves on to the watermark, then takes the record in.
   *
   * @param time event time of the record, an integer
   * @param watermark everything before it has come; the record's own time may have raised it. A lower one than before
   * does nothing
   * @returns where it does not count, or not in all of its windows
   * @throws RangeError where `time` is not a safe integer
   */
  add(key: string, time: number, value: In, watermark: number, emit: EmitWindow<Out>): Missed | null {
    if (!Number.isSafeInteger(time)) {
      throw new RangeError(`Cannot put a record into a window: its time is ${time}, an integer is wanted`);
    }
    if (watermark > this.#watermark) this.advance(watermark, emit);
    // + 0: no −0, which JSON would not keep.
    const missed = this.#windows.add(key, time + 0, value, this.#watermark, emit);
    if (missed !== null) {
      if (missed.reason === "late") this.#late++;
      else this.#refused++;
    }
    return missed;
  }

  /**
   * Emits what ends by the watermark. `Infinity` stands for the end of the last window that has records: all are
   * final then, and take late records within their grace as always.
   */
  advance(watermark: number, emit: EmitWindow<Out>): void {
    const to = watermark === Infinity ? this.#windows.lastEnd : watermark;
    if (!(to > this.#watermark)) return;
    const from = this.#watermark;
    this.#watermark = to;
    this.#windows.advance(from, to, emit);
  }

  /** The highest one so far; `-Infinity` before the first. */
  get watermark(): number {
    return this.#watermark;
  }

  /** Whether a window has records and is not final. */
  get hasOpen(): boolean {
    return this.#windows.lastEnd > this.#watermark;
  }

  /** Windows that have records and are not final. Asks every state: not for each record. */
  get open(): number {
    return this.#windows.countOpen(this.#watermark);
  }

  /** Keys that are known. */
  get keys(): number {
    return this.#windows.room.keys;
  }

  /** States that are kept, see {@linkcode WindowOptions.openMax}. */
  get states(): number {
    return this.#windows.room.states;
  }

  /** Records given back as late. */
  get late(): number {
    return this.#late;
  }

  /** Records given back for want of room. */
  get refused(): number {
    return this.#refused;
  }

  /** The whole state; one made of it goes on as this one would, in the same order. */
  toJson(): Json {
    return {
      watermark: Number.isFinite(this.#watermark) ? this.#watermark : null,
      late: this.#late,
      refused: this.#refused,
      windows: this.#windows.toJson(),
    };
  }
}

const snapshotSchema = shape.object({
  watermark: timeState.nullable(),
  late: countState,
  refused: countState,
  windows: partState,
});

function makeWindows<In, State, Out>(
  options: WindowOptions<In, State, Out>,
  state: Json | null,
): WindowKind<In, Out> {
  checkOptions(options);
  const { spec } = options;
  switch (spec.kind) {
    case "tumbling":
      return new AlignedWindows({ size: spec.size, advance: spec.size }, options, state);
    case "hopping":
      return new AlignedWindows(spec, options, state);
    case "sliding":
      return new SlidingWindows(spec.size, options, state);
    case "session":
      return new SessionWindows(spec.gap, options, state);
  }
}

function checkOptions<In, State, Out>(options: WindowOptions<In, State, Out>): void {
  const { spec: { kind, ...spans }, grace = 0, emission, emptyMax = 0 } = options;
  const refuse = (why: string) => new RangeError(`Cannot make ${kind} windows: ${why}`);
  const every = emission?.kind === "early" ? { every: emission.every } : {};
  for (const [name, span] of Object.entries({ ...spans, ...every })) {
    if (!Number.isSafeInteger(span) || span < 1) {
      throw refuse(`${name} is ${span}, a whole number above 0 is wanted`);
    }
  }
  for (const [name, number] of Object.entries({ grace, emptyMax })) {
    if (!Number.isSafeInteger(number) || number < 0) {
      throw refuse(`${name} is ${number}, a whole number from 0 is wanted`);
    }
  }
  if (emptyMax > 0 && kind !== "tumbling") {
    throw refuse(`emptyMax is ${emptyMax}, but only tumbling ones are emitted without records`);
  }
  if ("advance" in spans && spans.advance > spans.size) {
    throw refuse(
      `advance ${spans.advance} is longer than size ${spans.size}: records in between would be lost`,
    );
  }
}
