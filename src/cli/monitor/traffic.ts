/** `streamflow monitor --view traffic`: forecasts, alerts, anomalies and top talkers, drawn, printed or as JSON. */
import type { Settings } from "../../config/settings.ts";
import type { IncomingRecord, KafkaClient, RecordChunk } from "../../kafka/port.ts";
import { Freshness } from "../../monitor/boards/freshness.ts";
import { FRAME_MS_MIN, LAG_EVERY_MS, RECENT_IDS_MAX } from "../../monitor/boards/limits.ts";
import { RecentIds } from "../../monitor/boards/recent_ids.ts";
import { openTerminal } from "../../monitor/terminal/terminal.ts";
import { TrafficBoard } from "../../monitor/boards/traffic.ts";
import {
  newsLines,
  trafficLine,
  trafficSummary,
  trafficToJson,
} from "../../monitor/terminal/traffic_plain.ts";
import { TrafficScreen } from "../../monitor/terminal/traffic_screen.ts";
import { sleep, untilAborted } from "../../runtime/clock.ts";
import { UserError } from "../../runtime/errors.ts";
import type { CommandContext, ExitCode } from "../command.ts";
import { Watch } from "../../monitor/watch/watch.ts";

/** How long records are counted without letting anything else happen, in ms. */
const BUSY_MS_MAX = 50;

/** The settings that count here. */
type TrafficSettings = Pick<
  Settings,
  | "input"
  | "output"
  | "alerts"
  | "anomalies"
  | "deadLetter"
  | "group"
  | "from"
  | "interval"
  | "once"
  | "json"
  | "color"
  | "bootstrapServer"
>;

/** What a job reads, and as whom. */
interface FollowedJob {
  readonly job: string;
  readonly input: string;
  readonly group: string;
}

/** The topics, and the jobs whose lag is shown: those of `traffic forecast` and `traffic watch` unless told. */
function topicsOf(settings: TrafficSettings, origin: CommandContext["origin"]) {
  const given = (key: "input" | "output" | "group", otherwise: string) =>
    origin[key] === undefined ? otherwise : settings[key];
  const jobs: FollowedJob[] = [
    { job: "forecast", input: given("input", "packets"), group: given("group", "traffic-forecast") },
    { job: "watch", input: "network-traffic", group: "traffic-watch" },
  ];
  return { forecasts: given("output", "forecasts"), processed: "processed-data", jobs };
}

/** Lets whoever waits for the next drawing go on at once. */
class Hurry {
  #wake: (() => void) | null = null;

  now(): void {
    this.#wake?.();
  }

  /** Waits so long, unless it is called or the signal aborts; never less than a frame. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    const early = new AbortController();
    this.#wake = () => early.abort();
    await sleep(FRAME_MS_MIN, signal);
    await sleep(ms - FRAME_MS_MIN, AbortSignal.any([early.signal, signal]));
    this.#wake = null;
  }
}

/** What feeds the board, and tells whether it can. */
class Feed {
  readonly #board: TrafficBoard;
  readonly #signal: AbortSignal;
  readonly #jobs: readonly { readonly job: string; readonly watch: Watch }[];
  /** One for each topic. */
  readonly #topics: Watch[] = [];
  readonly #freshness = new Freshness(Date.now());

  constructor(
    board: TrafficBoard,
    { jobs, signal }: Readonly<{ jobs: readonly { job: string; watch: Watch }[]; signal: AbortSignal }>,
  ) {
    this.#board = board;
    this.#jobs = jobs;
    this.#signal = signal;
  }

