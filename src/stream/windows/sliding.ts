/**
 * Sliding windows, as those of Kafka Streams (KIP-450): one ends with each record, `[t − size, t + 1)`, one begins
 * just after it, `[t + 1, t + size + 2)`, where that has records. Records of the same key and time share a state, an
 * instant; a window merges its instants when it is emitted.
 *
 * Windows of a key are all of one length, so that they become final in the order of their starts as well as of their
 * ends: two stacks make that a few merges for each window, however many instants it has (Tangwongsan et al., "General
 * incremental sliding-window aggregation", PVLDB 8(7), 2015). A correction, an early result or an update merges all
 * instants of its window.
 */
import type { Aggregate } from "../aggregate.ts";
import type { Json } from "../json.ts";
import { DueQueue } from "./due_queue.ts";
import { Early } from "./early.ts";
import { type KeyEntry, Room } from "./room.ts";
import { SlidingFold } from "./sliding_fold.ts";
import { readSliding, type Stage } from "./snapshots.ts";
import type { EmitWindow, Missed, RoomUse, WindowKind, WindowOptions, WindowResult } from "./types.ts";

/** The records of one key at one time. */
interface Instant<State> {
  readonly entry: InstantEntry<State>;
  readonly order: number;
  readonly time: number;
  count: number;
  state: State;
  fresh: boolean;
  stage: Stage;
}

interface InstantEntry<State> extends KeyEntry {
  /** By time. */
  readonly instants: Instant<State>[];
  /** How many of the first are forgotten. */
  gone: number;
  readonly fold: SlidingFold<State>;
}

/** Forgotten instants of a key that are not worth the taking out. */
const GONE_MIN = 32;

/** Sliding windows. */
export class SlidingWindows<In, State, Out> implements WindowKind<In, Out> {
  readonly #size: number;
  readonly #aggregate: Aggregate<In, State, Out>;
  readonly #grace: number;
  readonly #early: Early;
  readonly #room: Room<InstantEntry<State>>;
  readonly #queue = new DueQueue<Instant<State>>();
  #begun = 0;
  #lastEnd = -Infinity;

