/** A process that appends to a log until it is refused, and says how far it came. Argument: the directory. */
import { PartitionLog } from "../../src/broker/log/partition_log.ts";
import { batchOf, KEEP_ALL } from "../support/batches.ts";

const log = PartitionLog.open(Deno.args[0]!, KEEP_ALL);
let acknowledged = 0;
for (let at = 0; at < 1000; at++) {
  const result = log.append(batchOf(["x".repeat(300)]), 0);
  if (!result.ok) {
    console.log(JSON.stringify({ acknowledged, error: result.error, highWatermark: log.highWatermark }));
    break;
  }
  acknowledged++;
}
log.close();
