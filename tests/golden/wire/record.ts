/**
 * Records what other people's software says, for `tests/wire/golden_test.ts`: requests of kcat (librdkafka), kafkajs,
 * @platformatic/kafka and Kafka's Java tools to Apache Kafka and to the embedded broker, and the answers of Apache
 * Kafka, through a proxy that changes nothing but the port that clients are told. Run at the root of the repository; needs kcat, Java and Maven:
 *
 *     deno run -A tests/golden/wire/record.ts
 */
import { fetchJars, startRealKafka } from "../../support/real_kafka.ts";
import { startBroker } from "../../../src/broker/mod.ts";
import { HANDLERS } from "../../../src/broker/handlers.ts";
import { FrameSplitter } from "../../../src/wire/frame.ts";
import { readRequestHeader } from "../../../src/wire/message.ts";
import { WireReader } from "../../../src/wire/reader.ts";

interface Recorded {
  readonly kind: "request" | "response";
  readonly api: string;
  readonly key: number;
  readonly version: number;
  readonly hex: string;
}

/** Longer messages teach nothing that shorter ones do not. */
const MESSAGE_BYTES_MAX = 3000;

class Recorder {
  readonly messages = new Map<string, Recorded>();
  kinds: readonly string[] = ["request", "response"];

  /** Keeps the longest that is short enough of each API and version. */
  add(kind: "request" | "response", { key, version }: { key: number; version: number }, frame: Uint8Array): void {
    const handler = HANDLERS.get(key);
    if (!this.kinds.includes(kind) || handler === undefined || frame.length > MESSAGE_BYTES_MAX) return;
    const [first, last] = handler.versions;
    if (version < first || version > last) return;
    const id = `${key}/${version}/${kind}`;
    const kept = this.messages.get(id);
    if (kept !== undefined && kept.hex.length >= 2 * frame.length) return;
    this.messages.set(id, { kind, api: handler.api.name, key, version, hex: frame.toHex() });
  }
}

/** Tells clients the proxy's port instead of the broker's. */
function redirect(frame: Uint8Array, { from, to }: { from: number; to: number }): Uint8Array {
  const changed = frame.slice();
  const host = new TextEncoder().encode("127.0.0.1");
  const view = new DataView(changed.buffer);
  for (let at = 0; at + host.length + 4 <= changed.length; at++) {
    if (!host.every((byte, index) => changed[at + index] === byte)) continue;
    if (view.getInt32(at + host.length) === from) view.setInt32(at + host.length, to);
  }
  return changed;
}

async function write(conn: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
}

function startProxy(target: () => number, recorder: () => Recorder): Deno.TcpListener {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serve = async (client: Deno.TcpConn) => {
    const seen = recorder();
    const server = await Deno.connect({ hostname: "127.0.0.1", port: target() });
    const asked = new Map<number, { key: number; version: number }>();
    const pump = async (
      { from, to }: { from: Deno.TcpConn; to: Deno.TcpConn },
      see: (frame: Uint8Array) => Uint8Array,
    ) => {
      const splitter = new FrameSplitter(100_000_000);
      const buffer = new Uint8Array(65_536);
      try {
        for (let size = await from.read(buffer); size !== null; size = await from.read(buffer)) {
          for (const frame of splitter.push(buffer.subarray(0, size))) {
            const body = see(frame);
            const prefixed = new Uint8Array(4 + body.length);
            new DataView(prefixed.buffer).setInt32(0, body.length);
            prefixed.set(body, 4);
            await write(to, prefixed);
          }
        }
      } catch (error) {
        if (!(error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe)) throw error;
      }
      to.closeWrite().catch(() => {});
    };
    await Promise.all([
      pump({ from: client, to: server }, (frame) => {
        const header = readRequestHeader(new WireReader(frame));
        const about = { key: header.apiKey, version: header.apiVersion };
        asked.set(header.correlationId, about);
        seen.add("request", about, frame);
        return frame;
      }),
      pump({ from: server, to: client }, (frame) => {
        const about = asked.get(new DataView(frame.buffer, frame.byteOffset).getInt32(0));
        if (about !== undefined) seen.add("response", about, frame);
        return redirect(frame, { from: target(), to: listener.addr.port });
      }),
    ]);
  };
  (async () => {
    for await (const client of listener) serve(client).catch((error) => console.error(String(error)));
  })();
  return listener;
}

