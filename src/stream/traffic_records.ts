/**
 * Records of network traffic: packets, and what is made of them. All topics are keyed by `link`, values are UTF-8
 * JSON. No value holds the time of its making, so that a record made again after a crash is the same, byte for byte.
 */
import { z } from "zod";
import { isoUtcMs } from "./utc_time.ts";

const port = z.int().min(0).max(65_535);

/** Bits of {@linkcode Packet.tcpFlags}, RFC 9293 and RFC 3540. */
export const TCP_FLAGS = {
  FIN: 0x001,
  SYN: 0x002,
  RST: 0x004,
  PSH: 0x008,
  ACK: 0x010,
  URG: 0x020,
  ECE: 0x040,
  CWR: 0x080,
  NS: 0x100,
} as const;

/** Bytes that one record may stand for at most: sums of very many stay exact. */
export const LENGTH_MAX = 2 ** 40;

/** Packets that one record may stand for at most. */
export const PACKETS_PER_RECORD_MAX = 2 ** 32;

/** A packet, or a flow of several that an exporter has counted: what `packets` and `network-traffic` carry. */
export const packetSchema = z.object({
  id: z.string().min(1).max(200).describe("Unique; the same when the same packet is captured again"),
  timestamp: z.int().min(0).describe("When it was seen, Unix time in microseconds: the event time"),
  length: z.int().min(0).max(LENGTH_MAX).describe(
    "Bytes on the wire, the link's header included; of a flow the sum",
  ),
  protocol: z.string().min(1).max(32).describe(
    "TCP, UDP, ICMP, ICMPv6, ARP; else the number in IP's header, or `0x86dd` of Ethernet's",
  ),
  src: z.string().max(64).describe("IPv4 or IPv6 address; of other protocols the MAC address"),
  dst: z.string().max(64),
  srcPort: port.optional().describe("Of TCP and UDP"),
  dstPort: port.optional(),
  tcpFlags: z.int().min(0).max(511).optional().describe("FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, …"),
  packets: z.int().min(1).max(PACKETS_PER_RECORD_MAX).optional().describe(
    "Of a flow: how many packets it stands for; else 1",
  ),
  sampling: z.number().gt(1).max(PACKETS_PER_RECORD_MAX).optional().describe(
    "Of a flow of sampled traffic: the exporter looked at one of so many packets; length and packets were multiplied by it",
  ),
  link: z.string().min(1).max(200).optional().describe(
    "Where it was seen: the record's key, which counts where this is not given",
  ),
  region: z.string().min(1).max(100).optional(),
  country: z.string().min(1).max(10).optional().describe("Of `src`, where the exporter knows it"),
}).describe("A packet on `packets` or `network-traffic`");

/** A span of event time, half-open. */
export const spanSchema = z.object({
  start: isoUtcMs.describe("Belongs to it"),
  end: isoUtcMs.describe("Does not"),
});

/** What a window of a link's packets comes to. */
export const observedWindowSchema = z.object({
  ...spanSchema.shape,
  packets: z.int().min(0),
  bytes: z.int().min(0),
  meanSize: z.number().describe("Bytes per packet; 0 without packets"),
  interarrival: z.number().describe(
    "Mean time between two packets in µs: (last − first) ÷ (records − 1); the window's length with fewer than two",
  ),
  tcp: z.number().min(0).max(1).describe("Share of the packets; TCP, UDP and the rest add up to 1"),
  udp: z.number().min(0).max(1),
  final: z.boolean().describe("Whether the watermark has passed its end"),
  correction: z.boolean().describe("Whether a late record changed it after it was final"),
});

const byTarget = z.record(z.string(), z.number());

