// Not pure: it waits for devices and for the time.
/**
 * Secure aggregation beside a coordinator: for each round of it a {@linkcode SecureRound}, whose sum goes to the topic as
 * the round's one update. The steps before are in memory alone: a server that is killed begins the round's steps again,
 * with new keys. Where devices had begun to open shares, which they do once for a round, the round ends without a change
 * instead: two sums of nearly the same devices would give the difference away.
 */
import { Bell } from "./bell.ts";
import { SecureRound, type SecureStage, type SecureView } from "../secure/round.ts";
import type { PartyKeys } from "../secure/party.ts";
import { pause } from "../../runtime/wait.ts";
import { SHARES_MAX } from "../secure/shamir.ts";
import { decodeSum, type VectorScale } from "../secure/vector.ts";
import { KNOWN_DEVICES_MAX } from "../limits.ts";
import type { Submission } from "../rounds/judge.ts";
import { faultOfName } from "../update.ts";
import type { Outcome } from "./outcome.ts";

/** Under this name the sum stands among the updates. */
export const SUM_DEVICE = "sum of devices";

/** What it needs of a coordinator. */
export interface SumTaker {
  readonly global: { readonly round: number; readonly version: string; readonly weights: Float64Array };
  submit(submission: Submission): Promise<Outcome>;
}

/** What an aggregator is made of. */
export interface SecureAggregatorOptions {
  readonly coordinator: SumTaker;
  readonly scale: VectorScale;
  /** Devices below which nothing is added up. */
  readonly partiesMin: number;
  /** Each step's time, once enough devices have joined. */
  readonly stageMs: number;
  /** Unix ms */
  readonly nowMs: () => number;
  readonly onWarning: (message: string) => void;
}

/** What a device sees, and which of a round's tries it is of. */
export interface AttemptView extends SecureView {
  readonly attempt: number;
}

/** Who sends a step. */
export interface SecureSender {
  readonly device: string;
  /** `null` where nobody has to say. */
  readonly participant: string | null;
}

/** A step of a device. */
export type SecureStep =
  | { readonly kind: "keys"; readonly keys: PartyKeys }
  | { readonly kind: "shares" | "opened"; readonly shares: ReadonlyMap<string, Uint8Array> }
  | { readonly kind: "vector"; readonly vector: Float64Array };

/** Where a round stands, as far as waiting goes. */
export interface SecurePlace {
  readonly round: number;
  readonly attempt: number;
  readonly stage: SecureStage;
}

/** Takes devices' steps, and hands sums to the coordinator. */
export class SecureAggregator {
  readonly #options: SecureAggregatorOptions;
  #current: { readonly secure: SecureRound; readonly round: number; readonly attempt: number };
  /** Who sends for a device, as its first step said; the one that has not joined for longest first. */
  readonly #holders = new Map<string, string | null>();
  #parties = SHARES_MAX;
  #isSubmitting = false;
  /** What the coordinator has answered to. */
  #handedOn: SecureRound | null = null;
  readonly #changed = new Bell();

  /** Begins with the coordinator's open round. */
  constructor(options: SecureAggregatorOptions) {
    this.#options = options;
    this.#current = this.#begin(1);
  }

  /** Where it stands. */
  get place(): SecurePlace {
    const { secure: { stage }, round, attempt } = this.#current;
    return { round, attempt, stage };
  }

