/** How large the records of a federation become: known before the first one is written. */
import { FEDERATED_RECORD_BYTES_MAX } from "../../records/limits.ts";
import { UserError } from "../../runtime/errors.ts";
import { RECORD_OVERHEAD_BYTES } from "../limits.ts";
import { makeStrategy } from "../strategies/mod.ts";
import type { GlobalFile } from "./global_file.ts";
import type { RoundsPolicy } from "./policy.ts";

/**
 * Whether a topic takes what the rounds of a model will write.
 *
 * @param recordBytesMax bytes of the largest record that the topic takes; `null` where nobody knows
 * @throws UserError where it does not
 */
export function requireRoom(policy: RoundsPolicy, global: GlobalFile, recordBytesMax: number | null): void {
  const needed = largestRecordBytes(policy, global);
  const allowed = Math.min(recordBytesMax ?? Infinity, FEDERATED_RECORD_BYTES_MAX);
  if (needed <= allowed) return;
  throw new UserError(
    `Cannot serve a model of ${global.weights.length} weights with ${policy.strategy}: its records have up to ` +
      `${needed} bytes, the topic takes ${allowed}`,
    {
      hint: needed <= FEDERATED_RECORD_BYTES_MAX
        ? `set the topic's max.message.bytes to ${needed} or more`
        : "begin with a smaller model, or with fedavg, which keeps no state beside it",
    },
  );
}

/** Bytes of the largest record that this model and strategy make: an update, a model file, or the strategy's state. */
function largestRecordBytes(
  { strategy: name, strategyOptions }: RoundsPolicy,
  { bytes, weights }: Pick<GlobalFile, "bytes" | "weights">,
): number {
  const strategy = makeStrategy(name, strategyOptions);
  if (strategy.streams) {
    // A round on trial: what it keeps from now on has its size.
    const collector = strategy.begin(weights, { round: 0 });
    for (let i = 0; i < strategy.minUpdates; i++) {
      collector.add({ device: `${i}`, round: 0, numExamples: 1, weights });
    }
    collector.finish();
  }
  const kept = Object.values(strategy.state() ?? {}).reduce((sum, { byteLength }) => sum + byteLength, 0);
  return RECORD_OVERHEAD_BYTES + Math.max(weights.byteLength, bytes.length, kept);
}