/** The answer to one window: what `forecasts` carries. */
export const trafficForecastSchema = z.object({
  id: z.string().describe(
    "`<link>/<start of the observed window, Unix ms>`; of a correction, or while it is open, `…#<packets>`",
  ),
  link: z.string(),
  observed: observedWindowSchema,
  window: spanSchema.describe(
    "The window that is forecast: the next one; while `observed` is open, that one",
  ),
  forecast: z.record(
    z.string(),
    z.object({
      value: z.number(),
      lower: z.number().describe("Quantile of recent residuals below the value"),
      upper: z.number(),
    }),
  ).describe("By target: packets, bytes, interarrival; none of an open window that is the link's first"),
  coverage: z.number().min(0).max(1).describe("Share of the outcomes that shall lie from lower to upper"),
  by: z.enum(["network", "baseline"]).describe(
    "`baseline` (the last value) while the link has fewer windows than the look-back needs",
  ),
  scored: z.nullable(z.object({
    predicted: byTarget,
    actual: byTarget,
    baseline: byTarget.describe("The last value at the time"),
    inside: z.record(z.string(), z.boolean()).describe("Whether the outcome lay in the interval"),
    by: z.enum(["network", "baseline"]),
  })).describe("Outcome of the forecast made one window ago for the observed one"),
  model: z.object({ name: z.string(), version: z.string() }),
}).describe("A forecast on `forecasts`");

/** A rule that begins or ceases to hold: what `alerts` carries. */
export const alertSchema = z.object({
  id: z.string().describe("`<link>/<start of the window, Unix ms>/<rule>/<state>`"),
  link: z.string(),
  rule: z.string().describe("As it was given: `packets>100`"),
  state: z.enum(["raised", "cleared"]),
  value: z.number().describe("What was compared"),
  threshold: z.number().describe("With what: a quantile of the link's history is a number here"),
  window: spanSchema.describe("The window that the value is of"),
  forecast: z.boolean().describe("Whether the value is a forecast or was observed"),
  evidence: z.string().describe("The same in words"),
  model: z.object({ name: z.string(), version: z.string() }),
}).describe("An alert on `alerts`");

/** The kinds of anomalies. */
export const ANOMALY_KINDS = [
  "spike",
  "drop",
  "outage",
  "port-scan",
  "syn-flood",
  "new-source",
  "new-prefix",
  "new-country",
  "source-share",
] as const;

/** Something unusual: what `anomalies` carries. */
export const anomalySchema = z.object({
  id: z.string().describe("`<link>/<kind>/<name>/<start of the window, Unix ms>`"),
  kind: z.enum(ANOMALY_KINDS),
  subject: z.object({
    dimension: z.enum(["link", "region", "source", "destination"]),
    name: z.string(),
  }),
  link: z.string(),
  score: z.number().min(0).max(1).describe("1 = as unusual as it can be"),
  detector: z.string().describe("Which estimator found it"),
  evidence: z.string().describe("What was found, and what was expected, in words and numbers"),
  values: z.record(z.string(), z.number()),
  window: spanSchema,
  offsets: z.object({
    topic: z.string(),
    partition: z.int(),
    first: z.int(),
    last: z.int(),
    count: z.int().describe("Records from first to last that are part of it"),
  }),
}).describe("An anomaly on `anomalies`");

/** A window of a link, a region or a source: what `processed-data` carries. */
export const processedSchema = z.object({
  id: z.string().describe("`<link>/<dimension>/<name>/<start, Unix ms>`; of a correction `…#<packets>`"),
  dimension: z.enum(["link", "region", "source"]),
  name: z.string(),
  link: z.string(),
  ...observedWindowSchema.shape,
  sources: z.int().describe("Distinct sources: exact while few, then HyperLogLog"),
  destinations: z.int(),
  destinationPorts: z.int(),
  sizeP50: z.number().describe("Median size in bytes, to a relative error of 1 %"),
  sizeP99: z.number(),
  topSources: z.array(z.object({ source: z.string(), bytes: z.number() })),
}).describe("A window on `processed-data`");

/** A packet, see {@linkcode packetSchema}. */
export type Packet = z.infer<typeof packetSchema>;
/** A forecast, see {@linkcode trafficForecastSchema}. */
export type TrafficForecast = z.infer<typeof trafficForecastSchema>;
/** A window's figures, see {@linkcode observedWindowSchema}. */
export type ObservedWindow = z.infer<typeof observedWindowSchema>;
/** An alert, see {@linkcode alertSchema}. */
export type Alert = z.infer<typeof alertSchema>;
/** An anomaly, see {@linkcode anomalySchema}. */
export type Anomaly = z.infer<typeof anomalySchema>;
/** A processed window, see {@linkcode processedSchema}. */
export type Processed = z.infer<typeof processedSchema>;
