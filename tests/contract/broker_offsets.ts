/** ListOffsets and OffsetForLeaderEpoch: times inside of batches, special times, epochs. */
import assert from "node:assert/strict";
import { offsetForLeaderEpochApi } from "../../src/wire/api/records.ts";
import type { TestClusterKind } from "../support/cluster.ts";
import { concatBytes, rawBatch, rawRecord } from "../support/raw_batch.ts";
import { bitsOf, compress } from "./broken_batches.ts";
import { brokerTest, nameOf, newTopic, offsetAt, produce } from "./broker_client.ts";

const CODECS = ["none", "gzip", "snappy", "lz4", "zstd"] as const;

/** Registers the tests. */
export function offsetsContract(cluster: TestClusterKind): void {
  brokerTest(cluster, "a time is found inside of a batch, whatever its codec", async (client) => {
    for (const codec of CODECS) {
      const topic = await newTopic(client);
      const send = (times: readonly number[]) =>
        produce(client, {
          topic,
          batch: rawBatch({
            records: compress(
              codec,
              concatBytes(
                ...times.map((time, offsetDelta) => rawRecord({ offsetDelta, timestampDeltaMs: time - 100 })),
              ),
            ),
            count: times.length,
            attributes: bitsOf(codec),
            baseTimestampMs: 100,
            maxTimestampMs: Math.max(...times),
          }),
        });
      await send([100, 110, 120]);
      await send([500, 900, 700, 900]);
      await send([300]);
      const found: Record<number, [number, number]> = {};
      for (const time of [0, 101, 120, 121, 501, 701, 900, 901, -3]) {
        const { offset, timestamp } = await offsetAt(client, { topic, timestamp: time });
        found[time] = [offset, timestamp];
      }
      assert.deepEqual(found, {
        0: [0, 100],
        101: [1, 110],
        120: [2, 120],
        121: [3, 500],
        501: [4, 900],
        701: [4, 900],
        900: [4, 900],
        901: [-1, -1],
        [-3]: [4, 900],
      }, codec);
    }
  });

  brokerTest(cluster, "times of a topic with LogAppendTime are the batches'", async (client) => {
    const topic = await newTopic(client, { "message.timestamp.type": "LogAppendTime" });
    const records = concatBytes(rawRecord(), rawRecord({ offsetDelta: 1 }));
    const times: number[] = [];
    for (const codec of CODECS) {
      const batch = rawBatch({ records: compress(codec, records), count: 2, attributes: bitsOf(codec) });
      times.push((await produce(client, { topic, batch })).logAppendTimeMs);
    }
    const first = times.indexOf(times.at(-1)!);
    const { offset, timestamp } = await offsetAt(client, { topic, timestamp: times.at(-1)! });
    assert.deepEqual([offset, timestamp], [2 * first, times.at(-1)]);
  });

  brokerTest(cluster, "special times are those of the version", async (client) => {
    const topic = await newTopic(client);
    await produce(client, { topic, batch: rawBatch({ records: rawRecord(), count: 1 }) });
    const ask = async (timestamp: number, version: number) => {
      const { error, offset, leaderEpoch } = await offsetAt(client, { topic, timestamp, version });
      return error === "NONE" ? [offset, leaderEpoch] : error;
    };
    for (const version of [1, 5, 9]) {
      assert.deepEqual(await ask(-1, version), [1, version < 4 ? -1 : 0]);
      assert.deepEqual(await ask(-2, version), [0, version < 4 ? -1 : 0]);
    }
    assert.deepEqual([await ask(-3, 6), await ask(-3, 7)], ["UNSUPPORTED_VERSION", [0, 0]]);
    assert.deepEqual([await ask(-4, 7), await ask(-4, 8)], ["UNSUPPORTED_VERSION", [0, 0]]);
    assert.deepEqual([await ask(-5, 8), await ask(-5, 9)], ["UNSUPPORTED_VERSION", [-1, -1]]);
    assert.deepEqual([await ask(-6, 9), await ask(-100, 9)], ["UNSUPPORTED_VERSION", "UNSUPPORTED_VERSION"]);
    assert.deepEqual(await ask(5000, 9), [-1, -1]);
  });

  brokerTest(
    cluster,
    "ListOffsets and OffsetForLeaderEpoch hold a client to the leader that it knows",
    async (client) => {
      const topic = await newTopic(client);
      await produce(client, { topic, batch: rawBatch({ records: rawRecord(), count: 1 }) });
      const expected = [
        "FENCED_LEADER_EPOCH",
        "NONE",
        "NONE",
        "UNKNOWN_LEADER_EPOCH",
        "UNKNOWN_LEADER_EPOCH",
      ];
      const listed: Record<number, string[]> = { [-1]: [], [-2]: [], [-3]: [], 1000: [] };
      const ended: (string | number)[][] = [];
      for (const currentLeaderEpoch of [-2, -1, 0, 1, 5]) {
        for (const timestamp of Object.keys(listed).map(Number)) {
          listed[timestamp]!.push((await offsetAt(client, { topic, timestamp, currentLeaderEpoch })).error);
        }
        const partitions = [{ partition: 0, currentLeaderEpoch, leaderEpoch: 0 }];
        const topics = [{ topic, partitions }];
        const answer = await client.ask(offsetForLeaderEpochApi, { replicaId: -1, topics });
        const { errorCode, endOffset } = answer.topics[0]!.partitions[0]!;
        ended.push([nameOf(errorCode), endOffset]);
      }
      for (const errors of Object.values(listed)) assert.deepEqual(errors, expected);
      assert.deepEqual(ended, expected.map((error) => [error, error === "NONE" ? 1 : -1]));
    },
  );
}
