/** Produce: what is taken, what is refused, and what becomes of it in the log. */
import assert from "node:assert/strict";
import { hasRightCrc, readBatchHeader } from "../../src/wire/record_batch.ts";
import { encodeBatch } from "../../src/wire/encode_batch.ts";
import { decodeBatch } from "../../src/wire/decode_batch.ts";
import type { TestClusterKind } from "../support/cluster.ts";
import { concatBytes, rawBatch, rawRecord } from "../support/raw_batch.ts";
import { batchCases, bitsOf, compress } from "./broken_batches.ts";
import { brokerTest, fetchRaw, nameOf, newTopic, produce } from "./broker_client.ts";

const HOUR_MS = 3_600_000;

/** Registers the tests. */
export function produceContract(cluster: TestClusterKind): void {
  const isHere = cluster.name === "embedded";

  brokerTest(cluster, "Produce takes and refuses the batches that Kafka does", async (client) => {
    const topic = await newTopic(client);
    for (const { name, batch, answer, isRefusedHere = false } of batchCases(Date.now())) {
      const refusedHere = isRefusedHere || answer === "UNKNOWN_SERVER_ERROR";
      const expected = isHere && refusedHere ? "INVALID_RECORD" : answer;
      const given = await produce(client, { topic, batch });
      assert.equal(nameOf(given.errorCode), expected, `${name}: ${given.errorMessage}`);
    }
  });

  brokerTest(cluster, "a refused batch takes no offset, and what comes next is stored", async (client) => {
    const topic = await newTopic(client);
    const good = () => rawBatch({ records: rawRecord(), count: 1 });
    assert.equal((await produce(client, { topic, batch: good() })).baseOffset, 0);
    const bad = rawBatch({ records: compress("gzip", rawRecord()).subarray(3), count: 1, attributes: 1 });
    const refused = await produce(client, { topic, batch: bad });
    assert.deepEqual([refused.errorCode !== 0, refused.baseOffset], [true, -1]);
    assert.equal((await produce(client, { topic, batch: good() })).baseOffset, 1);
  });

  brokerTest(cluster, "times too far ahead are refused record by record", async (client) => {
    const topic = await newTopic(client);
    const now = Date.now();
    const times = [now, now + 2 * HOUR_MS, now, now + 3 * HOUR_MS];
    for (const codec of ["none", "gzip", "snappy", "lz4", "zstd"] as const) {
      const records = times.map((time, offsetDelta) =>
        rawRecord({ offsetDelta, timestampDeltaMs: time - now })
      );
      const given = await produce(client, {
        topic,
        batch: rawBatch({
          records: compress(codec, concatBytes(...records)),
          count: 4,
          attributes: bitsOf(codec),
          baseTimestampMs: now,
        }),
      });
      assert.equal(nameOf(given.errorCode), "INVALID_TIMESTAMP");
      assert.deepEqual(given.recordErrors.map(({ batchIndex }) => batchIndex), [1, 3]);
      assert.match(given.recordErrors[0]!.message ?? "", /out of range/);
    }
  });

  brokerTest(cluster, "a topic sets how far from now its times may be", async (client) => {
    const topic = await newTopic(client, {
      "message.timestamp.before.max.ms": String(HOUR_MS),
      "message.timestamp.after.max.ms": String(24 * HOUR_MS),
    });
    const sendAt = async (timestampMs: number) => {
      const batch = encodeBatch([{ timestampMs, key: null, value: null, headers: [] }]);
      return nameOf((await produce(client, { topic, batch })).errorCode);
    };
    const now = Date.now();
    assert.deepEqual(
      [await sendAt(now - 2 * HOUR_MS), await sendAt(now - HOUR_MS / 2)],
      ["INVALID_TIMESTAMP", "NONE"],
    );
    assert.deepEqual(
      [await sendAt(now + 25 * HOUR_MS), await sendAt(now + 23 * HOUR_MS)],
      ["INVALID_TIMESTAMP", "NONE"],
    );
    assert.equal(await sendAt(-1), "NONE", "-1 is a record without a time");
  });

  brokerTest(cluster, "the largest time of a stored batch is that of a record", async (client) => {
    const topic = await newTopic(client);
    const records = concatBytes(rawRecord({ timestampDeltaMs: 500 }), rawRecord({ offsetDelta: 1 }));
    const claims = [{ maxTimestampMs: 1000 }, { maxTimestampMs: 9e15 }, {
      maxTimestampMs: 9000,
      attributes: 8,
    }];
    for (const claim of claims) {
      const batch = rawBatch({ records, count: 2, ...claim });
      assert.equal((await produce(client, { topic, batch })).errorCode, 0);
    }
    const bytes = (await fetchRaw(client, [topic])).responses[0]!.partitions[0]!.records![0]!;
    for (let start = 0, count = 0; count < 2; count++) {
      const header = readBatchHeader(bytes, start);
      assert.equal(header.maxTimestampMs, 1500);
      assert.equal(header.isLogAppendTime, false);
      assert.ok(hasRightCrc(bytes, { start, header }));
      start += header.sizeBytes;
    }
  });

  brokerTest(cluster, "a topic with LogAppendTime gives its own times", async (client) => {
    const topic = await newTopic(client, { "message.timestamp.type": "LogAppendTime" });
    const before = Date.now();
    for (const codec of ["none", "gzip"] as const) {
      const records = compress(
        codec,
        concatBytes(rawRecord(), rawRecord({ offsetDelta: 1, timestampDeltaMs: 9e12 })),
      );
      const given = await produce(client, {
        topic,
        batch: rawBatch({ records, count: 2, attributes: bitsOf(codec) }),
      });
      assert.equal(nameOf(given.errorCode), "NONE");
      assert.ok(given.logAppendTimeMs >= before && given.logAppendTimeMs <= Date.now());
      const partition = { fetchOffset: given.baseOffset };
      const bytes = (await fetchRaw(client, [topic], { partition })).responses[0]!.partitions[0]!
        .records![0]!;
      const header = readBatchHeader(bytes);
      assert.ok(header.isLogAppendTime && hasRightCrc(bytes, { start: 0, header }));
      assert.deepEqual([header.maxTimestampMs, header.compression], [given.logAppendTimeMs, bitsOf(codec)]);
      if (codec !== "none") continue;
      const times = decodeBatch(bytes).map(({ timestampMs }) => timestampMs);
      assert.deepEqual(times, [given.logAppendTimeMs, given.logAppendTimeMs]);
    }
  });

  brokerTest(cluster, "zstd needs Produce 7", async (client) => {
    const topic = await newTopic(client);
    const batch = () =>
      rawBatch({ records: compress("zstd", rawRecord()), count: 1, attributes: bitsOf("zstd") });
    const send = async (version: number) =>
      nameOf((await produce(client, { topic, batch: batch(), version })).errorCode);
    assert.deepEqual([await send(6), await send(7)], ["UNSUPPORTED_COMPRESSION_TYPE", "NONE"]);
  });
}
