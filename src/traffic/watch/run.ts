/** Windows of a link in a row that are unusual in the same way: one window alone is a burst, no event. */
import { shape, type ShapeOf } from "../../records/formats/shape.ts";
import { countState, timeState } from "../../stream/state.ts";
import { type Span, spanState, widen } from "./finding.ts";

/** A window of a link, with what was expected of it. Times in µs. */
export interface LinkWindow {
  readonly link: string;
  readonly start: number;
  readonly end: number;
  readonly size: number;
  readonly packets: number;
  readonly bytes: number;
  readonly expectedPackets: number;
  readonly expectedBytes: number;
  /** Expected by the level alone, whatever the detector. */
  readonly levelPackets: number;
  readonly levelBytes: number;
  /** Scores of both against that, 0.5 = unusual. */
  readonly packetsScore: number;
  readonly bytesScore: number;
  readonly records: Span;
  /** Whose expectation it is. */
  readonly detector: string;
}

/** Windows in a row, in a snapshot, too. */
export const runState = shape.object({
  /** Of the first and of the last. */
  start: timeState,
  lastStart: timeState,
  /** Sums; of windows that overlap, of those that do not. */
  windows: countState,
  packets: shape.number(),
  bytes: shape.number(),
  score: shape.number(),
  records: spanState,
  /** End of the windows that are in the sums. */
  summedTo: timeState,
});

/** See {@linkcode runState}. */
export type Run = Readonly<ShapeOf<typeof runState>>;

/** A run lasts so long at least, µs: some hundred packets of one conversation are none. */
export const RUN_MIN_US = 60_000_000;

/** The run with the window at its end; `null` = it begins. */
export function runOf(run: Run | null, window: LinkWindow): Run {
  const { start, end, packets, bytes } = window;
  const score = Math.max(window.packetsScore, window.bytesScore);
  if (run === null) {
    const records = { ...window.records };
    return { start, lastStart: start, windows: 1, packets, bytes, score, records, summedTo: end };
  }
  if (start < run.summedTo) return { ...run, lastStart: start, score: Math.max(run.score, score) };
  const records = { ...run.records };
  if (window.records.count > 0) widen(records, window.records);
  return {
    start: run.start,
    lastStart: start,
    windows: run.windows + 1,
    packets: run.packets + packets,
    bytes: run.bytes + bytes,
    score: Math.max(run.score, score),
    records,
    summedTo: end,
  };
}

/** Whether a run is long enough: its last window does not overlap its first one, and begins a minute later. */
export function holds(run: Run, { size }: LinkWindow, times = 1): boolean {
  return run.lastStart - run.start >= times * Math.max(size, RUN_MIN_US);
}
