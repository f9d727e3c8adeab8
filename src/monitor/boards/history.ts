/** The last ten minutes in slots of one second, by the time of the prediction: fixed memory, any rate. Pure. */
import { type BinMeans, binOf, BINS, type Percentiles, percentiles } from "./histogram.ts";
import { RATE_SLOTS, RECENT_SLOTS, SLOT_MS, SLOTS, SMOOTH_SLOTS } from "./limits.ts";
import type { Outcome } from "../../records/predictions/read.ts";
import { type Errors, ErrorSums } from "../../records/predictions/error_sums.ts";
import type { HistoryView } from "./snapshot.ts";

/** Time spans of a chart, in slots: the first that holds all there is. */
const SPANS: readonly number[] = [20, 30, 60, 120, 180, 300, SLOTS];

interface Slot {
  /** Number of the second since 1970; -1 as long as it is empty. */
  second: number;
  processed: number;
  errors: ErrorSums;
  readonly latencies: Uint32Array;
  lowestBin: number;
  highestBin: number;
}

function emptySlot(): Slot {
  return {
    second: -1,
    processed: 0,
    errors: new ErrorSums(),
    latencies: new Uint32Array(BINS),
    lowestBin: BINS,
    highestBin: -1,
  };
}

/** What happened in a range of slots. */
interface Merged {
  readonly processed: number;
  readonly errors: Errors;
  readonly latencyMs: Percentiles;
}

/** The ring of slots. */
export class History {
  readonly #means: BinMeans;
  /** Made when they are needed first: a short run stays small. */
  readonly #slots: (Slot | undefined)[] = new Array(SLOTS).fill(undefined);
  readonly #scratch = new Float64Array(BINS);
  #firstSecond = Infinity;

  constructor(means: BinMeans) {
    this.#means = means;
  }

  /** Adds a prediction; one of the future counts as of now, one older than ten minutes is left out. */
  add({ timeMs, nowMs, latencyMs, outcome }: {
    timeMs: number;
    nowMs: number;
    latencyMs: number | null;
    outcome: Outcome | null;
  }): void {
    const second = Math.floor(Math.min(timeMs, nowMs) / SLOT_MS);
    if (second <= Math.floor(nowMs / SLOT_MS) - SLOTS) return;
    const slot = this.#slots[second % SLOTS] ??= emptySlot();
    if (slot.second > second) return;
    if (slot.second < second) clear(slot, second);
    this.#firstSecond = Math.min(this.#firstSecond, second);
    slot.processed += 1;
    if (outcome !== null) slot.errors.add(outcome);
    if (latencyMs === null) return;
    const bin = binOf(latencyMs);
    slot.latencies[bin]! += 1;
    slot.lowestBin = Math.min(slot.lowestBin, bin);
    slot.highestBin = Math.max(slot.highestBin, bin);
  }

  /** Errors and latencies of the last minute. */
  recent(nowMs: number): Merged {
    const second = Math.floor(nowMs / SLOT_MS);
    return this.#merge(second - RECENT_SLOTS + 1, second);
  }

  /** Predictions per second, over the last whole seconds. */
  perSecond(nowMs: number): number {
    const last = Math.floor(nowMs / SLOT_MS) - 1;
    return this.#rate(last);
  }

  /** Curves of `points` points each, up to the last whole second. */
  view(nowMs: number, points: number): HistoryView {
    const last = Math.floor(nowMs / SLOT_MS) - 1;
    const age = Math.max(1, last - this.#firstSecond + 1);
    const span = SPANS.find((slots) => slots >= age) ?? SLOTS;
    const curve = () => new Array<number>(points).fill(NaN);
    const view = {
      spanMs: span * SLOT_MS,
      mse: curve(),
      baselineMse: curve(),
      mae: curve(),
      baselineMae: curve(),
      p50: curve(),
      p95: curve(),
      p99: curve(),
      perSecond: curve(),
    };
    for (let point = 0; point < points; point++) {
      const to = last - span + Math.ceil((point + 1) * span / points);
      if (to < this.#firstSecond) continue;
      const before = last - span + Math.ceil(point * span / points);
      const { errors, latencyMs } = this.#merge(Math.min(before + 1, to - SMOOTH_SLOTS + 1), to);
      view.mse[point] = errors.mse ?? NaN;
      view.baselineMse[point] = errors.baselineMse ?? NaN;
      view.mae[point] = errors.mae ?? NaN;
      view.baselineMae[point] = errors.baselineMae ?? NaN;
      view.p50[point] = latencyMs.p50 ?? NaN;
      view.p95[point] = latencyMs.p95 ?? NaN;
      view.p99[point] = latencyMs.p99 ?? NaN;
      view.perSecond[point] = this.#rate(to);
    }
    return view;
  }

  #rate(to: number): number {
    const seconds = Math.min(RATE_SLOTS, to - this.#firstSecond + 1);
    if (!(seconds >= 1)) return 0;
    let processed = 0;
    for (let second = to - seconds + 1; second <= to; second++) processed += this.#at(second)?.processed ?? 0;
    return processed * 1000 / (seconds * SLOT_MS);
  }

  #at(second: number): Slot | undefined {
    const slot = second < 0 ? undefined : this.#slots[second % SLOTS];
    return slot?.second === second ? slot : undefined;
  }

  #merge(from: number, to: number): Merged {
    const errors = new ErrorSums();
    const latencies = this.#scratch.fill(0);
    let processed = 0;
    for (let second = Math.max(from, to - SLOTS + 1); second <= to; second++) {
      const slot = this.#at(second);
      if (slot === undefined) continue;
      processed += slot.processed;
      errors.merge(slot.errors);
      for (let bin = slot.lowestBin; bin <= slot.highestBin; bin++) latencies[bin]! += slot.latencies[bin]!;
    }
    return { processed, errors: errors.means(), latencyMs: percentiles(latencies, this.#means) };
  }
}

function clear(slot: Slot, second: number): void {
  slot.second = second;
  slot.processed = 0;
  slot.errors = new ErrorSums();
  slot.latencies.fill(0);
  slot.lowestBin = BINS;
  slot.highestBin = -1;
}
