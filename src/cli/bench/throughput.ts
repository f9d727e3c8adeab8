/**
 * `streamflow bench throughput`: how many packets per second go the whole way, from a topic through windows and the
 * network to forecasts and alerts on their topics, everything acknowledged and committed.
 */
import { quantileSorted } from "simple-statistics";
import { formatCount } from "../../runtime/progress.ts";
import { CONNECTION_KEYS } from "../../config/settings.ts";
import { connect } from "../../kafka/connect.ts";
import type { KafkaClient } from "../../kafka/port.ts";
import { UserError } from "../../runtime/errors.ts";
import { ForecastTally } from "../../traffic/forecast_tally.ts";
import type { TrafficModel } from "../../traffic/model/model.ts";
import { loadModelOf } from "../../models/disk.ts";
import { TRAFFIC_MODELS } from "../../traffic/model/file.ts";
import { measureLatency } from "./latency.ts";
import { forecastUntil, type PipelineOptions, type Round, runRound } from "./rounds.ts";
import { type BenchSettings, fillTopic, simulate, trainBriefly } from "./traffic.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { openClient } from "../connection.ts";
import { type OwnBroker, startOwnBroker } from "../cluster/own_broker.ts";

/** What the best of the others says of itself, in packets per second. */
const CLAIM_PER_SECOND = 5_000;
const ROUNDS = 3;
const CONNECTION_ID = "streamflow-bench";
/** Traffic at its own pace: links, seconds at least, windows at least, and the longest that is waited for. */
const LIVE = { links: 8, secondsMin: 10, windowsMin: 4, secondsMax: 60 } as const;

/** The cluster that was named, or a broker of our own. */
async function openCluster(
  settings: BenchSettings,
  { origin, log }: CommandContext,
): Promise<{ readonly client: KafkaClient; readonly broker: OwnBroker | null }> {
  if (origin["bootstrapServer"] !== undefined) {
    return { client: await openClient(settings, log), broker: null };
  }
  const broker = await startOwnBroker();
  log.info(`embedded broker on ${broker.address}, in memory, a thread of its own`);
  try {
    const connection = { bootstrapServer: broker.address, clientId: CONNECTION_ID };
    return { client: await connect(connection, settings.client), broker };
  } catch (error) {
    broker[Symbol.dispose]();
    throw error;
  }
}

function median(rounds: readonly Round[]): Round {
  const sorted = rounds.toSorted((a, b) => a.packetsPerSecond - b.packetsPerSecond);
  return sorted[Math.floor(sorted.length / 2)]!;
}

/** What was measured. */
interface Measured {
  readonly rounds: readonly Round[];
  readonly packets: number;
  readonly bytes: number;
  /** Of each window of live traffic, ascending; empty where it would take too long. */
  readonly latenciesMs: readonly number[];
}

type Bench = Pick<PipelineOptions, "client" | "model" | "context"> & { readonly settings: BenchSettings };

function topicsOf(name: string): PipelineOptions["topics"] & { readonly input: string } {
  return {
    input: `${name}-packets`,
    forecasts: `${name}-forecasts`,
    alerts: `${name}-alerts`,
    deadLetter: `${name}-dead-letters`,
  };
}

/** All rounds on one filled topic, then live traffic; a cluster that is not our own is left as it was. */
async function measure(bench: Bench, broker: OwnBroker | null): Promise<Measured> {
  const { client: { admin } } = bench;
  const name = `${CONNECTION_ID}-${crypto.randomUUID().slice(0, 8)}`;
  try {
    const filled = await measureRounds(bench, { name, broker });
    return { ...filled, latenciesMs: await measureLive(bench, `${name}-live`) };
  } finally {
    const left = broker === null ? await admin.listTopics() : [];
    for (const topic of left) if (topic.startsWith(`${name}-`)) await admin.deleteTopic(topic);
  }
}

async function measureRounds(
  bench: Bench,
  { name, broker }: { readonly name: string; readonly broker: OwnBroker | null },
): Promise<Omit<Measured, "latenciesMs">> {
  const { client, settings, context: { signal, log } } = bench;
  const { partitions = -1, replicationFactor = -1 } = settings;
  const { input, ...topics } = topicsOf(name);
  await client.admin.createTopic({ name: input, partitions, replicationFactor });
  const startMs = performance.now();
  const { packets, bytes } = await fillTopic(client, { topic: input, settings, signal });
  const seconds = (performance.now() - startMs) / 1_000;
  log.info(`filled a topic with ${formatCount(packets)} packets in ${seconds.toFixed(1)} s`);
  const rounds: Round[] = [];
  while (rounds.length < ROUNDS && !signal.aborted) {
    const group = `${name}-${rounds.length + 1}`;
    const round = await runRound(
      { ...bench, input, topics, group, otherCpuUs: () => broker?.cpuUs ?? 0 },
      packets,
    );
    log.info(`round ${rounds.length + 1} of ${ROUNDS}: ${perSecond(round)} packets/s`);
    rounds.push(round);
  }
  return { rounds, packets, bytes };
}

