/** Spans around a group that a test decides on: refused commits, partitions that are taken away, long waits. */
import assert from "node:assert/strict";
import {
  type Attributes,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  type SpanOptions,
  trace,
  type Tracer,
} from "@opentelemetry/api";
import { FETCH_MAX_WAIT_MS } from "../../src/kafka/limits.ts";
import { traced } from "../../src/kafka/otel/traced.ts";
import type { GroupConsumer, GroupConsumerOptions, KafkaClient, RecordChunk } from "../../src/kafka/port.ts";

/** What of a span is looked at. */
interface Recorded {
  readonly name: string;
  readonly id: string;
  readonly parent: string | null;
  readonly links: readonly Link[];
  readonly attributes: Attributes;
  readonly startMs: number;
  status: number;
}

const spans: Recorded[] = [];
let ids = 0;

/** Keeps spans instead of exporting them. */
const tracer = {
  startSpan(
    name: string,
    { links = [], attributes = {}, startTime }: SpanOptions = {},
    context = ROOT_CONTEXT,
  ) {
    const span: Recorded = {
      ...{ name, links, attributes: { ...attributes }, startMs: Number(startTime), status: 0 },
      id: String(++ids).padStart(16, "2"),
      parent: trace.getSpanContext(context)?.spanId ?? null,
    };
    spans.push(span);
    const spanContext: SpanContext = {
      traceId: String(ids).padStart(32, "1"),
      spanId: span.id,
      traceFlags: 1,
    };
    return {
      spanContext: () => spanContext,
      setStatus: ({ code }: { code: number }) => span.status = code,
      setAttribute: (key: string, value: string) => span.attributes[key] = value,
      recordException: () => {},
      end: () => {},
    } as unknown as Span;
  },
} as Tracer;
trace.setGlobalTracerProvider({ getTracer: () => tracer });

const PLACE = { topic: "in", partition: 0 };

function chunkOf(offset: number): RecordChunk {
  const record = { offset, timestampMs: 0, key: null, value: new Uint8Array(1), headers: [] };
  return { ...PLACE, records: [record], nextOffset: offset + 1, highWatermark: offset + 1 };
}

/** A group whose chunks come when the test says so. */
async function openGroup(stores: () => Promise<boolean>, comes: () => void = () => {}) {
  let options: GroupConsumerOptions | undefined;
  const chunks = [chunkOf(0), chunkOf(1)];
  const group: GroupConsumer = {
    async *chunks() {
      await null;
      for (const chunk of chunks) {
        comes();
        yield chunk;
      }
    },
    commit: stores,
    assignment: () => [PLACE],
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const client = traced({
    groupConsumer: (asked: GroupConsumerOptions) => {
      options = asked;
      return Promise.resolve(group);
    },
  } as unknown as KafkaClient, "test");
  const { signal } = new AbortController();
  spans.length = 0;
  const consumer = await client.groupConsumer({ groupId: "g", topics: ["in"], from: "beginning", signal });
  const tracing = client.tracing!;
  for await (const { records } of consumer.chunks()) tracing.process(PLACE, records, () => {});
  return { consumer, tracing, revoke: () => options!.onRevoked!([PLACE]) };
}

const named = (name: string) => spans.filter((span) => span.name === name);

Deno.test("a commit is the child of the last batch that it stands for, and not of later ones", async () => {
  const { consumer } = await openGroup(() => Promise.resolve(true));
  const [first, second] = named("process in");
  assert.equal(await consumer.commit([{ ...PLACE, offset: 1 }]), true);
  assert.equal(await consumer.commit([{ ...PLACE, offset: 2 }]), true);
  assert.deepEqual(named("commit").map(({ parent, links, status }) => [parent, links.length, status]), [
    [first!.id, 0, 0],
    [second!.id, 0, 0],
  ]);
});

Deno.test("a commit that is refused, and one that fails, are errors", async () => {
  const refused = await openGroup(() => Promise.resolve(false));
  assert.equal(await refused.consumer.commit([{ ...PLACE, offset: 2 }]), false);
  const [commit] = named("commit");
  assert.deepEqual([commit!.status, commit!.attributes["error.type"]], [2, "rebalanced"]);
  assert.deepEqual(commit!.links.map(({ context }) => context.spanId), [named("process in")[0]!.id]);
  const failed = await openGroup(() => Promise.reject(new RangeError("away")));
  await assert.rejects(failed.consumer.commit([{ ...PLACE, offset: 2 }]), /away/);
  assert.deepEqual([named("commit")[0]!.status, named("commit")[0]!.attributes["error.type"]], [
    2,
    "RangeError",
  ]);
});

Deno.test("nothing is known of a partition that was taken away", async () => {
  const { consumer, tracing, revoke } = await openGroup(() => Promise.resolve(true));
  revoke();
  let worked = 0;
  tracing.process(PLACE, chunkOf(2).records, () => worked++);
  tracing.follow(PLACE, () => worked++);
  await consumer.commit([{ ...PLACE, offset: 2 }]);
  assert.equal(worked, 2);
  assert.equal(named("process in").length, 2);
  assert.equal(named("commit")[0]!.parent, null);
});

Deno.test("a poll is no longer than a fetch may wait, however long nothing came", async () => {
  const { now } = Date;
  let nowMs = now();
  Date.now = () => nowMs;
  try {
    const comings: number[] = [];
    await openGroup(() => Promise.resolve(true), () => comings.push(nowMs += 600_000));
    assert.deepEqual(named("poll in").map(({ startMs }) => startMs + FETCH_MAX_WAIT_MS), comings);
  } finally {
    Date.now = now;
  }
});
