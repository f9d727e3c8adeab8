/** What a demo comes to, counted from its topics. */
import type { RecordChunk } from "../../kafka/port.ts";
import { Scoreboard } from "../../monitor/boards/scoreboard.ts";
import type { DemoSummary } from "./demo_summary.ts";

/** Counts everything that was published, whatever is shown. */
export class Account {
  /** What is counted. */
  readonly board = new Scoreboard({ nowMs: Date.now(), accounting: true });
  /** Since the start of the process, in ms. */
  firstPredictionMs: number | null = null;

  /** Counts until the chunks end. */
  async predictions(chunks: AsyncIterable<RecordChunk>): Promise<void> {
    for await (const chunk of chunks) {
      if (chunk.records.length > 0) this.firstPredictionMs ??= Math.round(performance.now());
      for (const { value } of chunk.records) this.board.addPrediction(value, Date.now());
    }
  }

  /** Counts until the chunks end. */
  async deadLetters(chunks: AsyncIterable<RecordChunk>): Promise<void> {
    for await (const chunk of chunks) {
      for (const record of chunk.records) this.board.addDeadLetter(record, chunk);
    }
  }

  /** Readings that have been answered. */
  get answered(): number {
    const { processed, deadLetters } = this.board.snapshot(Date.now());
    return processed + deadLetters;
  }

  /** What it came to. @param produced readings acknowledged */
  summarize(produced: number, trainingMs: number): DemoSummary {
    const { processed, deadLetters, contest: { means }, latencyMs } = this.board.snapshot(Date.now());
    const { network, lastValue, seasonal, ridge } = means;
    return {
      produced,
      predicted: processed,
      deadLettered: deadLetters,
      lost: Math.max(0, produced - processed - deadLetters),
      ...{ mse: network.mse, baselineMse: lastValue.mse, seasonalMse: seasonal.mse, ridgeMse: ridge.mse },
      ...{ mseRatio: network.ratio, seasonalMseRatio: seasonal.ratio, ridgeMseRatio: ridge.ratio },
      ...{ mae: network.mae, baselineMae: lastValue.mae },
      latencyMs: { p50: latencyMs.p50, p95: latencyMs.p95, p99: latencyMs.p99 },
      trainingMs,
      firstPredictionMs: this.firstPredictionMs,
    };
  }
}
