/** Where readers without a group begin, with every Kafka client adapter, on every cluster. */
import assert from "node:assert/strict";
import type { AssignedPartition } from "../../src/kafka/port.ts";
import { type ContractSubject, contractTest, newTopic, sendTexts, textsOf } from "./kafka_client.ts";

/** Registers the tests. */
export function kafkaStartContract(subject: ContractSubject): void {
  contractTest(subject, "read() begins where startAt says, within the log", async (client) => {
    const topic = await newTopic(client);
    await sendTexts(client, { topic, texts: ["a", "b", "c"] });
    const { signal } = new AbortController();
    const from = "beginning", until = "end";
    for (const [offset, wanted] of [[-1, "abc"], [0, "abc"], [2, "c"], [3, ""], [99, ""]] as const) {
      const asked: AssignedPartition[] = [];
      const startAt = (assigned: AssignedPartition) => {
        asked.push(assigned);
        return offset;
      };
      let texts = "";
      for await (const chunk of client.read({ topics: [topic], from, until, startAt, signal })) {
        texts += textsOf(chunk).join("");
        assert.equal(chunk.topicId, asked[0]?.topicId);
      }
      assert.equal(texts, wanted);
      const { topicId, ...rest } = asked[0]!;
      assert.match(topicId ?? "", /^[0-9a-f]{32}$/);
      assert.deepEqual(rest, { topic, partition: 0, startOffset: 0, logStartOffset: 0, highWatermark: 3 });
    }
  });
}
