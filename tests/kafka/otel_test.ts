/** Spans of real runs on the embedded broker, as a collector gets them, and the context in records' headers. */
import assert from "node:assert/strict";
import { startBroker } from "../../src/broker/mod.ts";
import { connect } from "../../src/kafka/connect.ts";
import type { IncomingRecord, KafkaClient } from "../../src/kafka/port.ts";
import { type Collector, type ReceivedSpan, startCollector } from "../support/otlp.ts";
import { interrupt, runStreamflow, startStreamflow, trainModel, untilSaid } from "../support/run.ts";
import { readRecords, textOf } from "../support/topics.ts";
import { commentEvent, videoEvent } from "../youtube/events.ts";

const READINGS = 1_200;
/** W3C's own example. */
const FOREIGN = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const NO_TEXT = new Uint8Array([0xff, 0xfe, 0xc0]);
const encoder = new TextEncoder();
const model = await trainModel();

/** A broker in memory, a client of it that is not traced, and a collector. */
async function withCluster(
  use: (cluster: { client: KafkaClient; collector: Collector; at: readonly string[] }) => Promise<void>,
): Promise<void> {
  await using broker = startBroker({ listen: { hostname: "127.0.0.1", port: 0 }, dataDir: null });
  await using client = await connect({ bootstrapServer: broker.address, clientId: "test" }, "platformatic");
  await using collector = startCollector();
  await use({ client, collector, at: ["--bootstrap-server", broker.address] });
}

function header({ headers }: IncomingRecord, name: string): string | undefined {
  const found = headers.findLast(({ key }) => key === name);
  return found && new TextDecoder().decode(found.value);
}

function traceparentOf({ traceId, spanId }: ReceivedSpan): string {
  return `00-${traceId}-${spanId}-01`;
}

const named = (spans: readonly ReceivedSpan[], name: string) => spans.filter((span) => span.name === name);

Deno.test("a batch's road is one trace: poll, process, send and commit, linked to the sends of its readings", async () => {
  await withCluster(async ({ client, collector: { spans, env }, at }) => {
    const produce = ["produce", "--dataset", "sensors", "--rate", "0", "--limit", String(READINGS)];
    assert.equal((await runStreamflow([...produce, ...at], { env })).code, 0);
    const sends = named(spans, "send input-data");
    assert.equal(
      sends.reduce((sum, { attributes }) => sum + Number(attributes["messaging.batch.message_count"]), 0),
      READINGS,
    );
    for (const { kind, parentSpanId } of sends) assert.deepEqual([kind, parentSpanId], [4, ""]);
    const readings = await readRecords(client, "input-data");
    const contexts = new Set(readings.map((record) => header(record, "traceparent")));
    assert.deepEqual(contexts, new Set(sends.map(traceparentOf)));

    const consume = ["consume", "--model", model, "--limit", String(READINGS), "--client-id", "reader"];
    assert.equal((await runStreamflow([...consume, ...at], { env })).code, 0);
    const processed = named(spans, "process input-data");
    const place = {
      "messaging.system": "kafka",
      "messaging.client.id": "reader",
      "messaging.destination.name": "input-data",
    };
    const read = {
      ...place,
      "messaging.consumer.group.name": "streamflow",
      "messaging.destination.partition.id": "0",
    };
    for (const span of processed) {
      const poll = spans.find(({ spanId }) => spanId === span.parentSpanId)!;
      assert.deepEqual([poll.name, poll.kind, poll.parentSpanId], ["poll input-data", 3, ""]);
      assert.ok(poll.startMs <= poll.endMs && poll.endMs <= span.startMs, "read, then processed");
      const polled = { ...poll.attributes };
      delete polled["messaging.batch.message_count"];
      assert.deepEqual(polled, {
        ...read,
        "messaging.operation.name": "poll",
        "messaging.operation.type": "receive",
      });
      assert.equal(span.kind, 5);
      assert.equal(span.attributes["messaging.operation.type"], "process");
      assert.equal(span.status.code, 0);
      const send = spans.find(({ parentSpanId }) => parentSpanId === span.spanId)!;
      assert.deepEqual([send.name, send.kind, send.traceId], ["send predictions", 4, span.traceId]);
      assert.equal(
        send.attributes["messaging.batch.message_count"],
        span.attributes["messaging.batch.message_count"],
      );
    }
    assert.deepEqual(
      new Set(processed.flatMap(({ links }) => links)),
      new Set(sends.map(({ traceId, spanId }) => `${traceId}/${spanId}`)),
    );
    // Each batch is behind exactly one commit: as its parent, or by a link.
    const commits = named(spans, "commit");
    const committed = commits.flatMap((
      { parentSpanId, links },
    ) => [parentSpanId, ...links.map((link) => link.split("/")[1]!)]);
    assert.deepEqual(committed.toSorted(), processed.map(({ spanId }) => spanId).toSorted());
    for (const { kind, attributes } of commits) {
      assert.deepEqual([kind, attributes], [3, {
        ...read,
        "messaging.operation.name": "commit",
        "messaging.operation.type": "settle",
      }]);
    }
    const predictions = await readRecords(client, "predictions");
    assert.equal(predictions.length, READINGS);
    assert.deepEqual(
      new Set(predictions.map((record) => header(record, "traceparent"))),
      new Set(named(spans, "send predictions").map(traceparentOf)),
    );
  });
});

