/** `streamflow traffic capture`: packets of a model, a capture or an exporter, into a topic. */
import { timeText } from "../../runtime/time.ts";
import { CONNECTION_KEYS, type Settings } from "../../config/settings.ts";
import type { LabelledEvent } from "../../datasets/traffic_model/mod.ts";
import { sendPaced } from "../../kafka/paced.ts";
import { ensureTopic } from "../../kafka/topics.ts";
import { sleep } from "../../runtime/clock.ts";
import { UserError } from "../../runtime/errors.ts";
import { writeAllSync } from "../../runtime/output.ts";
import { scheduleByRecording } from "../../runtime/pace.ts";
import { formatCount, formatDuration, formatRate, startProgress } from "../../runtime/progress.ts";
import { printPackets } from "../../records/packets/print.ts";
import type { Packet } from "../../records/packets/schema.ts";
import { type CommandContext, defineCommand, type ExitCode } from "../command.ts";
import { openClient } from "../connection.ts";
import { refuseOverwriting, requireWritable } from "../files.ts";
import { type Delivery, drain, Outbox } from "../../kafka/outbox.ts";
import { openPackets, type PacketSource } from "../../datasets/packet_sources.ts";
import { outboxMetrics } from "../../kafka/metrics.ts";
import { METRICS_KEYS, MetricsServer } from "../serve_metrics.ts";
import { chosenSource } from "./chosen_source.ts";

const PROGRESS_EVERY_MS = 100;

/** Shortest wait for what is due, in ms: what falls due meanwhile goes into one send. */
const WAIT_MS_MIN = 5;

/** How far the traffic has come. */
class Position {
  #firstUs = Infinity;
  #lastUs = -Infinity;
  #events = 0;
  #event: LabelledEvent | undefined;

