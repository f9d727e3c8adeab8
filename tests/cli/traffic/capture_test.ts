/** `traffic capture`: what it sends from each source, through the real program, on both clusters; what it refuses. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { join } from "node:path";
import { Outbox } from "../../../src/kafka/outbox.ts";
import type { PacketBatch, PacketSource } from "../../../src/datasets/packet_sources.ts";
import { sendPackets } from "../../../src/cli/traffic/capture.ts";
import { openCapture } from "../../../src/datasets/pcap/mod.ts";
import { createTrafficModel, type LabelledEvent } from "../../../src/datasets/traffic_model/mod.ts";
import { connect } from "../../../src/kafka/connect.ts";
import type { OutgoingRecord, Producer } from "../../../src/kafka/port.ts";
import { type Packet, packetSchema } from "../../../src/records/packets/schema.ts";
import { readPacket } from "../../../src/records/packets/read.ts";
import { v5Of, v5RecordOf } from "../../datasets/netflow_bytes.ts";
import { ethernetOf, ipv4Of, pcapOf, udpOf } from "../../datasets/pcap_bytes.ts";
import { hasTraces, tracePath } from "../../datasets/pcap_traces.ts";
import { testClusters, uniqueName } from "../../support/cluster.ts";
import { failureOf, interrupt, runStreamflow, startStreamflow, untilSaid } from "../../support/run.ts";
import { until } from "../../support/until.ts";

/** A port where nobody listens. */
const NOBODY = ["--bootstrap-server", "127.0.0.1:1"];
const MONDAY_US = Date.UTC(2026, 0, 5) * 1_000;

const decoder = new TextDecoder();

/** Records of a topic: keys, and values as they were sent. */
async function readTopic(bootstrapServer: string, topic: string): Promise<{ key: string; packet: Packet }[]> {
  await using client = await connect({ bootstrapServer, clientId: "test" }, "platformatic");
  const found: { key: string; packet: Packet }[] = [];
  const { signal } = new AbortController();
  for await (const { records } of client.read({ topics: [topic], from: "beginning", until: "end", signal })) {
    for (const record of records) {
      assert.ok("packet" in readPacket(record));
      const packet = JSON.parse(decoder.decode(record.value!)) as Packet;
      if (found.length % 50 === 0) packetSchema.strict().parse(packet);
      found.push({ key: decoder.decode(record.key!), packet });
    }
  }
  return found;
}

async function smb2Packets(link: string): Promise<Packet[]> {
  const packets: Packet[] = [];
  for await (const batch of openCapture(tracePath("smb2.pcap"), { flag: "--pcap", link }).batches) {
    packets.push(...batch);
  }
  return packets.map((packet) => ({ ...packet, link }));
}

const traces = hasTraces();

