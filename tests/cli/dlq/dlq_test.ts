/** `dlq` through the real program: every letter is shown whole and sent once. */
import assert from "node:assert/strict";
import { connect } from "../../../src/kafka/connect.ts";
import { createKafka } from "../../../src/kafka/kafkajs/library.ts";
import type { IncomingRecord } from "../../../src/kafka/port.ts";
import { deadLetter } from "../../../src/records/dead_letters/print.ts";
import type { DeadLetterReason } from "../../../src/records/dead_letters/reason.ts";
import { replayEntry, replayOf } from "../../../src/records/dead_letters/replay.ts";
import { readDeadLetter } from "../../../src/records/dead_letters/read.ts";
import { testClusters, uniqueName } from "../../support/cluster.ts";
import { runStreamflow } from "../../support/run.ts";
import { readRecords } from "../../support/topics.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function markersOf(records: readonly IncomingRecord[]): string[] {
  return records.map(({ headers }) =>
    decoder.decode(headers.find(({ key }) => key === "streamflow.replayed")?.value)
  );
}

/** What a job would have buried: offset, reason, topic, value. */
const BURIED: readonly (readonly [string, string, string | Uint8Array | null])[] = [
  ["late", "packets", "first"],
  ["not-a-packet", "packets", "{\x1b[2J\u202e"],
  ["late", "packets", "second"],
  ["late", "gone", "third"],
  ["not-a-packet", "packets", Uint8Array.of(0xff, 0x00, 0x1b)],
  ["tombstone", "packets", null],
  ["too-large", "packets", "x".repeat(1_100_000)],
];

