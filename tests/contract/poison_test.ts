/** What every client adapter does with what a log holds and no record can be made of. */
import assert from "node:assert/strict";
import { connect } from "../../src/kafka/connect.ts";
import type { ClientName, IncomingRecord, KafkaClient, KafkaError } from "../../src/kafka/port.ts";
import { uniqueName } from "../support/cluster.ts";
import { PLACEHOLDER, POISONS, startPoisonedBroker } from "../support/poison.ts";
import { sendTexts } from "./kafka_client.ts";

/** A good record before, between and behind all of them. */
const poison = new Map(POISONS.map(({ bytes }, i) => [2 * i + 1, bytes]));
const end = 2 * POISONS.length + 1;

async function fill(client: KafkaClient, topic: string): Promise<void> {
  await client.admin.createTopic({ name: topic, partitions: 1, replicationFactor: 1 });
  for (let offset = 0; offset < end; offset++) {
    await sendTexts(client, { topic, texts: [poison.has(offset) ? PLACEHOLDER : `good ${offset}`] });
  }
}

function check(records: readonly IncomingRecord[]): void {
  assert.deepEqual(records.map(({ offset }) => offset), Array.from({ length: end }, (_, offset) => offset));
  for (const { offset, value, undecodable } of records) {
    if (offset % 2 === 0) assert.equal(new TextDecoder().decode(value!), `good ${offset}`);
    else {
      assert.match(undecodable!.reason, POISONS[(offset - 1) / 2]!.reason);
      assert.deepEqual([undecodable!.lastOffset, value], [offset, null]);
    }
  }
}

for (const name of ["platformatic", "kafkajs"] satisfies ClientName[]) {
  Deno.test(`${name}: what the broker answers to records that it does not store is said at once, and that it stores again`, async () => {
    const topic = uniqueName("full");
    const refusals = [56, 56, 56];
    await using broker = startPoisonedBroker({ topic, poison: new Map(), refusals });
    const warnings: string[] = [];
    const onWarning = (message: string) => void warnings.push(message);
    await using client = await connect({ ...broker, clientId: "full", onWarning }, name);
    await client.admin.createTopic({ name: topic, partitions: 1, replicationFactor: 1 });
    await sendTexts(client, { topic, texts: ["a", "b"] });
    assert.equal(refusals.length, 0);
    assert.match(
      warnings[0]!,
      /^sending 2 records to full-\S+: the broker could not write to its disk \(KAFKA_STORAGE_ERROR\); trying again for 1[12]\d s$/,
    );
    assert.deepEqual(warnings.slice(1), ["the broker stores records again"]);
    refusals.push(...Array<number>(1_000).fill(56));
    await using producer = await client.producer({ deliveryTimeoutMs: 300 });
    await assert.rejects(
      producer.send(topic, [{ key: null, value: new Uint8Array(3) }]),
      (error: KafkaError) => {
        assert.equal(error.kind, "broker-disk");
        assert.match(
          error.message,
          /no acknowledgement in time \(the broker could not write to its disk, KAFKA_STORAGE_ERROR\)/,
        );
        return true;
      },
    );
  });

  Deno.test(`${name}: batches that cannot be decoded are values, and reading goes on behind them`, async () => {
    const topic = uniqueName("poison");
    await using broker = startPoisonedBroker({ poison });
    await using client = await connect({ ...broker, clientId: "poison" }, name);
    await fill(client, topic);
    const { signal } = new AbortController();
    const records: IncomingRecord[] = [];
    for await (const chunk of client.read({ topics: [topic], from: "beginning", until: "end", signal })) {
      records.push(...chunk.records);
    }
    check(records);

    const groupId = uniqueName("g");
    const abort = new AbortController();
    await using consumer = await client.groupConsumer({
      ...{ groupId, topics: [topic], from: "beginning", signal: abort.signal },
    });
    const grouped: IncomingRecord[] = [];
    for await (const { records, nextOffset } of consumer.chunks()) {
      grouped.push(...records);
      if (nextOffset < end) continue;
      assert.equal(await consumer.commit([{ topic, partition: 0, offset: nextOffset }]), true);
      abort.abort();
    }
    check(grouped);
    const committed = await client.admin.committedOffsets(groupId, topic);
    assert.deepEqual(committed, [{ topic, partition: 0, offset: end }]);
  });
}
