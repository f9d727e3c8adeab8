/** What a coordinator answers. Pure. */
import type { Submission, Verdict } from "../rounds/judge.ts";
import type { Rounds } from "../rounds/rounds.ts";

/** What became of a submission. */
export type Outcome =
  | {
    readonly accepted: true;
    /** The round that counts it. */
    readonly countedIn: number;
    /** It had been counted before. */
    readonly duplicate: boolean;
    /** That the open round has. */
    readonly updates: number;
    /** With so many it closes; `null` where it closes by time. */
    readonly wanted: number | null;
  }
  | { readonly accepted: false; readonly reason: string; readonly detail: string };

/** What became of a wish to aggregate now. */
export type Aggregation =
  | { readonly accepted: true; readonly round: number; readonly updates: number; readonly version: string }
  | { readonly accepted: false; readonly reason: string; readonly detail: string };

/** The answer to a verdict, once its records are on the topic. */
export function answerOf(rounds: Rounds, verdict: Verdict, { device, round }: Submission): Outcome {
  if (verdict.kind === "refused") {
    return { accepted: false, reason: verdict.reason, detail: verdict.detail };
  }
  const { open, rules: { goal } } = rounds;
  if (verdict.kind === "accepted" && !open!.has({ device, round })) {
    const detail = "the round closed while it was on its way: send it again";
    return { accepted: false, reason: "busy", detail };
  }
  return {
    accepted: true,
    countedIn: verdict.countedIn,
    duplicate: verdict.kind === "duplicate",
    updates: open!.updates,
    wanted: Number.isFinite(goal) ? goal : null,
  };
}