  /**
   * `size` is in the unit of event time.
   * @param state what {@linkcode SlidingWindows.toJson} gave, or `null`
   */
  constructor(size: number, options: WindowOptions<In, State, Out>, state: Json | null) {
    const { aggregate, grace = 0 } = options;
    this.#size = size;
    this.#aggregate = aggregate;
    this.#grace = grace;
    this.#early = new Early(options.emission);
    this.#room = new Room(
      (key) => ({ key, states: 0, instants: [], gone: 0, fold: new SlidingFold(aggregate) }),
      options,
    );
    if (state !== null) this.#restore(readSliding(state));
  }

  get room(): RoomUse {
    return this.#room;
  }

  /** Once all are forgotten it may be one that was: the watermark has passed it. */
  get lastEnd(): number {
    return this.#lastEnd;
  }

  countOpen(watermark: number): number {
    return this.#openEnds(watermark).length;
  }

  add(key: string, time: number, value: In, watermark: number, emit: EmitWindow<Out>): Missed | null {
    const missed: Missed | null = time + 1 + this.#grace <= watermark
      ? { reason: "late", lateness: watermark - time, start: time - this.#size, end: time + 1 }
      : null;
    if (this.#lastEndOf(time) + this.#grace <= watermark) return missed;
    const entry = this.#room.get(key);
    const instants = entry?.instants ?? [];
    let instant = instants[indexOf(instants, time)];
    const isNew = instant?.time !== time;
    if (isNew) {
      const full = this.#room.full(entry, time - this.#size, time + 1);
      if (full !== null) return full;
      instant = this.#insert(key, time, this.#stageAt(time, watermark));
    }
    instant!.state = this.#aggregate.add(instant!.state, value);
    instant!.count++;
    instant!.fresh = true;
    if (time < watermark) instant!.entry.fold.clear();
    if (this.#early.everyUpdate || time < watermark) this.#emitNow(instant!, { isNew, watermark }, emit);
    return missed;
  }

  advance(from: number, to: number, emit: EmitWindow<Out>): void {
    while (this.#queue.next <= to) this.#take(this.#queue.pop()!.of, emit);
    if (!this.#early.isDue(from, to)) return;
    for (const { entry, end } of this.#openEnds(to)) {
      const { state, count, fresh } = this.#merge(entry, end);
      if (fresh) this.#emitWindow(entry, { end, state, count, final: false, correction: false }, emit);
    }
    for (const { instants } of this.#room.entries()) for (const instant of instants) instant.fresh = false;
  }

  /** For a snapshot. */
  toJson(): Json {
    const entries = [...this.#room.entries()];
    const instants = entries.flatMap((entry) => entry.instants.slice(entry.gone)).sort((a, b) =>
      a.order - b.order
    );
    return {
      instants: instants.map(({ entry, time, count, state, fresh, stage }) => [
        entry.key,
        time,
        count,
        this.#aggregate.toJson(state),
        fresh,
        stage,
      ]),
      folds: entries.flatMap(({ key, fold }) => fold.middle === null ? [] : [[key, fold.middle]]),
    };
  }

  #restore({ instants, folds }: ReturnType<typeof readSliding>): void {
    for (const [key, time, count, state, fresh, stage] of instants) {
      Object.assign(this.#insert(key, time, stage), { count, state: this.#aggregate.fromJson(state), fresh });
    }
    for (const [key, time] of folds) {
      const entry = this.#room.get(key)!;
      entry.fold.meetAt(time, entry.instants);
    }
  }

  /** End of the last window that the time has a part in: the one that begins after it. */
  #lastEndOf(time: number): number {
    return time + this.#size + 2;
  }

  #stageAt(time: number, watermark: number): Stage {
    if (time >= watermark) return "ends";
    return this.#lastEndOf(time) <= watermark ? "grace" : "begins";
  }

  #insert(key: string, time: number, stage: Stage): Instant<State> {
    const entry = this.#room.take(key);
    const state = this.#aggregate.create();
    const instant = { entry, order: this.#begun++, time, count: 0, state, fresh: false, stage };
    const index = indexOf(entry.instants, time);
    entry.instants.splice(index, 0, instant);
    this.#lastEnd = Math.max(this.#lastEnd, time + 1);
    for (const before of [entry.instants[index - 1], instant]) {
      if (before !== undefined && this.#beginsAfter(before)) {
        this.#lastEnd = Math.max(this.#lastEnd, this.#lastEndOf(before.time));
      }
    }
    this.#schedule(instant);
    return instant;
  }

  #schedule(instant: Instant<State>): void {
    const { stage, time, order } = instant;
    const at = stage === "ends" ? time + 1 : this.#lastEndOf(time) + (stage === "grace" ? this.#grace : 0);
    this.#queue.push({ at, order, of: instant });
  }

  #take(instant: Instant<State>, emit: EmitWindow<Out>): void {
    const { entry, time, stage } = instant;
    if (stage === "grace") {
      // The earliest comes due first. Taken out many at once; no window that can still be emitted reaches back to them.
      if (++entry.gone > GONE_MIN && 2 * entry.gone > entry.instants.length) {
        entry.instants.splice(0, entry.gone);
        entry.gone = 0;
      }
      return this.#room.release(entry);
    }
    if (stage === "ends") this.#close(entry, time + 1, emit);
    else if (this.#beginsAfter(instant)) this.#close(entry, this.#lastEndOf(time), emit);
    instant.stage = stage === "ends" ? "begins" : "grace";
    this.#schedule(instant);
  }

  /** Whether a window begins just after the instant: it has records, and none of them ends the same window. */
  #beginsAfter({ entry: { instants }, time }: Instant<State>): boolean {
    const next = instants[indexOf(instants, time + 1)];
    const end = this.#lastEndOf(time);
    return next !== undefined && next.time < end && instants[indexOf(instants, end - 1)]?.time !== end - 1;
  }

  #close(entry: InstantEntry<State>, end: number, emit: EmitWindow<Out>): void {
    const { instants, fold } = entry;
    const from = indexOf(instants, end - 1 - this.#size);
    const to = indexOf(instants, end);
    const { state, count } = fold.of(instants, from, to);
    this.#emitWindow(entry, { end, state, count, final: true, correction: false }, emit);
  }

  /** Emits the windows of a record that are due at once: corrected ones and, where wanted, open ones. */
  #emitNow(
    instant: Instant<State>,
    { isNew, watermark }: { readonly isNew: boolean; readonly watermark: number },
    emit: EmitWindow<Out>,
  ): void {
    const { entry, entry: { instants }, time } = instant;
    const ends = new Set<number>();
    for (let i = indexOf(instants, time - 1 - this.#size); i < instants.length; i++) {
      const other = instants[i]!.time;
      if (other > time + this.#size) break;
      ends.add(other < time ? this.#lastEndOf(other) : other + 1);
    }
    if (isNew && this.#beginsAfter(instant)) ends.add(this.#lastEndOf(time));
    for (const end of [...ends].sort((a, b) => a - b)) {
      const final = end <= watermark;
      if (end + this.#grace <= watermark || !(final || this.#early.everyUpdate)) continue;
      const { state, count } = this.#merge(entry, end);
      this.#emitWindow(entry, { end, state, count, final, correction: final }, emit);
    }
  }

  /** The windows that are not final, in the order in which they will be. */
  #openEnds(watermark: number): { readonly entry: InstantEntry<State>; readonly end: number }[] {
    const open: { entry: InstantEntry<State>; end: number; order: number }[] = [];
    for (const entry of this.#room.entries()) {
      for (const instant of entry.instants) {
        const { time, order } = instant;
        if (time >= watermark) open.push({ entry, end: time + 1, order });
        const end = this.#lastEndOf(time);
        if (end > watermark && this.#beginsAfter(instant)) open.push({ entry, end, order });
      }
    }
    return open.sort((a, b) => a.end - b.end || a.order - b.order);
  }

  #merge({ instants }: InstantEntry<State>, end: number): { state: State; count: number; fresh: boolean } {
    let state = this.#aggregate.create();
    let count = 0;
    let fresh = false;
    for (let i = indexOf(instants, end - 1 - this.#size); i < instants.length; i++) {
      const instant = instants[i]!;
      if (instant.time >= end) break;
      state = this.#aggregate.merge(state, instant.state);
      count += instant.count;
      fresh ||= instant.fresh;
    }
    return { state, count, fresh };
  }

  #emitWindow(
    { key }: InstantEntry<State>,
    emitted: Pick<WindowResult<Out>, "end" | "count" | "final" | "correction"> & { readonly state: State },
    emit: EmitWindow<Out>,
  ): void {
    const { end, count, state, final, correction } = emitted;
    const value = this.#aggregate.result(state);
    emit({ key, start: end - 1 - this.#size, end, count, value, final, correction });
  }
}

/** Index of the first instant at `time` or later. */
function indexOf<State>(instants: readonly Instant<State>[], time: number): number {
  let low = 0;
  let high = instants.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (instants[middle]!.time < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
