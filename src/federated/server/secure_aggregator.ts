// Not pure: it waits for devices and for the time.
/**
 * Secure aggregation beside a coordinator: for each round of it a {@linkcode SecureRound}, whose sum goes to the topic as
 * the round's one update. The steps before are in memory alone: a server that is killed begins the round's steps again,
 * with new keys. Where devices had begun to open shares, which they do once for a round, the round ends without a change
 * instead: two sums of nearly the same devices would give the difference away.
 */
import { SecureRound, type SecureStage, type SecureView } from "../secure/round.ts";
import type { PartyKeys } from "../secure/party.ts";
import { SHARES_MAX } from "../secure/shamir.ts";
import { decodeSum, type VectorScale } from "../secure/vector.ts";
import type { Submission } from "../rounds/judge.ts";
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
  #parties = SHARES_MAX;
  #isSubmitting = false;
  #changed = Promise.withResolvers<void>();

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
    const aborted = new Promise<void>((resolve) =>
      signal.addEventListener("abort", () => resolve(), { once: true })
    );
    const isSame = () => {
      const { round, attempt, stage } = this.place;
      return round === seen.round && attempt === seen.attempt && stage === seen.stage;
    };
    while (isSame() && !signal.aborted) await Promise.race([this.#changed.promise, aborted]);
    return this.view(device);
  }

  /** Takes a device's step. @returns why not, a sentence; `null` = it counts */
  take(
    device: string,
    { round, attempt }: { readonly round: number; readonly attempt: number },
    step: SecureStep,
  ): string | null {
    const current = this.#current;
    if (round !== current.round || attempt !== current.attempt) {
      return `it is for try ${attempt} of round ${round}, this is try ${current.attempt} of round ${current.round}`;
    }
    const before = current.secure.stage, nowMs = this.#options.nowMs();
    const why = takeStep(current.secure, { device, step, nowMs });
    if (current.secure.stage !== before) this.#turn();
    return why;
  }

  /** Looks at the time and at the coordinator's round: some times a second. */
  async advance(): Promise<void> {
    const { coordinator, nowMs } = this.#options;
    if (coordinator.global.round !== this.#current.round) {
      this.#current = this.#begin(1);
      this.#turn();
    }
    const { secure, attempt } = this.#current;
    const before = secure.stage;
    secure.advance(nowMs());
    if (secure.stage !== before) this.#turn();
    if (secure.stage === "failed" && !secure.isOpened) {
      this.#options.onWarning(`round ${this.#current.round} begins its steps again: ${secure.failure}`);
      this.#current = this.#begin(attempt + 1);
      this.#turn();
    } else if (secure.stage === "failed" || secure.stage === "done") await this.#submit(secure);
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

  /** The sum; the global model as it is where there is none. */
  async #submit(secure: SecureRound): Promise<void> {
    if (this.#isSubmitting) return;
    this.#isSubmitting = true;
    try {
      const { coordinator: { global }, scale, onWarning } = this.#options;
      const { round } = this.#current;
      const { sum, devices: { length: came } } = secure;
      const mean = sum === null ? null : decodeSum(sum, global.weights, { ...scale, parties: came });
      if (mean === null) {
        const why = secure.failure ?? "the devices' vectors do not add up to weights";
        onWarning(`round ${round} ends without a change: ${why}`);
      }
      const { weights, numExamples } = mean ?? { weights: global.weights, numExamples: 1 };
      const parties = mean === null ? 0 : came;
      const outcome = await this.#options.coordinator.submit({
        ...{ device: SUM_DEVICE, participant: null, round, numExamples, weights, metrics: { parties } },
      });
      if (!outcome.accepted) onWarning(`the sum of round ${round} is refused: ${outcome.detail}`);
      if (parties > 0) this.#parties = parties;
    } finally {
      this.#isSubmitting = false;
    }
  }

  #turn(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
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
