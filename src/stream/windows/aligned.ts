/**
 * Tumbling and hopping windows by slices: time is cut into slices as long as the greatest common divisor of size and
 * advance, a record goes into one slice of its key, and a window merges its slices when it is emitted. So a record costs
 * the same however many windows overlap (Li et al., "No pane, no gain", SIGMOD Record 34(1), 2005).
 *
 * Windows are emitted in the order of their ends; those with the same end in the order in which their keys came, slice
 * by slice.
 */
import type { Aggregate } from "../aggregate.ts";
import type { Json } from "../json.ts";
import { Early } from "./early.ts";
import { readSlices } from "./snapshots.ts";
import { type KeyEntry, Room } from "./room.ts";
import type { EmitWindow, Missed, RoomUse, WindowKind, WindowOptions, WindowResult } from "./types.ts";

/** The records of one key in one slice; without any it keeps the place of an empty window that will be emitted. */
interface Pane<State> {
  readonly entry: SliceEntry<State>;
  count: number;
  state: State;
  /** Changed since the last early results. */
  fresh: boolean;
  /** How many empty windows in a row this one is the last of. */
  run: number;
}

/** A key, with what a window gathers for it while it is being emitted. */
interface SliceEntry<State> extends KeyEntry {
  gathered: Gathered<State> | null;
}

interface Gathered<State> {
  readonly entry: SliceEntry<State>;
  state: State;
  /** Whether `state` belongs to a pane and must not change. */
  shared: boolean;
  count: number;
  fresh: boolean;
}

interface Slice<State> {
  readonly start: number;
  /** Ends of the first and the last window that it is part of. */
  readonly firstEnd: number;
  readonly lastEnd: number;
  readonly panes: Map<string, Pane<State>>;
  /** Panes that have records. */
  filled: number;
}

/** What a window is emitted as. */
type Emission = Pick<WindowResult<unknown>, "final" | "correction">;

const UPDATE: Emission = { final: false, correction: false };
const FINAL: Emission = { final: true, correction: false };
const CORRECTION: Emission = { final: true, correction: true };

/** Tumbling and hopping windows. */
export class AlignedWindows<In, State, Out> implements WindowKind<In, Out> {
  readonly #size: number;
  readonly #advance: number;
  readonly #length: number;
  readonly #aggregate: Aggregate<In, State, Out>;
  readonly #grace: number;
  readonly #early: Early;
  readonly #emptyMax: number;
  readonly #room: Room<SliceEntry<State>>;
  /** By start. */
  readonly #slices: Slice<State>[] = [];
  #recent: Slice<State> | null = null;
  /** No watermark below this has anything to do. */
  #due = -Infinity;

  /**
   * Goes on from `state` where it is given.
   * @param state what {@linkcode AlignedWindows.toJson} gave, or `null`
   */
  constructor(
    { size, advance }: { readonly size: number; readonly advance: number },
    options: WindowOptions<In, State, Out>,
    state: Json | null,
  ) {
    const { aggregate, grace = 0, emptyMax = 0 } = options;
    this.#size = size;
    this.#advance = advance;
    this.#length = greatestCommonDivisor(size, advance);
    this.#aggregate = aggregate;
    this.#grace = grace;
    this.#early = new Early(options.emission);
    this.#emptyMax = emptyMax;
    this.#room = new Room((key) => ({ key, states: 0, gathered: null }), options);
    if (state !== null) this.#restore(readSlices(state, this.#length));
  }

  get room(): RoomUse {
    return this.#room;
  }