async function capture(...args: string[]): Promise<Record<string, number>> {
  const { code, stdout, stderr } = await runStreamflow(["traffic", "capture", "--json", ...args]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

const clusters = testClusters();
const embedded = clusters[0]!;

for (const kind of clusters) {
  const check = (name: string, test: (where: string[], topic: string) => Promise<void>, ignore = false) =>
    Deno.test({
      name: `traffic capture ${name}, on the ${kind.name} cluster`,
      ignore: ignore || kind.missing !== null,
      fn: async () => {
        await using cluster = await kind.open();
        const topic = uniqueName("packets");
        await test(["--bootstrap-server", cluster.bootstrapServer, "--output", topic], topic);
      },
    });

  check(
    "--simulate sends the model's packets, each under its link, to the last one",
    async (where, topic) => {
      const flags = ["--simulate", "--speed", "0", "--seed", "11", "--links", "3", "--limit", "4321"];
      const summary = await capture(...where, ...flags, "--partitions", "2");
      assert.deepEqual([summary["sent"], summary["acknowledged"], summary["failed"]], [4_321, 4_321, 0]);
      const expected: Packet[] = [];
      const model = createTrafficModel({ seed: 11, ratePerSecond: 5_000, startUs: MONDAY_US, links: 3 });
      while (expected.length < 4_321) expected.push(...model.next().value!.packets);
      const records = await readTopic(where[1]!, topic);
      assert.ok(records.every(({ key, packet }) => key === packet.link));
      const order = (packet: Packet) => Number(packet.id.split("-").at(-1));
      const packets = records.map(({ packet }) => packet).sort((a, b) => order(a) - order(b));
      assert.deepEqual(packets, expected.slice(0, 4_321));
    },
  );

  check("--pcap sends a file's packets, under its name", async (where, topic) => {
    const { acknowledged } = await capture(...where, "--pcap", tracePath("smb2.pcap"));
    const expected = await smb2Packets("smb2");
    assert.equal(acknowledged, expected.length);
    assert.deepEqual((await readTopic(where[1]!, topic)).map(({ packet }) => packet), expected);
  }, !traces);

  check("--pcap - sends what has come while standard input is open", async (where, topic) => {
    await using running = await startStreamflow(
      ["traffic", "capture", ...where, "--pcap", "-", "--link", "eth0"],
      { stdin: null },
    );
    const writer = running.child.stdin.getWriter();
    await writer.write(await Deno.readFile(tracePath("smb2.pcap")));
    writer.releaseLock();
    const expected = await smb2Packets("eth0");
    await until(async () => (await readTopic(where[1]!, topic)).length >= expected.length);
    const { code, stdout } = await interrupt(running);
    assert.equal(code, 130);
    assert.match(stdout, /sent 1,178, acknowledged 1,178, failed 0/);
    assert.deepEqual((await readTopic(where[1]!, topic)).map(({ packet }) => packet), expected);
  }, !traces || Deno.build.os === "windows");

  check("--netflow sends the flows of a datagram", async (where, topic) => {
    await using running = await startStreamflow(
      ["traffic", "capture", ...where, "--netflow", "127.0.0.1:0", "--limit", "2", "--json"],
      { watchOutput: true },
    );
    const listening = /listening on 127\.0\.0\.1:(\d+) \(UDP\)/;
    const port = Number(listening.exec(await untilSaid(running, listening))![1]);
    const socket = createSocket("udp4");
    for (const datagram of [new Uint8Array([0, 7, 1]), v5Of([v5RecordOf(), v5RecordOf({ protocol: 17 })])]) {
      await new Promise((resolve) => socket.send(datagram, port, "127.0.0.1", resolve));
    }
    const { code, stdout, stderr } = await running.result;
    await new Promise<void>((resolve) => socket.close(() => resolve()));
    assert.equal(code, 0, stderr);
    const { acknowledged, unused } = JSON.parse(stdout);
    assert.deepEqual([acknowledged, unused], [2, { "127.0.0.1": { version: 1 } }]);
    assert.match(stderr, /not used of 127\.0\.0\.1: 1 datagrams of another version/);
    const records = await readTopic(where[1]!, topic);
    assert.deepEqual(
      records.map(({ key, packet: { src, protocol, length, packets } }) => ({
        key,
        src,
        protocol,
        length,
        packets,
      })),
      ["TCP", "UDP"].map((protocol) => (
        { key: "127.0.0.1", src: "192.0.2.1", protocol, length: 5_000, packets: 10 }
      )),
    );
  });
}

Deno.test("traffic capture writes a simulated day with its labels, as fast as it can", async () => {
  await using cluster = await embedded.open();
  const folder = await Deno.makeTempDir({ prefix: "streamflow-capture-" });
  try {
    const labels = join(folder, "events.ndjson");
    const flags = [
      "--simulate",
      "--speed",
      "0",
      "--rate",
      "0.2",
      "--duration",
      "24h",
      "--events-file",
      labels,
    ];
    const where = ["--bootstrap-server", cluster.bootstrapServer, "--output", "network-traffic"];
    const { events, trafficSeconds } = await capture(...where, ...flags, "--start", "2026-03-02");
    assert.ok(trafficSeconds! > 86_000 && trafficSeconds! < 86_400, `${trafficSeconds}`);
    const lines = (await Deno.readTextFile(labels)).trimEnd().split("\n");
    const written = lines.map((line) => JSON.parse(line) as LabelledEvent);
    const startUs = Date.UTC(2026, 2, 2) * 1_000;
    const expected: LabelledEvent[] = [];
    const model = { seed: 1, ratePerSecond: 0.2, startUs, endUs: startUs + 86_400_000_000 };
    for (const batch of createTrafficModel(model)) expected.push(...batch.events);
    assert.deepEqual(written, expected);
    assert.equal(events, expected.length);
    const [first] = await readTopic(cluster.bootstrapServer, "network-traffic");
    assert.ok(first!.packet.region !== undefined && first!.packet.country !== undefined);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  name: "traffic capture at the model's pace drains and ends with 130 when it is interrupted",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using cluster = await embedded.open();
    const where = ["--bootstrap-server", cluster.bootstrapServer];
    await using running = await startStreamflow(["traffic", "capture", "--simulate", "--json", ...where]);
    await until(async () => {
      await using client = await connect({ ...cluster, clientId: "test" }, "platformatic");
      if (!(await client.admin.listTopics()).includes("packets")) return false;
      return (await readTopic(cluster.bootstrapServer, "packets")).length > 100;
    });
    const { code, stdout } = await interrupt(running);
    assert.equal(code, 130);
    const { sent, acknowledged } = JSON.parse(stdout);
    assert.equal(acknowledged, sent);
    assert.equal((await readTopic(cluster.bootstrapServer, "packets")).length, acknowledged);
  },
});

const frame = { bytes: ethernetOf(0x0800, ipv4Of(17, udpOf())), seconds: 1_700_000_000 };
const whole = pcapOf([frame, frame]);

/** Captures that are not as they should be: what is sent, what is said, how it ends. */
const CAPTURES: [name: string, bytes: Uint8Array, sent: number, said: RegExp, code: number][] = [
  ["that is truncated keeps what was read", whole.subarray(0, -5), 1, /warning: .* is truncated/, 0],
  [
    "of an unknown link type is refused",
    pcapOf([frame], { linkType: 147 }),
    0,
    /error: no frame of .* could be decoded: .* 147/,
    1,
  ],
  ["that is none is refused", new TextEncoder().encode("time,x\n1,2\n"), 0, /error: .* is no capture/, 1],
  ["that is empty is refused", new Uint8Array(0), 0, /error: .* is empty/, 1],
  [
    "whose clock goes back, and with a packet twice, is sent as it is",
    pcapOf([frame, frame, { ...frame, seconds: 1_600_000_000 }]),
    3,
    /^/,
    0,
  ],
];

for (const [name, bytes, sent, said, expected] of CAPTURES) {
  Deno.test(`traffic capture: a capture ${name}`, async () => {
    await using cluster = await embedded.open();
    const file = await Deno.makeTempFile({ prefix: "streamflow-", suffix: ".pcap" });
    try {
      await Deno.writeFile(file, bytes);
      const where = ["--bootstrap-server", cluster.bootstrapServer];
      const { code, stdout, stderr } = await runStreamflow(
        ["traffic", "capture", "--pcap", file, "--speed", "1000000000", "--json", ...where],
      );
      assert.equal(code, expected, stderr);
      assert.equal(JSON.parse(stdout).acknowledged, sent);
      assert.match(stderr, said);
      assert.doesNotMatch(stderr, / at .*\.ts/);
    } finally {
      await Deno.remove(file);
    }
  });
}

const MISTAKES: [name: string, args: string[], error: RegExp, code: number][] = [
  ["no source", [], /needs a source of packets/, 2],
  ["two sources", ["--simulate", "--pcap", "x.pcap"], /--simulate and --pcap contradict each other/, 2],
  ["a missing file", ["--pcap", "x.pcap"], /cannot read x\.pcap: no such file/, 1],
  ["--rate with a capture", ["--pcap", "x.pcap", "--rate", "5"], /--rate is about simulated traffic/, 2],
  ["--events with flows", ["--netflow", "127.0.0.1:0", "--events", "none"], /--events is about simulated/, 2],
  ["--speed with flows", ["--netflow", "127.0.0.1:0", "--speed", "2"], /NetFlow arrives at its own pace/, 2],
  ["an unknown kind of event", ["--simulate", "--events", "surge,outtage"], /no kind of event 'outtage'/, 2],
  ["none among kinds of events", ["--simulate", "--events", "none,surge"], /no kind of event 'none'/, 2],
  ["a start that is no time", ["--simulate", "--start", "monday"], /found 'monday'/, 2],
  ["a start before 1970", ["--simulate", "--start", "1969-12-31"], /from 1970 on/, 2],
  ["a rate of 0", ["--simulate", "--rate", "0"], /must be above 0/, 2],
  ["a rate beyond the model", ["--simulate", "--rate", "2e6"], /up to 1,000,000/, 2],
  ["labels without a folder", ["--simulate", "--events-file", "no/e.ndjson"], /there is no folder no/, 2],
  ["nobody at the address", ["--simulate"], /cannot reach Kafka at 127\.0\.0\.1:1/, 1],
];

for (const [name, args, error, expected] of MISTAKES) {
  Deno.test(`traffic capture refuses ${name} in one line`, async () => {
    const where = name === "a missing file" ? await embedded.open() : null;
    const servers = where === null ? NOBODY : ["--bootstrap-server", where.bootstrapServer];
    const result = await runStreamflow(["traffic", "capture", "--quiet", ...args, ...servers]);
    await where?.[Symbol.asyncDispose]();
    assert.equal(result.code, expected, result.stderr);
    assert.equal(result.stdout, "");
    const lines = failureOf(result);
    assert.match(lines[0]!, /^error: /);
    assert.match(lines[0]!, error);
    assert.ok(lines.length === 1 || (lines.length === 2 && lines[1]!.startsWith("  hint: ")), result.stderr);
  });
}

class InstantProducer implements Producer {
  readonly sends: (readonly OutgoingRecord[])[] = [];
  send(_topic: string, records: readonly OutgoingRecord[]): Promise<void> {
    this.sends.push(records);
    return Promise.resolve();
  }
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

async function* inBatches(...batches: PacketBatch[]): AsyncIterable<PacketBatch> {
  for (const batch of batches) yield await Promise.resolve(batch);
}

function packetAt(timestamp: number, more: Partial<Packet> = {}): Packet {
  return { id: `p-${timestamp}`, timestamp, length: 60, protocol: "ARP", src: "a", dst: "b", ...more };
}

Deno.test("sendPackets() names the link where the packet does not, and keeps names beyond ASCII", async () => {
  const producer = new InstantProducer();
  const outbox = new Outbox(producer, "t");
  const packets = [packetAt(1), packetAt(2, { link: "München" }), packetAt(3, { region: "ö" })];
  const source: PacketSource = {
    simulated: false,
    batches: inBatches({ packets, events: [] }),
    link: "lan",
    speed: 0,
    notes: () => [],
  };
  const { signal } = new AbortController();
  await sendPackets(source, { outbox, signal, limit: undefined, onEvent: () => {}, onPacket: () => {} });
  await outbox.drain();
  const records = producer.sends.flat();
  assert.deepEqual(records.map(({ key }) => key), ["lan", "München", "lan"]);
  assert.deepEqual(records.map(({ value }) => JSON.parse(decoder.decode(value!))), [
    packetAt(1, { link: "lan" }),
    packetAt(2, { link: "München" }),
    packetAt(3, { region: "ö", link: "lan" }),
  ]);
});

Deno.test("sendPackets() reports an event when the traffic comes to it, none beyond the limit", async () => {
  const outbox = new Outbox(new InstantProducer(), "t");
  const event = (startUs: number): LabelledEvent => (
    { id: `e-${startUs}`, kind: "surge", link: "l", region: "r", startUs, endUs: startUs + 1, attributes: {} }
  );
  const told: string[] = [];
  const source: PacketSource = {
    simulated: true,
    batches: inBatches({
      packets: [10, 20, 30, 40].map((at) => packetAt(at)),
      events: [15, 20, 35].map(event),
    }),
    link: "l",
    speed: 0,
    notes: () => [],
  };
  await sendPackets(source, {
    outbox,
    signal: new AbortController().signal,
    limit: 3,
    onEvent: ({ id }) => told.push(id),
    onPacket: ({ id }) => told.push(id),
  });
  await outbox.drain();
  assert.deepEqual(told, ["p-10", "e-15", "e-20", "p-20", "p-30"]);
});

Deno.test("traffic capture says that simulated traffic has no end, where it has none", async () => {
  const simulate = ["traffic", "capture", "--simulate", "--speed", "600", ...NOBODY];
  const endless = await runStreamflow(simulate);
  assert.match(endless.stderr, /simulated traffic has no end: Ctrl-C ends it/);
  for (const end of [["--duration", "1h"], ["--limit", "9"]]) {
    assert.doesNotMatch((await runStreamflow([...simulate, ...end])).stderr, /has no end/);
  }
});
