/**
 * Readings of one partition → devices that learn: what is done with one partition. Every record ends as exactly one of: a
 * reading of a device, a duplicate (counted), a dead letter. The devices move with the partition, by its snapshots.
 */
import type { Emit, WindowedJob, WindowedJobMaker } from "../../jobs/job.ts";
import type { IncomingRecord, TopicPartition } from "../../kafka/port.ts";
import { ReadingParser, rejectLate } from "../../predict/reading_parser.ts";
import { forecastErrorAnomaly } from "../../records/anomalies.ts";
import { deadLetter } from "../../records/dead_letters/print.ts";
import type { Rejection } from "../../records/dead_letters/reason.ts";
import { jsonRecord } from "../../records/formats/json.ts";
import { shape } from "../../records/formats/shape.ts";
import type { Json } from "../../stream/json.ts";
import { DEVICE_CHARS_MAX, DEVICES_MAX, PARTITION_STATE_BYTES_MAX } from "../limits.ts";
import { Device, type OwnUpdate } from "./device.ts";
import { deviceState } from "./device_state.ts";
import type { DeviceTally } from "./device_tally.ts";
import type { LearnableModel } from "./learnable_model.ts";
import { Learner } from "./learner.ts";
import type { Miss } from "./miss_watch.ts";

/** What jobs of devices need. */
export interface DeviceJobsOptions {
  /** The newest global model. */
  readonly global: LearnableModel;
  readonly topics: { readonly anomalies: string; readonly deadLetter: string };
  /** Receives the counts. */
  readonly tally: DeviceTally;
  /** Readings were taken: devices may have something to do. */
  readonly onTaken?: () => void;
}

const snapshotState = shape.object({ devices: shape.array(deviceState) });

/** Makes the jobs of partitions; all devices of a process share one network's buffers. */
export class DeviceJobs implements WindowedJobMaker {
  readonly signature: string;
  readonly options: DeviceJobsOptions;
  readonly learner: Learner;
  /** The newest global model. */
  global: LearnableModel;

  constructor(options: DeviceJobsOptions) {
    this.options = options;
    this.global = options.global;
    this.signature = options.global.signature;
    this.learner = new Learner(options.global.spec, options.global.recipe);
  }

  /** @throws RangeError for a state that is none of devices */
  make(partition: TopicPartition, state: Json | null): DeviceJob {
    return new DeviceJob(partition, this, state);
  }
}

/** The devices of one partition. */
export class DeviceJob implements WindowedJob {
  readonly watermark = -Infinity;
  readonly openUntil = -Infinity;
  readonly open = 0;
  /** Whether something has changed that no record brought. */
  isChanged = false;
  readonly #partition: TopicPartition;
  readonly #jobs: DeviceJobs;
  readonly #parser: ReadingParser;
  /** The least recently seen first. */
  readonly #devices = new Map<string, Device>();
  readonly #devicesMax: number;
  #newest: Device | null = null;
  #adopted: LearnableModel;

  /** @throws RangeError for a state that is none of devices */
  constructor(partition: TopicPartition, jobs: DeviceJobs, state: Json | null) {
    this.#partition = partition;
    this.#jobs = jobs;
    this.#adopted = jobs.global;
    const { preparation: { features } } = jobs.global;
    this.#parser = new ReadingParser(features.map(({ name }) => name));
    this.#devicesMax = devicesMaxOf(jobs.global);
    if (state === null) return;
    const { success, data } = snapshotState.safeParse(state);
    if (!success) throw new RangeError("it does not hold devices");
    for (const one of data.devices) this.#devices.set(one.device, this.#makeDevice(one.device, one));
  }

  /** The least recently seen first. */
  get devices(): Iterable<Device> {
    return this.#devices.values();
  }

