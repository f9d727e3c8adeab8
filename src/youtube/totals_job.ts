/**
 * Events → totals: what is done with one partition, and the counts of all. The state of a partition is what its log
 * says, so that a restart and a second member of the group go on with the same totals.
 */
import type { IncomingRecord, TopicPartition } from "../kafka/port.ts";
import type { Emit, Job, JobMaker } from "../jobs/job.ts";
import { deadLetter, undecodableBurial } from "../records/dead_letters/print.ts";
import type { DeadLetterReason } from "../records/dead_letters/reason.ts";
import { jsonRecord } from "../records/formats/json.ts";
import { readEvent } from "../records/youtube_events.ts";
import { Totals } from "./totals.ts";

/** Makes the jobs of partitions. */
export class TotalsJobs implements JobMaker<TotalsJob> {
  /** Events that changed a total. */
  changes = 0;
  readonly deadLetters: Partial<Record<DeadLetterReason, number>> = {};
  /** `output` is the topic for totals, `deadLetter` the one for records that are no events. */
  readonly topics: { readonly output: string; readonly deadLetter: string };

  constructor(topics: { readonly output: string; readonly deadLetter: string }) {
    this.topics = topics;
  }

  make(partition: TopicPartition): TotalsJob {
    return new TotalsJob(partition, this);
  }
}

/** Adds up what a partition brings. */
export class TotalsJob implements Job {
  readonly totals = new Totals();
  readonly #from: TopicPartition;
  readonly #jobs: TotalsJobs;
  /** Videos whose total has changed and is not published. */
  readonly #changed = new Set<string>();

  constructor({ topic, partition }: TopicPartition, jobs: TotalsJobs) {
    this.#from = { topic, partition };
    this.#jobs = jobs;
  }

  take(records: readonly IncomingRecord[], emit: Emit, { nowMs }: { readonly nowMs: number }): void {
    const { deadLetters, topics } = this.#jobs;
    for (const record of records) {
      const found = undecodableBurial(record) ?? readEvent(record.value);
      if ("event" in found) {
        if (!this.totals.take(found.event)) continue;
        this.#changed.add(found.event.videoId);
        this.#jobs.changes++;
      } else {
        emit(topics.deadLetter, deadLetter(record, { ...found, from: this.#from, nowMs }));
        deadLetters[found.reason] = (deadLetters[found.reason] ?? 0) + 1;
      }
    }
  }

  replay(records: readonly IncomingRecord[]): void {
    for (const record of records) {
      const found = undecodableBurial(record) ?? readEvent(record.value);
      if ("event" in found) this.totals.take(found.event);
    }
  }

  /** Emits each total that has changed once, however many events changed it. */
  publish(emit: Emit): void {
    for (const videoId of this.#changed) {
      const total = this.totals.total(videoId);
      if (total !== undefined) emit(this.#jobs.topics.output, jsonRecord(videoId, total));
    }
    this.#changed.clear();
  }
}
