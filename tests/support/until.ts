/** Waits for what another program does to a topic or a group, however long it takes. */
import { connect } from "../../src/kafka/connect.ts";
import type { Admin, PartitionOffsets } from "../../src/kafka/port.ts";
import type { Road } from "./account.ts";

/** Time between two looks, in ms. */
const LOOK_EVERY_MS = 50;

/** Resolves when this holds; looks again and again. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!await holds()) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
}

async function untilCluster(
  bootstrapServer: string,
  holds: (admin: Admin) => Promise<boolean>,
): Promise<void> {
  await using client = await connect({ bootstrapServer, clientId: "until" }, "platformatic");
  await until(() => holds(client.admin));
}

async function offsetsOf(admin: Admin, topic: string): Promise<PartitionOffsets[]> {
  return (await admin.listTopics()).includes(topic) ? await admin.topicOffsets(topic) : [];
}

/** Resolves when the topic is there and so many records have been written to it. */
export async function untilRecords(bootstrapServer: string, topic: string, count: number): Promise<void> {
  await untilCluster(bootstrapServer, async (admin) => {
    const offsets = await offsetsOf(admin, topic);
    return offsets.reduce((sum, { highWatermark }) => sum + highWatermark, 0) >= count;
  });
}

/**
 * Resolves when the group has committed what is on the input topic now, and in each partition: when partitions of a
 * member that is gone belong to others, and these have caught up.
 */
export async function untilCommitted({ bootstrapServer, input, group }: Road): Promise<void> {
  let wanted: PartitionOffsets[] | null = null;
  await untilCluster(bootstrapServer, async (admin) => {
    wanted ??= await offsetsOf(admin, input);
    const committed = await admin.committedOffsets(group, input);
    const next = new Map(committed.map(({ partition, offset }) => [partition, offset]));
    return wanted.every(({ partition, highWatermark }) => (next.get(partition) ?? 0) >= highWatermark);
  });
}

/** Resolves when the group has committed this offset of the input topic's first partition, or a later one. */
export async function untilOffset({ bootstrapServer, input, group }: Road, wanted: number): Promise<void> {
  await untilCluster(bootstrapServer, async (admin) => {
    const committed = await admin.committedOffsets(group, input).catch(() => []);
    return committed.some(({ partition, offset }) => partition === 0 && offset >= wanted);
  });
}
