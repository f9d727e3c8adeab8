/** How the rounds stand, for whoever asks. Pure. */
import type { RoundRecord } from "../../records/federated_rounds/schema.ts";
import { currentRound } from "../rounds/decide.ts";
import type { Rounds } from "../rounds/rounds.ts";

/** The open round, what it waits for, and what came before. */
export interface RoundsStatus {
  readonly state: RoundRecord["state"];
  /** Number of the open round, and of the newest global model. */
  readonly round: number;
  /** Of the newest global model. */
  readonly version: string;
  readonly strategy: string;
  readonly updates: number;
  readonly participants: number;
  /** Participants without which it is not aggregated. */
  readonly quorum: number;
  /** Updates with which it closes at once; `null` where it closes by time. */
  readonly wanted: number | null;
  /** Unix ms */
  readonly openedMs: number;
  /** Unix ms; `null` where there is none, or no update yet. */
  readonly deadlineMs: number | null;
  /** Unix ms; `null` without a schedule. */
  readonly scheduleMs: number | null;
  readonly refused: Readonly<Record<string, number>>;
  readonly late: number;
  /** Devices that have ever sent. */
  readonly devices: number;
  /** The last published round. */
  readonly last: RoundRecord | null;
  /** All of it in a sentence. */
  readonly message: string;
}

/** Only where a round is open. */
export function describeStatus(
  rounds: Rounds,
  { scheduleMs }: { readonly scheduleMs: number | null },
): RoundsStatus {
  const current = currentRound(rounds);
  const { state, round, strategy, updates, participants, openedMs, deadlineMs, refused, late } = current;
  const { rules: { quorum, goal } } = rounds;
  const last = rounds.history.get(round - 1);
  return {
    ...{ state, round, version: rounds.global!.version, strategy, updates, participants, quorum },
    wanted: Number.isFinite(goal) ? goal : null,
    ...{ openedMs, deadlineMs, scheduleMs, refused, late, devices: rounds.devices.size, last },
    message: sentenceOf(current, { quorum, last }),
  };
}

function sentenceOf(
  { round, state, updates, participants }: RoundRecord,
  { quorum, last }: { readonly quorum: number; readonly last: RoundRecord | null },
): string {
  if (state === "aggregating" || state === "published") return `round ${round} is being aggregated`;
  const stays = `global model ${round} stays`;
  if (updates === 0) {
    return last === null
      ? `round ${round} waits for its first update`
      : `round ${round} waits for its first update: none of the ${last.participants} participants of round ` +
        `${last.round} has sent; ${stays}`;
  }
  return participants < quorum
    ? `round ${round} waits for ${quorum - participants} more of ${quorum} participants; until then ${stays}`
    : `round ${round} has its quorum: ${participants} participants, ${quorum} were wanted`;
}
