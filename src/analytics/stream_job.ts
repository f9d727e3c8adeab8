/**
 * Readings of one partition → predictions, anomalies and windows of each device. Every record ends as exactly one of: a
 * reading in these, a duplicate (counted), a dead letter. What comes out depends on the records and on where the clock
 * moved the windows on, and on nothing else; the state goes into snapshots.
 */
import type { Emit, WindowedJob, WindowedJobMaker } from "../jobs/job.ts";
import type { IncomingRecord, TopicPartition } from "../kafka/port.ts";
import { ReadingParser, rejectLate } from "../predict/reading_parser.ts";
import { deadLetter } from "../records/dead_letters/print.ts";
import type { Rejection } from "../records/dead_letters/reason.ts";
import { shape } from "../records/formats/shape.ts";
import type { ScannedReading } from "../records/readings/scan.ts";
import type { Json } from "../stream/json.ts";
import { partState, readState, timeState } from "../stream/state.ts";
import { type Emission, WindowedAggregation } from "../stream/windows.ts";
import { DEVICES_MAX, STATE_BYTES_MAX } from "./limits.ts";
import { anomalyOf, type OutputWriter } from "./outputs.ts";
import { DeviceScorer, type ScorerOptions } from "./scorer.ts";
import type { StreamTally } from "./stream_tally.ts";
import { deviceWindowOf, type SeenReading, type WindowFigures, windowFigures } from "./window_figures.ts";

/** A partition, and which of the topics of its name it is of; `null` = not known. */
export type StreamPartition = TopicPartition & { readonly topicId?: string | null };

/** How a stream is analysed. */
export interface StreamOptions extends ScorerOptions {
  /** Name of the detector, for what it finds. */
  readonly detectorName: string;
  /** Length of a window, and how often a new one begins. */
  readonly windowUs: number;
  readonly advanceUs: number;
  /** How far readings of several devices may be out of order. */
  readonly latenessUs: number;
  /** How long a closed window still takes late readings. */
  readonly graceUs: number;
  /** When a window is emitted, times in µs. */
  readonly emission: Emission;
  /** A reading so far ahead of its Kafka record's own time is a dead letter. */
  readonly futureMaxMs: number;
  readonly deadLetter: string;
  readonly writer: (partition: StreamPartition) => OutputWriter;
  /** Receives the counts. */
  readonly tally: StreamTally;
}

/** Makes the jobs of partitions. */
export class StreamJobs implements WindowedJobMaker {
  readonly signature: string;
  readonly #options: StreamOptions;

  constructor(options: StreamOptions) {
    const { forecaster, detectorName, windowUs, advanceUs, emission, threshold } = options;
    const { version, target, horizon } = forecaster;
    this.#options = options;
    this.signature =
      `analyze-stream 1, ${version}, ${target}, ${horizon} ahead, ${detectorName} ${threshold ?? ""}, ` +
      `window ${windowUs} µs, advance ${advanceUs} µs, ${JSON.stringify(emission)}`;
  }

  make(partition: StreamPartition, state: Json | null): WindowedJob {
    return new StreamJob(partition, this.#options, state);
  }
}

const jobState = shape.object({
  newestUs: timeState.nullable(),
  windows: partState,
  devices: shape.array(shape.tuple([shape.string(), partState])),
});

type Windows = WindowedAggregation<
  SeenReading,
  ReturnType<ReturnType<typeof windowFigures>["create"]>,
  WindowFigures
>;

class StreamJob implements WindowedJob {
  readonly #partition: TopicPartition;
  readonly #options: StreamOptions;
  readonly #parser: ReadingParser;
  readonly #writer: OutputWriter;
  readonly #windows: Windows;
  /** The least recently seen first. */
  readonly #devices = new Map<string, DeviceScorer>();
  readonly #devicesMax: number;
  #newestUs = -Infinity;