async function run(command: string, { args, input, env }: { args: string[]; input?: string; env?: Record<string, string> }) {
  const child = new Deno.Command("timeout", {
    args: ["60", command, ...args],
    stdin: input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    ...(env === undefined ? {} : { env }),
  }).spawn();
  if (input !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
  }
  const { stdout, stderr } = await child.output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

async function createForKcat(bootstrap: string): Promise<void> {
  const { Kafka, logLevel } = (await import("kafkajs")).default;
  const admin = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic: "kcat", numPartitions: 1 }] });
  await admin.disconnect();
}

async function kcat(bootstrap: string): Promise<void> {
  const at = ["-b", bootstrap];
  await run("kcat", { args: [...at, "-P", "-t", "kcat", "-K:", "-H", "h=v"], input: "k:one\nk:two\n" });
  await run("kcat", { args: [...at, "-P", "-t", "kcat", "-X", "enable.idempotence=true", "-z", "gzip"], input: "a\nb\n" });
  await run("kcat", { args: [...at, "-L"] });
  await run("kcat", { args: [...at, "-C", "-t", "kcat", "-e", "-o", "beginning"] });
  await run("kcat", { args: [...at, "-Q", "-t", "kcat:0:-1"] });
  const group = ["-G", "kcat-group", "-X", "auto.offset.reset=earliest", "-X", "session.timeout.ms=6000", "-e", "kcat"];
  await run("kcat", { args: [...at, ...group] });
}

async function kafkajs(bootstrap: string): Promise<void> {
  const { Kafka, logLevel } = (await import("kafkajs")).default;
  const kafka = new Kafka({ brokers: [bootstrap], clientId: "golden", logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic: "kafkajs", numPartitions: 2 }] });
  await admin.createPartitions({ topicPartitions: [{ topic: "kafkajs", count: 3 }] });
  await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: 2, name: "kafkajs" }] });
  const producer = kafka.producer({ idempotent: true });
  await producer.connect();
  const messages = [{ key: "a", value: "1", headers: { h: "v" } }, { key: null, value: null }];
  await producer.send({ topic: "kafkajs", messages });
  await producer.disconnect();
  const consumer = kafka.consumer({ groupId: "kafkajs-group", sessionTimeout: 6000, heartbeatInterval: 100 });
  await consumer.connect();
  await consumer.subscribe({ topics: ["kafkajs"], fromBeginning: true });
  const { promise, resolve } = Promise.withResolvers<void>();
  let read = 0;
  await consumer.run({
    eachMessage: () => {
      if (++read === 2) setTimeout(resolve, 500);
      return Promise.resolve();
    },
  });
  await promise;
  await admin.describeGroups(["kafkajs-group"]);
  await consumer.disconnect();
  await admin.listGroups();
  await admin.fetchOffsets({ groupId: "kafkajs-group", topics: ["kafkajs"] });
  await admin.fetchTopicOffsets("kafkajs");
  await admin.fetchTopicOffsetsByTimestamp("kafkajs", Date.now());
  await admin.describeCluster();
  await admin.deleteTopicRecords({ topic: "kafkajs", partitions: [{ partition: 0, offset: "0" }] });
  await admin.deleteGroups(["kafkajs-group"]);
  await admin.deleteTopics({ topics: ["kafkajs"] });
  await admin.disconnect();
}

