/** Hand-made traffic for the tests of the watch: a steady link, and what can happen to it. */
import { Random } from "../../nn/mod.ts";
import type { IncomingRecord, OutgoingRecord } from "../../src/kafka/port.ts";
import type { WindowedJob } from "../../src/jobs/job.ts";
import type { Json } from "../../src/stream/json.ts";
import { type Packet, TCP_FLAGS } from "../../src/records/packets/schema.ts";
import type { Processed } from "../../src/records/processed_data.ts";
import type { Anomaly } from "../../src/records/anomalies.ts";
import { WatchJobs, type WatchOptions } from "../../src/traffic/watch/watch_job.ts";
import { WatchTally } from "../../src/traffic/watch/watch_tally.ts";
import { packetAt, packetRecord, START_US } from "./forecast_run.ts";

export const MINUTE_MS = 60_000;

const decoder = new TextDecoder();

/** What a job has emitted, in order. */
export class WatchOutcome {
  readonly told: { readonly topic: string; readonly key: string; readonly text: string }[] = [];
  readonly letters: OutgoingRecord[] = [];
  readonly emit = (topic: string, record: OutgoingRecord): void => {
    if (topic === "dead") this.letters.push(record);
    const text = decoder.decode(record.value ?? new Uint8Array());
    this.told.push({ topic, key: String(record.key), text });
  };

  get windows(): Processed[] {
    return this.told.filter(({ topic }) => topic === "processed").map(({ text }) => JSON.parse(text));
  }

  get anomalies(): Anomaly[] {
    return this.told.filter(({ topic }) => topic === "anomalies").map(({ text }) => JSON.parse(text));
  }

  /** Our headers of the dead letters. */
  get reasons(): Record<string, string>[] {
    return this.letters.map(({ headers = [] }) =>
      Object.fromEntries(
        headers.map(({ key, value }) => [key.replace("streamflow.", ""), decoder.decode(value)]),
      )
    );
  }
}

/** Jobs with windows of a minute. */
export function watchJobs(options: Partial<WatchOptions> = {}): { jobs: WatchJobs; tally: WatchTally } {
  const { tally = new WatchTally() } = options;
  const jobs = new WatchJobs({
    topics: { processed: "processed", anomalies: "anomalies", deadLetter: "dead" },
    windowUs: 60_000_000,
    advanceUs: 60_000_000,
    latenessUs: 0,
    graceUs: 0,
    futureMaxUs: 3_600_000_000,
    emission: { kind: "final" },
    detector: "level",
    ...options,
    tally,
  });
  return { jobs, tally };
}

/** A job of partition 3. */
export function watchJob(jobs: WatchJobs, state: Json | null = null): WindowedJob {
  return jobs.make({ topic: "network-traffic", partition: 3 }, state);
}

/** What a job makes of packets, put in the order of their times. */
export function watchPackets(packets: readonly Packet[], options: Partial<WatchOptions> = {}): WatchOutcome {
  const outcome = new WatchOutcome();
  watchJob(watchJobs(options).jobs).take(recordsOf(packets), outcome.emit);
  return outcome;
}

/** Their records, in the order of their times. */
export function recordsOf(packets: readonly Packet[]): IncomingRecord[] {
  return packets.toSorted((a, b) => a.timestamp - b.timestamp).map((packet, offset) =>
    packetRecord(offset, packet)
  );
}

/** `perMinute` packets a minute of a dozen sources, a little irregular, from one minute up to another. */
export function steady(
  [from, to]: readonly [minute: number, minute: number],
  { perMinute = 60, seed = 1, link = "a" }: { perMinute?: number; seed?: number; link?: string } = {},
): Packet[] {
  const random = new Random(seed);
  const packets: Packet[] = [];
  for (let minute = from; minute < to; minute++) {
    const count = Math.round(perMinute * random.uniform(0.9, 1.1));
    for (let n = 0; n < count; n++) {
      packets.push(packetAt(minute * MINUTE_MS + Math.floor((n + random.uniform()) / count * MINUTE_MS), {
        id: `${link}-${seed}-${minute}-${n}`,
        length: 60 + random.integer(1_400),
        src: `10.0.${n % 4}.${n % 12}`,
        dst: `10.1.0.${random.integer(9)}`,
        protocol: n % 5 === 0 ? "UDP" : "TCP",
        region: n % 3 === 0 ? "north" : "south",
        country: "DE",
        link,
      }));
    }
  }
  return packets;
}

/** A SYN, its answer and the end of the handshake, so many ms after the start; as many of them as are wanted. */
export function handshake(
  ms: number,
  { client = "10.0.0.1", server = "10.1.0.1", clientPort = 40_000, port = 80, steps = 3, link = "a" } = {},
): Packet[] {
  const there = { src: client, dst: server, srcPort: clientPort, dstPort: port };
  const back = { src: server, dst: client, srcPort: port, dstPort: clientPort };
  return [
    { ...there, tcpFlags: TCP_FLAGS.SYN },
    { ...back, tcpFlags: TCP_FLAGS.SYN | TCP_FLAGS.ACK },
    { ...there, tcpFlags: TCP_FLAGS.ACK },
  ].slice(0, steps).map((ends, step) =>
    packetAt(ms + 20 * step, {
      id: `h-${link}-${ms}-${client}-${clientPort}-${server}-${port}-${step}`,
      link,
      ...ends,
    })
  );
}

/** Everything that can happen, one after the other; junk, late and early packets, and some twice. */
export function eventfulLog(): IncomingRecord[] {
  const at = (minute: number, n: number, perMinute: number) =>
    minute * MINUTE_MS + Math.floor(n * MINUTE_MS / perMinute);
  const packets: Packet[] = [
    ...steady([0, 45]),
    ...steady([45, 49], { perMinute: 240, seed: 2 }),
    ...steady([49, 60]),
    ...steady([64, 80]),
    ...steady([0, 80], { perMinute: 20, link: "b", seed: 3 }),
    ...Array.from(
      { length: 40 },
      (_, n) =>
        handshake(at(66, n, 120), { client: "203.0.113.9", port: 1 + n, clientPort: 5_000 + n, steps: 1 }),
    ).flat(),
    ...Array.from(
      { length: 120 },
      (_, n) => handshake(at(69, n, 120), { client: `198.51.100.${n}`, clientPort: 6_000 + n, steps: 2 }),
    ).flat(),
    ...Array.from(
      { length: 100 },
      (_, n) => packetAt(at(73, n, 25), { id: `t${n}`, src: "2001:db8::7", country: "NZ", region: "north" }),
    ),
  ];
  const log = recordsOf(packets).flatMap((record, n): IncomingRecord[] => [
    record,
    ...(n % 50 === 7 ? [record] : []),
    ...(n % 300 === 100 ? [packetRecord(0, "{")] : []),
    ...(n % 400 === 200 ? [{ ...record, timestampMs: record.timestampMs - 4 * 3_600_000 }] : []),
    ...(n % 500 === 400
      ? [packetRecord(0, packetAt(record.timestampMs - START_US / 1_000 - 200_000, { id: `late${n}` }))]
      : []),
  ]);
  return log.map((record, offset) => ({ ...record, offset }));
}
