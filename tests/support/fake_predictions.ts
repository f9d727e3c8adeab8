/**
 * Predictions and dead letters that nobody made, for looking at the monitor without a cluster:
 * `deno run -A tests/support/fake_predictions.ts [screen|plain|json] [--no-color] [--past] [--classes]`.
 */
import { openTerminal } from "../../src/monitor/terminal/terminal.ts";
import { PredictionsBoard } from "../../src/monitor/boards/predictions.ts";
import { predictionsView } from "../../src/monitor/terminal/predictions_view.ts";
import { runShell } from "../../src/monitor/terminal/shell.ts";
import { feed } from "../../src/monitor/watch/feed.ts";
import type { IncomingRecord, RecordChunk } from "../../src/kafka/port.ts";
import type { Prediction } from "../../src/records/predictions/schema.ts";

const encoder = new TextEncoder();

/** A prediction with what a test wants to say about it; the rest is of no importance. */
export function fakePrediction(
  { id, source = "mote-1", by = "network", scored = null, predictedAtMs = 0, latencyMs = 1 }: {
    id: string;
    source?: string;
    by?: "network" | "baseline";
    scored?: { predicted: number; baseline: number; actual: number; by?: "network" | "baseline" } | null;
    predictedAtMs?: number;
    latencyMs?: number;
  },
): Prediction {
  const timestamp = new Date(predictedAtMs).toISOString();
  return {
    id,
    input: { id, timestamp, source, features: { humidity: 45, temperature: 27.5 } },
    prediction: { target: "temperature", horizon: 12, value: 27.5, by },
    baseline: 27.5,
    scored: scored === null ? null : { id: `${id}-earlier`, by: "network", ...scored },
    model: { name: "sensors", version: "1" },
    predictedAt: timestamp,
    latencyMs,
  };
}

/** The classes of {@linkcode fakeClassification}, in the model's order. */
export const FAKE_CLASSES = ["normal", "dos", "probe", "r2l", "u2r"] as const;

/** A classification as `consume` writes it; `actual` is the reading's label. */
export function fakeClassification(
  { id, source = "http", predicted, actual = null, predictedAtMs = 0, latencyMs = 1 }: {
    id: string;
    source?: string;
    predicted: string;
    actual?: string | null;
    predictedAtMs?: number;
    latencyMs?: number;
  },
): unknown {
  const timestamp = new Date(predictedAtMs).toISOString();
  const probabilities = Object.fromEntries(
    FAKE_CLASSES.map((name) => [name, name === predicted ? 0.9 : 0.025]),
  );
  return {
    id,
    input: {
      id,
      timestamp,
      source,
      features: { duration: 0, service: source },
      ...(actual && { label: actual }),
    },
    prediction: { target: "class", class: predicted, probabilities, by: "network" },
    baseline: "normal",
    scored: actual === null ? null : { id, predicted, baseline: "normal", actual, by: "network" },
    model: { name: "ids", version: "1" },
    predictedAt: timestamp,
    latencyMs,
  };
}

/** A record with this value. */
export function fakeRecord(value: unknown, offset = 0): IncomingRecord {
  const bytes = typeof value === "string" ? encoder.encode(value) : encoder.encode(JSON.stringify(value));
  return { offset, timestampMs: 0, key: null, value: bytes, headers: [] };
}

/** A dead letter for this reason. */
export function fakeDeadLetter(reason: string, offset = 0): IncomingRecord {
  const headers = Object.entries({ reason, topic: "input-data", partition: "0", offset: String(offset) });
  return {
    ...fakeRecord("{", offset),
    headers: headers.map(([key, value]) => ({ key: `streamflow.${key}`, value: encoder.encode(value) })),
  };
}

/** Records of one partition as a chunk. */
export function fakeChunk(topic: string, records: readonly IncomingRecord[]): RecordChunk {
  return { topic, partition: 0, records, nextOffset: records.length, highWatermark: records.length };
}

