/** What becomes of a submission: the records that say so. Nothing counts before they are read back from the topic. */
import { createHash } from "node:crypto";
import type { OutgoingRecord } from "../../kafka/port.ts";
import { printRoundsBytes, printRoundsJson } from "../../records/federated_rounds/print.ts";
import { beginningOf } from "../../runtime/plain_text.ts";
import { KNOWN_DEVICES_MAX, REFUSAL_DETAIL_CHARS_MAX } from "../limits.ts";
import { faultOfName, type Update } from "../update.ts";
import { deviceAfter } from "./device_record.ts";
import { type SentUpdate, writeUpdateFile } from "../update_file.ts";
import type { Rounds, RoundsRecord } from "./rounds.ts";

/** What a participant sends. */
export interface Submission extends SentUpdate {
  /** Of the global model that it learned from. @default it is not compared */
  readonly version?: string | undefined;
}

/** What becomes of it. */
export type Verdict =
  /** Counted, when the records are on the topic. */
  | { readonly kind: "accepted"; readonly countedIn: number; readonly records: readonly RoundsRecord[] }
  /** The same update is on the topic already. */
  | { readonly kind: "duplicate"; readonly countedIn: number }
  | {
    readonly kind: "refused";
    readonly reason: string;
    readonly detail: string;
    readonly records: readonly OutgoingRecord[];
  };

const DIGEST_LENGTH = 24;

/** Judges one. Only where a round is open. */
export function judge(rounds: Rounds, submission: Submission, nowMs: number): Verdict {
  const digest = digestOf(submission);
  const known = rounds.devices.get(submission.device);
  if (known?.lastRound === submission.round && known.digest === digest) {
    return { kind: "duplicate", countedIn: known.countedIn };
  }
  const found = faultOf(rounds, submission);
  if (found !== null) {
    const [reason, detail] = found;
    const records = refusalRecords(submission, { reason, detail, nowMs });
    return { kind: "refused", reason, detail, records };
  }
  const countedIn = rounds.open!.round;
  const { device, round } = submission;
  const bytes = writeUpdateFile(submission), key = { kind: "update", round, device } as const;
  const value = deviceAfter(submission, known, { countedIn, digest, nowMs });
  return {
    kind: "accepted",
    countedIn,
    records: [
      {
        ...printRoundsBytes(key, bytes, { "counted-in": String(countedIn), digest }),
        own: { read: { ...key, countedIn, digest, bytes }, sent: submission },
      },
      { ...printRoundsJson(value), own: { read: { kind: "device", value } } },
    ],
  };
}

/** The record of a refusal; none for a name that cannot be a key. */
export function refusalRecords(
  { device, participant, round }: Pick<Submission, "device" | "participant" | "round">,
  { reason, detail, nowMs }: { readonly reason: string; readonly detail: string; readonly nowMs: number },
): readonly OutgoingRecord[] {
  if (faultOfName(device) !== null) return [];
  const claimed = Number.isSafeInteger(round) ? round : -1;
  return [
    printRoundsJson({
      ...{ type: "refusal", device, participant, round: claimed, timeMs: nowMs, reason },
      detail: beginningOf(detail, REFUSAL_DETAIL_CHARS_MAX),
    }),
  ];
}

function digestOf({ weights, numExamples }: Update): string {
  return createHash("sha256")
    .update(new Uint8Array(weights.buffer, weights.byteOffset, weights.byteLength))
    .update(String(numExamples)).digest("hex").slice(0, DIGEST_LENGTH);
}

function faultOf(rounds: Rounds, submission: Submission): readonly [reason: string, detail: string] | null {
  const { device, participant, round, version } = submission;
  const unfit = faultOfName(device);
  if (unfit !== null) return ["device", unfit];
  const newest = rounds.open!.round, { rules } = rounds;
  if (!Number.isSafeInteger(round) || round < 0 || round > newest) {
    return ["round", `it learned from global model ${round}, the newest one is ${newest}`];
  }
  const known = rounds.devices.get(device);
  if (known === undefined && rounds.devices.size >= KNOWN_DEVICES_MAX) {
    return ["devices", `${KNOWN_DEVICES_MAX} devices are known, and no more are allowed`];
  }
  if (known !== undefined && participant !== null && (known.participant ?? participant) !== participant) {
    return ["participant", `the device is another participant's`];
  }
  if (known !== undefined && round <= known.lastRound) {
    return round === known.lastRound
      ? ["duplicate", `another update of the device for round ${round} is counted already`]
      : ["superseded", `an update of the device for round ${known.lastRound} is counted already`];
  }
  if (rules.isOncePerDevice && known?.countedIn === newest) {
    return ["counted", `the device counts in round ${newest} already, and has one vote in it`];
  }
  const late = lateness(rounds, round);
  if (late !== null) return late;
  const global = rounds.globalOf(round)!;
  if (version !== undefined && version !== global.version) {
    return ["version", `it learned from version ${version}, global model ${round} is ${global.version}`];
  }
  const checked = rounds.check(submission);
  return "refusal" in checked ? [checked.refusal.reason, checked.refusal.detail] : null;
}

function lateness(rounds: Rounds, round: number): readonly [string, string] | null {
  const { open, rules: { staleness } } = rounds;
  const behind = open!.round - round;
  if (behind === 0) return null;
  if (staleness === 0) return ["late", `round ${round} is closed, and late updates are refused`];
  return behind > staleness || rounds.globalOf(round) === null
    ? ["stale", `it is ${behind} rounds behind, at most ${staleness} are allowed`]
    : null;
}
