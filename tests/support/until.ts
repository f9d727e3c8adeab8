/** Waits for what another program, or a page, does: as long as a slow machine needs, but not for ever. */
import assert from "node:assert/strict";
import { connect } from "../../src/kafka/connect.ts";
import type { Admin, PartitionOffsets } from "../../src/kafka/port.ts";
import type { Road } from "./account.ts";

/** Time between two looks, in ms. */
const LOOK_EVERY_MS = 50;

/** Whoever has waited so long is stuck, not slow: the test fails, and the others go on, ms. */
export const LIMIT_MS = 120_000;

/**
 * Makes this check again and again until it holds: for what comes by itself, a while after its cause.
 * @returns what the check returns
 * @throws {assert.AssertionError} what it failed with last, with what it found, where the limit has passed
 */
export async function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  const endMs = Date.now() + LIMIT_MS;
  for (;;) {
    try {
      return await within(check(), `this check: ${check}`);
    } catch (error) {
      if (!(error instanceof assert.AssertionError)) throw error;
      if (Date.now() >= endMs) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** Resolves when this holds; looks again and again. @throws {Error} with its source where the limit has passed */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  await eventually(async () =>
    assert.ok(await holds(), `${LIMIT_MS / 1_000} s have passed, and this does not hold: ${holds}`)
  );
}

/** What is promised. @throws {Error} where it does not come within the limit */
export async function within<T>(promised: T | Promise<T>, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new Error(`${LIMIT_MS / 1_000} s have passed without ${what}`);
    timer = setTimeout(() => reject(error), LIMIT_MS);
  });
  try {
    return await Promise.race([promised, late]);
  } finally {
    clearTimeout(timer);
  }
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