  take({ timestamp }: Packet): void {
    if (timestamp < this.#firstUs) this.#firstUs = timestamp;
    if (timestamp > this.#lastUs) this.#lastUs = timestamp;
  }

  begin(event: LabelledEvent): void {
    this.#events++;
    this.#event = event;
  }

  /** Events that have begun. */
  get events(): number {
    return this.#events;
  }

  /** First to last packet. */
  get seconds(): number {
    return this.#lastUs < this.#firstUs ? 0 : (this.#lastUs - this.#firstUs) / 1e6;
  }

  /** For the line of progress. */
  get note(): string {
    if (this.#lastUs < this.#firstUs) return "";
    const at = timeText(this.#lastUs / 1_000).replace(/\.\d+Z$/, "Z");
    const event = this.#event;
    return `at ${at}${
      event !== undefined && event.endUs > this.#lastUs ? `, ${event.kind} on ${event.link}` : ""
    }`;
  }
}

/** What surrounds the sending of packets. */
export interface SendPacketsOptions {
  readonly outbox: Outbox;
  readonly signal: AbortSignal;
  readonly limit: number | undefined;
  /** Called when the traffic has come to an event. */
  readonly onEvent: (event: LabelledEvent) => void;
  readonly onPacket: (packet: Packet) => void;
}

/** Sends packets at their times until the source, the limit, a failure or the signal ends it. */
export async function sendPackets(source: PacketSource, options: SendPacketsOptions): Promise<void> {
  const { outbox, signal, limit = Infinity, onEvent, onPacket } = options;
  let upcoming: LabelledEvent[] = [];
  const printed = async function* () {
    let left = limit;
    for await (const { packets, events } of source.batches) {
      const linked = packets.slice(0, left).map((packet) =>
        packet.link === undefined ? { ...packet, link: source.link } : packet
      );
      const values = printPackets(linked);
      upcoming = [...events];
      yield linked.map((packet, i) => ({ packet, value: values[i]! }));
      left -= linked.length;
      if (left <= 0) return;
      upcoming.forEach(onEvent);
    }
  };
  await sendPaced(printed(), {
    outbox,
    signal,
    schedule: scheduleByRecording(source.speed),
    waitMsMin: WAIT_MS_MIN,
    flushesBatches: !source.simulated,
    recordedMs: ({ packet }) => packet.timestamp / 1_000,
    recordOf: ({ packet, value }) => {
      while (upcoming.length > 0 && upcoming[0]!.startUs <= packet.timestamp) onEvent(upcoming.shift()!);
      onPacket(packet);
      return { key: packet.link!, value };
    },
  });
}

function summarize(delivery: Delivery, { position, seconds, simulated }: {
  readonly position: Position;
  readonly seconds: number;
  readonly simulated: boolean;
}): { line: string; object: Record<string, number> } {
  const { sent, acknowledged, failed } = delivery;
  const perSecond = seconds > 0 ? acknowledged / seconds : 0;
  const round = (value: number) => Math.round(value * 1_000) / 1_000;
  const events = simulated ? `, ${formatCount(position.events)} events` : "";
  return {
    line: `sent ${formatCount(sent)}, acknowledged ${formatCount(acknowledged)}, failed ${
      formatCount(failed)
    } in ${formatDuration(seconds)} (${formatRate(perSecond)}/s); ${
      formatDuration(position.seconds)
    } of traffic${events}`,
    object: {
      sent,
      acknowledged,
      failed,
      seconds: round(seconds),
      perSecond: round(perSecond),
      trafficSeconds: round(position.seconds),
      ...(simulated ? { events: position.events } : {}),
    },
  };
}

/** Where the labels go. @throws {UserError} where the file cannot be written */
async function openLabels({ eventsFile, pcap }: Pick<Settings, "eventsFile" | "pcap">): Promise<
  Deno.FsFile | null
> {
  if (eventsFile === undefined) return null;
  await requireWritable({ "--events-file": eventsFile });
  refuseOverwriting(["--events-file", eventsFile], { "--pcap": pcap });
  try {
    return await Deno.open(eventsFile, { write: true, create: true, truncate: true });
  } catch (error) {
    throw new UserError(`cannot write the events to ${eventsFile}: ${(error as Error).message}`, {
      hint: "name another file with --events-file",
      cause: error,
    });
  }
}

/** A signal that also ends some time after the start, where a time is given. */
class Ending implements Disposable {
  readonly signal: AbortSignal;
  readonly #timeUp = new AbortController();
  readonly #disposed = new AbortController();

  constructor(signal: AbortSignal) {
    this.signal = AbortSignal.any([signal, this.#timeUp.signal]);
  }

  /** The time begins. */
  async after(seconds: number): Promise<void> {
    await sleep(seconds * 1_000, this.#disposed.signal);
    this.#timeUp.abort(new DOMException("the time is over", "AbortError"));
  }

  [Symbol.dispose](): void {
    this.#disposed.abort();
  }
}

/** Sends packets with progress shown. @returns what ended it early */
async function sendWithProgress(
  source: PacketSource,
  { settings, context, outbox, position, ending, labels }: {
    readonly settings: Pick<Settings, "quiet" | "limit">;
    readonly context: CommandContext;
    readonly outbox: Outbox;
    readonly position: Position;
    readonly ending: AbortSignal;
    readonly labels: Deno.FsFile | null;
  },
): Promise<unknown> {
  const { log, signal } = context;
  using progress = startProgress({
    unit: "packets",
    log,
    quiet: settings.quiet,
    ...(settings.limit === undefined ? {} : { total: settings.limit }),
  });
  const timer = setInterval(
    () => {
      const notes = [position.note, source.note?.() ?? ""].filter((note) => note !== "");
      progress.update(outbox.delivery.acknowledged, notes.join(", "));
    },
    PROGRESS_EVERY_MS,
  );
  try {
    await sendPackets(source, {
      outbox,
      signal: ending,
      limit: settings.limit,
      onPacket: (packet) => position.take(packet),
      onEvent: (event) => {
        position.begin(event);
        if (labels !== null) writeAllSync(labels, `${JSON.stringify(event)}\n`);
      },
    });
    return undefined;
  } catch (error) {
    return error;
  } finally {
    await drain(outbox, signal);
    clearInterval(timer);
  }
}

/** Captures packets. */
export const trafficCaptureCommand = defineCommand({
  name: "capture",
  summary: "Packets of a traffic model, a capture file, a live capture or NetFlow exporters, into a topic",
  examples: [
    "traffic capture --simulate",
    "traffic capture --simulate --rate 50 --speed 60 --output network-traffic",
    "traffic capture --simulate --rate 20 --speed 0 --duration 24h --links 4 --events-file events.ndjson",
    "traffic capture --pcap trace.pcapng --speed 1",
    "traffic capture --pcap - --link eth0 < <(tcpdump -i eth0 -U -w -)",
    "traffic capture --netflow 127.0.0.1:2055",
  ],
  settings: [
    ...(["simulate", "pcap", "netflow", "sampling", "output", "link", "limit", "duration", "speed"] as const),
    ...(["rate", "seed", "links", "start", "events", "eventsFile"] as const),
    ...(["partitions", "replicationFactor", "json", "quiet"] as const),
    ...METRICS_KEYS,
    ...CONNECTION_KEYS,
  ],
  defaults: { output: "packets", rate: 5_000 },
  next: ({ output }) => ({ command: "traffic train --from-topic", args: [output] }),
  async run(settings, context): Promise<ExitCode> {
    const { out, log } = context;
    const { output: name, partitions = -1, replicationFactor = -1 } = settings;
    const kind = chosenSource(settings, context.origin);
    using ending = new Ending(context.signal);
    const source = openPackets(settings, { kind, log, signal: ending.signal });
    using labels = await openLabels(settings);
    if (kind === "simulate" && settings.duration === undefined && settings.limit === undefined) {
      log.info("simulated traffic has no end: Ctrl-C ends it, or --duration 1h or --limit N");
    }
    await using metrics = await MetricsServer.open(settings, log);
    await using client = await openClient(settings, log);
    if (await ensureTopic(client.admin, { name, partitions, replicationFactor })) {
      log.info(`created the topic ${name}`);
    }
    await using producer = await client.producer();
    const outbox = new Outbox(producer, name);
    metrics.add(outboxMetrics(outbox));
    metrics.readyWithKafka(client);
    const position = new Position();
    const startMs = performance.now();
    // Simulated time is the model's business.
    if (kind !== "simulate" && settings.duration !== undefined) ending.after(settings.duration);
    let failure = await sendWithProgress(source, {
      settings,
      context,
      outbox,
      position,
      ending: ending.signal,
      labels,
    });
    const seconds = (performance.now() - startMs) / 1_000;
    try {
      for (const note of failure === undefined ? source.notes() : []) log.warn(note);
    } catch (error) {
      failure = error;
    }
    const { line, object } = summarize(outbox.delivery, { position, seconds, simulated: source.simulated });
    if (settings.json) out(JSON.stringify({ ...object, ...source.facts?.() }));
    else if (!settings.quiet) out(line);
    if (failure !== undefined || outbox.failure !== undefined) throw failure ?? outbox.failure;
    return outbox.delivery.failed > 0 ? 1 : 0;
  },
});
