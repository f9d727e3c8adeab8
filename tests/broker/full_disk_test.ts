/** A disk without room: clients are refused in a way that they try again, people hear of it once, and when it is over. */
import assert from "node:assert/strict";
import { DiskHealth } from "../../src/broker/store/disk_health.ts";
import { StorageError } from "../../src/broker/store/storage_error.ts";
import { createTopicsApi, deleteTopicsApi } from "../../src/wire/api/admin.ts";
import { offsetCommitApi } from "../../src/wire/api/groups.ts";
import { fetchApi, produceApi } from "../../src/wire/api/records.ts";
import { ErrorCode } from "../../src/wire/error_code.ts";
import { iterateBatches } from "../../src/wire/record_batch.ts";
import { batchOf } from "../support/batches.ts";
import { DISK_BYTES, smallDiskTest } from "../support/small_disk.ts";
import { startTestBroker, WireClient } from "./client.ts";

const VALUE = "x".repeat(50_000);

const testOnSmallDisk = await smallDiskTest("full_disk_test");

/** What the broker has to say, and the next of it. */
class Messages {
  readonly said: string[] = [];
  #next = Promise.withResolvers<string>();

  readonly log = { info: () => {}, debug: () => {}, warn: (message: string) => this.#hear(message) };

  #hear(message: string): void {
    this.said.push(message);
    this.#next.resolve(message);
    this.#next = Promise.withResolvers();
  }

  get next(): Promise<string> {
    return this.#next.promise;
  }
}

async function produce(client: WireClient, topic = "t"): Promise<number> {
  const records = [batchOf([VALUE], { timestampMs: Date.now() })];
  const topics = [{ name: topic, partitions: [{ partition: 0, records }] }];
  const { responses } = await client.ask(produceApi, { acks: -1, timeoutMs: 1000, topics });
  return responses[0]!.partitions[0]!.errorCode;
}

async function create(client: WireClient, name: string): Promise<number> {
  const topic = { name, partitions: 1, replicationFactor: 1, assignments: [], configs: [] };
  const { topics } = await client.ask(createTopicsApi, { topics: [topic], timeoutMs: 1000 });
  return topics[0]!.errorCode;
}

async function fillUp(client: WireClient, topic = "t"): Promise<number> {
  let acknowledged = 0;
  for (;;) {
    const code = await produce(client, topic);
    if (code !== ErrorCode.NONE) {
      assert.equal(code, ErrorCode.KAFKA_STORAGE_ERROR);
      return acknowledged;
    }
    acknowledged++;
  }
}

async function countBatches(client: WireClient): Promise<number> {
  const place = { partition: 0, currentLeaderEpoch: -1, lastFetchedEpoch: -1, logStartOffset: -1 };
  for (let count = 0;;) {
    const partitions = [{ ...place, fetchOffset: count, partitionMaxBytes: 1_000_000 }];
    const topics = [{ topic: "t", topicId: "", partitions }];
    const { responses } = await client.ask(fetchApi, { maxBytes: 1_000_000, topics }, 12);
    const records = responses[0]!.partitions[0]!.records ?? [];
    const found = records.flatMap((piece) => [...iterateBatches(piece)]).length;
    if (found === 0) return count;
    count += found;
  }
}

testOnSmallDisk(
  "a full disk refuses with KAFKA_STORAGE_ERROR, is reported once, and once more when there is room",
  async (disk) => {
    const messages = new Messages();
    const dataDir = `${disk}/data`;
    const filler = `${disk}/filler`;
    Deno.writeFileSync(filler, new Uint8Array(DISK_BYTES / 2));
    {
      await using broker = startTestBroker({ dataDir, log: messages.log });
      using client = await WireClient.connect(broker);
      assert.equal(await create(client, "t"), ErrorCode.NONE);
      let acknowledged = await fillUp(client);
      assert.ok(acknowledged > 5);
      for (let again = 0; again < 20; again++) {
        assert.equal(await produce(client), ErrorCode.KAFKA_STORAGE_ERROR);
      }
      assert.equal(messages.said.length, 1, messages.said.join("\n"));
      assert.match(
        messages.said[0]!,
        /^Cannot write \d+ bytes to .*No space left.*KAFKA_STORAGE_ERROR.*make room/,
      );
      const over = messages.next;
      Deno.removeSync(filler);
      assert.match(await over, /takes what is written again/);
      assert.equal(await produce(client), ErrorCode.NONE);
      acknowledged++;
      assert.equal(await countBatches(client), acknowledged);
      assert.equal(messages.said.length, 2);
    }
    await using broker = startTestBroker({ dataDir });
    assert.deepEqual(broker.recoveryNotes, []);
  },
);

testOnSmallDisk(
  "on a full disk a topic can be deleted, which makes room; a restart finds what was acknowledged",
  async (disk) => {
    const dataDir = `${disk}/other`;
    {
      await using broker = startTestBroker({ dataDir });
      using client = await WireClient.connect(broker);
      for (const name of ["t", "large"]) assert.equal(await create(client, name), ErrorCode.NONE);
      assert.equal(await produce(client), ErrorCode.NONE);
      await fillUp(client, "large");
      const filler = Deno.openSync(`${disk}/filler`, { create: true, append: true });
      assert.throws(() => {
        for (;;) filler.writeSync(new Uint8Array(100));
      });
      filler.close();
      let refused = 0;
      while (await create(client, `more-${refused}`) === ErrorCode.NONE) refused++;
      const partitions = [{ partition: 0, offset: 1, leaderEpoch: -1, metadata: "m".repeat(4000) }];
      const commit = { groupId: "g", generationId: -1, memberId: "", topics: [{ name: "t", partitions }] };
      let code: number;
      do {
        const { topics } = await client.ask(offsetCommitApi, commit);
        code = topics[0]!.partitions[0]!.errorCode;
      } while (code === ErrorCode.NONE);
      assert.equal(code, ErrorCode.COORDINATOR_NOT_AVAILABLE);
      const deleted = await client.ask(deleteTopicsApi, {
        topics: [{ name: "large", topicId: "0".repeat(32) }],
        timeoutMs: 1000,
      });
      assert.equal(deleted.responses[0]!.errorCode, ErrorCode.NONE);
      assert.equal(await produce(client), ErrorCode.NONE);
      assert.equal(await countBatches(client), 2);
    }
    await using broker = startTestBroker({ dataDir });
    assert.deepEqual(broker.recoveryNotes, []);
    using client = await WireClient.connect(broker);
    assert.equal(await countBatches(client), 2);
    assert.equal(await create(client, "large"), ErrorCode.NONE);
  },
);

testOnSmallDisk("a disk that fails and recovers all the time is reported once in a while", (disk) => {
  const path = `${disk}/flapping`;
  Deno.mkdirSync(path);
  const said: string[] = [];
  let nowMs = 0;
  const health = new DiskHealth(path, { report: (message) => said.push(message), now: () => nowMs });
  const error = new StorageError("io", "Cannot write 10 bytes to f: Input/output error");
  for (nowMs = 0; nowMs < 59_000; nowMs += 1000) {
    health.failed(error, 10);
    health.check();
  }
  assert.equal(said.length, 2, said.join("\n"));
  health.failed(error, 2 * DISK_BYTES);
  health.check();
  assert.equal(said.length, 2);
  nowMs = 60_000;
  health.check();
  assert.equal(said.length, 3);
  assert.match(said[2]!, /Input\/output error.*look at the disk/);
  assert.deepEqual([...Deno.readDirSync(path)], []);
});
