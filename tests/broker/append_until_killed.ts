/**
 * A process that appends and commits until it is killed, and says what has been acknowledged: a line
 * `<base offset>` after each append, a line `c<offset>` after each commit. Argument: the directory.
 */
import { PartitionLog } from "../../src/broker/log/partition_log.ts";
import { MetadataLog } from "../../src/broker/store/metadata_log.ts";
import { writeAllSync } from "../../src/runtime/output.ts";
import { batchOf, KEEP_ALL } from "../support/batches.ts";

const directory = Deno.args[0]!;
const log = PartitionLog.open(`${directory}/t-0`, { ...KEEP_ALL, segmentBytesMax: 65_536 });
const metadata = MetadataLog.open(`${directory}/metadata.log`, { compactBytesMin: 8192 });
const partition = {
  groupId: "g",
  topic: "t",
  partition: 0,
  leaderEpoch: -1,
  metadata: null,
  commitTimeMs: 0,
};
while (true) {
  const from = log.highWatermark;
  const values = Array.from({ length: 1 + from % 5 }, (_, index) => `${from + index}`.repeat(1 + from % 17));
  const result = log.append(batchOf(values, { producerId: 1, producerEpoch: 0, baseSequence: from }), 0);
  if (!result.ok) throw new Error(result.detail);
  writeAllSync(Deno.stdout, `${result.baseOffset + values.length}\n`);
  metadata.commitOffsets([{ ...partition, offset: log.highWatermark }]);
  writeAllSync(Deno.stdout, `c${log.highWatermark}\n`);
}
