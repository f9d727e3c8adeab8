/**
 * The names of OpenTelemetry's messaging conventions that spans have here, and no others: those are still in
 * development, and names of Kafka's own (`messaging.kafka.…`) have changed between versions.
 *
 * Source: OpenTelemetry semantic conventions 1.44, messaging spans.
 */

/** What is done: the first word of a span's name, and its `messaging.operation.name`. */
export type Operation = "poll" | "process" | "send" | "commit";

/** `messaging.operation.type` of each. */
export const OPERATION_TYPE: Readonly<Record<Operation, string>> = {
  poll: "receive",
  process: "process",
  send: "send",
  commit: "settle",
};

/** Keys of attributes. */
export const ATTRIBUTE = {
  system: "messaging.system",
  operation: "messaging.operation.name",
  operationType: "messaging.operation.type",
  topic: "messaging.destination.name",
  /** A text. */
  partition: "messaging.destination.partition.id",
  group: "messaging.consumer.group.name",
  clientId: "messaging.client.id",
  records: "messaging.batch.message_count",
  /** What kind of failure. */
  error: "error.type",
} as const;

/** Of the spans of this program: what OpenTelemetry calls an instrumentation scope. */
export const SCOPE = "streamflow";
