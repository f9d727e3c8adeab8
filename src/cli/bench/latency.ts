/** How long after a window's end its forecast, and with it its alerts, are there: simulated traffic at its own pace. */
import type { KafkaClient, Producer } from "../../kafka/port.ts";
import { sleep, untilAborted } from "../../runtime/clock.ts";
import { jsonRecord } from "../../records/formats/json.ts";
import { readForecast } from "../../records/forecasts.ts";
import type { Packet } from "../../records/packets/schema.ts";
import { Outbox } from "../../kafka/outbox.ts";

/** Packets that fall due within so long go into one send, in ms. */
const SEND_EVERY_MS = 4;
/** How long the last forecasts may take, in ms. */
const LAST_WITHIN_MS = 1_000;

/** When the windows of each partition were closed, by the first packet after them. */
class Closings {
  readonly #windowMs: number;
  /** By partition: the number of the window that is open. */
  readonly #open = new Map<number, number>();
  readonly #closedMs = new Map<string, number>();

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** A packet goes out. */
  pass(partition: number, timestampMs: number, nowMs: number): void {
    const window = Math.floor(timestampMs / this.#windowMs);
    const open = this.#open.get(partition) ?? window;
    for (let closed = open; closed < window; closed++) this.#closedMs.set(`${partition}/${closed}`, nowMs);
    this.#open.set(partition, Math.max(open, window));
  }

  /** When a window was closed; `undefined` where it was not. */
  of(partition: number, startMs: number): number | undefined {
    return this.#closedMs.get(`${partition}/${Math.round(startMs / this.#windowMs)}`);
  }
}

/** What is sent, and where its forecasts come out. */
export interface LiveTraffic {
  readonly client: KafkaClient;
  readonly input: string;
  readonly forecasts: string;
  readonly windowMs: number;
  /** In the order of their time, which begins now and ends some seconds from now. */
  readonly packets: Iterable<Packet>;
  /** Of the input: each link's packets go to one of them. */
  readonly partitions: number;
  readonly signal: AbortSignal;
}

/** Sends each packet when it is due. */
async function sendLive(
  producer: Producer,
  { packets, input, partitionOf, closings, signal }: Pick<LiveTraffic, "packets" | "input" | "signal"> & {
    readonly partitionOf: (link: string) => number;
    readonly closings: Closings;
  },
): Promise<void> {
  const outbox = new Outbox(producer, input);
  for (const packet of packets) {
    const dueMs = packet.timestamp / 1_000;
    if (dueMs > Date.now()) {
      outbox.flush();
      await sleep(Math.max(SEND_EVERY_MS, dueMs - Date.now()), signal);
    }
    if (signal.aborted || outbox.failure !== undefined) break;
    const partition = partitionOf(packet.link!);
    closings.pass(partition, dueMs, performance.now());
    await outbox.add({ ...jsonRecord(packet.link!, packet), partition });
  }
  await outbox.drain();
  if (outbox.failure !== undefined) throw outbox.failure;
}

/**
 * Sends the traffic while somebody forecasts it.
 *
 * @returns ms from the sending of the packet that closes a window to the reading of its forecast, ascending
 */
export async function measureLatency(traffic: LiveTraffic): Promise<number[]> {
  const { client, forecasts, windowMs, partitions, signal } = traffic;
  const closings = new Closings(windowMs);
  const links = new Map<string, number>();
  const partitionOf = (link: string) => links.getOrInsertComputed(link, () => links.size % partitions);
  const reading = new AbortController();
  /** What came, and when: read after the measurement, so that reading takes no time within it. */
  const arrivals: { readonly nowMs: number; readonly value: Uint8Array | null }[] = [];
  const read = async () => {
    const options = {
      topics: [forecasts],
      from: "beginning",
      until: "never",
      signal: reading.signal,
    } as const;
    for await (const { records } of untilAborted(client.read(options), reading.signal)) {
      const nowMs = performance.now();
      for (const { value } of records) arrivals.push({ nowMs, value });
    }
  };
  await using producer = await client.producer();
  const gathered = read();
  try {
    await sendLive(producer, { ...traffic, partitionOf, closings });
    await sleep(LAST_WITHIN_MS, signal);
  } finally {
    reading.abort();
    await gathered;
  }
  return arrivals.flatMap(({ nowMs, value }) => {
    const forecast = readForecast(value);
    if (forecast === null) return [];
    const closedMs = closings.of(partitionOf(forecast.link), Date.parse(forecast.observed.start));
    // One that came before is of a window that was still open.
    return closedMs === undefined || closedMs > nowMs ? [] : [nowMs - closedMs];
  }).toSorted((a, b) => a - b);
}
