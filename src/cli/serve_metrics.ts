/** `--metrics HOST:PORT`: /metrics, /healthz and /readyz of whatever command runs; nothing is loaded where nobody asks. */
import manifest from "../../deno.json" with { type: "json" };
import type { Settings } from "../config/settings.ts";
import type { JobCounters } from "../jobs/counters.ts";
import { jobMetrics } from "../jobs/metrics.ts";
import type { Job } from "../jobs/job.ts";
import type { JobsRun, OpenRun } from "../jobs/run.ts";
import type { KafkaClient } from "../kafka/port.ts";
import type { Collect } from "../metrics/metric.ts";
import type { Log } from "../runtime/log.ts";
import type { RunningServer } from "../web/frame/serve.ts";

/** Settings of a command that serves its metrics. */
export const METRICS_KEYS = ["metrics", "tokenFile", "allowHost"] as const;

/** What a command shows of itself; one that nobody asks for holds it and serves nothing. */
export class MetricsServer implements AsyncDisposable {
  readonly #collectors: Collect[] = [];
  #trouble: () => string | null = () => "it is starting";
  #server: RunningServer | null = null;

  /**
   * Serves at once, not ready; says where, once.
   *
   * @throws {UserError} where that address cannot be listened on, or takes a token.
   */
  static async open(
    settings: Pick<Settings, typeof METRICS_KEYS[number]>,
    log: Pick<Log, "info" | "warn">,
  ): Promise<MetricsServer> {
    const metrics = new MetricsServer();
    if (settings.metrics === undefined) return metrics;
    const [{ processMetrics }, { readAccess }, { createApp }, { serveHttp }] = await Promise.all([
      import("../metrics/process.ts"),
      import("../web/frame/access.ts"),
      import("../web/frame/app.ts"),
      import("../web/frame/serve.ts"),
    ]);
    metrics.add(processMetrics(manifest.version));
    const listen = settings.metrics;
    const app = createApp({
      trouble: () => metrics.#trouble(),
      collectors: metrics.#collectors,
      access: await readAccess({ ...settings, listen, flag: "--metrics" }, log),
      version: manifest.version,
      log,
    });
    metrics.#server = serveHttp(app, listen, { flag: "--metrics", log });
    log.info(`metrics on ${metrics.#server.url}/metrics`);
    return metrics;
  }

  /** Shows more. */
  add(...collectors: readonly Collect[]): void {
    this.#collectors.push(...collectors);
  }

  /** What keeps the process from doing its work, a sentence, asked at each request; `null` = nothing. */
  readyUnless(trouble: () => string | null): void {
    this.#trouble = trouble;
  }

  /** Ready as long as a broker can be reached. */
  readyWithKafka(client: Pick<KafkaClient, "isAway">): void {
    this.readyUnless(() => awayText(client));
  }

  /**
   * Shows a run of jobs when it is opened; ready when partitions were assigned, as long as a broker can be reached and
   * what is sent gets through.
   *
   * @param more what else there is to show of it
   */
  jobs<J extends Job>(
    run: Pick<JobsRun, "client" | "input" | "group">,
    more?: (opened: OpenRun<J>) => Collect,
  ): (opened: OpenRun<J>) => void {
    const { client, input, group } = run;
    const waiting = `waiting for the group ${group} to assign partitions of ${input}`;
    this.readyUnless(() => awayText(client) ?? waiting);
    return (opened) => {
      this.add(jobMetrics(run, opened));
      if (more !== undefined) this.add(more(opened));
      const { counters } = opened;
      this.readyUnless(() =>
        awayText(client) ?? (counters.rebalances === 0 ? waiting : stalledText(counters.stalled()))
      );
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
  }
}

/** What a client says of its cluster, a sentence; `null` = it can be reached. */
export function awayText({ isAway = () => false }: Pick<KafkaClient, "isAway">): string | null {
  return isAway() ? "no broker can be reached; it is tried again" : null;
}

function stalledText(stalled: ReturnType<JobCounters["stalled"]>): string | null {
  if (stalled === null) return null;
  const seconds = Math.floor(stalled.waitedMs / 1_000);
  return `nothing that is sent to ${stalled.topic} has been acknowledged for ${seconds} s; it is tried again: ` +
    "does the topic exist, and are its brokers up?";
}
