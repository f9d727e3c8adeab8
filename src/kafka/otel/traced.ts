/**
 * A client whose reading, processing, sending and committing of batches are spans of OpenTelemetry, by Deno's own
 * exporter: `poll T` → `process T` → `send T2` and `commit`, one trace.
 *
 * - Of a group's members and producers. What reads without a group (monitors, changelogs) begins no spans.
 * - A `process` span links to the spans that sent the records, by their headers; a `commit` is the child of the last
 *   `process` that it stands for and links to the others.
 * - What a job publishes at intervals or when the clock closes its windows is behind the last `process`; snapshots of its
 *   state are sends of their own.
 * - The records of one send have the context of its span: a span for each would cost more than the prediction.
 */
import {
  type Attributes,
  type Context,
  context as contexts,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { FETCH_MAX_WAIT_MS } from "../limits.ts";
import {
  type GroupConsumer,
  type KafkaClient,
  partitionKey,
  type Producer,
  type RecordChunk,
  type TopicPartition,
  type TopicPartitionOffset,
  type Tracing,
} from "../port.ts";
import { SPAN_LINKS_MAX } from "../limits.ts";
import { linksOf, withContext } from "./context.ts";
import { ATTRIBUTE, type Operation, OPERATION_TYPE, SCOPE } from "./names.ts";

const tracer = trace.getTracer(SCOPE);

/** What is known of a partition that is ours. */
interface Road {
  /** Of its last `poll`. */
  readonly polled: SpanContext;
  readonly attributes: Attributes;
  /** `process` spans that no commit stands for yet, the newest last: what they had processed up to. */
  readonly processed: { readonly nextOffset: number; readonly span: SpanContext }[];
}

/** The client, traced. */
export function traced(client: KafkaClient, clientId: string): KafkaClient {
  const roads = new Map<string, Road>();
  const base: Attributes = { [ATTRIBUTE.system]: "kafka", [ATTRIBUTE.clientId]: clientId };
  return {
    name: client.name,
    admin: client.admin,
    inspection: client.inspection,
    ...(client.isAway && { isAway: () => client.isAway!() }),
    tracing: tracingOf(roads),
    producer: async (options) => tracedProducer(await client.producer(options), base),
    groupConsumer: async (options) => {
      const consumer = await client.groupConsumer({
        ...options,
        onRevoked: (partitions) => {
          for (const partition of partitions) roads.delete(partitionKey(partition));
          options.onRevoked?.(partitions);
        },
      });
      return tracedConsumer(consumer, { roads, base: { ...base, [ATTRIBUTE.group]: options.groupId } });
    },
    read: (options) => client.read(options),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

function tracingOf(roads: ReadonlyMap<string, Road>): Tracing {
  return {
    process: (partition, records, work) => {
      const road = roads.get(partitionKey(partition));
      if (road === undefined) return work();
      const span = tracer.startSpan(`process ${partition.topic}`, {
        kind: SpanKind.CONSUMER,
        attributes: { ...road.attributes, ...operationOf("process"), [ATTRIBUTE.records]: records.length },
        links: linksOf(records),
      }, behind(road.polled));
      const { processed } = road;
      processed.push({ nextOffset: records.at(-1)!.offset + 1, span: span.spanContext() });
      if (processed.length > SPAN_LINKS_MAX) processed.shift();
      try {
        contexts.with(trace.setSpan(ROOT_CONTEXT, span), work);
      } catch (error) {
        fail(span, error);
        throw error;
      } finally {
        span.end();
      }
    },
    follow: (partition, work) => {
      const road = roads.get(partitionKey(partition));
      if (road === undefined) return work();
      contexts.with(behind(road.processed.at(-1)?.span ?? road.polled), work);
    },
  };
}

function tracedProducer(producer: Producer, base: Attributes): Producer {
  return {
    send: async (topic, records) => {
      const span = tracer.startSpan(`send ${topic}`, {
        kind: SpanKind.PRODUCER,
        attributes: {
          ...base,
          ...operationOf("send"),
          [ATTRIBUTE.topic]: topic,
          [ATTRIBUTE.records]: records.length,
        },
      });
      const sent = withContext(records, trace.setSpan(contexts.active(), span));
      await during(span, producer.send(topic, sent));
    },
    [Symbol.asyncDispose]: () => producer[Symbol.asyncDispose](),
  };
}

function tracedConsumer(
  consumer: GroupConsumer,
  { roads, base }: { readonly roads: Map<string, Road>; readonly base: Attributes },
): GroupConsumer {
  return {
    async *chunks() {
      let askedMs = Date.now();
      for await (const chunk of consumer.chunks()) {
        if (chunk.records.length > 0) poll(chunk, { roads, base, askedMs });
        yield chunk;
        askedMs = Date.now();
      }
    },
    commit: async (offsets) => {
      const [last, ...others] = offsets.flatMap((offset) => takeCommitted(offset, roads)).toReversed();
      const span = tracer.startSpan("commit", {
        kind: SpanKind.CLIENT,
        attributes: { ...base, ...operationOf("commit"), ...placeOf(offsets) },
        links: others.slice(0, SPAN_LINKS_MAX).map((context) => ({ context })),
      }, last === undefined ? ROOT_CONTEXT : behind(last));
      return await during(span, consumer.commit(offsets), (stored) => {
        if (stored) return;
        span.setAttribute(ATTRIBUTE.error, "rebalanced");
        span.setStatus({ code: SpanStatusCode.ERROR, message: "the partitions are no longer ours" });
      });
    },
    assignment: () => consumer.assignment(),
    [Symbol.asyncDispose]: () => consumer[Symbol.asyncDispose](),
  };
}

/** Begins the trace of a chunk: a fetch takes no longer than the broker may hold it back, however long we waited. */
function poll(
  chunk: RecordChunk,
  { roads, base, askedMs }: {
    readonly roads: Map<string, Road>;
    readonly base: Attributes;
    readonly askedMs: number;
  },
): void {
  const attributes = { ...base, ...placeOf([chunk]) };
  const span = tracer.startSpan(`poll ${chunk.topic}`, {
    kind: SpanKind.CLIENT,
    attributes: { ...attributes, ...operationOf("poll"), [ATTRIBUTE.records]: chunk.records.length },
    startTime: Math.max(askedMs, Date.now() - FETCH_MAX_WAIT_MS),
  }, ROOT_CONTEXT);
  span.end();
  const key = partitionKey(chunk);
  const processed = roads.get(key)?.processed ?? [];
  roads.set(key, { polled: span.spanContext(), attributes, processed });
}

/** The `process` spans that a commit stands for, oldest first; the next commit does not have them again. */
function takeCommitted(
  { offset, ...partition }: TopicPartitionOffset,
  roads: ReadonlyMap<string, Road>,
): SpanContext[] {
  const { processed = [] } = roads.get(partitionKey(partition)) ?? {};
  const found = processed.findIndex(({ nextOffset }) => nextOffset > offset);
  return processed.splice(0, found < 0 ? processed.length : found).map(({ span }) => span);
}

function operationOf(operation: Operation): Attributes {
  return { [ATTRIBUTE.operation]: operation, [ATTRIBUTE.operationType]: OPERATION_TYPE[operation] };
}

/** Topic and partition, where there is only one. */
function placeOf(places: readonly TopicPartition[]): Attributes {
  const [first] = places;
  if (first === undefined || places.some(({ topic }) => topic !== first.topic)) return {};
  const topic = { [ATTRIBUTE.topic]: first.topic };
  return places.length > 1 ? topic : { ...topic, [ATTRIBUTE.partition]: String(first.partition) };
}

function behind(span: SpanContext): Context {
  return trace.setSpanContext(ROOT_CONTEXT, span);
}

/** Ends the span when the promise is settled. */
async function during<T>(span: Span, promise: Promise<T>, settled?: (value: T) => void): Promise<T> {
  try {
    const value = await promise;
    settled?.(value);
    return value;
  } catch (error) {
    fail(span, error);
    throw error;
  } finally {
    span.end();
  }
}

function fail(span: Span, thrown: unknown): void {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  span.recordException(error);
  span.setAttribute(ATTRIBUTE.error, "kind" in error ? String(error.kind) : error.name);
  span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
}