  /** Not all topics need to be there: who only forecasts has no anomalies. */
  get trouble(): string | null {
    const watches = [...this.#topics, ...this.#jobs.map(({ watch }) => watch)];
    const away = watches.find((watch) => watch.away);
    if (away !== undefined) return away.trouble;
    const missing = this.#topics.every(({ trouble }) => trouble !== null)
      ? this.#topics[0]?.trouble ?? null
      : null;
    return missing ?? this.#freshness.silence(Date.now());
  }

  /** Reads a topic until its end, or the end of all. */
  async read(topic: string, watch: Watch, add: (chunk: RecordChunk) => void): Promise<void> {
    this.#topics.push(watch);
    let sinceMs = performance.now();
    for await (const chunk of untilAborted(watch.read(topic), this.#signal)) {
      add(chunk);
      if (chunk.records.length > 0) {
        this.#freshness.usualMs = this.#board.windowMs;
        this.#freshness.take(Date.now());
      }
      if (performance.now() - sinceMs < BUSY_MS_MAX) continue;
      await sleep(1, this.#signal); // keys and the screen have their turn
      sinceMs = performance.now();
    }
  }

  async takeLags(): Promise<void> {
    await Promise.all(this.#jobs.map(async ({ job, watch }) => {
      const lags = await watch.lag();
      if (lags !== null) this.#board.addLag(job, lags, Date.now());
    }));
  }

  async followLags(): Promise<void> {
    while (!this.#signal.aborted) {
      await this.takeLags();
      await sleep(LAG_EVERY_MS, this.#signal);
    }
  }
}

interface Topics {
  readonly forecasts: string;
  readonly alerts: string;
  readonly anomalies: string;
  readonly processed: string;
  readonly deadLetter: string;
}

/** Every topic into the board; `open` makes what reads one, the first of them says what is wrong. */
async function feedAll(feed: Feed, board: TrafficBoard, { topics, open }: {
  readonly topics: Topics;
  readonly open: (at: number) => Watch;
}): Promise<void> {
  const sinks: [string, (record: IncomingRecord) => void][] = [
    [topics.forecasts, ({ value }) => board.addForecast(value)],
    [topics.alerts, ({ value }) => board.addAlert(value)],
    [topics.anomalies, ({ value }) => board.addAnomaly(value)],
    [topics.processed, ({ value }) => board.addProcessed(value)],
    [topics.deadLetter, (record) => board.addDeadLetter(record)],
  ];
  await Promise.all(
    sinks.map(([topic, add], at) => feed.read(topic, open(at), ({ records }) => records.forEach(add))),
  );
}

/** Lines, or objects, of what is now. */
function showLines(
  board: TrafficBoard,
  { json, out, trouble }: {
    readonly json: boolean;
    readonly out: (line: string) => void;
    readonly trouble: () => string | null;
  },
): () => void {
  const told = new RecentIds(RECENT_IDS_MAX);
  return () => {
    if (json) return out(JSON.stringify(trafficToJson(board, trouble())));
    const snapshot = board.snapshot({ link: null, target: null, points: 2 });
    newsLines(snapshot, (id) => told.add(id)).forEach(out);
    out(trafficLine(snapshot, trouble()));
  };
}

/** Shows traffic until `q`, the signal, or with `once` the end of all topics. */
export async function monitorTraffic(settings: TrafficSettings, { context, client }: {
  readonly context: CommandContext;
  readonly client: KafkaClient;
}): Promise<ExitCode> {
  const { signal, out, log, origin } = context;
  const { once, json, from, interval } = settings;
  const { jobs, ...topics } = topicsOf(settings, origin);
  const { alerts, anomalies, deadLetter } = settings;
  if (once) await refuseNothing(client, [topics.forecasts, topics.processed, alerts, anomalies]);
  const ended = new AbortController();
  const stop = () => ended.abort();
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  const opened = once || json ? null : openTerminal();
  if (opened !== null && "reason" in opened) {
    log.info(`no screen, one line per interval: ${opened.reason}`);
  }
  const terminal = opened !== null && "terminal" in opened ? opened.terminal : null;
  const say = terminal === null && !once ? (message: string) => log.info(message) : () => {};
  const board = new TrafficBoard({ inputs: jobs.map((job) => job.input) });
  const until = once ? "end" as const : "never" as const;
  const open = (job: FollowedJob, speak: boolean) =>
    new Watch({ client, ...job, from, until, signal: ended.signal, say: speak ? say : () => {} });
  const feed = new Feed(board, {
    jobs: jobs.map((job) => ({ job: job.job, watch: open(job, false) })),
    signal: ended.signal,
  });
  const trouble = () => feed.trouble;
  const hurry = new Hurry();
  let failure: { readonly error: unknown } | null = null;
  const guard = (task: Promise<void>) =>
    task.catch((error: unknown) => {
      failure ??= { error };
      stop();
    });
  {
    using screen = terminal === null ? null : new TrafficScreen({
      ...{ terminal, color: settings.color, refreshMs: interval * 1_000, trouble },
      title: settings.bootstrapServer,
      snapshot: (choice) => board.snapshot(choice),
      onQuit: stop,
      onHurry: () => hurry.now(),
    });
    const show = screen === null ? showLines(board, { json, out, trouble }) : () => screen.draw();
    const feeding = guard(feedAll(feed, board, {
      topics: { ...topics, alerts, anomalies, deadLetter },
      open: (at) => open(jobs[0]!, at === 0),
    }));
    const following = once ? Promise.resolve() : guard(feed.followLags());
    while (!once && !ended.signal.aborted) {
      await hurry.wait(screen?.refreshMs ?? interval * 1_000, ended.signal);
      if (!ended.signal.aborted) show();
    }
    await Promise.all([feeding, following]);
    if (once && !signal.aborted) await guard(feed.takeLags());
  }
  signal.removeEventListener("abort", stop);
  if (failure !== null) throw (failure as { error: unknown }).error;
  if (once && signal.aborted) return 130;
  if (once && json) out(JSON.stringify(trafficToJson(board, trouble())));
  else if (once || terminal !== null) trafficSummary(board).forEach(out);
  return 0;
}

/** One snapshot of topics of which none is there would say nothing. */
async function refuseNothing(client: KafkaClient, topics: readonly string[]): Promise<void> {
  const existing = new Set(await client.admin.listTopics());
  if (topics.some((topic) => existing.has(topic))) return;
  throw new UserError(`cannot monitor: there is none of the topics ${topics.join(", ")}`, {
    hint: "'streamflow traffic forecast' and 'streamflow traffic watch' create them",
  });
}
