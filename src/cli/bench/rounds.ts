/** Forecasts for `bench`: one way of all packets of a topic through the pipeline. */
import process from "node:process";
import type { KafkaClient } from "../../kafka/port.ts";
import { sleep } from "../../runtime/clock.ts";
import { parseAlertRule } from "../../traffic/alert_expression.ts";
import { runForecast } from "../../traffic/forecast.ts";
import { ForecastJobs } from "../../traffic/forecast_job.ts";
import { ForecastTally } from "../../traffic/forecast_tally.ts";
import type { TrafficModel } from "../../traffic/model/model.ts";
import type { BenchSettings } from "./traffic.ts";
import type { CommandContext } from "../command.ts";

/** Rules for alerts, so that there are some. */
const RULES = ["packets>p90", "actual.bytes>p95"];
const LOOK_EVERY_MS = 5;

/** One way of all packets through the pipeline. */
export interface Round {
  readonly packetsPerSecond: number;
  readonly seconds: number;
  readonly forecasts: number;
  readonly alerts: number;
  /** Cores that this process kept busy, without those of the broker's thread. */
  readonly cores: number;
  /** Largest resident set of this process while it ran, the broker's memory included, in bytes. */
  readonly peakRssBytes: number;
}

/** What forecasts, and where. */
export interface PipelineOptions {
  readonly client: KafkaClient;
  readonly model: TrafficModel;
  readonly topics: { readonly forecasts: string; readonly alerts: string; readonly deadLetter: string };
  readonly input: string;
  readonly group: string;
  readonly settings: Pick<BenchSettings, "partitions" | "replicationFactor">;
  readonly context: CommandContext;
}

/** The client, whose group consumers say when they have been given partitions: the joining is not the pipeline's. */
function whenAssigned(client: KafkaClient, assigned: () => void): KafkaClient {
  return {
    name: client.name,
    admin: client.admin,
    inspection: client.inspection,
    producer: (options) => client.producer(options),
    read: (options) => client.read(options),
    groupConsumer: (options) =>
      client.groupConsumer({
        ...options,
        startAt: (partition) => {
          assigned();
          return options.startAt?.(partition) ?? partition.startOffset;
        },
      }),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

/** Forecasts until `done`; `assigned` is called when there is something to read. */
export async function forecastUntil(
  done: AbortSignal,
  { tally, assigned, ...options }: PipelineOptions & {
    readonly tally: ForecastTally;
    readonly assigned: () => void;
  },
): Promise<void> {
  const { client, model, topics, input, group, settings, context: { log } } = options;
  const jobs = new ForecastJobs({
    ...{ model, topics, tally, coverage: 0.9 },
    ...{ latenessUs: 0, graceUs: 60e6, futureMaxUs: Number.MAX_SAFE_INTEGER, emission: { kind: "final" } },
    alerts: {
      rules: RULES.map((rule) => parseAlertRule(rule, model.targets)),
      ...{ clearShare: 0.9, hold: 1, cooldownUs: 0 },
    },
  });
  await runForecast({
    ...{ client: whenAssigned(client, assigned), jobs, topics, input, group },
    ...{ idleTimeoutMs: 30_000, closeAfterMs: 60_000, from: "beginning", signal: done },
    partitions: settings.partitions,
    replicationFactor: settings.replicationFactor,
    onWarning: (message) => log.warn(message),
  });
}

/** Reads all packets once, as a group of its own. */
export async function runRound(
  options: PipelineOptions & {
    /** What other threads of this process have used of the processor, in µs. */
    readonly otherCpuUs: () => number;
  },
  packets: number,
): Promise<Round> {
  const { context: { signal }, otherCpuUs } = options;
  const usedUs = () => {
    const { user, system } = process.cpuUsage();
    return user + system - otherCpuUs();
  };
  const tally = new ForecastTally();
  const done = new AbortController();
  const watching = new AbortController();
  let [startMs, peakRssBytes, startUs] = [0, 0, usedUs()];
  const assigned = () => {
    if (startMs === 0) [startMs, startUs] = [performance.now(), usedUs()];
  };
  const watch = async () => {
    while (!watching.signal.aborted && !done.signal.aborted) {
      peakRssBytes = Math.max(peakRssBytes, Deno.memoryUsage().rss);
      if (tally.packets + tally.duplicates + lettersOf(tally) >= packets || signal.aborted) done.abort();
      await sleep(LOOK_EVERY_MS, watching.signal);
    }
  };
  const watched = watch();
  try {
    await forecastUntil(done.signal, { ...options, tally, assigned });
  } finally {
    watching.abort();
    await watched;
  }
  const seconds = (performance.now() - startMs) / 1_000;
  const cpuUs = usedUs() - startUs;
  return {
    packetsPerSecond: packets / seconds,
    seconds,
    forecasts: tally.byNetwork + tally.byBaseline,
    alerts: tally.raised + tally.cleared,
    cores: cpuUs / 1e6 / seconds,
    peakRssBytes,
  };
}

function lettersOf({ deadLetters }: ForecastTally): number {
  return Object.values(deadLetters).reduce((sum, n) => sum + n, 0);
}
