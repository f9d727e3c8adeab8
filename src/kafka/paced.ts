/** Records into a topic when they are due: readings, packets, recorded events. */
import { sleep, untilAborted } from "../runtime/clock.ts";
import type { Schedule } from "../runtime/pace.ts";
import type { Outbox } from "./outbox.ts";
import type { OutgoingRecord } from "./port.ts";

/** When what goes out, and as which record. */
export interface Pace<Of> {
  readonly schedule: Schedule;
  readonly outbox: Outbox;
  readonly signal: AbortSignal;
  /** When it was recorded, Unix ms. */
  readonly recordedMs: (of: Of) => number;
  /** The record of what goes out now: called once for each, in order. */
  readonly recordOf: (of: Of) => OutgoingRecord;
  /** Shortest wait for what is due, in ms: what falls due meanwhile goes into one send. @default 0 */
  readonly waitMsMin?: number;
  /** Whether what is there is sent at each batch's end: the next may be long in coming. @default true */
  readonly flushesBatches?: boolean;
  /** Milliseconds of a clock that never goes back. @default performance.now */
  readonly nowMs?: () => number;
}

/**
 * Sends what the batches hold when it is due, until they end, a send fails or the signal aborts. What is due is sent
 * at once, in as few sends as the cluster's answers allow.
 *
 * @throws What the batches throw.
 */
export async function sendPaced<Of>(batches: AsyncIterable<readonly Of[]>, pace: Pace<Of>): Promise<void> {
  const { schedule, outbox, signal, recordedMs, recordOf, waitMsMin = 0, flushesBatches = true } = pace;
  const nowMs = pace.nowMs ?? (() => performance.now());
  let index = 0;
  for await (const batch of untilAborted(batches, signal)) {
    for (const one of batch) {
      const now = nowMs();
      const dueMs = schedule({ index: index++, nowMs: now, recordedMs: recordedMs(one) });
      if (dueMs > now) {
        outbox.flush();
        await sleep(Math.max(waitMsMin, dueMs - now), signal);
      }
      if (signal.aborted || outbox.failure !== undefined) return;
      await outbox.add(recordOf(one));
    }
    if (flushesBatches) outbox.flush();
  }
}
