/** `streamflow demo`: the whole road in one process, on the embedded broker, in memory; nothing is left behind. */
import { startBroker } from "../broker/mod.ts";
import { type Dataset, type LabelledReading, openSensors } from "../datasets/mod.ts";
import { connect } from "../kafka/connect.ts";
import type { KafkaClient, RecordChunk } from "../kafka/port.ts";
import { type DashboardOutput, runDashboard } from "../monitor/dashboard.ts";
import { Scoreboard } from "../monitor/scoreboard.ts";
import { openTerminal } from "../monitor/terminal.ts";
import { type ConsumerProgress, runConsumer } from "../predict/consumer.ts";
import type { Forecaster } from "../predict/model.ts";
import { forecastPipelines } from "../predict/pipeline.ts";
import { sleep } from "../runtime/clock.ts";
import { readDataset, trainForecaster } from "../train/mod.ts";
import { type CommandContext, defineCommand } from "./command.ts";
import { Outbox } from "./outbox.ts";
import { drain, sendReadings } from "./send_readings.ts";

const TOPICS = { input: "input-data", output: "predictions", deadLetter: "dead-letters" } as const;
const GROUP = "streamflow-demo";
/** Share of each series that the network is trained on; the rest is streamed. */
const TRAINED_SHARE = 0.8;
/** How long the end waits for what is still on the road, in ms. */
const LAST_RECORDS_MS = 5_000;

/** What happened, as `--json` prints it. */
interface DemoSummary {
  readonly produced: number;
  readonly predicted: number;
  readonly deadLettered: number;
  readonly lost: number;
  readonly mse: number | null;
  readonly baselineMse: number | null;
  readonly mae: number | null;
  readonly baselineMae: number | null;
  readonly latencyMs: {
    readonly p50: number | null;
    readonly p95: number | null;
    readonly p99: number | null;
  };
  readonly firstPredictionMs: number | null;
}

/** The readings that training has not seen: the end of each series, side by side. */
async function openUnseen(): Promise<Dataset> {
  const whole = openSensors();
  const series = new Map<string, LabelledReading[]>();
  for await (const batch of whole.batches()) {
    for (const reading of batch) {
      const sofar = series.get(reading.source);
      if (sofar === undefined) series.set(reading.source, [reading]);
      else sofar.push(reading);
    }
  }
  const ends = Array.from(series.values(), (all) => all.slice(Math.floor(all.length * TRAINED_SHARE)));
  const rounds = Array.from(
    { length: Math.max(...ends.map((end) => end.length)) },
    (_, round) => ends.flatMap((end) => end[round] ?? []),
  );
  async function* batches(): AsyncGenerator<LabelledReading[]> {
    yield* rounds;
  }
  return { ...whole, count: rounds.flat().length, batches };
}

/** Counts everything that was published, whatever is shown. */
class Account {
  readonly board = new Scoreboard({ nowMs: Date.now(), accounting: true });
  /** Since the start of the process, in ms. */
  firstPredictionMs: number | null = null;

  async *predictions(chunks: AsyncIterable<RecordChunk>): AsyncGenerator<RecordChunk> {
    for await (const chunk of chunks) {
      if (chunk.records.length > 0) this.firstPredictionMs ??= Math.round(performance.now());
      for (const { value } of chunk.records) this.board.addPrediction(value, Date.now());
      yield chunk;
    }
  }

  async *deadLetters(chunks: AsyncIterable<RecordChunk>): AsyncGenerator<RecordChunk> {
    for await (const chunk of chunks) {
      for (const record of chunk.records) this.board.addDeadLetter(record, chunk);
      yield chunk;
    }
  }

  /** Readings that have been answered. */
  get answered(): number {
    const { processed, deadLetters } = this.board.snapshot(Date.now());
    return processed + deadLetters;
  }

  summarize(produced: number): DemoSummary {
    const { processed, deadLetters, errors, latencyMs } = this.board.snapshot(Date.now());
    const { mse, baselineMse, mae, baselineMae } = errors;
    return {
      produced,
      predicted: processed,
      deadLettered: deadLetters,
      lost: Math.max(0, produced - processed - deadLetters),
      ...{ mse, baselineMse, mae, baselineMae },
      latencyMs: { p50: latencyMs.p50, p95: latencyMs.p95, p99: latencyMs.p99 },
      firstPredictionMs: this.firstPredictionMs,
    };
  }
}

function show(summary: DemoSummary): string[] {
  const count = (n: number) => n.toLocaleString("en-US");
  const number = (n: number | null) => n === null ? "–" : String(Number(n.toPrecision(4)));
  const ratio = summary.mse !== null && summary.baselineMse ? summary.mse / summary.baselineMse : null;
  const maeRatio = summary.mae !== null && summary.baselineMae ? summary.mae / summary.baselineMae : null;
  const beside = (value: number | null) => value === null ? "" : ` (ratio ${value.toFixed(3)})`;
  const { p50, p95, p99 } = summary.latencyMs;
  return [
    `produced ${count(summary.produced)}, predicted ${count(summary.predicted)}, dead-lettered ` +
    `${count(summary.deadLettered)}, lost ${count(summary.lost)}`,
    `MSE  network ${number(summary.mse)}, last value ${number(summary.baselineMse)}${beside(ratio)}`,
    `MAE  network ${number(summary.mae)}, last value ${number(summary.baselineMae)}${beside(maeRatio)}`,
    `latency  p50 ${number(p50)} ms, p95 ${number(p95)} ms, p99 ${number(p99)} ms`,
    `first prediction ${number((summary.firstPredictionMs ?? 0) / 1000)} s after the start`,
  ];
}

