import assert from "node:assert/strict";
import { KafkaError } from "../../src/kafka/port.ts";
import { type PartitionBatch, Sender } from "../../src/kafka/sender.ts";

const value = new Uint8Array(1);

/** A sender whose deliveries are kept, and end when the test says. */
function manual() {
  const under: { batch: PartitionBatch; done: PromiseWithResolvers<void> }[] = [];
  const sender = new Sender({
    deliver: (batch) => {
      const done = Promise.withResolvers<void>();
      under.push({ batch, done });
      return done.promise;
    },
    partitionsOf: () => Promise.resolve(2),
  });
  return { under, sender };
}

/** Lets everything run that can. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
}

Deno.test("Sender has one batch under way per partition, of at most 1,000 records", async () => {
  const { under, sender } = manual();
  const records = Array.from({ length: 2500 }, (_, i) => ({ key: null, value, partition: i < 2400 ? 0 : 1 }));
  const sent = sender.send("t", records);
  await settle();
  assert.deepEqual(under.map((one) => [one.batch.partition, one.batch.records.length]), [[0, 1000], [
    1,
    100,
  ]]);
  const late = sender.send("t", [{ key: null, value, partition: 0 }]);
  for (let i = 0; i < under.length; i++) {
    under[i]!.done.resolve();
    await settle();
  }
  await Promise.all([sent, late]);
  assert.deepEqual(under.map((one) => one.batch.records.length), [1000, 100, 1000, 401]);
  await sender.close();
});

Deno.test("Sender starts a new batch before the bytes get too many", async () => {
  const { under, sender } = manual();
  const large = { key: null, value: new Uint8Array(500_000), partition: 0 };
  const sent = sender.send("t", [large, large, { ...large, value: new Uint8Array(2_000_000) }]);
  for (let i = 0; i < 3; i++) {
    await settle();
    assert.equal(under[i]?.batch.records.length, 1);
    under[i]!.done.resolve();
  }
  await sent;
});

Deno.test("Sender rejects only the calls whose records failed", async () => {
  const { under, sender } = manual();
  const first = sender.send("t", [{ key: null, value, partition: 0 }]);
  await settle();
  const second = sender.send("t", [{ key: null, value, partition: 0 }]);
  under[0]!.done.reject(new KafkaError("not-delivered", "x"));
  await assert.rejects(first, { kind: "not-delivered" });
  await settle();
  under[1]!.done.resolve();
  await second;
});

Deno.test("Sender halves a batch that is too large until only the culprit is refused", async () => {
  const stored: number[] = [];
  const sender = new Sender({
    deliver: ({ records }) => {
      if (records.some((one) => one.value!.length === 9)) {
        return Promise.reject(new KafkaError("record-too-large", "x"));
      }
      stored.push(...records.map((one) => one.value!.length));
      return Promise.resolve();
    },
    partitionsOf: () => Promise.resolve(1),
  });
  const sends = [1, 2, 9, 3].map((size) => sender.send("t", [{ key: null, value: new Uint8Array(size) }]));
  const outcomes = await Promise.allSettled(sends);
  assert.deepEqual(outcomes.map((one) => one.status), ["fulfilled", "fulfilled", "rejected", "fulfilled"]);
  assert.deepEqual(stored, [1, 2, 3]);
});
