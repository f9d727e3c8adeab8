/**
 * Records → predictions without Kafka: `deno run -A tests/bench/pipeline_bench.ts [model.safetensors]`.
 *
 * Two kinds: readings of sensors (parse, series, forecast, print), and connections of the shape of NSL-KDD's (41 columns,
 * some 900 bytes; parse, encode, classify, print). Prints records per second, the median of several rounds on one core,
 * and the time of the processor that a record took in the best one: the machine may be busy with something else.
 */
import process from "node:process";
import { createNetwork, denseSpec, Random } from "../../nn/mod.ts";
import { NSL_KDD_COLUMNS } from "../../src/datasets/nsl_kdd/columns.ts";
import type { IncomingRecord } from "../../src/kafka/port.ts";
import { classificationPipelines } from "../../src/predict/classification_pipeline.ts";
import { Classifier } from "../../src/models/classifier.ts";
import { PIECE_RECORDS_MAX } from "../../src/jobs/limits.ts";
import { createForecaster } from "../../src/models/forecaster.ts";
import { loadModel } from "../../src/models/disk.ts";
import { forecastPipelines, type PipelineMaker } from "../../src/predict/pipeline.ts";
import type { TabularPreparation } from "../../src/models/tabular.ts";
import type { Reading } from "../../src/records/readings/schema.ts";
import { Tally } from "../../src/predict/tally.ts";

const ROUNDS = 9;
const START_MS = 1_700_000_000_000;
const READINGS = 200_000, CONNECTIONS = 50_000;

const encoder = new TextEncoder();

function recordOf(offset: number, reading: Reading): IncomingRecord {
  const value = encoder.encode(JSON.stringify(reading));
  return { offset, timestampMs: START_MS, key: encoder.encode(reading.source), value, headers: [] };
}

/** The shape of the default model: 22 inputs, 16 hidden units, with weights from a seed. */
function untrainedForecaster(): PipelineMaker {
  const inputs = 22;
  return forecastPipelines(createForecaster({
    name: "untrained",
    version: "0",
    horizon: 12,
    preparation: {
      kind: "differences",
      lookback: 12,
      features: [{ name: "humidity", unit: "%" }, { name: "temperature", unit: "°C" }],
      targetIndex: 1,
      center: new Array(inputs).fill(0),
      scale: new Array(inputs).fill(1),
      clip: 4,
      targetScale: 1,
      targetClip: 4,
    },
    network: createNetwork(
      denseSpec({ inputs, hidden: [16], outputs: 1, activation: "tanh" }),
      new Random(1),
    ),
  }));
}

function makeReadings(): IncomingRecord[] {
  const random = new Random(2);
  const hundredths = (from: number) => Math.round(from + random.uniform() * 100) / 100;
  return Array.from({ length: READINGS }, (_, offset) => {
    const source = `mote-${1 + offset % 4}`;
    return recordOf(offset, {
      ...{ id: `sensors-${source}-${Math.floor(offset / 4)}` },
      ...{ timestamp: new Date(START_MS + offset * 1_250).toISOString(), source },
      features: { humidity: hundredths(4_500), temperature: hundredths(2_700) },
    });
  });
}

/** Texts of NSL-KDD's categories, as many as there are. */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  protocol_type: ["tcp", "udp", "icmp"],
  service: Array.from({ length: 70 }, (_, i) => `service_${i}`),
  flag: Array.from({ length: 11 }, (_, i) => `S${i}`),
};

/** 122 inputs, hidden layers of 64, 64 and 32, five classes, with weights from a seed. */
function untrainedClassifier(): PipelineMaker {
  const preparation: TabularPreparation = {
    kind: "tabular",
    clip: 10,
    columns: NSL_KDD_COLUMNS.map(({ name, kind }, i) =>
      kind === "number"
        ? { name, kind, log: i < 23, center: 1, scale: 2 }
        : { name, kind, values: TEXTS[name]! }
    ),
  };
  const spec = denseSpec({
    ...{ inputs: 122, hidden: [64, 64, 32], outputs: 5, activation: "relu" },
    outputActivation: "softmax",
  });
  return classificationPipelines(
    new Classifier({
      ...{ name: "untrained", version: "0", preparation, network: createNetwork(spec, new Random(1)) },
      task: {
        ...{ kind: "classification", target: "class", classes: ["normal", "dos", "probe", "r2l", "u2r"] },
        ...{ offsets: [0, 0, 0.5, 1, 1], baseline: "normal" },
      },
    }),
  );
}

function makeConnections(): IncomingRecord[] {
  const random = new Random(3);
  const numberOf = (unit: string) =>
    unit === "share" ? random.integer(101) / 100 : random.integer(unit === "" ? 256 : 10_000);
  return Array.from({ length: CONNECTIONS }, (_, offset) => {
    const features = Object.fromEntries(NSL_KDD_COLUMNS.map(({ name, kind, unit }) => {
      const texts = TEXTS[name];
      return [name, kind === "number" ? numberOf(unit) : texts![random.integer(texts!.length)]!];
    }));
    return recordOf(offset, {
      ...{ id: `KDDTest+-${1 + offset}`, timestamp: new Date(START_MS + offset).toISOString() },
      ...{ source: String(features["service"]), features, label: "dos" },
    });
  });
}

/** One round over all records. @returns ms that passed, and µs of the processor */
function round(pipelines: PipelineMaker, records: readonly IncomingRecord[]): readonly [number, number] {
  const pipeline = pipelines.make({ topic: "input-data", partition: 0 });
  const tally = new Tally();
  const before = process.cpuUsage(), startMs = performance.now();
  for (let start = 0; start < records.length; start += PIECE_RECORDS_MAX) {
    pipeline.take(records.slice(start, start + PIECE_RECORDS_MAX), { nowMs: START_MS + 5, tally });
  }
  const passedMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(before);
  if (tally.predicted !== records.length) {
    throw new Error(`${tally.predicted} of ${records.length} records were predicted`);
  }
  return [passedMs, user + system];
}

function measure(
  label: string,
  { pipelines, records }: { readonly pipelines: PipelineMaker; readonly records: readonly IncomingRecord[] },
): void {
  const rounds = Array.from({ length: ROUNDS }, () => round(pipelines, records));
  const rates = rounds.map(([passedMs]) => records.length * 1_000 / passedMs).sort((a, b) => a - b);
  const bestUs = Math.min(...rounds.map(([, usedUs]) => usedUs)) / records.length;
  const [median, least, most] = [rates[ROUNDS >> 1]!, rates[0]!, rates.at(-1)!].map(Math.round);
  const bytes = records.reduce((sum, { value }) => sum + value!.length, 0) / records.length;
  console.log(
    `${label}, ${Math.round(bytes)} bytes each: ${median} records/s (${least} to ${most}), ` +
      `${bestUs.toFixed(2)} µs of the processor at best`,
  );
}

async function forecasterOf(path: string | undefined): Promise<PipelineMaker> {
  if (path === undefined) return untrainedForecaster();
  const model = await loadModel(path);
  if (model.kind === "forecaster") return forecastPipelines(model);
  throw new Error(`${path} does not forecast`);
}

measure("readings of sensors, forecast", {
  pipelines: await forecasterOf(Deno.args[0]),
  records: makeReadings(),
});
measure("connections, classified", { pipelines: untrainedClassifier(), records: makeConnections() });