async function platformatic(bootstrap: string): Promise<void> {
  const { Admin, Consumer, Producer, stringDeserializers, stringSerializers } = await import("@platformatic/kafka");
  const options = { clientId: "golden", bootstrapBrokers: [bootstrap] };
  const admin = new Admin(options);
  await admin.createTopics({ topics: ["platformatic"], partitions: 2, replicas: 1 });
  const producer = new Producer({ ...options, serializers: stringSerializers, idempotent: true });
  await producer.send({
    messages: [{ topic: "platformatic", key: "a", value: "1", headers: { h: "v" } }, { topic: "platformatic", value: "2" }],
  });
  await producer.close();
  const groupId = "platformatic-group";
  const consumer = new Consumer({ ...options, groupId, deserializers: stringDeserializers, heartbeatInterval: 100 });
  const stream = await consumer.consume({ topics: ["platformatic"], mode: "earliest" as never, autocommit: false });
  let read = 0;
  for await (const message of stream) {
    await message.commit();
    if (++read === 2) break;
  }
  await new Promise((resolve) => setTimeout(resolve, 300));
  await admin.describeGroups({ groups: [groupId] });
  await consumer.close(true);
  await admin.listGroups();
  await admin.deleteGroups({ groups: [groupId] });
  await admin.deleteTopics({ topics: ["platformatic"] });
  await admin.close();
}

async function java(bootstrap: string): Promise<void> {
  const libs = await fetchJars();
  if (typeof libs !== "string") throw new Error(libs.missing);
  const tool = async (name: string, args: string[], input?: string) => {
    const flags = ["-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", `${libs}/*`];
    const at = [...flags, `org.apache.kafka.tools.${name}`, "--bootstrap-server", bootstrap];
    return await run("java", { args: [...at, ...args], ...(input === undefined ? {} : { input }) });
  };
  await tool("TopicCommand", ["--create", "--topic", "java", "--partitions", "2", "--config", "retention.ms=1000000"]);
  await tool("TopicCommand", ["--describe", "--topic", "java"]);
  await tool("TopicCommand", ["--alter", "--topic", "java", "--partitions", "3"]);
  await tool("ConsoleProducer", ["--topic", "java"], "1\n2\n3\n");
  const consume = ["--topic", "java", "--from-beginning", "--group", "java-group", "--max-messages", "3"];
  await tool("consumer.ConsoleConsumer", consume);
  await tool("consumer.group.ConsumerGroupCommand", ["--describe", "--group", "java-group"]);
  await tool("consumer.group.ConsumerGroupCommand", ["--list", "--state"]);
  await tool("GetOffsetShell", ["--topic", "java"]);
  await tool("consumer.group.ConsumerGroupCommand", ["--delete", "--group", "java-group"]);
  await tool("TopicCommand", ["--delete", "--topic", "java"]);
}

async function version(name: string): Promise<string> {
  const { imports } = JSON.parse(await Deno.readTextFile("deno.json"));
  if (name === "java") return "Kafka's Java tools 4.3.1";
  if (name !== "kcat") return imports[name === "kafkajs" ? name : "@platformatic/kafka"];
  return /librdkafka [0-9.]+/.exec(await run("kcat", { args: ["-V"] }))?.[0] ?? "librdkafka";
}

if (import.meta.main) {
  const kafka = await startRealKafka();
  if ("missing" in kafka) throw new Error(kafka.missing);
  let recorder = new Recorder();
  const real = startProxy(() => Number(kafka.bootstrapServer.split(":")[1]), () => recorder);
  const embedded = startProxy(() => broker.port, () => recorder);
  const broker = startBroker({
    listen: { hostname: "127.0.0.1", port: 0 },
    advertise: { hostname: "127.0.0.1", port: embedded.addr.port },
    dataDir: null,
  });
  await createForKcat(kafka.bootstrapServer);
  const clients: Record<string, (bootstrap: string) => Promise<void>> = { kcat, kafkajs, platformatic, java };
  for (const [name, speak] of Object.entries(clients)) {
    recorder = new Recorder();
    await speak(`127.0.0.1:${real.addr.port}`);
    recorder.kinds = ["request"];
    await speak(`127.0.0.1:${embedded.addr.port}`);
    const messages = [...recorder.messages.values()].sort((a, b) => a.key - b.key || a.version - b.version);
    const command = "deno run -A tests/golden/wire/record.ts";
    const file = { client: await version(name), cluster: "Apache Kafka 4.3.1", command, messages };
    await Deno.writeTextFile(`tests/golden/wire/${name}.json`, `${JSON.stringify(file, null, 1)}\n`);
    console.log(name, file.client, messages.length);
  }
  await kafka.stop();
  Deno.exit(0);
}