  constructor(partition: StreamPartition, options: StreamOptions, json: Json | null) {
    const { topic, partition: number } = partition;
    this.#partition = { topic, partition: number };
    this.#options = options;
    const { forecaster: { features, reach, horizon }, windowUs, advanceUs, graceUs, emission } = options;
    this.#parser = new ReadingParser(features.map(({ name }) => name));
    this.#writer = options.writer(partition);
    const numbers = (reach + horizon) * (features.length + 1) + horizon;
    this.#devicesMax = Math.max(
      1,
      Math.min(DEVICES_MAX, Math.floor(STATE_BYTES_MAX / (20 * numbers + 1_000))),
    );
    const state = json === null ? null : readState(jobState, json, "an analysis");
    this.#windows = new WindowedAggregation({
      spec: advanceUs === windowUs
        ? { kind: "tumbling", size: windowUs }
        : { kind: "hopping", size: windowUs, advance: advanceUs },
      aggregate: windowFigures(),
      ...{ grace: graceUs, emission },
    }, state?.windows ?? null);
    for (const [name, device] of state?.devices ?? []) this.#deviceOf(name).restore(device);
    this.#newestUs = state?.newestUs ?? -Infinity;
  }

  get watermark(): number {
    return this.#windows.watermark;
  }

  get openUntil(): number {
    const { windowUs, advanceUs } = this.#options;
    if (!this.#windows.hasOpen) return -Infinity;
    return Math.floor(this.#newestUs / advanceUs) * advanceUs + windowUs;
  }

  get open(): number {
    return this.#windows.open;
  }

  take(records: readonly IncomingRecord[], emit: Emit, at?: { readonly nowMs: number }): void {
    const { tally } = this.#options;
    for (const record of records) {
      tally.read++;
      const reading = this.#parser.parse(record);
      const rejection = "reason" in reading
        ? reading
        : this.#place(reading, { record, emit, nowMs: at?.nowMs ?? 0 });
      if (rejection !== null) this.#bury(record, rejection, emit);
    }
  }

  advance(watermark: number, emit: Emit): void {
    this.#windows.advance(watermark, this.#onWindow(emit));
  }

  snapshot(): Json {
    return {
      newestUs: Number.isFinite(this.#newestUs) ? this.#newestUs : null,
      windows: this.#windows.toJson(),
      devices: [...this.#devices].map(([name, device]) => [name, device.toJson()]),
    };
  }

  /** @returns why it has no place */
  #place(
    reading: ScannedReading,
    { record, emit, nowMs }: { readonly record: IncomingRecord; readonly emit: Emit; readonly nowMs: number },
  ): Rejection | null {
    const { tally, futureMaxMs, forecaster: { targetIndex } } = this.#options;
    const { id, source, timestampMs: timeMs } = reading;
    const aheadMs = timeMs - record.timestampMs;
    if (record.timestampMs >= 0 && aheadMs > futureMaxMs) {
      const detail = `${new Date(timeMs).toISOString()} is ${aheadMs / 1e3} s after the record was sent, ${
        futureMaxMs / 1e3
      } s are allowed`;
      return { reason: "future", detail };
    }
    const device = this.#deviceOf(source), { values } = this.#parser;
    const verdict = device.take({ id, timeMs, values });
    if (verdict === "late") return rejectLate(reading);
    if (verdict === "duplicate") {
      tally.duplicates++;
      return null;
    }
    this.#answer(device, { id, timeMs, record, emit, nowMs });
    this.#count(device, { value: values[targetIndex]!, timeUs: timeMs * 1e3, emit });
    return null;
  }

  /** Emits the prediction and the anomaly. */
  #answer(
    { series, due, forecast, anomaly }: DeviceScorer,
    { id, timeMs, record, emit, nowMs }: {
      readonly id: string;
      readonly timeMs: number;
      readonly record: IncomingRecord;
      readonly emit: Emit;
      readonly nowMs: number;
    },
  ): void {
    const { tally, hasModel, forecaster: { target }, detectorName } = this.#options;
    const { offset } = record;
    if (hasModel) {
      const byNetwork = !Number.isNaN(forecast), baseline = series.lastValue;
      const latencyMs = record.timestampMs < 0 ? null : Math.max(0, nowMs - record.timestampMs);
      if (byNetwork) tally.predictedByNetwork++;
      else tally.predictedByBaseline++;
      tally.latency.add(latencyMs);
      const value = byNetwork ? forecast : baseline;
      const answer = { id, input: record.value!, value, byNetwork, baseline, scored: due, latencyMs };
      const to = { device: series.source, key: series.key, timeMs, offset, nowMs };
      const { topic, record: sent } = this.#writer.prediction(answer, to);
      emit(topic, sent);
    }
    if (due !== null) {
      tally.scored++;
      tally.errors.add(due);
    }
    if (anomaly === null) return;
    tally.anomalies++;
    const where = { ...this.#partition, target, detector: detectorName, offset };
    const { topic, record: sent } = this.#writer.anomaly(anomalyOf(anomaly, where));
    emit(topic, sent);
  }

  /** Puts the reading into its windows. */
  #count(
    { series, due, anomaly }: DeviceScorer,
    { value, timeUs, emit }: { readonly value: number; readonly timeUs: number; readonly emit: Emit },
  ): void {
    const { tally, latenessUs } = this.#options;
    if (timeUs > this.#newestUs) this.#newestUs = timeUs;
    const seen: SeenReading = {
      value,
      scored: due === null ? 0 : 1,
      error: due === null ? 0 : due.actual - due.predicted,
      lastValueError: due === null ? 0 : due.actual - due.baseline,
      anomaly: anomaly === null ? 0 : 1,
    };
    const watermark = this.#newestUs - latenessUs;
    const missed = this.#windows.add(series.source, timeUs, seen, watermark, this.#onWindow(emit));
    if (missed?.reason === "late") tally.tooLate++;
    else if (missed !== null) tally.crowded++;
  }

  #onWindow(emit: Emit) {
    const { tally, forecaster, hasModel } = this.#options;
    const { name, version, target: feature } = forecaster;
    const model = hasModel ? { name, version } : null;
    return (window: Parameters<typeof deviceWindowOf>[0]) => {
      tally.windows++;
      const { topic, record } = this.#writer.window(deviceWindowOf(window, { feature, model }));
      emit(topic, record);
    };
  }

  #bury(record: IncomingRecord, rejection: Rejection, emit: Emit): void {
    const { tally, deadLetter: topic } = this.#options;
    tally.bury(rejection.reason);
    emit(topic, deadLetter(record, { ...rejection, from: this.#partition }));
  }

  /** The most recently seen one from now on. */
  #deviceOf(name: string): DeviceScorer {
    let device = this.#devices.get(name);
    if (device !== undefined) this.#devices.delete(name);
    else {
      if (this.#devices.size === this.#devicesMax) {
        this.#devices.delete(this.#devices.keys().next().value!);
        this.#options.tally.sourcesEvicted++;
      }
      device = new DeviceScorer(name, this.#options);
    }
    this.#devices.set(name, device);
    return device;
  }
}