/** The prediction of a made-up plant, at a time. */
export function madeUp(index: number, nowMs: number): Prediction {
  const wave = Math.sin(nowMs / 9_000);
  const actual = 25 + wave;
  const noise = (Math.random() - 0.5) * 0.1;
  return fakePrediction({
    id: `reading-${index}`,
    source: ["mote-1", "mote-2", "mote-3", "mote-4"][index % 4]!,
    by: index < 48 ? "baseline" : "network",
    scored: index < 96
      ? null
      : { predicted: actual + noise, baseline: actual + noise * 1.1 + 0.02 * wave, actual },
    predictedAtMs: nowMs,
    latencyMs: Math.max(
      1,
      Math.round(1 + Math.random() * 2 + (Math.random() < 0.02 ? 30 * Math.random() : 0)),
    ),
  });
}

/** A classification of made-up traffic, at a time. */
export function madeUpClass(index: number, nowMs: number): unknown {
  const draw = Math.random();
  const actual = FAKE_CLASSES[draw < 0.43 ? 0 : draw < 0.76 ? 1 : draw < 0.87 ? 2 : draw < 0.997 ? 3 : 4]!;
  const predicted = Math.random() < 0.85 ? actual : FAKE_CLASSES[index % 4]!;
  return fakeClassification({
    ...{
      id: `connection-${index}`,
      source: ["http", "private", "ecr_i", "smtp"][index % 4]!,
      predicted,
      actual,
    },
    ...{ predictedAtMs: nowMs, latencyMs: 1 + Math.random() * 2 },
  });
}

async function* predictions(signal: AbortSignal, pastMs: number): AsyncIterable<RecordChunk> {
  let index = 0;
  const made = Deno.args.includes("--classes") ? madeUpClass : madeUp;
  const startMs = Date.now();
  if (pastMs > 0) {
    const records: IncomingRecord[] = [];
    for (let ms = startMs - pastMs; ms < startMs; ms += 20) records.push(fakeRecord(made(index++, ms)));
    yield fakeChunk("predictions", records);
  }
  while (!signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const many = 10 + Math.round(5 * Math.sin(Date.now() / 4_000));
    yield fakeChunk(
      "predictions",
      Array.from({ length: many }, () => fakeRecord(made(index++, Date.now()))),
    );
  }
}

async function* deadLetters(signal: AbortSignal): AsyncIterable<RecordChunk> {
  const reasons = ["not-json", "late", "not-a-number", "late", "late", "missing-feature"];
  for (let offset = 0; !signal.aborted; offset++) {
    await new Promise((resolve) => setTimeout(resolve, 1_300));
    yield fakeChunk("dead-letters", [fakeDeadLetter(reasons[offset % reasons.length]!, offset)]);
  }
}

if (import.meta.main) {
  const end = new AbortController();
  Deno.addSignalListener("SIGINT", () => end.abort());
  const opened = openTerminal();
  const mode = Deno.args[0] ?? "screen";
  if (mode === "screen" && "reason" in opened) console.error(opened.reason);
  const source = feed<ReturnType<PredictionsBoard["snapshot"]>, typeof predictionsView.choice>(
    new PredictionsBoard({ nowMs: Date.now() }),
    {
      streams: [
        predictions(end.signal, Deno.args.includes("--past") ? 120_000 : 0),
        deadLetters(end.signal),
      ],
      lags: [{
        job: "",
        ask: () =>
          Promise.resolve([0, 1, 2, 3, 4, 5].map((partition) => ({
            partition,
            lag: Math.round(500 + 480 * Math.sin(Date.now() / 8_000 + partition)) * (partition % 3),
          }))),
      }],
    },
  );
  const result = await runShell({
    source,
    view: predictionsView,
    output: mode === "screen" && "terminal" in opened
      ? { mode, ...opened, color: !Deno.args.includes("--no-color"), title: "predictions at 127.0.0.1:9092" }
      : { mode: mode === "json" ? "json" : "plain", out: console.log },
    refreshMs: 1_000,
    signal: end.signal,
  });
  console.log(result.snapshot.processed, "processed, quit:", result.quit);
  Deno.exit(0);
}