  /** What a device needs for its next step. */
  view(device: string): AttemptView {
    return { ...this.#current.secure.view(device), attempt: this.#current.attempt };
  }

  /** What it sees when the place is another one than `seen`, or the signal aborts. */
  async viewAfter(device: string, seen: SecurePlace, signal: AbortSignal): Promise<AttemptView> {
    const isSame = () => {
      const { round, attempt, stage } = this.place;
      return round === seen.round && attempt === seen.attempt && stage === seen.stage;
    };
    while (isSame() && !signal.aborted) await this.#changed.next(signal);
    return this.view(device);
  }

  /** Takes a device's step. @returns why not, a sentence; `null` = it counts */
  take(
    { device, participant }: SecureSender,
    { round, attempt }: { readonly round: number; readonly attempt: number },
    step: SecureStep,
  ): string | null {
    const current = this.#current, before = current.secure.stage;
    if (round !== current.round || attempt !== current.attempt) {
      return `it is for try ${attempt} of round ${round}, this is try ${current.attempt} of round ${current.round}`;
    }
    const why = faultOfName(device) ?? this.#faultOfHolder({ device, participant }) ??
      takeStep(current.secure, { device, step, nowMs: this.#options.nowMs() });
    if (why === null && step.kind === "keys") this.#hold({ device, participant });
    if (current.secure.stage !== before) this.#changed.ring();
    return why;
  }

  /** Looks at the time and at the coordinator's round: some times a second. */
  async advance(): Promise<void> {
    const { coordinator, nowMs } = this.#options;
    if (coordinator.global.round !== this.#current.round) {
      this.#current = this.#begin(1);
      this.#changed.ring();
    }
    const { secure, attempt } = this.#current;
    const before = secure.stage;
    secure.advance(nowMs());
    while (secure.isUnmasking) {
      await pause(0); // others have their turn
      secure.advance(nowMs());
    }
    if (secure.stage !== before) this.#changed.ring();
    if (secure.stage === "failed" && !secure.isOpened) {
      this.#options.onWarning(`round ${this.#current.round} begins its steps again: ${secure.failure}`);
      this.#current = this.#begin(attempt + 1);
      this.#changed.ring();
    } else if (secure.stage === "failed" || secure.stage === "done") await this.#handOn(secure);
  }

  #faultOfHolder({ device, participant }: SecureSender): string | null {
    const holder = this.#holders.get(device);
    return holder === undefined || holder === participant ? null : "the device is another participant's";
  }

  #hold({ device, participant }: SecureSender): void {
    this.#holders.delete(device);
    if (this.#holders.size >= KNOWN_DEVICES_MAX) {
      this.#holders.delete(this.#holders.keys().next().value!);
    }
    this.#holders.set(device, participant);
  }

  #begin(attempt: number) {
    const { coordinator: { global }, partiesMin, stageMs } = this.#options;
    const secure = new SecureRound({
      round: global.round,
      length: global.weights.length + 1,
      partiesMin,
      partiesWanted: this.#parties,
      stageMs,
    });
    return { secure, round: global.round, attempt };
  }

  /** The sum; the global model as it is where there is none, or none that is taken. */
  async #handOn(secure: SecureRound): Promise<void> {
    if (this.#isSubmitting || this.#handedOn === secure) return;
    this.#isSubmitting = true;
    try {
      const { coordinator: { global }, scale, onWarning } = this.#options;
      const { round } = this.#current;
      const { sum, devices: { length: parties } } = secure;
      const mean = sum === null ? null : decodeSum(sum, global.weights, { ...scale, parties });
      const taken = mean === null
        ? { reason: "no-sum", detail: secure.failure ?? "the devices' vectors do not add up to weights" }
        : await this.#submit({ ...mean, round, metrics: { parties } });
      if (taken?.reason === "busy") return; // the next look at the time tries again
      if (taken === null) {
        this.#handedOn = secure;
        this.#parties = parties;
        return;
      }
      onWarning(`round ${round} ends without a change: ${taken.detail}`);
      const unchanged = { weights: global.weights, numExamples: 1, metrics: { parties: 0 } };
      const end = await this.#submit({ ...unchanged, round });
      if (end?.reason === "busy") return;
      this.#handedOn = secure;
      if (end !== null) onWarning(`round ${round} cannot be ended: ${end.detail}`);
    } finally {
      this.#isSubmitting = false;
    }
  }

  /** @returns why it is not taken; `null` = it counts */
  async #submit(
    sum: Omit<Submission, "device" | "participant">,
  ): Promise<Extract<Outcome, { readonly accepted: false }> | null> {
    const outcome = await this.#options.coordinator.submit({
      ...sum,
      device: SUM_DEVICE,
      participant: null,
    });
    return outcome.accepted ? null : outcome;
  }
}

function takeStep(
  secure: SecureRound,
  { device, step, nowMs }: { readonly device: string; readonly step: SecureStep; readonly nowMs: number },
): string | null {
  switch (step.kind) {
    case "keys":
      return secure.join(device, step.keys, nowMs);
    case "shares":
      return secure.takeShares(device, step.shares, nowMs);
    case "vector":
      return secure.takeVector(device, step.vector, nowMs);
    case "opened":
      return secure.takeOpened(device, step.shares, nowMs);
  }
}
