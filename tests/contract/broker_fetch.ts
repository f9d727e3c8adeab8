/** Fetch: sessions, sizes, epochs. */
import assert from "node:assert/strict";
import { iterateBatches } from "../../src/wire/record_batch.ts";
import type { TestClusterKind } from "../support/cluster.ts";
import { rawBatch, rawRecord } from "../support/raw_batch.ts";
import { brokerTest, fetchRaw, nameOf, newTopic, produce } from "./broker_client.ts";
import type { WireClient } from "../broker/client.ts";

const SESSION_GONE = "FETCH_SESSION_ID_NOT_FOUND";

async function fill(
  client: WireClient,
  { topic, batches }: { topic: string; batches: number },
): Promise<number> {
  const batch = () => rawBatch({ records: rawRecord({ value: new Uint8Array(500) }), count: 1 });
  for (let sent = 0; sent < batches; sent++) await produce(client, { topic, batch: batch() });
  return batch().length;
}

/** Whole batches in each topic's answer; a real Kafka cuts the last one off. */
async function batchesOf(
  client: WireClient,
  topics: readonly string[],
  options: Parameters<typeof fetchRaw>[2],
) {
  const { responses } = await fetchRaw(client, topics, options);
  return responses.flatMap(({ partitions }) =>
    partitions.map(({ records }) =>
      (records ?? []).reduce((sum, piece) => sum + [...iterateBatches(piece)].length, 0)
    )
  );
}

/** Registers the tests. */
export function fetchContract(cluster: TestClusterKind): void {
  brokerTest(cluster, "Fetch with a session's id is served where it names its partitions", async (client) => {
    const topic = await newTopic(client);
    const size = await fill(client, { topic, batches: 2 });
    for (const version of [7, 11, 12]) {
      for (const sessionId of [0, 5, -1, 123_456]) {
        for (const sessionEpoch of [-1, 0]) {
          const { errorCode, responses } = await fetchRaw(client, [topic], {
            version,
            sessionId,
            sessionEpoch,
          });
          const records = responses[0]?.partitions[0]?.records ?? [];
          const bytes = records.reduce((sum, piece) => sum + piece.length, 0);
          assert.deepEqual([nameOf(errorCode), bytes], ["NONE", 2 * size], `(${sessionId}, ${sessionEpoch})`);
        }
        for (const sessionEpoch of [1, 5, -2, 2 ** 31 - 1]) {
          const { errorCode, responses } = await fetchRaw(client, [topic], {
            version,
            sessionId,
            sessionEpoch,
          });
          const given = [nameOf(errorCode), responses.length];
          assert.deepEqual(given, [SESSION_GONE, 0], `(${sessionId}, ${sessionEpoch})`);
        }
      }
    }
  });

  brokerTest(cluster, "only the first batch of an answer may be larger than allowed", async (client) => {
    const topics = [await newTopic(client), await newTopic(client), await newTopic(client)];
    let size = 0;
    for (const topic of topics) size = await fill(client, { topic, batches: 3 });
    const given = (maxBytes: number, partitionMaxBytes: number) =>
      batchesOf(client, topics, { maxBytes, partition: { partitionMaxBytes } });
    const large = 100 * size;
    assert.deepEqual(await given(large, large), [3, 3, 3]);
    assert.deepEqual(await given(1, large), [1, 0, 0]);
    assert.deepEqual(await given(0, large), [1, 0, 0]);
    assert.deepEqual(await given(size, large), [1, 0, 0]);
    assert.deepEqual(await given(2 * size, large), [2, 0, 0]);
    assert.deepEqual(await given(2 * size + 1, large), [2, 0, 0]);
    assert.deepEqual(await given(4 * size, large), [3, 1, 0]);
    assert.deepEqual(await given(4 * size - 1, large), [3, 0, 0]);
    assert.deepEqual(await given(large, 1), [1, 0, 0]);
    assert.deepEqual(await given(large, 0), [1, 0, 0]);
    assert.deepEqual(await given(large, size), [1, 1, 1]);
    assert.deepEqual(await given(large, 2 * size + 1), [2, 2, 2]);
    assert.deepEqual(await given(3 * size, 2 * size), [2, 1, 0]);
  });

  brokerTest(cluster, "no answer is larger than allowed, but for one batch", async (client) => {
    const topics = [await newTopic(client), await newTopic(client)];
    let size = 0;
    for (const topic of topics) size = await fill(client, { topic, batches: 3 });
    for (let maxBytes = size; maxBytes < 6 * size; maxBytes += size >> 1) {
      const { responses } = await fetchRaw(client, topics, { maxBytes });
      const pieces = responses.flatMap(({ partitions }) =>
        partitions.flatMap(({ records }) => records ?? [])
      );
      const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
      assert.ok(bytes <= maxBytes, `${bytes} bytes, ${maxBytes} were allowed`);
    }
  });

  brokerTest(
    cluster,
    "a fetch that waits for bytes is answered with the batch that is larger than allowed",
    async (client) => {
      const topic = await newTopic(client);
      await fill(client, { topic, batches: 1 });
      for (const partitionMaxBytes of [0, 1]) {
        const { responses } = await fetchRaw(client, [topic], {
          maxWaitMs: 60_000,
          minBytes: 1,
          partition: { partitionMaxBytes },
        });
        assert.ok((responses[0]?.partitions[0]?.records?.[0]?.length ?? 0) > 500);
      }
    },
  );

  brokerTest(cluster, "Fetch holds a client to the leader that it knows", async (client) => {
    const topic = await newTopic(client);
    await fill(client, { topic, batches: 1 });
    const ask = async (partition: NonNullable<Parameters<typeof fetchRaw>[2]>["partition"] = {}) => {
      const { responses } = await fetchRaw(client, [topic], { partition });
      return nameOf(responses[0]!.partitions[0]!.errorCode);
    };
    const byEpoch: Record<number, string> = {};
    for (const currentLeaderEpoch of [-2, -1, 0, 1, 5]) {
      byEpoch[currentLeaderEpoch] = await ask({ currentLeaderEpoch });
    }
    assert.deepEqual(byEpoch, {
      [-2]: "NONE",
      [-1]: "NONE",
      0: "NONE",
      1: "UNKNOWN_LEADER_EPOCH",
      5: "UNKNOWN_LEADER_EPOCH",
    });
    assert.equal(await ask({ currentLeaderEpoch: 1, fetchOffset: 99 }), "UNKNOWN_LEADER_EPOCH");
    assert.equal(await ask({ lastFetchedEpoch: 0 }), "NONE");
    assert.equal(await ask({ lastFetchedEpoch: 1 }), "OFFSET_OUT_OF_RANGE");
    assert.equal(await ask({ fetchOffset: 2 }), "OFFSET_OUT_OF_RANGE");
  });
}
