/** The strategies' settings, checked together. */
import type { Settings } from "../../config/settings.ts";
import { makeStrategy, type StrategyName } from "../../federated/strategies/mod.ts";
import { SHARES_MAX } from "../../federated/secure/shamir.ts";
import type { StrategyOptions } from "../../federated/strategies/strategy.ts";
import { UserError } from "../../runtime/errors.ts";

const BY_MEAN_HINT = "choose --strategy fedavg, fedavgm, fedprox, fedadam, fedyogi or fedadagrad";

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
      { hint: BY_MEAN_HINT, exitCode: 2 },
    );
  }
  return { faultyShare, clipNorm, noiseMultiplier, noiseKey };
}

/** Checks what secure aggregation does not go together with. @throws {UserError} (exit code 2) */
export function requireSums(
  { clipNorm, every, after, minParticipants }: Pick<
    Settings,
    "clipNorm" | "every" | "after" | "minParticipants"
  >,
  strategy: StrategyName,
): void {
  const refuse = (why: string, hint: string) => {
    throw new UserError(`Cannot use --secure ${why}`, { hint, exitCode: 2 });
  };
  if (!makeStrategy(strategy).takesMean) {
    refuse(`with ${strategy}: it compares single updates, and the server does not see them`, BY_MEAN_HINT);
  }
  if (clipNorm !== undefined) {
    refuse("with --clip-norm: the server does not see single updates to clip them", "leave one of both out");
  }
  if (every !== undefined || after !== undefined) {
    refuse(
      "with --every or --after: a round ends when its devices have done their steps",
      "give --deadline, the time of each step, alone",
    );
  }
  if (minParticipants < 3 || minParticipants > SHARES_MAX) {
    refuse(
      `with ${minParticipants} devices at least: of two each knows the other's part of a sum`,
      `choose --min-participants from 3 to ${SHARES_MAX}`,
    );
  }
}
