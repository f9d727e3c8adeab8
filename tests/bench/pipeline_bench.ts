/**
 * Readings → predictions without Kafka: `deno run -A tests/bench/pipeline_bench.ts [model.safetensors]`.
 * Prints records per second of parse + series + predict + print, the median of several rounds on one core.
 */
import type { IncomingRecord } from "../../src/kafka/port.ts";
import { createNetwork, denseSpec, Random } from "../../nn/mod.ts";
import { createForecaster, type Forecaster } from "../../src/predict/model.ts";
import { loadModel } from "../../src/predict/model_disk.ts";
import { PIECE_RECORDS_MAX } from "../../src/predict/limits.ts";
import { PartitionPipeline } from "../../src/predict/pipeline.ts";
import { Tally } from "../../src/predict/tally.ts";

const RECORDS = 200_000;
const ROUNDS = 5;

/** The shape of the default model: 22 inputs, 16 hidden units, with weights from a seed. */
function untrained(): Forecaster {
  const inputs = 22;
  return createForecaster({
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
  });
}

function makeRecords(): IncomingRecord[] {
  const encoder = new TextEncoder();
  const random = new Random(2);
  return Array.from({ length: RECORDS }, (_, offset) => {
    const source = `mote-${1 + offset % 4}`;
    const value = encoder.encode(JSON.stringify({
      id: `sensors-${source}-${Math.floor(offset / 4)}`,
      timestamp: new Date(1_700_000_000_000 + offset * 1_250).toISOString(),
      source,
      features: {
        humidity: Math.round(4_500 + random.uniform() * 100) / 100,
        temperature: Math.round(2_700 + random.uniform() * 100) / 100,
      },
    }));
    return { offset, timestampMs: 1_700_000_000_000, key: encoder.encode(source), value, headers: [] };
  });
}

const forecaster = Deno.args[0] === undefined ? untrained() : await loadModel(Deno.args[0]);
const records = makeRecords();
const rates: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  const pipeline = new PartitionPipeline({ topic: "input-data", partition: 0, forecaster });
  const tally = new Tally();
  const startMs = performance.now();
  for (let start = 0; start < RECORDS; start += PIECE_RECORDS_MAX) {
    pipeline.take(records.slice(start, start + PIECE_RECORDS_MAX), { nowMs: 1_700_000_000_005, tally });
  }
  rates.push(RECORDS * 1000 / (performance.now() - startMs));
  if (tally.predicted !== RECORDS) throw new Error(`${tally.predicted} of ${RECORDS} records were predicted`);
}
rates.sort((a, b) => a - b);
console.log(
  `${Math.round(rates[ROUNDS >> 1]!)} records/s (${Math.round(rates[0]!)} to ${Math.round(rates.at(-1)!)})`,
);