async function train({ signal, log }: CommandContext): Promise<Forecaster> {
  log.info("training on the first 80 % of the sensor readings …");
  const startMs = performance.now();
  const { model, report } = await trainForecaster(await readDataset(openSensors()), {
    horizon: 12,
    lookback: 12,
    signal,
    onEpoch: ({ trainingEpoch, trainingLoss, validationLoss }) =>
      log.debug(
        `epoch ${trainingEpoch}: loss ${trainingLoss.toFixed(5)}, validation ${validationLoss.toFixed(5)}`,
      ),
  });
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  log.info(`trained in ${seconds} s: best of ${report.epochs.length} epochs is ${report.bestEpoch}`);
  return model;
}

function outputOf(
  context: CommandContext,
  { json, color, quiet }: { json: boolean; color: boolean; quiet: boolean },
): DashboardOutput {
  if (quiet) return { mode: "silent" };
  const found = openTerminal();
  if ("terminal" in found && !json) {
    return { mode: "screen", terminal: found.terminal, color, title: "demo" };
  }
  if ("reason" in found) context.log.info(`a line per interval instead of a screen: ${found.reason}`);
  return { mode: "plain", out: json ? (line) => context.log.info(line) : context.out };
}

/** Waits until everything that was acknowledged has been answered, or as long as makes sense. */
async function untilAnswered(account: Account, produced: number): Promise<void> {
  const deadlineMs = performance.now() + LAST_RECORDS_MS;
  while (account.answered < produced && performance.now() < deadlineMs) {
    await sleep(20, new AbortController().signal);
  }
}

interface Road {
  readonly client: KafkaClient;
  readonly forecaster: Forecaster;
  readonly account: Account;
  readonly output: DashboardOutput;
  readonly rate: number;
  readonly refreshMs: number;
  /** Ends the producing; what is on the road is still answered. */
  readonly stop: AbortController;
}

/** Produces, predicts and shows until the data or somebody ends it. @returns readings acknowledged */
async function run({ client, forecaster, account, output, rate, refreshMs, stop }: Road): Promise<number> {
  for (const name of Object.values(TOPICS)) {
    await client.admin.createTopic({ name, partitions: 1, replicationFactor: 1 });
  }
  const consuming = new AbortController();
  const showing = new AbortController();
  const read = (topic: string) =>
    client.read({ topics: [topic], from: "beginning", until: "never", signal: showing.signal });
  let progress: ConsumerProgress | null = null;
  const failed = (error: unknown) => {
    for (const controller of [stop, consuming, showing]) controller.abort();
    throw error;
  };
  const consumer = runConsumer({
    client,
    pipelines: forecastPipelines(forecaster),
    ...TOPICS,
    group: GROUP,
    from: "beginning",
    signal: consuming.signal,
    onProgress: (now) => progress = now,
    progressIntervalMs: 250,
  }).catch(failed);
  const dashboard = runDashboard({
    predictions: account.predictions(read(TOPICS.output)),
    deadLetters: account.deadLetters(read(TOPICS.deadLetter)),
    lag: () => Promise.resolve(lagOf(progress)),
    output,
    refreshMs,
    signal: showing.signal,
  }).then(() => stop.abort(), failed);
  const produced = await produce({ client, rate, stop }).catch(failed);
  await untilAnswered(account, produced);
  consuming.abort();
  await consumer;
  showing.abort();
  await dashboard;
  return produced;
}

function lagOf(progress: ConsumerProgress | null): { partition: number; lag: number }[] | null {
  if (progress === null) return null;
  return Object.entries(progress.lag).map(([place, lag]) => ({
    partition: Number(place.split("/").at(-1)),
    lag,
  }));
}

async function produce({ client, rate, stop }: Pick<Road, "client" | "rate" | "stop">): Promise<number> {
  await using producer = await client.producer();
  const outbox = new Outbox(producer, TOPICS.input);
  const settings = { rate, speed: undefined, limit: undefined, loop: false };
  try {
    await sendReadings(await openUnseen(), { settings, outbox, signal: stop.signal });
  } finally {
    await drain(outbox, stop.signal);
  }
  if (outbox.failure !== undefined) throw outbox.failure;
  return outbox.delivery.acknowledged;
}

/** The whole road, at once. */
export const demoCommand = defineCommand({
  name: "demo",
  summary: "Show everything at once: broker, training, producing, predicting, live chart",
  examples: ["demo", "demo --duration 20s", "demo --rate 1000 --json"],
  settings: ["rate", "duration", "interval", "client", "json", "quiet", "color"],
  async run(settings, context) {
    const stop = new AbortController();
    const interrupt = () => stop.abort();
    context.signal.addEventListener("abort", interrupt);
    const forecaster = await train(context);
    await using broker = startBroker({
      listen: { hostname: "127.0.0.1", port: 0 },
      dataDir: null,
      log: context.log,
    });
    context.log.info(`embedded broker on ${broker.address}, in memory`);
    const connection = { bootstrapServer: broker.address, clientId: "streamflow-demo" };
    await using client = await connect(connection, settings.client);
    const account = new Account();
    const timer = settings.duration === undefined
      ? undefined
      : setTimeout(interrupt, settings.duration * 1000);
    try {
      if (context.signal.aborted) interrupt();
      const { rate, interval } = settings;
      const output = outputOf(context, settings);
      const produced = await run({
        client,
        forecaster,
        account,
        output,
        rate,
        refreshMs: interval * 1000,
        stop,
      });
      const summary = account.summarize(produced);
      if (settings.json) context.out(JSON.stringify(summary));
      else for (const line of show(summary)) context.out(line);
      return summary.lost > 0 ? 1 : 0;
    } finally {
      clearTimeout(timer);
      context.signal.removeEventListener("abort", interrupt);
    }
  },
});
