/** A board of predictions with a past, as the live stream sends it: made by the real board from made-up records. */
import { PredictionsBoard } from "../../../src/monitor/boards/predictions.ts";
import type { Snapshot } from "../../../src/monitor/boards/snapshot.ts";
import type { ServedPredictions } from "../../../src/web/boards/served.ts";
import {
  fakeChunk,
  fakeDeadLetter,
  fakeRecord,
  madeUp,
  madeUpClass,
} from "../../support/fake_predictions.ts";

const NAMES = [
  ...["mse", "baselineMse", "mae", "baselineMae", "accuracy", "baselineAccuracy", "macroF1"],
  ...["p50", "p95", "p99", "perSecond", "lag", "deadLetters"],
];

function valuesOf(board: Snapshot): (number | null)[] {
  const { mse, baselineMse, mae, baselineMae } = board.recentErrors;
  const { p50, p95, p99 } = board.recentLatencyMs;
  return [
    ...[mse, baselineMse, mae, baselineMae],
    ...[board.classes?.accuracy ?? null, board.classes?.baselineAccuracy ?? null],
    board.classes?.macroF1 ?? null,
    ...[p50, p95, p99, board.perSecond],
    board.lag.reduce((sum, { lag }) => sum + lag, 0),
    board.deadLetters,
    ...board.lag.map(({ lag }) => lag),
    ...board.classes?.classes.map(({ f1 }) => f1) ?? [],
  ];
}

/** A board that can be taken further, second by second. */
export class RecordedBoard {
  readonly #board: PredictionsBoard;
  readonly #isClasses: boolean;
  readonly #times: number[] = [];
  readonly #rows: (number | null)[][] = [];
  #index = 0;
  nowMs: number;

  /** @param seconds of past; `classes` = of a classifier */
  constructor({ nowMs, seconds, classes = false }: { nowMs: number; seconds: number; classes?: boolean }) {
    this.nowMs = nowMs - seconds * 1_000;
    this.#isClasses = classes;
    this.#board = new PredictionsBoard({ nowMs: this.nowMs });
    for (let second = 0; second < seconds; second++) this.step();
  }

  /** One second more. */
  step(): void {
    this.nowMs += 1_000;
    const many = 20 + Math.round(8 * Math.sin(this.nowMs / 40_000));
    const made = this.#isClasses ? madeUpClass : madeUp;
    const records = Array.from(
      { length: many },
      (_, n) => fakeRecord(made(this.#index++, this.nowMs - 1_000 + n * 1_000 / many)),
    );
    this.#board.take(fakeChunk("predictions", records), this.nowMs);
    if (this.#index % 61 < 20 && this.#index % 7 === 0) {
      const letter = fakeDeadLetter(["not JSON", "a field is missing"][this.#index % 2]!, this.#index);
      this.#board.take(fakeChunk("dead-letters", [letter]), this.nowMs);
    }
    const lags = [0, 1, 2].map((partition) => ({
      partition,
      lag: Math.round(Math.max(0, 300 * Math.sin(this.nowMs / 60_000 + partition))),
    }));
    this.#board.takeLag(lags, { nowMs: this.nowMs });
    this.#times.push(this.nowMs);
    this.#rows.push(valuesOf(this.board()));
  }

  /** The snapshot now, as it goes out. */
  board(): ServedPredictions {
    const beside = { reader: { input: "input-data", group: "streamflow" }, answering: null, training: null };
    return { ...this.#board.snapshot(this.nowMs), ...beside };
  }

  /** The live stream's `snapshot`. */
  message(): Record<string, unknown> {
    const board = this.board();
    const names = [
      ...NAMES,
      ...board.lag.map(({ partition }) => `lag.${partition}`),
      ...board.classes?.classes.map(({ name }) => `f1.${name}`) ?? [],
    ];
    const columns = names.map((_, c) => this.#rows.map((row) => row[c] ?? null));
    const every = <T>(column: readonly T[]) => column.filter((_, i) => i % 10 === 0);
    return {
      timeMs: this.nowMs,
      trouble: null,
      board,
      history: {
        names,
        fine: { stepMs: 1_000, times: this.#times, columns },
        coarse: { stepMs: 10_000, times: every(this.#times), columns: columns.map(every) },
        events: this.#times.length < 400 ? [] : [{ timeMs: this.#times[300]!, text: "version 2" }],
      },
    };
  }

  /** The live stream's `delta` for the last second. */
  delta(): Record<string, unknown> {
    return {
      timeMs: this.nowMs,
      trouble: null,
      board: this.board(),
      points: [[this.nowMs, ...this.#rows.at(-1)!]],
    };
  }
}
