/** `kill -9` while topics are made, grown and deleted: what was answered holds, and nothing is left lying about. */
import assert from "node:assert/strict";
import { BrokerState } from "../../src/broker/state.ts";
import { killAfterLines } from "./kill.ts";
import { finish } from "../../src/wire/steps.ts";

const KILLS = 12;

Deno.test("topics that were created are there, those deleted are gone, whenever the broker is killed", async () => {
  const directory = await Deno.makeTempDir();
  try {
    /** By topic: partitions with a record; `null`: under way when the process was killed. */
    const known = new Map<string, number | null>();
    for (let kill = 0; kill < KILLS; kill++) {
      const lines = await killAfterLines("topics_until_killed.ts", {
        directory,
        lines: 3 + (kill * 37) % 150,
      });
      for (const line of lines) {
        const [name, partitions = "0"] = line.slice(1).split(" ");
        known.set(name!, line.startsWith("~") ? null : Number(partitions));
      }
      const state = new BrokerState({ directory, defaultPartitions: 1, flush: "never" });
      for (const [name, partitions] of known) {
        const topic = state.topic(name);
        if (partitions === null) {
          known.delete(name);
          if (topic !== undefined) finish(state.deleteTopic(topic));
          continue;
        }
        assert.equal(topic !== undefined, partitions > 0, `kill ${kill}: ${name} ${state.recoveryNotes}`);
        if (topic === undefined) continue;
        assert.equal(topic.partitions, partitions);
        for (const log of topic.logs) assert.equal(log.highWatermark, 1, `kill ${kill}: ${name}`);
      }
      for (const { name } of state.topics()) assert.ok(known.has(name), `kill ${kill}: ${name} came back`);
      state.close();
      const folders = [...Deno.readDirSync(`${directory}/topics`)].length;
      const partitions = state.topics().reduce((sum, topic) => sum + topic.partitions, 0);
      assert.equal(folders, partitions, `kill ${kill}`);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
