/** The strategies' settings, checked together. */
import type { Settings } from "../../config/settings.ts";
import { makeStrategy, type StrategyName } from "../../federated/strategies/mod.ts";
import type { StrategyOptions } from "../../federated/strategies/strategy.ts";
import { UserError } from "../../runtime/errors.ts";

/**
 * Options that each of the strategies takes.
 *
 * @param noiseKey 32 bytes that the noise of differential privacy is drawn from
 * @throws {UserError} for settings that do not go together, or with a strategy
 */
export function strategyOptionsOf(
  { faultyShare, clipNorm, noiseMultiplier }: Pick<Settings, "faultyShare" | "clipNorm" | "noiseMultiplier">,
  { names, noiseKey }: { readonly names: readonly StrategyName[]; readonly noiseKey: Uint8Array },
): StrategyOptions {
  if (noiseMultiplier !== undefined && clipNorm === undefined) {
    throw new UserError("Cannot add noise to updates that are not clipped: one could outweigh it", {
      hint:
        "give --clip-norm NORM beside --noise-multiplier; a typical update's distance is a good first try",
      exitCode: 2,
    });
  }
  const single = clipNorm === undefined ? undefined : names.find((name) => !makeStrategy(name).takesMean);
  if (single !== undefined) {
    throw new UserError(
      `Cannot use --clip-norm with ${single}: it compares single updates, and noise belongs to their mean`,
      { hint: "choose --strategy fedavg, fedavgm, fedprox, fedadam, fedyogi or fedadagrad", exitCode: 2 },
    );
  }
  return { faultyShare, clipNorm, noiseMultiplier, noiseKey };
}