Deno.test("a foreign context in headers becomes a link, a malformed one nothing; a dead letter keeps it and has its own", async () => {
  await withCluster(async ({ client, collector: { spans, env }, at }) => {
    await client.admin.createTopic({ name: "input-data", partitions: 1, replicationFactor: 1 });
    {
      await using producer = await client.producer();
      const headersOf = (traceparent: string) => [
        { key: "traceparent", value: encoder.encode(traceparent) },
        { key: "tracestate", value: encoder.encode("vendor=1") },
      ];
      await producer.send("input-data", [
        { key: "a", value: encoder.encode("no reading"), headers: headersOf(FOREIGN) },
        { key: "a", value: encoder.encode("nor this"), headers: headersOf("00-not-a-context") },
        { key: "a", value: encoder.encode("nor"), headers: headersOf(FOREIGN.padEnd(100_000, "0")) },
        { key: "a", value: encoder.encode("no"), headers: [{ key: "traceparent", value: NO_TEXT }] },
      ]);
    }
    assert.equal(
      (await runStreamflow(["consume", "--model", model, "--limit", "4", ...at], { env })).code,
      0,
    );
    const [processed] = named(spans, "process input-data");
    assert.deepEqual(processed!.links, ["4bf92f3577b34da6a3ce929d0e0e4736/00f067aa0ba902b7"]);
    const letters = await readRecords(client, "dead-letters");
    const sends = named(spans, "send dead-letters");
    assert.equal(sends.length, 4);
    for (const { parentSpanId } of sends) assert.equal(parentSpanId, processed!.spanId);
    assert.deepEqual(
      new Set(letters.map((letter) => header(letter, "traceparent"))),
      new Set(sends.map(traceparentOf)),
    );
    const first = letters[0]!.headers.find(({ key }) => key === "traceparent")!;
    assert.equal(textOf(first), FOREIGN, "the record's own headers stand where they stood");
  });
});

Deno.test("records that are refused, and a model that does not fit, set the status of their spans", async () => {
  await withCluster(async ({ client, collector: { spans, env }, at }) => {
    const configs = { "max.message.bytes": "200" };
    await client.admin.createTopic({ name: "small", partitions: 1, replicationFactor: 1, configs });
    const produce = ["produce", "--dataset", "sensors", "--rate", "0", "--limit", "300"];
    assert.equal((await runStreamflow([...produce, "--topic", "small", ...at], { env })).code, 1);
    const [refused] = named(spans, "send small");
    assert.equal(refused!.status.code, 2);
    assert.match(refused!.status.message, /small/);
    assert.equal(refused!.attributes["error.type"], "record-too-large");
    assert.deepEqual(refused!.events, ["exception"]);

    await using producer = await client.producer();
    await client.admin.createTopic({ name: "other", partitions: 1, replicationFactor: 1 });
    const value = (at: number) =>
      encoder.encode(
        JSON.stringify({
          id: `x-${at}`,
          source: "x",
          timestamp: new Date(at * 1_000).toISOString(),
          features: { speed: at },
        }),
      );
    await producer.send("other", Array.from({ length: 500 }, (_, at) => ({ key: "x", value: value(at) })));
    const consume = ["consume", "--model", model, "--input", "other", "--until-idle", "5"];
    assert.equal((await runStreamflow([...consume, ...at], { env })).code, 1);
    const [misfit] = named(spans, "process other");
    assert.deepEqual([misfit!.status.code, misfit!.events], [2, ["exception"]]);
    assert.match(misfit!.status.message, /does not fit the topic other/);
  });
});

