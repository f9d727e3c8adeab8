/** Devices on a stream, for tests: records of readings, global models, jobs. */
import type { Emit } from "../../src/jobs/job.ts";
import { type DeviceJob, DeviceJobs } from "../../src/federated/participant/device_job.ts";
import { DeviceTally } from "../../src/federated/participant/device_tally.ts";
import { type LearnableModel, readLearnableModel } from "../../src/federated/participant/learnable_model.ts";
import type { Federation } from "../../src/federated/simulate/devices.ts";
import type { IncomingRecord, OutgoingRecord } from "../../src/kafka/port.ts";
import { readingToJson } from "../../src/records/readings/print.ts";
import type { Json } from "../../src/stream/json.ts";
import type { TrainingSet } from "../../src/train/mod.ts";
import { firstModel } from "../support/federated_stand_in.ts";
import { SMALL, TASK } from "./sets.ts";

/** Where the devices' readings stand. */
export const PLACE = { topic: "input-data", partition: 0 } as const;

/** How the devices of tests learn, where nothing else is said. */
export const RECIPE = { ...SMALL, newExamples: 20 };

/** Global model 0 of a federation. */
export function globalOf(federation: Federation, recipe: typeof RECIPE = RECIPE): LearnableModel {
  return readLearnableModel(firstModel(federation, { horizon: TASK.horizon, recipe }), 0);
}

/** The global model of a later round: the same, moved a little. */
export function laterGlobal(global: LearnableModel, round: number): LearnableModel {
  const weights = global.weights.map((weight, i) => weight + 0.01 * Math.sin(i + round));
  return { ...global, round, version: `version-${round}`, weights };
}

/** The readings of a set, a device's after the other's of the same time, as they stand on a topic. */
export function recordsOf({ series, features }: TrainingSet): IncomingRecord[] {
  const length = Math.max(...series.map((one) => one.length));
  const records: IncomingRecord[] = [];
  const encoder = new TextEncoder();
  for (let n = 0; n < length; n++) {
    for (const { source, values, times } of series) {
      if (n >= times.length) continue;
      const reading = {
        id: `${source}-${n}`,
        timestamp: new Date(times[n]!).toISOString(),
        source,
        features: Object.fromEntries(
          features.map(({ name }, i) => [name, values[n * features.length + i]!]),
        ),
      };
      records.push(recordOf(encoder.encode(readingToJson(reading)), records.length));
    }
  }
  return records;
}

/** A record as a job is given it. */
export function recordOf(value: Uint8Array | null, offset: number): IncomingRecord {
  return { offset, timestampMs: 0, key: null, value, headers: [] };
}

/** A job, and what it emits. */
export interface TestJob {
  readonly jobs: DeviceJobs;
  readonly job: DeviceJob;
  readonly tally: DeviceTally;
  readonly emitted: { readonly topic: string; readonly record: OutgoingRecord }[];
  take(records: readonly IncomingRecord[]): void;
}

/** A job at the beginning, or going on from a snapshot. */
export function jobOf(global: LearnableModel, state: Json | null = null): TestJob {
  const tally = new DeviceTally();
  const topics = { anomalies: "anomalies", deadLetter: "dead-letters" };
  const jobs = new DeviceJobs({ global, topics, tally });
  const job = jobs.make(PLACE, state);
  const emitted: TestJob["emitted"] = [];
  const emit: Emit = (topic, record) => emitted.push({ topic, record });
  return { jobs, job, tally, emitted, take: (records) => job.take(records, emit) };
}

/** Lets devices do what is due, all of it. */
export function workAll(job: DeviceJob): void {
  for (let device = job.due(); device !== undefined; device = job.due()) job.work(device);
}