/** Traffic at its own pace. @returns latencies in ms, ascending; none where windows are too long to be waited for */
async function measureLive(bench: Bench, name: string): Promise<number[]> {
  const { client, model, settings, context: { signal, log } } = bench;
  const windowMs = model.windowUs / 1_000;
  const liveMs = Math.max(LIVE.secondsMin * 1_000, LIVE.windowsMin * windowMs);
  if (liveMs > LIVE.secondsMax * 1_000 || signal.aborted) return [];
  const { input, ...topics } = topicsOf(name);
  const { partitions = -1, replicationFactor = -1 } = settings;
  await client.admin.createTopic({ name: input, partitions, replicationFactor });
  const made = (await client.admin.describeTopics([input]))[0]!.partitions.length;
  await client.admin.createTopic({ name: topics.forecasts, partitions: made, replicationFactor });
  const done = new AbortController();
  const { promise: assigned, resolve } = Promise.withResolvers<void>();
  const forecasting = forecastUntil(done.signal, {
    ...{ ...bench, input, topics, group: name },
    tally: new ForecastTally(),
    assigned: resolve,
  });
  try {
    await Promise.race([assigned, forecasting]);
    log.info(`${(liveMs / 1_000).toFixed(0)} s of traffic at its own pace, for the latency`);
    const startUs = Date.now() * 1_000;
    return await measureLatency({
      ...{ client, input, forecasts: topics.forecasts, windowMs, partitions: made, signal },
      packets: simulate({ ...settings, links: LIVE.links }, { startUs, endUs: startUs + liveMs * 1_000 }),
    });
  } finally {
    done.abort();
    await forecasting;
  }
}

function perSecond({ packetsPerSecond }: Round): string {
  return formatCount(packetsPerSecond);
}

/** Measures the pipeline. */
export const benchThroughputCommand = defineCommand({
  name: "throughput",
  summary: "Packets per second through windows, network, forecasts and alerts, the median of three rounds",
  examples: [
    "bench throughput",
    "bench throughput --limit 1000000 --links 8 --json",
    "bench throughput --model traffic.safetensors --bootstrap-server kafka-1:9092",
  ],
  settings: [
    ...(["limit", "rate", "links", "window", "seed", "model"] as const),
    ...(["partitions", "replicationFactor", "json", "quiet"] as const),
    ...CONNECTION_KEYS,
  ],
  defaults: { limit: 300_000, rate: 1_000, links: 2, window: 1, partitions: 2 },
  async run(settings, context) {
    const { signal, out, origin } = context;
    if (settings.rate === 0) {
      throw new UserError("--rate 0 is no traffic", { hint: "give the packets per second", exitCode: 2 });
    }
    const model = origin["model"] === undefined
      ? await trainBriefly(settings, context)
      : await loadModelOf(TRAFFIC_MODELS, settings.model);
    const { client, broker } = await openCluster(settings, context);
    using _broker = broker;
    await using _client = client;
    const measured = await measure({ client, model, settings, context }, broker).catch((error: unknown) => {
      if (signal.aborted) return null;
      throw error;
    });
    if (measured === null || signal.aborted) return 130;
    if (settings.json) out(JSON.stringify(toObject(measured, { model, broker })));
    else summaryLines(measured, { model, broker }).forEach(out);
    return 0;
  },
});

interface About {
  readonly model: TrafficModel;
  readonly broker: OwnBroker | null;
}

function quantileOf(sorted: readonly number[], share: number): number | null {
  return sorted.length === 0 ? null : Math.round(quantileSorted([...sorted], share) * 10) / 10;
}

function latencyOf({ latenciesMs }: Measured) {
  const [p50, p99] = [quantileOf(latenciesMs, 0.5), quantileOf(latenciesMs, 0.99)];
  return { windows: latenciesMs.length, p50, p99, max: quantileOf(latenciesMs, 1) };
}

function toObject(measured: Measured, { model, broker }: About) {
  const { rounds, packets, bytes } = measured;
  return {
    ...median(rounds),
    rounds: rounds.map(({ packetsPerSecond }) => Math.round(packetsPerSecond)),
    claimPerSecond: CLAIM_PER_SECOND,
    packets,
    bytesPerPacket: Math.round(bytes / packets),
    windowSeconds: model.windowUs / 1e6,
    parameters: model.network.parameters.length,
    embeddedBroker: broker !== null,
    latencyMs: latencyOf(measured),
  };
}

function summaryLines(measured: Measured, { model, broker }: About): string[] {
  const { rounds, packets, bytes } = measured;
  const typical = median(rounds);
  const { packetsPerSecond, forecasts, alerts, cores, peakRssBytes } = typical;
  const { windows, p50, p99, max } = latencyOf(measured);
  return [
    `packets/s   ${perSecond(typical)}, median of ${rounds.map(perSecond).join(", ")}`,
    `the claim   ${formatCount(CLAIM_PER_SECOND)}: ${
      (packetsPerSecond / CLAIM_PER_SECOND).toFixed(1)
    } times as many`,
    `the way     ${formatCount(packets)} packets of ${formatCount(bytes / packets)} bytes, on ${
      broker === null ? "the given cluster" : "the embedded broker"
    }; windows of ${model.windowUs / 1e6} s; ${formatCount(forecasts)} forecasts by ${
      formatCount(model.network.parameters.length)
    } parameters; ${formatCount(alerts)} alerts`,
    `CPU         ${cores.toFixed(2)} cores${broker === null ? "" : ", without the broker's"}: ${
      formatCount(packetsPerSecond / cores)
    } packets for each second of CPU`,
    `memory      ${formatCount(peakRssBytes / 1e6)} MB at most, training, filling and the broker included`,
    windows === 0
      ? `latency     not measured: windows of ${model.windowUs / 1e6} s take too long`
      : `latency     p50 ${p50} ms, p99 ${p99} ms, at most ${max} ms, of ${
        formatCount(windows)
      } windows: from the ` +
        "packet that closes a window to its forecast and alerts, read",
  ];
}
