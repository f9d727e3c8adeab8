/** What is on a topic now, for tests that look at what a program has written. */
import { connect } from "../../src/kafka/connect.ts";
import type { IncomingRecord, KafkaClient } from "../../src/kafka/port.ts";

/** Every record that a topic has now, by partition. @throws {KafkaError} where there is no such topic */
export async function readPartitions(
  client: KafkaClient,
  topic: string,
): Promise<Map<number, IncomingRecord[]>> {
  const partitions = new Map<number, IncomingRecord[]>();
  const { signal } = new AbortController();
  for await (
    const { partition, records } of client.read({ topics: [topic], from: "beginning", until: "end", signal })
  ) {
    partitions.set(partition, [...partitions.get(partition) ?? [], ...records]);
  }
  return partitions;
}

/** Every record that a topic has now, one partition after the other. */
export async function readRecords(client: KafkaClient, topic: string): Promise<IncomingRecord[]> {
  const partitions = await readPartitions(client, topic);
  return [...partitions].sort(([a], [b]) => a - b).flatMap(([, records]) => records);
}

/** {@linkcode readRecords} with a connection of its own. */
export async function readRecordsAt(bootstrapServer: string, topic: string): Promise<IncomingRecord[]> {
  await using client = await connect({ bootstrapServer, clientId: "test" }, "platformatic");
  return await readRecords(client, topic);
}

/** A record's value as text; a tombstone's is empty. */
export function textOf({ value }: { readonly value: Uint8Array | null }): string {
  return new TextDecoder().decode(value ?? undefined);
}
