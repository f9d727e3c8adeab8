import assert from "node:assert/strict";
import { Outbox } from "../../src/kafka/outbox.ts";
import { KafkaError, type OutgoingRecord, type Producer } from "../../src/kafka/port.ts";

/** Sends that are answered when the test says so. */
class ManualProducer implements Producer {
  readonly sends: { count: number; resolve: () => void; reject: (error: Error) => void }[] = [];
  send(_topic: string, records: readonly OutgoingRecord[]): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.sends.push({ count: records.length, resolve, reject });
    return promise;
  }
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

const RECORD: OutgoingRecord = { key: "a", value: new Uint8Array(1) };

async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

Deno.test("Outbox counts as acknowledged only what was", async () => {
  const producer = new ManualProducer();
  const outbox = new Outbox(producer, "t");
  await outbox.add(RECORD);
  await outbox.add(RECORD);
  assert.deepEqual(outbox.delivery, { sent: 0, acknowledged: 0, failed: 0 });
  outbox.flush();
  assert.deepEqual(outbox.delivery, { sent: 2, acknowledged: 0, failed: 0 });
  producer.sends[0]!.resolve();
  await settle();
  assert.deepEqual(outbox.delivery, { sent: 2, acknowledged: 2, failed: 0 });
});

Deno.test("Outbox sends nothing more after a failure and keeps the reason", async () => {
  const producer = new ManualProducer();
  const outbox = new Outbox(producer, "t");
  const failure = new KafkaError("not-delivered", "no");
  for (let i = 0; i < 2; i++) {
    await outbox.add(RECORD);
    outbox.flush();
  }
  producer.sends[1]!.reject(failure);
  await settle();
  await outbox.add(RECORD);
  const drained = outbox.drain();
  assert.equal(producer.sends.length, 2);
  producer.sends[0]!.resolve();
  await drained;
  assert.deepEqual(outbox.delivery, { sent: 2, acknowledged: 1, failed: 1 });
  assert.equal(outbox.failure, failure);
});

Deno.test("Outbox bounds what is in flight and gathers meanwhile", async () => {
  const producer = new ManualProducer();
  const outbox = new Outbox(producer, "t");
  let added = 0;
  const adding = (async () => {
    for (; added < 20_000; added++) await outbox.add(RECORD);
    await outbox.drain();
  })();
  for (let turn = 0; turn < 20_000 && producer.sends.length < 8; turn++) await settle();
  await settle();
  assert.deepEqual(producer.sends.map(({ count }) => count), Array(8).fill(1000));
  assert.ok(added < 9_001);
  for (let answered = 0; answered < 20; answered++) {
    for (let turn = 0; turn < 2_000 && producer.sends.length <= answered; turn++) await settle();
    producer.sends[answered]!.resolve();
  }
  await adding;
  assert.equal(outbox.delivery.acknowledged, 20_000);
});

Deno.test("Outbox sends what was added during a full flight as one", async () => {
  const producer = new ManualProducer();
  const outbox = new Outbox(producer, "t");
  for (let i = 0; i < 20; i++) {
    await outbox.add(RECORD);
    outbox.flush();
  }
  assert.equal(producer.sends.length, 8);
  producer.sends[3]!.resolve();
  await settle();
  assert.deepEqual(producer.sends.slice(8).map(({ count }) => count), [12]);
});

Deno.test("Outbox abandon() counts what is in flight as failed", async () => {
  const outbox = new Outbox(new ManualProducer(), "t");
  await outbox.add(RECORD);
  outbox.flush();
  outbox.abandon();
  assert.deepEqual(outbox.delivery, { sent: 1, acknowledged: 0, failed: 1 });
});
