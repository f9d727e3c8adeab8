/**
 * Readings of one request → answers, in a pipeline of their own: each source's readings in the request are its past, and
 * nothing is kept. Pure.
 */
import type { ReadingReason } from "../records/readings/read.ts";
import type { PipelineMaker, PlainAnswer } from "./pipeline.ts";
import type { Tally } from "./tally.ts";

/** What stands in the place of a reading that has no answer. */
export interface Refusal {
  readonly error: {
    /** As of a dead letter; or the same reading stands before it. */
    readonly reason: ReadingReason | "duplicate";
    readonly detail: string;
  };
}

/** The answers, or `null` where the sources are more than there is room for. */
export function answerRequest(
  pipelines: PipelineMaker,
  readings: readonly Uint8Array[],
  { nowMs, tally }: { readonly nowMs: number; readonly tally: Tally },
): (PlainAnswer | Refusal)[] | null {
  const pipeline = pipelines.make({ topic: "request", partition: 0 });
  const evicted = tally.sourcesEvicted;
  const answers: (PlainAnswer | Refusal)[] = [];
  for (let offset = 0; offset < readings.length; offset++) {
    const record = { offset, timestampMs: -1, key: null, value: readings[offset]!, headers: [] };
    const answer = pipeline.answer(record, { nowMs, tally });
    if (answer === null) {
      const detail = "the same reading stands before it in the request";
      answers.push({ error: { reason: "duplicate", detail } });
    } else if ("reason" in answer) {
      answers.push({ error: { reason: answer.reason, detail: answer.detail } });
    } else answers.push(answer);
    // A source that had to make room has lost its past, and later answers would not be what they should.
    if (tally.sourcesEvicted > evicted) return null;
  }
  return answers;
}
