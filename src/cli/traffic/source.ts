/** Where `traffic train`, `traffic evaluate` and `report` have a link's windows from: a topic, a capture, a file. */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { Settings } from "../../config/settings.ts";
import { readBytes, tap } from "../../datasets/bytes.ts";
import { readIspTraffic } from "../../datasets/isp_traffic.ts";
import { describeCapture, readCapture } from "../../datasets/pcap/mod.ts";
import { UserError } from "../../runtime/errors.ts";
import { startProgress } from "../../runtime/progress.ts";
import { readPacket } from "../../records/packets/read.ts";
import { describeTime } from "../../runtime/time_text.ts";
import { packetSet, type TrafficSet, volumeSet, WindowCollector } from "../../traffic/train/traffic_set.ts";
import type { CommandContext } from "../command.ts";
import type { ConnectionSettings } from "../connection.ts";

/** Settings that say where windows come from. */
export const SOURCE_KEYS = ["fromTopic", "maxMessages", "pcap", "link", "dataset", "file"] as const;

/** What says where windows come from. */
export type SourceSettings = Pick<Settings, typeof SOURCE_KEYS[number] | "quiet"> & ConnectionSettings;

/** Which flag names the source; `null` where none does. @throws {UserError} where several do. */
export function sourceFlagOf(
  { fromTopic, pcap }: SourceSettings,
  { origin }: Pick<CommandContext, "origin">,
): "--from-topic" | "--pcap" | "--dataset" | null {
  const named = [
    ...(fromTopic === undefined ? [] : ["--from-topic" as const]),
    ...(pcap === undefined ? [] : ["--pcap" as const]),
    ...(origin["dataset"] === undefined ? [] : ["--dataset" as const]),
  ];
  if (named.length < 2) return named[0] ?? null;
  throw new UserError(`${named.join(" and ")} contradict each other`, {
    hint: "give one of them",
    exitCode: 2,
  });
}

/**
 * Reads all there is.
 *
 * @param windowUs of packets' windows; a file that has its own is refused where it is another
 * @throws {UserError}
 */
export async function readTrafficSet(
  settings: SourceSettings,
  context: CommandContext,
  windowUs: number | undefined,
): Promise<TrafficSet> {
  const flag = sourceFlagOf(settings, context);
  if (flag === null) {
    throw new UserError("No traffic is named", {
      hint: "name some with --from-topic packets, --pcap FILE or --dataset isp --file FILE",
      exitCode: 2,
    });
  }
  const set = flag === "--dataset"
    ? await readVolume(settings, windowUs)
    : flag === "--pcap"
    ? await readCaptured(settings, context, windowUs!)
    : await readFromTopic(settings, context, windowUs!);
  if (context.signal.aborted) throw new UserError("Reading was stopped before its end: no result");
  for (const remark of set.remarks) context.log.info(remark);
  return set;
}

async function readVolume(
  { dataset, file }: SourceSettings,
  windowUs: number | undefined,
): Promise<TrafficSet> {
  if (dataset !== "isp") {
    throw new UserError(`${dataset} holds no traffic of a link`, { hint: "use --dataset isp", exitCode: 2 });
  }
  if (file === undefined) {
    throw new UserError("isp is not shipped: its file is missing", {
      hint: "name one, such as isp-traffic-hourly.csv, with --file",
      exitCode: 2,
    });
  }
  const { sha256, startMs, stepMs, bits, assumptions } = await readIspTraffic(file);
  if (windowUs !== undefined && windowUs !== stepMs * 1_000) {
    throw new UserError(
      `${file} has a row every ${describeTime(stepMs * 1_000)}, and windows of ${
        describeTime(windowUs)
      } are asked for`,
      { hint: "leave out --window, or name the file that the model is made for", exitCode: 2 },
    );
  }
  return volumeSet({ startUs: startMs * 1_000, bytes: bits.map((value) => value / 8), link: "isp" }, {
    ...{ name: file, sha256, windowUs: stepMs * 1_000 },
    remarks: [
      `${file}: ${assumptions.join("; ")}`,
      `${file}: ${bits.length} windows of ${describeTime(stepMs * 1_000)}, its bits taken as bytes`,
    ],
  });
}

async function readCaptured(
  { pcap, link, quiet }: SourceSettings,
  { log, signal }: CommandContext,
  windowUs: number,
): Promise<TrafficSet> {
  const path = pcap!, hash = createHash("sha256");
  const name = link ?? (path === "-" ? "stdin" : basename(path));
  const bytes = tap(readBytes(path, "--pcap"), (piece) => hash.update(piece));
  const capture = readCapture(bytes, { name: path === "-" ? "standard input" : path });
  const collector = new WindowCollector(windowUs);
  using progress = startProgress({ unit: "packets", log, quiet });
  for await (const batch of capture.batches) {
    for (const packet of batch) collector.add(packet.link ?? name, packet);
    progress.update(collector.packets);
    if (signal.aborted) break;
  }
  return packetSet(collector, {
    ...{ name: path, sha256: hash.digest("hex"), windowUs },
    remarks: describeCapture(capture.summary(), path),
  });
}

/** Reads a topic from its beginning to where it ends now; joins no group and commits nothing. */
async function readFromTopic(
  settings: SourceSettings,
  { log, signal }: CommandContext,
  windowUs: number,
): Promise<TrafficSet> {
  const { openClient } = await import("../connection.ts");
  await using client = await openClient(settings, log);
  const topic = settings.fromTopic!, limit = settings.maxMessages ?? Infinity;
  const partitions = await client.admin.topicOffsets(topic);
  const total = partitions.reduce(
    (sum, { logStartOffset, highWatermark }) => sum + highWatermark - logStartOffset,
    0,
  );
  const collector = new WindowCollector(windowUs);
  using progress = startProgress({
    ...{ unit: "packets", total: Math.min(total, limit), log, quiet: settings.quiet },
  });
  const stop = new AbortController();
  let read = 0, firstRefusal = "";
  try {
    const chunks = client.read({
      ...{ topics: [topic], from: "beginning", until: "end" },
      signal: AbortSignal.any([signal, stop.signal]),
    });
    for await (const { records } of chunks) {
      for (const record of records) {
        if (read++ >= limit) break;
        const found = readPacket(record);
        if ("packet" in found) collector.add(found.link, found.packet);
        else firstRefusal ||= `${found.reason}: ${found.detail}`;
      }
      progress.update(Math.min(read, limit));
      if (read >= limit || signal.aborted) break;
    }
  } finally {
    stop.abort();
  }
  const unusable = Math.min(read, limit) - collector.packets;
  if (collector.packets === 0) {
    throw new UserError(
      `Cannot learn from topic ${topic}: none of its ${Math.min(read, limit)} records is a packet` +
        (firstRefusal === "" ? "" : ` (${firstRefusal})`),
      { hint: "fill it with: streamflow traffic capture" },
    );
  }
  return packetSet(collector, {
    ...{ name: topic, sha256: null, windowUs },
    remarks: unusable === 0
      ? []
      : [`${topic}: ${unusable} records that are no packets are left out (${firstRefusal})`],
  });
}
