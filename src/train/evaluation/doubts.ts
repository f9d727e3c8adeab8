/** Why figures about forecasts say little: what is said before who wins. Pure. */
import { formatCount } from "../../runtime/progress.ts";

/** Judged forecasts below which a comparison may well be chance. */
export const TRUSTED_FORECASTS_MIN = 100;

/** What stands where the figures of a training that was stopped would. */
export function unmeasured(command: string): string {
  return `NOT MEASURED: training was stopped before the model was measured; \`${command}\` measures it.`;
}

/** What figures rest on. */
export interface Grounds {
  /** Judged forecasts. */
  readonly count: number;
  /** What is counted, in the plural. */
  readonly unit: string;
  /** The network's R² by target; `null` where the target never changes. */
  readonly r2?: readonly (readonly [target: string, r2: number | null])[];
}

/** Reasons, a sentence each; none where the figures can be taken as they are. */
export function doubtsOf({ count, unit, r2 = [] }: Grounds): string[] {
  const worse = r2.flatMap(([target, value]) => value !== null && value < 0 ? [target] : []);
  return [
    ...(count < TRUSTED_FORECASTS_MIN
      ? [
        `TOO LITTLE TO JUDGE BY: ${
          formatCount(count)
        } ${unit}, and fewer than ${TRUSTED_FORECASTS_MIN} may well show ` +
        "what is chance; judge it on more data.",
      ]
      : []),
    ...(worse.length > 0
      ? [
        `NO SKILL: R² is below 0 for ${
          worse.join(", ")
        }: there the forecasts err more than the mean of these ` +
        `${unit} would.`,
      ]
      : []),
  ];
}
