/** What the broker counts is what went over its connections. */
import assert from "node:assert/strict";
import { brokerMetrics } from "../../src/broker/metrics.ts";
import { connect } from "../../src/kafka/connect.ts";
import { metadataApi } from "../../src/wire/api/records.ts";
import { startTestBroker, WireClient } from "./client.ts";

Deno.test("bytes, requests by API, connections and offsets are those of the clients", async () => {
  await using broker = startTestBroker();
  assert.deepEqual({ ...broker.stats(), partitions: [] }, {
    ...{ receivedBytes: 0, sentBytes: 0, requests: [], connections: 0, groups: 0, partitions: [] },
  });
  {
    using client = await WireClient.connect(broker);
    for (let n = 0; n < 3; n++) await client.ask(metadataApi, {});
    const { requests, connections, receivedBytes, sentBytes } = broker.stats();
    assert.deepEqual(requests.map(({ api, duration: { count } }) => [api, count]), [["Metadata", 3]]);
    assert.equal(connections, 1);
    assert.ok(requests[0]!.duration.sum > 0 && receivedBytes % 3 === 0 && receivedBytes > 0, "three alike");
    assert.ok(sentBytes > 0 && sentBytes % 3 === 0, "answered alike");
  }
  {
    await using client = await connect({ bootstrapServer: broker.address, clientId: "test" }, "kafkajs");
    await client.admin.createTopic({ name: "t", partitions: 2, replicationFactor: 1 });
    await using producer = await client.producer();
    await producer.send(
      "t",
      [1, 2, 3].map((n) => ({ key: null, value: new Uint8Array(100 * n), partition: 1 })),
    );
    const [empty, full] = broker.stats().partitions;
    assert.deepEqual(empty, { topic: "t", partition: 0, sizeBytes: 0, endOffset: 0 });
    assert.equal(full!.endOffset, 3);
    assert.ok(full!.sizeBytes > 600 && full!.sizeBytes < 800, `${full!.sizeBytes} bytes of 3 records of 600`);
  }
});

Deno.test("its metrics are its counts", async () => {
  await using broker = startTestBroker();
  using client = await WireClient.connect(broker);
  await client.ask(metadataApi, {});
  const { receivedBytes, sentBytes } = broker.stats();
  const values = new Map(
    brokerMetrics(broker)().map(({ metric: { name }, labels, value }) => [
      `${name} ${Object.values(labels)}`,
      typeof value === "number" ? value : value.count,
    ]),
  );
  assert.equal(values.get("streamflow_broker_received_bytes_total "), receivedBytes);
  assert.equal(values.get("streamflow_broker_sent_bytes_total "), sentBytes);
  assert.equal(values.get("streamflow_broker_requests_total Metadata"), 1);
  assert.equal(values.get("streamflow_broker_request_duration_seconds Metadata"), 1);
  assert.equal(values.get("streamflow_broker_connections "), 1);
});
