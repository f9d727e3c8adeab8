/** What clients can do to the server: nothing that stops it. */
import assert from "node:assert/strict";
import { CONNECTION_LIMITS } from "../../src/broker/limits.ts";
import { StorageError } from "../../src/broker/mod.ts";
import { apiVersionsApi, fetchApi, metadataApi, produceApi } from "../../src/wire/api/records.ts";
import { ErrorCode } from "../../src/wire/error_code.ts";
import { readResponse } from "../../src/wire/message.ts";
import { encodeBatch } from "../../src/wire/encode_batch.ts";
import { randomBytes, seededRandom } from "../support/random_bytes.ts";
import { fetchPartition, startTestBroker, WireClient, withDefaults } from "./client.ts";

const batch = () => encodeBatch([{ timestampMs: 1, key: null, value: new Uint8Array(10), headers: [] }]);

function produceTo(name: string, { acks }: { acks: number }) {
  const topics = [{ name, partitions: [{ partition: 0, records: [batch()] }] }];
  return withDefaults(produceApi.request, { acks, timeoutMs: 1000, topics });
}

function fetchOf(topic: string, { maxWaitMs }: { maxWaitMs: number }) {
  const partition = fetchPartition({ partitionMaxBytes: 1_000_000 });
  const topics = [{ topic, topicId: "", partitions: [partition] }];
  return withDefaults(fetchApi.request, { maxWaitMs, minBytes: 1, maxBytes: 1_000_000, topics });
}

function request(apiKey: number, apiVersion: number): Uint8Array {
  const frame = new Uint8Array(14);
  const view = new DataView(frame.buffer);
  view.setInt32(0, 10);
  view.setInt16(4, apiKey);
  view.setInt16(6, apiVersion);
  view.setInt32(8, 77);
  view.setInt16(12, -1);
  return frame;
}

async function assertServes(broker: ReturnType<typeof startTestBroker>): Promise<void> {
  using client = await WireClient.connect(broker);
  assert.equal((await client.ask(apiVersionsApi, {})).errorCode, ErrorCode.NONE);
}

