/** Waits for what another program, or a page, does: as long as a slow machine needs, but not for ever. */
import assert from "node:assert/strict";
import { connect } from "../../src/kafka/connect.ts";
import type { Admin, PartitionOffsets } from "../../src/kafka/port.ts";
import type { Road } from "./account.ts";

/** Time between two looks, in ms. */
const LOOK_EVERY_MS = 50;

/** Whoever has waited so long is stuck, not slow (a demo trains a network in it on a busy machine), ms. */
export const LIMIT_MS = 180_000;

/**
 * Makes this check again and again until it holds: for what comes by itself, a while after its cause.
 * @returns what the check returns
 * @throws {assert.AssertionError} what it failed with last, with what it found, where the limit has passed
 */
export async function eventually<T>(check: () => T | Promise<T>, limitMs = LIMIT_MS): Promise<T> {
  const endMs = performance.now() + limitMs;
  for (;;) {
    try {
      return await within(check(), () => `an end of this check: ${check}`);
    } catch (error) {
      if (!(error instanceof assert.AssertionError) || performance.now() >= endMs) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** Resolves when this holds; looks again and again. @throws {assert.AssertionError} where the limit has passed */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  await eventually(async () => assert.ok(await holds(), `waited for ${LIMIT_MS / 1_000} s until ${holds}`));
}

/** What is promised. @param what is waited for, and what was found last @throws {Error} where the limit has passed */
export async function within<T>(promised: T | Promise<T>, what: () => string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited for ${LIMIT_MS / 1_000} s for ${what()}`)), LIMIT_MS);
  });
  try {
    return await Promise.race([promised, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function untilCluster(
  bootstrapServer: string,
  check: (admin: Admin) => Promise<void>,
): Promise<void> {
  await using client = await connect({ bootstrapServer, clientId: "until" }, "platformatic");
  await eventually(() => check(client.admin));
}

async function offsetsOf(admin: Admin, topic: string): Promise<PartitionOffsets[]> {
  return (await admin.listTopics()).includes(topic) ? await admin.topicOffsets(topic) : [];
}

/** Resolves when the topic is there and so many records have been written to it. */
export async function untilRecords(bootstrapServer: string, topic: string, count: number): Promise<void> {
  await untilCluster(bootstrapServer, async (admin) => {
    const offsets = await offsetsOf(admin, topic);
    const found = offsets.reduce((sum, { highWatermark }) => sum + highWatermark, 0);
    assert.ok(found >= count, `${found} of ${count} records are on ${topic}`);
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
    for (const { partition, highWatermark } of wanted) {
      const found = next.get(partition) ?? 0;
      assert.ok(
        found >= highWatermark,
        `${group} is at ${found} of ${highWatermark} in ${input}-${partition}`,
      );
    }
  });
}

/** Resolves when the group has committed this offset of the input topic's first partition, or a later one. */
export async function untilOffset({ bootstrapServer, input, group }: Road, wanted: number): Promise<void> {
  await untilCluster(bootstrapServer, async (admin) => {
    const committed = await admin.committedOffsets(group, input).catch(() => []);
    const found = committed.find(({ partition }) => partition === 0)?.offset ?? 0;
    assert.ok(found >= wanted, `${group} is at ${found} in ${input}-0, and not yet at ${wanted}`);
  });
}
