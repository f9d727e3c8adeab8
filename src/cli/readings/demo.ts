/** `streamflow demo`: the whole road in one process, on the embedded broker, in memory; nothing is left behind. */
import { Account } from "./demo_account.ts";
import { summaryLines } from "./demo_summary.ts";
import { brokerMetrics } from "../../broker/metrics.ts";
import { startBroker } from "../../broker/mod.ts";
import { connect } from "../../kafka/connect.ts";
import type { KafkaClient } from "../../kafka/port.ts";
import type { PredictionsChoice, Snapshot } from "../../monitor/boards/snapshot.ts";
import { PredictionsBoard } from "../../monitor/boards/predictions.ts";
import { FORECASTS_PAGE, predictionsView } from "../../monitor/terminal/predictions_view.ts";
import { runShell, type ShellOutput } from "../../monitor/terminal/shell.ts";
import { outboxMetrics } from "../../kafka/metrics.ts";
import { modelMetrics } from "../../models/metrics.ts";
import { predictionMetrics } from "../../predict/metrics.ts";
import { Tally } from "../../predict/tally.ts";
import { METRICS_KEYS, MetricsServer } from "../serve_metrics.ts";
import { feed } from "../../monitor/watch/feed.ts";
import { openTerminal } from "../../monitor/terminal/terminal.ts";
import { type ConsumerProgress, runConsumer } from "../../predict/consumer.ts";
import type { ForecastModel } from "../../models/model_file.ts";
import { forecastPipelines } from "../../predict/pipeline.ts";
import { sleep } from "../../runtime/clock.ts";
import type { Progress } from "../../runtime/progress.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { startEpochs } from "../train/progress.ts";
import { trainDemo } from "./demo_training.ts";
import type { DemoWeb, openDemoWeb } from "./demo_web.ts";
import { again, openUnseen, readingsBefore } from "./demo_readings.ts";
import { drain, Outbox } from "../../kafka/outbox.ts";
import { sendReadings } from "./send_readings.ts";

const TOPICS = { input: "input-data", output: "predictions", deadLetter: "dead-letters" } as const;
const GROUP = "streamflow-demo";
/** How long the end waits for what is still on the road, in ms. */
const LAST_RECORDS_MS = 5_000;

/** Readings per second of what is known before: soon over, and not so fast that their latency says nothing. */
const KNOWN_RATE = 4_000;

/** @param page shows how far it is */
async function train(
  { signal, log }: CommandContext,
  { quiet, page }: { readonly quiet: boolean; readonly page: DemoWeb | null },
): Promise<ForecastModel> {
  log.info("training on the first 80 % of a year of 18 electricity meters: the power 6 hours ahead");
  const display: { progress?: Progress } = {};
  let note = "";
  try {
    const { model, epochs, bestEpoch } = await trainDemo({
      signal,
      onEpoch: (result) => {
        page?.course.onEpoch(result);
        const { validationLoss, baselineLoss } = result;
        note = `validation loss ${validationLoss.toFixed(3)}, last value ${baselineLoss.toFixed(3)}`;
      },
      onProgress: (now) => {
        page?.course.onProgress(now, performance.now());
        display.progress ??= startEpochs({ epochs: now.total }, { log, quiet });
        display.progress.update(now.done, note);
      },
    });
    page?.showModel(model);
    log.info(`trained: the best of ${epochs} epochs is ${bestEpoch}`);
    return model;
  } finally {
    display.progress?.[Symbol.dispose]();
  }
}