const bad: Record<string, Uint8Array> = {
  "text": new TextEncoder().encode("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
  "a huge length": Uint8Array.of(0x7f, 0xff, 0xff, 0xff),
  "a negative length": Uint8Array.of(0xff, 0xff, 0xff, 0xff),
  "an empty frame": new Uint8Array(4),
  "an API that Kafka does not have": request(999, 0),
  "an API that is left out": request(28, 3),
  "a version that is not served": request(3, 99),
  "Produce 2, which is advertised alone": request(0, 2),
  "a body that is cut off": request(2, 1),
};
for (const [what, bytes] of Object.entries(bad)) {
  Deno.test(`${what} ends the connection and nothing else`, async () => {
    await using broker = startTestBroker();
    using client = await WireClient.connect(broker);
    await client.sendBytes(bytes);
    assert.equal(await client.nextFrame(), null);
    await assertServes(broker);
  });
}

Deno.test("a thousand connections of random bytes leave the broker serving", async () => {
  await using broker = startTestBroker({ limits: { halfRequestMsMax: 50 } });
  const random = seededRandom(3);
  for (let round = 0; round < 50; round++) {
    const clients = await Promise.all(Array.from({ length: 20 }, () => WireClient.connect(broker)));
    await Promise.all(clients.map(async (client) => {
      const body = randomBytes(random, Math.floor(200 * random()));
      const size = new Uint8Array(4);
      new DataView(size.buffer).setInt32(0, body.length);
      await client.sendBytes(size).catch(ignoreReset);
      await client.sendBytes(body).catch(ignoreReset);
      client[Symbol.dispose]();
    }));
  }
  await assertServes(broker);
});

function ignoreReset(error: unknown): void {
  const isReset = error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe;
  if (!isReset) throw error;
}

Deno.test("half a request that hangs is cut off, a connection between requests is not", async () => {
  await using broker = startTestBroker({ limits: { halfRequestMsMax: 40 } });
  using hanging = await WireClient.connect(broker);
  using quiet = await WireClient.connect(broker);
  await quiet.ask(apiVersionsApi, {});
  await hanging.sendBytes(Uint8Array.of(0, 0, 1, 0, 0, 3));
  assert.equal(await hanging.nextFrame(), null);
  assert.equal((await quiet.ask(apiVersionsApi, {})).errorCode, ErrorCode.NONE);
});

Deno.test("a connection that says nothing for long is closed", async () => {
  await using broker = startTestBroker({ limits: { halfRequestMsMax: 40, idleMsMax: 60 } });
  using client = await WireClient.connect(broker);
  assert.equal(await client.nextFrame(), null);
});

Deno.test("connections beyond the limit are closed at once", async () => {
  await using broker = startTestBroker({ limits: { connectionsMax: 2 } });
  using first = await WireClient.connect(broker);
  await first.ask(apiVersionsApi, {});
  {
    using second = await WireClient.connect(broker);
    await second.ask(apiVersionsApi, {});
    using third = await WireClient.connect(broker);
    assert.equal(await third.nextFrame(), null);
  }
  assert.equal((await first.ask(apiVersionsApi, {})).errorCode, ErrorCode.NONE);
  assert.ok(CONNECTION_LIMITS.connectionsMax >= 100);
});

Deno.test("ApiVersions of the future is answered in version 0, with what is served", async () => {
  await using broker = startTestBroker();
  using client = await WireClient.connect(broker);
  await client.sendBytes(request(18, 99));
  const frame = await client.nextFrame();
  assert.ok(frame !== null);
  const { correlationId, value } = readResponse(apiVersionsApi, { frame, version: 0 });
  assert.equal(correlationId, 77);
  assert.equal(value.errorCode, ErrorCode.UNSUPPORTED_VERSION);
  assert.ok(value.apiKeys.some(({ apiKey }) => apiKey === 18));
});

Deno.test("answers come in the order of the requests, also behind a fetch that waits", async () => {
  await using broker = startTestBroker();
  using client = await WireClient.connect(broker);
  await client.ask(metadataApi, {
    topics: [{ topicId: "0".repeat(32), name: "t" }],
    allowAutoTopicCreation: true,
  });
  const waiting = await client.send(fetchApi, { version: 12, request: fetchOf("t", { maxWaitMs: 60 }) });
  const quick = await client.send(apiVersionsApi, {
    version: 2,
    request: withDefaults(apiVersionsApi.request, {}),
  });
  const idOf = (frame: Uint8Array | null) => new DataView(frame!.buffer, frame!.byteOffset).getInt32(0);
  assert.equal(idOf(await client.nextFrame()), waiting);
  assert.equal(idOf(await client.nextFrame()), quick);
});

Deno.test("without acknowledgements there is no answer; a refusal ends the connection", async () => {
  await using broker = startTestBroker();
  using client = await WireClient.connect(broker);
  await client.ask(metadataApi, {
    topics: [{ topicId: "0".repeat(32), name: "t" }],
    allowAutoTopicCreation: true,
  });
  await client.send(produceApi, { version: 9, request: produceTo("t", { acks: 0 }) });
  const fetched = await client.ask(fetchApi, fetchOf("t", { maxWaitMs: 0 }), 12);
  assert.equal(fetched.responses[0]?.partitions[0]?.highWatermark, 1);
  await client.send(produceApi, { version: 9, request: produceTo("missing", { acks: 0 }) });
  assert.equal(await client.nextFrame(), null);
});

Deno.test("close() ends what waits, soon and as often as it is called", async () => {
  const broker = startTestBroker();
  using client = await WireClient.connect(broker);
  await client.ask(metadataApi, {
    topics: [{ topicId: "0".repeat(32), name: "t" }],
    allowAutoTopicCreation: true,
  });
  await client.send(fetchApi, { version: 12, request: fetchOf("t", { maxWaitMs: 60_000 }) });
  using other = await WireClient.connect(broker);
  await other.ask(apiVersionsApi, {});
  await Promise.all([broker.close(), broker.close()]);
  await broker.close();
  while (await client.nextFrame() !== null);
  assert.equal(await other.nextFrame(), null);
});

Deno.test("close() does not wait for a client that does not read", async () => {
  const broker = startTestBroker();
  using client = await WireClient.connect(broker);
  await client.ask(metadataApi, {
    topics: [{ topicId: "0".repeat(32), name: "t" }],
    allowAutoTopicCreation: true,
  });
  const large = encodeBatch([{ timestampMs: 1, key: null, value: new Uint8Array(900_000), headers: [] }]);
  const topics = [{ name: "t", partitions: [{ partition: 0, records: [large] }] }];
  await client.ask(produceApi, { acks: 1, timeoutMs: 1000, topics });
  for (let i = 0; i < 20; i++) {
    await client.send(fetchApi, { version: 12, request: fetchOf("t", { maxWaitMs: 0 }) });
  }
  using other = await WireClient.connect(broker);
  await other.ask(apiVersionsApi, {});
  await broker.close();
});

Deno.test("startBroker() says which port is in use and which directory is locked", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await using broker = startTestBroker({ dataDir: directory });
    assert.equal(broker.address, `127.0.0.1:${broker.port}`);
    assert.throws(
      () => startTestBroker({ listen: { hostname: "127.0.0.1", port: broker.port } }),
      Deno.errors.AddrInUse,
    );
    assert.throws(
      () => startTestBroker({ dataDir: directory }),
      (error) => error instanceof StorageError && error.kind === "locked",
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("clients receive the advertised address", async () => {
  await using broker = startTestBroker({ advertise: { hostname: "kafka.example", port: 1234 } });
  assert.equal(broker.address, "kafka.example:1234");
  using client = await WireClient.connect(broker);
  const { brokers } = await client.ask(metadataApi, { topics: [] });
  assert.deepEqual(brokers.map(({ host, port }) => [host, port]), [["kafka.example", 1234]]);
});