Deno.test("what a job publishes at intervals belongs to the batch that it comes of", async () => {
  await withCluster(async ({ client, collector: { spans, env }, at }) => {
    await client.admin.createTopic({ name: "topic_yt", partitions: 1, replicationFactor: 1 });
    await using producer = await client.producer();
    const events = [
      videoEvent("v", { likes: 3, poll: 0 }),
      commentEvent("v", { commentId: "c", likes: 2, poll: 0 }),
    ];
    await producer.send(
      "topic_yt",
      events.map((event) => ({ key: null, value: encoder.encode(JSON.stringify(event)) })),
    );
    assert.equal((await runStreamflow(["youtube", "consume", "--until-idle", "1", ...at], { env })).code, 0);
    const batches = named(spans, "process topic_yt").map(({ spanId }) => spanId);
    const published = spans.filter(({ name, parentSpanId }) =>
      name.startsWith("send ") && batches.includes(parentSpanId)
    );
    assert.ok(published.length > 0);
  });
});

Deno.test("requests over HTTP are spans of whoever asks, by Deno itself", async () => {
  await using collector = startCollector();
  const args = ["broker", "--memory", "--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0"];
  await using running = await startStreamflow(args, { env: collector.env, watchOutput: true });
  const metrics = /metrics on (\S+)/.exec(await untilSaid(running, /metrics on \S+/))![1]!;
  running.watched!.cancel();
  const response = await fetch(metrics, { headers: { traceparent: FOREIGN } });
  assert.match(await response.text(), /streamflow_build_info/);
  await interrupt(running, "SIGTERM");
  const [span] = collector.spans.filter(({ kind }) => kind === 2);
  assert.equal(`00-${span!.traceId}-${span!.parentSpanId}-01`, FOREIGN);
  assert.equal(span!.attributes["http.request.method"], "GET");
});

Deno.test("the other client's batches are traced as well", async () => {
  await withCluster(async ({ collector: { spans, env }, at }) => {
    const produce = [
      "produce",
      "--client",
      "kafkajs",
      "--dataset",
      "sensors",
      "--rate",
      "0",
      "--limit",
      "100",
    ];
    assert.equal((await runStreamflow([...produce, ...at], { env })).code, 0);
    const consume = ["consume", "--client", "kafkajs", "--model", model, "--limit", "100"];
    assert.equal((await runStreamflow([...consume, ...at], { env })).code, 0);
    const [processed] = named(spans, "process input-data");
    const [sent] = named(spans, "send input-data");
    assert.deepEqual(processed!.links, [`${sent!.traceId}/${sent!.spanId}`]);
    assert.ok(named(spans, "commit").some(({ traceId }) => traceId === processed!.traceId));
  });
});

Deno.test("without OTEL_DENO records have no headers, and predictions are the same", async () => {
  await withCluster(async ({ client, collector: { spans, env }, at }) => {
    const produce = ["produce", "--dataset", "sensors", "--rate", "0", "--limit", "200", ...at];
    assert.equal((await runStreamflow(produce)).code, 0);
    const run = (output: string, env: Readonly<Record<string, string>>) =>
      runStreamflow([
        "consume",
        "--model",
        model,
        "--output",
        output,
        "--group",
        output,
        "--limit",
        "200",
        ...at,
      ], { env });
    assert.equal((await run("untraced", {})).code, 0);
    assert.equal(spans.length, 0);
    assert.equal((await run("traced", env)).code, 0);
    assert.ok(spans.length > 0);
    const [untraced, traced] = [await readRecords(client, "untraced"), await readRecords(client, "traced")];
    assert.ok(
      [...await readRecords(client, "input-data"), ...untraced].every(({ headers }) => headers.length === 0),
    );
    const timeless = (record: IncomingRecord) => textOf(record).replace(/,"predictedAt".*/, "");
    assert.equal(untraced.length, 200);
    assert.ok(traced.every((record, at) => timeless(record) === timeless(untraced[at]!)));
    assert.equal(traced.length, untraced.length);
  });
});