  get lastEnd(): number {
    for (let i = this.#slices.length - 1; i >= 0; i--) {
      if (this.#slices[i]!.filled > 0) return this.#slices[i]!.lastEnd;
    }
    return -Infinity;
  }

  countOpen(watermark: number): number {
    let open = 0;
    for (let end = this.#firstEndAfter(watermark); end < Infinity; end = this.#nextEnd(end + this.#advance)) {
      const keys = new Set<string>();
      for (let i = this.#indexOf(end - this.#size); this.#slices[i] && this.#slices[i]!.start < end; i++) {
        for (const pane of this.#slices[i]!.panes.values()) if (pane.count > 0) keys.add(pane.entry.key);
      }
      open += keys.size;
    }
    return open;
  }

  add(key: string, time: number, value: In, watermark: number, emit: EmitWindow<Out>): Missed | null {
    const start = Math.floor(time / this.#length) * this.#length + 0;
    let slice = this.#recent;
    if (slice === null || slice.start !== start) {
      const lastEnd = this.#lastEndOf(start);
      if (lastEnd + this.#grace <= watermark) return this.#late(time, lastEnd, watermark);
      slice = this.#find(start);
    }
    let pane = slice?.panes.get(key);
    if (pane === undefined) {
      const firstEnd = this.#firstEndOf(start);
      const entry = this.#room.get(key);
      const full = this.#room.full(entry, firstEnd - this.#size, firstEnd);
      if (full !== null) return full;
      slice ??= this.#insert(start);
      pane = this.#open(slice, key, entry);
    }
    this.#recent = slice;
    if (pane.count++ === 0) slice!.filled++;
    pane.state = this.#aggregate.add(pane.state, value);
    pane.fresh = true;
    if (this.#early.everyUpdate || slice!.firstEnd <= watermark) {
      return this.#emitNow(slice!, pane, time, watermark, emit);
    }
    return null;
  }

  advance(from: number, to: number, emit: EmitWindow<Out>): void {
    if (to < this.#due) return;
    for (let end = this.#firstEndAfter(from); end <= to; end = this.#nextEnd(end + this.#advance)) {
      this.#close(end, emit);
    }
    if (this.#early.isDue(from, to)) this.#emitEarly(to, emit);
    this.#forget(to);
    this.#due = Math.min(
      this.#alignedEndAfter(to),
      this.#alignedEndAfter(to - this.#grace) + this.#grace,
      this.#early.dueAfter(to),
    );
  }

  /** For a snapshot. */
  toJson(): Json {
    return this.#slices.map(({ start, panes }) => [
      start,
      [...panes.values()].map(({ entry, count, state, fresh, run }) => [
        entry.key,
        count,
        this.#aggregate.toJson(state),
        fresh ? 1 : 0,
        run,
      ]),
    ]);
  }

  #restore(slices: ReturnType<typeof readSlices>): void {
    for (const [start, panes] of slices) {
      const slice = this.#insert(start);
      for (const [key, count, state, fresh, run] of panes) {
        const pane = this.#open(slice, key);
        Object.assign(pane, { count, state: this.#aggregate.fromJson(state), fresh: fresh === 1, run });
        if (count > 0) slice.filled++;
      }
    }
  }

  // Times.

  #alignedEndAfter(time: number): number {
    return (Math.floor((time - this.#size) / this.#advance) + 1) * this.#advance + this.#size;
  }

  #firstEndOf(start: number): number {
    return Math.ceil((start + this.#length - this.#size) / this.#advance) * this.#advance + this.#size;
  }

  #lastEndOf(start: number): number {
    return Math.floor(start / this.#advance) * this.#advance + this.#size;
  }

  /** The end after `time` of the first window that has a slice; Infinity where there is none. */
  #firstEndAfter(time: number): number {
    if (this.#slices.length === 0) return Infinity;
    return this.#nextEnd(Math.max(this.#alignedEndAfter(time), this.#slices[0]!.firstEnd));
  }

  /** The end, at or after the end `end`, of the first window that has a slice; Infinity where there is none. */
  #nextEnd(end: number): number {
    const slice = this.#slices[this.#indexOf(end - this.#size)];
    if (slice === undefined) return Infinity;
    return slice.start < end ? end : slice.firstEnd;
  }

  // Slices and panes.

  /** Index of the first slice that begins at `start` or later. */
  #indexOf(start: number): number {
    let low = 0;
    let high = this.#slices.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#slices[middle]!.start < start) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #find(start: number): Slice<State> | null {
    const slice = this.#slices[this.#indexOf(start)];
    return slice?.start === start ? slice : null;
  }

  #insert(start: number): Slice<State> {
    const slice: Slice<State> = {
      start,
      firstEnd: this.#firstEndOf(start),
      lastEnd: this.#lastEndOf(start),
      panes: new Map(),
      filled: 0,
    };
    this.#slices.splice(this.#indexOf(start), 0, slice);
    return slice;
  }

  #open(slice: Slice<State>, key: string, known?: SliceEntry<State>): Pane<State> {
    const entry = this.#room.take(key, known);
    const pane = { entry, count: 0, state: this.#aggregate.create(), fresh: false, run: 0 };
    slice.panes.set(key, pane);
    return pane;
  }

  /** Forgets the slices whose last window takes no more records. */
  #forget(watermark: number): void {
    let gone = 0;
    while (gone < this.#slices.length && this.#slices[gone]!.lastEnd + this.#grace <= watermark) {
      for (const pane of this.#slices[gone]!.panes.values()) this.#room.release(pane.entry);
      gone++;
    }
    if (gone === 0) return;
    this.#slices.splice(0, gone);
    this.#recent = null;
  }

  // Results.

  #close(end: number, emit: EmitWindow<Out>): void {
    for (const gathered of this.#gather(end)) this.#emitWindow(gathered, end, FINAL, emit);
    if (this.#emptyMax > 0) this.#fill(this.#find(end - this.#size)!, end);
  }

  /** Keeps the next window open for the keys of a tumbling one that is final. */
  #fill(closed: Slice<State>, end: number): void {
    let next: Slice<State> | null = this.#find(end);
    for (const [key, pane] of closed.panes) {
      const run = pane.count > 0 ? 1 : pane.run + 1;
      if (run <= this.#emptyMax) {
        next ??= this.#insert(end);
        if (!next.panes.has(key)) this.#open(next, key).run = run;
      }
      if (pane.count === 0) {
        closed.panes.delete(key);
        this.#room.release(pane.entry);
      }
    }
  }

  #emitEarly(watermark: number, emit: EmitWindow<Out>): void {
    for (let end = this.#firstEndAfter(watermark); end < Infinity; end = this.#nextEnd(end + this.#advance)) {
      for (const gathered of this.#gather(end)) {
        if (gathered.fresh) this.#emitWindow(gathered, end, UPDATE, emit);
      }
    }
    for (const slice of this.#slices) for (const pane of slice.panes.values()) pane.fresh = false;
  }

  /** Emits the windows of a record that are due at once: corrected ones and, where wanted, open ones. */
  #emitNow(
    slice: Slice<State>,
    pane: Pane<State>,
    time: number,
    watermark: number,
    emit: EmitWindow<Out>,
  ): Missed | null {
    let missed: Missed | null = null;
    for (let end = slice.firstEnd; end <= slice.lastEnd; end += this.#advance) {
      if (end + this.#grace <= watermark) missed = this.#late(time, end, watermark);
      else if (end <= watermark) this.#emitWindow(this.#gatherOne(pane.entry, end), end, CORRECTION, emit);
      else if (this.#early.everyUpdate) this.#emitWindow(this.#gatherOne(pane.entry, end), end, UPDATE, emit);
    }
    return missed;
  }

  #late(time: number, end: number, watermark: number): Missed {
    return { reason: "late", lateness: watermark - time, start: end - this.#size, end };
  }

  #emitWindow(
    { entry, state, count }: Gathered<State>,
    end: number,
    emitted: Emission,
    emit: EmitWindow<Out>,
  ): void {
    const { final, correction } = emitted;
    const value = this.#aggregate.result(state);
    emit({ key: entry.key, start: end - this.#size, end, count, value, final, correction });
  }

  /** All keys of the window, in the order of their first slices. */
  #gather(end: number): Gathered<State>[] {
    const all: Gathered<State>[] = [];
    for (let i = this.#indexOf(end - this.#size); i < this.#slices.length; i++) {
      const slice = this.#slices[i]!;
      if (slice.start >= end) break;
      for (const pane of slice.panes.values()) {
        const { entry } = pane;
        if (entry.gathered === null) {
          all.push(entry.gathered = gatheredOf(pane));
        } else this.#join(entry.gathered, pane);
      }
    }
    for (const { entry } of all) entry.gathered = null;
    return all;
  }

  #gatherOne(entry: SliceEntry<State>, end: number): Gathered<State> {
    let gathered: Gathered<State> | null = null;
    for (let i = this.#indexOf(end - this.#size); i < this.#slices.length; i++) {
      const slice = this.#slices[i]!;
      if (slice.start >= end) break;
      const pane = slice.panes.get(entry.key);
      if (pane === undefined) continue;
      if (gathered === null) gathered = gatheredOf(pane);
      else this.#join(gathered, pane);
    }
    return gathered!;
  }

  #join(gathered: Gathered<State>, pane: Pane<State>): void {
    if (gathered.shared) {
      gathered.state = this.#aggregate.merge(this.#aggregate.create(), gathered.state);
      gathered.shared = false;
    }
    gathered.state = this.#aggregate.merge(gathered.state, pane.state);
    gathered.count += pane.count;
    gathered.fresh ||= pane.fresh;
  }
}

function gatheredOf<State>({ entry, state, count, fresh }: Pane<State>): Gathered<State> {
  return { entry, state, shared: true, count, fresh };
}

function greatestCommonDivisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}