for (const { name, missing, open } of testClusters()) {
  Deno.test({
    name: `dlq lists, shows and replays dead letters, each once (${name})`,
    ignore: missing !== null,
    fn: async () => {
      await using cluster = await open();
      await using client = await connect({ ...cluster, clientId: "dlq-test" }, "platformatic");
      const [packets, letters] = [uniqueName("packets"), uniqueName("dead-letters")];
      const gone = uniqueName("gone");
      await client.admin.createTopic({ name: packets, partitions: 3, replicationFactor: 1 });
      await client.admin.createTopic({ name: letters, partitions: 1, replicationFactor: 1 });
      await using producer = await client.producer();
      for (const [offset, [reason, topic, value]] of BURIED.entries()) {
        const record = {
          offset,
          timestampMs: 0,
          key: encoder.encode(`link-${offset}`),
          value: typeof value === "string" ? encoder.encode(value) : value,
          headers: [{ key: "trace", value: encoder.encode(`t${offset}`) }],
        };
        const from = { topic: topic === "gone" ? gone : packets, partition: 2 };
        await producer.send(letters, [
          deadLetter(record, { reason: reason as DeadLetterReason, detail: "found so", from }),
        ]);
      }
      const run = async (action: string, ...args: string[]) => {
        const at = ["--bootstrap-server", cluster.bootstrapServer, "--dead-letter", letters];
        const { code, stdout, stderr } = await runStreamflow(["dlq", action, ...args, ...at]);
        assert.equal(code, 0, stderr);
        return stdout;
      };

      const listed = JSON.parse(await run("list", "--json"));
      const [first] = listed;
      assert.deepEqual([first.reason, first.topic, first.letters, first.replayed], ["late", packets, 2, 0]);
      assert.deepEqual(first.example, { partition: 0, offset: 2 });
      assert.equal(listed.length, 5);
      assert.match(await run("list", "--reason", "late"), new RegExp(`^reason .*\nlate +${packets} +2 `));

      const shown = await run("show", "1", "0/4", "5");
      assert.match(shown, /not-a-packet[^]*found so[^]*trace: t1[^]*\{\\u\{1b\}\[2J\\u\{202e\}/);
      assert.match(shown, /3 bytes, no text\n {2}ff 00 1b/);
      assert.match(shown, /none: a tombstone/);
      assert.ok(!shown.includes("\x1b"));
      const [newest] = (await run("show", "--limit", "1", "--json")).trim().split("\n").map((line) =>
        JSON.parse(line)
      );
      assert.deepEqual([newest.place.offset, newest.truncatedBytes], [6, 1_100_000]);

      const limited = JSON.parse(await run("replay", "--reason", "late", "--limit", "1", "--json"));
      assert.equal(limited.replayed, 1);
      const late = JSON.parse(await run("replay", "--reason", "late", "--json"));
      assert.deepEqual(late, {
        ...{ replayed: 1, replayedBefore: 1, cameBack: 0, truncated: 0, noOrigin: 0 },
        unknownTopics: { [gone]: 1 },
      });
      assert.deepEqual(markersOf(await readRecords(client, packets)), [`${letters}/0/0`, `${letters}/0/2`]);

      // A replay that was killed: two letters were about to be sent, and one of them was.
      const dead = (await readRecords(client, letters)).map((record) =>
        readDeadLetter(record, { topic: letters, partition: 0 })
      );
      await producer.send(
        `${letters}-replayed`,
        [4, 5].map((offset) => replayEntry(dead[offset]!, "sending")),
      );
      await producer.send(packets, [replayOf(dead[5]!, 3)]);
      const all = await run("replay");
      assert.match(all, /^replayed 2\n3 replayed before\n1 .*their value was cut[^]*1 .*no topic/);
      const sent = await readRecords(client, packets);
      assert.deepEqual(markersOf(sent).toSorted(), [0, 1, 2, 4, 5].map((at) => `${letters}/0/${at}`));
      const packet = sent.find(({ offset }) => offset === 0)!;
      assert.deepEqual([packet.key, packet.value].map((bytes) => decoder.decode(bytes!)), [
        "link-0",
        "first",
      ]);
      assert.deepEqual(packet.headers.map(({ key }) => key), ["trace", "streamflow.replayed"]);
      assert.match(await run("replay"), /^replayed 0\n5 replayed before/);

      // It dies again.
      await producer.send(letters, [
        deadLetter(packet, { reason: "late", detail: "", from: { topic: packets, partition: 2 } }),
      ]);
      assert.equal(JSON.parse(await run("replay", "--json")).cameBack, 1);
      assert.equal(JSON.parse(await run("replay", "--again", "--json")).replayed, 1);
      assert.equal(JSON.parse(await run("replay", "--again", "--json")).replayed, 0);
      assert.equal(JSON.parse(await run("list", "--json"))[0].replayed, 3);
      for (const topic of [packets, letters, `${letters}-replayed`]) await client.admin.deleteTopic(topic);
    },
  });
}

Deno.test("dlq says what is wrong: a topic that is not there, a place that is none", async () => {
  await using cluster = await testClusters().find(({ name }) => name === "embedded")!.open();
  const at = ["--bootstrap-server", cluster.bootstrapServer];
  const missing = await runStreamflow(["dlq", "list", "--dead-letter", "mine", ...at]);
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /there is no topic 'mine'/);
  const wrong = await runStreamflow(["dlq", "show", "1/x", ...at]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /'1\/x' is not the position of a dead letter/);
});

Deno.test("dlq lists and shows letters whose time no calendar has", async () => {
  await using cluster = await testClusters().find(({ name }) => name === "embedded")!.open();
  await using client = await connect({ ...cluster, clientId: "dlq-test" }, "platformatic");
  const configs = {
    "message.timestamp.after.max.ms": "9223372036854775807",
    "message.timestamp.before.max.ms": "9223372036854775807",
  };
  await client.admin.createTopic({ name: "dead-letters", partitions: 1, replicationFactor: 1, configs });
  const producer = createKafka({ ...cluster, clientId: "far" }, 0).producer();
  await producer.connect();
  for (const timestamp of [2n ** 60n, -(2n ** 60n), 8_640_000_000_000_001n]) {
    await producer.send({ topic: "dead-letters", messages: [{ value: "x", timestamp: String(timestamp) }] });
  }
  await producer.disconnect();
  for (const action of ["list", "show"]) {
    for (const json of [[], ["--json"]]) {
      const at = ["--bootstrap-server", cluster.bootstrapServer, ...json];
      const { code, stdout, stderr } = await runStreamflow(["dlq", action, ...at]);
      assert.equal(code, 0, stderr);
      if (json.length === 0) assert.match(stdout, /no time \(1152921504606847000 ms\)/);
      else assert.match(stdout, action === "list" ? /"last":null/ : /"time":null/);
    }
  }
});