function outputOf(
  context: CommandContext,
  { json, color, quiet, title }: { json: boolean; color: boolean; quiet: boolean; title: string },
): ShellOutput {
  if (quiet) return { mode: "silent" };
  const found = openTerminal();
  if ("terminal" in found && !json) {
    return { mode: "screen", terminal: found.terminal, color, title, page: FORECASTS_PAGE };
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
  readonly metrics: MetricsServer;
  readonly client: KafkaClient;
  readonly forecaster: ForecastModel;
  readonly account: Account;
  /** What is shown. */
  readonly board: PredictionsBoard;
  readonly output: ShellOutput;
  readonly rate: number;
  readonly refreshMs: number;
  /** Begins again at the end of the data. */
  readonly loop: boolean;
  /** Ends the producing; what is on the road is still answered. */
  readonly stop: AbortController;
}

/** Produces, predicts and shows until the data or somebody ends it. @returns readings acknowledged */
async function run(road: Road): Promise<number> {
  const { client, forecaster, account, board, output, refreshMs, stop, metrics } = road;
  const consuming = new AbortController();
  const showing = new AbortController();
  const read = (topic: string) =>
    client.read({ topics: [topic], from: "beginning", until: "never", signal: showing.signal });
  let progress: ConsumerProgress | null = null;
  const failed = (error: unknown) => {
    for (const controller of [stop, consuming, showing]) controller.abort();
    throw error;
  };
  const tally = new Tally();
  metrics.add(predictionMetrics(tally), modelMetrics({ running: forecaster, writtenMs: null }));
  const consumer = runConsumer({
    client,
    pipelines: forecastPipelines(forecaster),
    ...TOPICS,
    tally,
    onOpened: metrics.jobs({ client, input: TOPICS.input, group: GROUP }),
    group: GROUP,
    from: "beginning",
    signal: consuming.signal,
    onProgress: (now) => progress = now,
    progressIntervalMs: 250,
  }).catch(failed);
  // It counts on by itself where the dashboard has been quit: what is on the road is still answered.
  const counting = Promise.all([
    account.predictions(read(TOPICS.output)),
    account.deadLetters(read(TOPICS.deadLetter)),
  ]).catch(failed);
  const dashboard = runShell({
    source: feed<Snapshot, PredictionsChoice>(board, {
      streams: board.topics.map(read),
      lags: [{ job: "", ask: () => Promise.resolve(lagOf(progress)) }],
    }),
    view: predictionsView,
    output,
    refreshMs,
    signal: showing.signal,
  }).then(() => stop.abort(), failed);
  const produced = await produce(road).catch(failed);
  await untilAnswered(account, produced);
  consuming.abort();
  await consumer;
  showing.abort();
  await Promise.all([dashboard, counting]);
  return produced;
}

function lagOf(progress: ConsumerProgress | null): { partition: number; lag: number }[] | null {
  if (progress === null) return null;
  return Object.entries(progress.lag).map(([place, lag]) => ({
    partition: Number(place.split("/").at(-1)),
    lag,
  }));
}

async function produce({ client, forecaster, rate, loop, stop, metrics }: Road): Promise<number> {
  await using producer = await client.producer();
  const outbox = new Outbox(producer, TOPICS.input);
  metrics.add(outboxMetrics(outbox));
  const settings = { rate, speed: undefined, limit: undefined, loop: false };
  const unseen = await openUnseen(readingsBefore(forecaster));
  const { signal } = stop;
  const knownRate = rate === 0 ? 0 : Math.max(rate, KNOWN_RATE);
  try {
    await sendReadings(unseen.before, { settings: { ...settings, rate: knownRate }, outbox, signal });
    await sendReadings(unseen.stream, { settings, outbox, signal });
    if (loop) await sendReadings(again(unseen), { settings, outbox, signal });
  } finally {
    await drain(outbox, stop.signal);
  }
  if (outbox.failure !== undefined) throw outbox.failure;
  return outbox.delivery.acknowledged;
}

/** The page is loaded only where somebody wants it. */
async function openPage(...args: Parameters<typeof openDemoWeb>): Promise<DemoWeb> {
  return await (await import("./demo_web.ts")).openDemoWeb(...args);
}

/** The whole road, at once. */
export const demoCommand = defineCommand({
  name: "demo",
  summary: "Show everything at once: broker, training, producing, predicting, live chart",
  examples: ["demo", "demo --web", "demo --duration 20s", "demo --rate 1000 --json"],
  settings: [
    "rate",
    "duration",
    "interval",
    "client",
    "json",
    "quiet",
    "color",
    "web",
    "listen",
    ...METRICS_KEYS,
  ],
  defaults: { listen: "127.0.0.1:0" },
  wording: {
    listen: {
      description: "Where --web serves the page [default: a free port of 127.0.0.1]",
      placeholder: "HOST:PORT",
    },
  },
  async run(settings, context) {
    const stop = new AbortController(), interrupt = () => stop.abort();
    context.signal.addEventListener("abort", interrupt);
    await using metrics = await MetricsServer.open(settings, context.log);
    await using broker = startBroker({
      listen: { hostname: "127.0.0.1", port: 0 },
      dataDir: null,
      log: context.log,
    });
    context.log.info(`embedded broker on ${broker.address}, in memory`);
    metrics.add(brokerMetrics(broker));
    const connection = { bootstrapServer: broker.address, clientId: "streamflow-demo" };
    await using client = await connect(connection, settings.client);
    for (const name of Object.values(TOPICS)) {
      await client.admin.createTopic({ name, partitions: 1, replicationFactor: 1 });
    }
    await using page = settings.web
      ? await openPage(settings, {
        ...{ client, bootstrapServer: broker.address, log: context.log },
        topics: { ...TOPICS, group: GROUP },
      })
      : null;
    const startMs = performance.now();
    const forecaster = await train(context, { quiet: settings.quiet, page });
    const trainingMs = Math.round(performance.now() - startMs);
    const board = new PredictionsBoard({
      nowMs: Date.now(),
      topics: { predictions: TOPICS.output, deadLetters: TOPICS.deadLetter },
    });
    const account = new Account();
    const timer = settings.duration === undefined
      ? undefined
      : setTimeout(interrupt, settings.duration * 1000);
    try {
      if (context.signal.aborted) interrupt();
      const { rate, interval } = settings;
      const title = page === null ? "demo" : `demo   ${page.url}`;
      const output = outputOf(context, { ...settings, title });
      const produced = await run({
        metrics,
        client,
        forecaster,
        ...{ account, board },
        output,
        rate,
        refreshMs: interval * 1000,
        loop: output.mode === "screen" && settings.duration === undefined,
        stop,
      });
      const summary = account.summarize(produced, trainingMs);
      if (settings.json) context.out(JSON.stringify(summary));
      else for (const line of summaryLines(summary)) context.out(line);
      return summary.lost > 0 ? 1 : 0;
    } finally {
      clearTimeout(timer);
      context.signal.removeEventListener("abort", interrupt);
    }
  },
});
