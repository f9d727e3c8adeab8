/**
 * Records what other people's software says, for `tests/wire/golden_test.ts`: requests of kcat (librdkafka), kafkajs,
 * @platformatic/kafka and Kafka's Java tools, and the answers of Apache Kafka, through a proxy that changes nothing
 * but the port that clients are told. Run at the root of the repository; needs kcat, Java and Maven:
 *
 *     deno run -A tests/golden/wire/record.ts
 */
import { fetchJars, startRealKafka } from "../../support/real_kafka.ts";
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

  /** Keeps the longest that is short enough of each API and version. */
  add(kind: "request" | "response", { key, version }: { key: number; version: number }, frame: Uint8Array): void {
    const handler = HANDLERS.get(key);
    if (handler === undefined || frame.length > MESSAGE_BYTES_MAX) return;
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

function startProxy(target: number, recorder: () => Recorder): Deno.TcpListener {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serve = async (client: Deno.TcpConn) => {
    const server = await Deno.connect({ hostname: "127.0.0.1", port: target });
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
        recorder().add("request", about, frame);
        return frame;
      }),
      pump({ from: server, to: client }, (frame) => {
        const about = asked.get(new DataView(frame.buffer, frame.byteOffset).getInt32(0));
        if (about !== undefined) recorder().add("response", about, frame);
        return redirect(frame, { from: target, to: listener.addr.port });
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

async function kcat(bootstrap: string): Promise<string> {
  const at = ["-b", bootstrap];
  await run("kcat", { args: [...at, "-P", "-t", "kcat", "-K:", "-H", "h=v"], input: "k:one\nk:two\n" });
  await run("kcat", { args: [...at, "-P", "-t", "kcat", "-X", "enable.idempotence=true", "-z", "gzip"], input: "a\nb\n" });
  await run("kcat", { args: [...at, "-L"] });
  await run("kcat", { args: [...at, "-C", "-t", "kcat", "-e", "-o", "beginning"] });
  await run("kcat", { args: [...at, "-Q", "-t", "kcat:0:-1"] });
  const group = ["-G", "kcat-group", "-X", "auto.offset.reset=earliest", "-X", "session.timeout.ms=6000", "-e", "kcat"];
  await run("kcat", { args: [...at, ...group] });
  return (await run("kcat", { args: ["-V"] })).split("\n").find((line) => line.includes("librdkafka")) ?? "";
}

async function javascript(bootstrap: string, library: "kafkajs" | "platformatic"): Promise<string> {
  const { connect } = await import("../../../src/kafka/connect.ts");
  const client = await connect({ bootstrapServer: bootstrap, client: library, clientId: "golden" } as never);
  await client.admin.createTopic(library, { partitions: 2, replicationFactor: 1 });
  await client.admin.listTopics();
  await client.admin.describeTopic(library);
  const producer = await client.producer();
  await producer.send(library, [
    { key: "a", value: new TextEncoder().encode("1"), headers: [{ key: "h", value: new Uint8Array([1, 2]) }] },
    { key: null, value: null },
  ]);
  await producer.close();
  const stop = new AbortController();
  const consumer = await client.groupConsumer({ groupId: `${library}-group`, topics: [library], from: "beginning" } as never);
  let read = 0;
  for await (const chunk of consumer.chunks({ signal: stop.signal } as never)) {
    read += chunk.records.length;
    await consumer.commit([{ topic: chunk.topic, partition: chunk.partition, offset: chunk.nextOffset }]);
    if (read >= 2) stop.abort();
  }
  await consumer.close();
  await client.admin.deleteTopic(library);
  await client.close();
  const manifest = JSON.parse(await Deno.readTextFile("deno.json"));
  return manifest.imports[library === "kafkajs" ? "kafkajs" : "@platformatic/kafka"];
}