  take(records: readonly IncomingRecord[], emit: Emit): void {
    if (this.#adopted !== this.#jobs.global) this.adopt();
    const { tally, topics, onTaken } = this.#jobs.options;
    const seen = new Set<Device>();
    const report = (device: Device) => (miss: Miss) => {
      tally.anomalies++;
      emit(topics.anomalies, jsonRecord(device.device, this.#anomalyOf(device, miss)));
    };
    for (const record of records) {
      tally.read++;
      const rejection = this.#takeReading(record, { seen, report });
      if (rejection === null) continue;
      tally.add("deadLetters", rejection.reason);
      emit(topics.deadLetter, deadLetter(record, { ...rejection, from: this.#partition }));
    }
    for (const device of seen) device.flush(report(device));
    onTaken?.();
  }

  advance(): void {}

  /** Takes the newest global model, for all devices. */
  adopt(): void {
    this.#adopted = this.#jobs.global;
    for (const device of this.#devices.values()) device.adopt(this.#adopted);
    this.isChanged = true;
  }

  /** Devices that are known. */
  get size(): number {
    return this.#devices.size;
  }

  /** What is to be sent. */
  get pending(): NonNullable<Device["pending"]>[] {
    return [...this.#devices.values()].flatMap(({ pending }) => pending ?? []);
  }

  /** The next device that has something to do between two readings. */
  due(): Device | undefined {
    return this.#devices.values().find(({ isDue }) => isDue);
  }

  /** Lets a device do what is due. */
  work(device: Device): void {
    device.work();
    this.isChanged = true;
  }

  /** The server has answered. */
  settle(update: OwnUpdate, answer: { readonly accepted: boolean }): void {
    this.#devices.get(update.device)?.settle(update, answer);
    this.isChanged = true;
  }

  snapshot(): Json {
    this.isChanged = false;
    return { devices: [...this.#devices.values()].map((device) => device.toJson()) };
  }

  #takeReading(
    record: IncomingRecord,
    { seen, report }: { seen: Set<Device>; report: (device: Device) => (miss: Miss) => void },
  ): Rejection | null {
    const { tally } = this.#jobs.options;
    const reading = this.#parser.parse(record);
    if ("reason" in reading) return reading;
    const { id, source, timestampMs } = reading;
    if (source.length === 0 || source.length > DEVICE_CHARS_MAX) {
      const detail =
        `a source of ${source.length} characters, and a device's name has 1 to ${DEVICE_CHARS_MAX}`;
      return { reason: "not-a-reading", detail };
    }
    const device = this.#see(source);
    seen.add(device);
    const verdict = device.take(
      { id, timestampMs, offset: record.offset },
      this.#parser.values,
      report(device),
    );
    if (verdict === "late") return rejectLate(reading);
    if (verdict === "duplicate") tally.duplicates++;
    return null;
  }

  #see(source: string): Device {
    if (this.#newest?.device === source) return this.#newest;
    const { tally } = this.#jobs.options;
    let device = this.#devices.get(source);
    if (device !== undefined) this.#devices.delete(source);
    else {
      device = this.#makeDevice(source, null);
      tally.onboarded++;
      if (this.#devices.size >= this.#devicesMax) {
        this.#devices.delete(this.#devices.keys().next().value!);
        tally.evicted++;
      }
    }
    this.#devices.set(source, device);
    return this.#newest = device;
  }

  #makeDevice(source: string, state: ConstructorParameters<typeof Device>[1]["state"]): Device {
    const { learner, global } = this.#jobs;
    return new Device(source, { learner, global, state });
  }

  #anomalyOf({ device }: Device, miss: Miss) {
    const { target } = this.#jobs.global;
    return forecastErrorAnomaly({ ...miss, ...this.#partition, device, target, detector: "z-score" });
  }
}

/** So many that a snapshot of them fits: numbers become texts that are a third longer. */
function devicesMaxOf(
  { weights, recipe: { windowLength }, preparation: { features } }: LearnableModel,
): number {
  const numbers = 4 * weights.length + 1.2 * windowLength * (features.length + 1);
  return Math.max(1, Math.min(DEVICES_MAX, Math.floor(PARTITION_STATE_BYTES_MAX / (8 * numbers * 4 / 3))));
}
