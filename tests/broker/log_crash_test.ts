/** `kill -9` at chosen moments: everything acknowledged is there, in order, once. */
import assert from "node:assert/strict";
import { PartitionLog } from "../../src/broker/log/partition_log.ts";
import { MetadataLog } from "../../src/broker/store/metadata_log.ts";
import { iterateBatches } from "../../src/wire/record_batch.ts";
import { decodeBatch } from "../../src/wire/decode_batch.ts";
import { KEEP_ALL } from "../support/batches.ts";
import { killAfterLines } from "./kill.ts";

const KILLS = 8;

/** Starts the appending process and kills it after `lines` lines; the last whole lines of each kind. */
async function runAndKill(
  directory: string,
  lines: number,
): Promise<{ appended: number; committed: number }> {
  const whole = await killAfterLines("append_until_killed.ts", { directory, lines });
  return {
    appended: Number(whole.findLast((line) => !line.startsWith("c"))),
    committed: Number(whole.findLast((line) => line.startsWith("c"))!.slice(1)),
  };
}

/** Checks every record of the log; how many there are. */
function checkRecords(log: PartitionLog): number {
  let next = 0;
  while (next < log.highWatermark) {
    for (const piece of log.read(next, 1_000_000)) {
      for (const { start } of iterateBatches(piece)) {
        const records = decodeBatch(piece, start);
        const repeats = 1 + records[0]!.offset % 17;
        for (const { offset, value } of records) {
          assert.equal(offset, next++);
          assert.equal(new TextDecoder().decode(value!), `${offset}`.repeat(repeats));
        }
      }
    }
  }
  return next;
}

Deno.test("append() and commitOffsets() lose nothing acknowledged to kill -9", async () => {
  const directory = await Deno.makeTempDir();
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      const { appended, committed } = await runAndKill(directory, 2 + (kill * 977) % 3000);
      const log = PartitionLog.open(`${directory}/t-0`, KEEP_ALL);
      const metadata = MetadataLog.open(`${directory}/metadata.log`);
      const count = checkRecords(log);
      assert.ok(count >= appended, `${appended} were acknowledged, ${count} are there`);
      const stored = metadata.offsets("g").get("t:0")!.offset;
      assert.ok(
        stored >= committed && stored <= count,
        `${committed} committed, ${stored} stored, ${count} there`,
      );
      log.close();
      metadata.close();
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
