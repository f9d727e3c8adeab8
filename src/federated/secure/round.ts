/**
 * The server's side of one securely aggregated round: keys → shares → vectors → opening → done, or failed with why. It
 * keeps a sum of masked vectors, so its memory is one vector, whoever takes part. Devices may drop out at every stage as
 * long as the threshold stays: then the others' shares take their masks away.
 */
import { addMask, agree, isPublicKey, KEY_BYTES, publicKeyOf, SEAL_BYTES } from "./masks.ts";
import { maskPurpose, maskSign, type PartyKeys, type Roster } from "./party.ts";
import { combineShares, SHARES_MAX } from "./shamir.ts";
import { addModulo, isVector } from "./vector.ts";

/** Where it stands. */
export type SecureStage = "keys" | "shares" | "vectors" | "opening" | "done" | "failed";

/** What a round is made of. */
export interface SecureRoundOptions {
  readonly round: number;
  /** Of a vector. */
  readonly length: number;
  /** Devices below which nothing is added up. */
  readonly partiesMin: number;
  /** Devices that are waited for until a stage's time is up. */
  readonly partiesWanted: number;
  /** Each stage's time; that of the first begins when the fewest devices have joined. */
  readonly stageMs: number;
}

/** What a device sees of the round. */
export interface SecureView {
  readonly round: number;
  readonly stage: SecureStage;
  /** Why it failed; else `null`. */
  readonly failure: string | null;
  /** From `shares` on. */
  readonly roster: Roster | null;
  /** Whose shares came: from `vectors` on. */
  readonly senders: readonly string[];
  /** Shares sealed to this device, by sender: from `vectors` on. */
  readonly sealed: ReadonlyMap<string, Uint8Array>;
  /** Whose vectors came: from `opening` on. */
  readonly came: readonly string[];
}

/** Masks that are taken away in one go: some 0.1 s; of 255 devices, a third of them dropped out, there are 14,000. */
const MASKS_AT_ONCE = 64;

const NOBODY: ReadonlyMap<string, Uint8Array> = new Map();

/** One of them; takes what devices send, and says in a sentence why it does not. */
export class SecureRound {
  readonly #options: SecureRoundOptions;
  readonly #keys = new Map<string, PartyKeys>();
  readonly #shares = new Map<string, ReadonlyMap<string, Uint8Array>>();
  readonly #came = new Set<string>();
  readonly #opened = new Map<string, ReadonlyMap<string, Uint8Array>>();
  readonly #sum: Float64Array;
  #stage: SecureStage = "keys";
  #deadlineMs = Infinity;
  #roster: Roster | null = null;
  #failure: string | null = null;
  /** What is left of taking the masks away. */
  #unmasking: Iterator<void> | null = null;
  #isOpened = false;

  /** @throws RangeError where fewer than 3 devices would do: a sum of two gives each the other's */
  constructor(options: SecureRoundOptions) {
    if (!(options.partiesMin >= 3 && options.partiesMin <= SHARES_MAX)) {
      throw new RangeError(
        `Cannot add up securely with ${options.partiesMin} devices: 3 to ${SHARES_MAX} are wanted`,
      );
    }
    this.#options = options;
    this.#sum = new Float64Array(options.length);
  }

  /** Where it stands. */
  get stage(): SecureStage {
    return this.#stage;
  }

  /** Why it failed. */
  get failure(): string | null {
    return this.#failure;
  }

  /** Whether masks are left to be taken away: each {@linkcode advance} takes some. */
  get isUnmasking(): boolean {
    return this.#unmasking !== null;
  }

  /** Whether devices may have opened shares: they do that once for a round. */
  get isOpened(): boolean {
    return this.#isOpened;
  }

  /** Those whose vectors count, sorted. */
  get devices(): string[] {
    return [...this.#came].sort();
  }

  /** The sum, without masks; `null` before the end. */
  get sum(): Float64Array | null {
    return this.#stage === "done" ? this.#sum : null;
  }

  /** What a device needs for its next step. */
  view(device: string): SecureView {
    const isShared = this.#stage === "vectors" || this.#stage === "opening";
    const sealed = isShared
      ? new Map([...this.#shares].flatMap(([from, to]) => to.has(device) ? [[from, to.get(device)!]] : []))
      : NOBODY;
    return {
      round: this.#options.round,
      stage: this.#stage,
      failure: this.#failure,
      roster: this.#roster,
      senders: isShared ? [...this.#shares.keys()].sort() : [],
      sealed,
      came: this.#stage === "opening" ? this.devices : [],
    };
  }

  /** A device takes part. @returns why not; `null` = it does */
  join(device: string, keys: PartyKeys, nowMs: number): string | null {
    if (this.#stage !== "keys") return this.#past("keys");
    if (this.#keys.has(device)) return `${device} has joined already`;
    if (this.#keys.size >= SHARES_MAX) return `${SHARES_MAX} devices have joined: more cannot share secrets`;
    if (!isPublicKey(keys.mask) || !isPublicKey(keys.seal)) {
      return `its keys are not two of X25519 with ${KEY_BYTES} bytes each`;
    }
    this.#keys.set(device, keys);
    const { partiesMin, stageMs } = this.#options;
    if (this.#keys.size === partiesMin) this.#deadlineMs = nowMs + stageMs;
    this.advance(nowMs);
    return null;
  }

  /** Its secrets in shares, sealed, by the device that is to keep them. */
  takeShares(device: string, sealed: ReadonlyMap<string, Uint8Array>, nowMs: number): string | null {
    if (this.#stage !== "shares") return this.#past("shares");
    if (!this.#keys.has(device)) return `${device} did not join`;
    const bytes = 2 * KEY_BYTES + SEAL_BYTES;
    const isWhole = sealed.size === this.#keys.size &&
      [...sealed].every(([to, share]) => this.#keys.has(to) && share.length === bytes);
    if (!isWhole) return `a share of ${bytes} bytes for each of ${this.#keys.size} devices is wanted`;
    this.#shares.set(device, sealed);
    this.advance(nowMs);
    return null;
  }

  /** Its masked vector. */
  takeVector(device: string, vector: Float64Array, nowMs: number): string | null {
    if (this.#stage !== "vectors") return this.#past("vectors");
    if (!this.#shares.has(device)) return `${device} did not send shares`;
    if (this.#came.has(device)) return null; // sent again: it is in the sum
    if (vector.length !== this.#sum.length) {
      return `it has ${vector.length} numbers, ${this.#sum.length} are wanted`;
    }
    if (!isVector(vector)) return "it has something that is no whole number from 0 to below 2⁵²";
    addModulo(this.#sum, vector, 1);
    this.#came.add(device);
    this.advance(nowMs);
    return null;
  }

  /** The shares that it kept for others, opened. */
  takeOpened(device: string, opened: ReadonlyMap<string, Uint8Array>, nowMs: number): string | null {
    if (this.#stage !== "opening") return this.#past("opening");
    if (!this.#came.has(device)) return `${device} did not send a vector`;
    if (this.#unmasking !== null) return null; // enough have come
    const isWhole = [...this.#shares.keys()].every((from) => opened.get(from)?.length === KEY_BYTES);
    if (!isWhole) return `a share of ${KEY_BYTES} bytes of each of ${this.#shares.size} devices is wanted`;
    this.#opened.set(device, opened);
    this.advance(nowMs);
    return null;
  }

  /** Ends a stage whose devices have all done their part, or whose time is up. */
  advance(nowMs: number): void {
    if (this.#stage === "done" || this.#stage === "failed") return;
    if (this.#unmasking !== null) return this.#unmaskSome();
    const { partiesMin, partiesWanted, stageMs } = this.#options;
    const threshold = this.#roster?.threshold ?? 0;
    const [count, all] = {
      keys: [this.#keys.size, Math.max(partiesMin, Math.min(SHARES_MAX, partiesWanted))],
      shares: [this.#shares.size, this.#keys.size],
      vectors: [this.#came.size, this.#shares.size],
      opening: [this.#opened.size, threshold],
    }[this.#stage] as [number, number];
    if (count < all && nowMs < this.#deadlineMs) return;
    const least = this.#stage === "opening" ? threshold : Math.max(partiesMin, threshold);
    if (count < least) {
      return this.#fail(
        `${count} of ${least} devices came to its step "${this.#stage}" in ${stageMs / 1_000} s`,
      );
    }
    this.#deadlineMs = nowMs + stageMs;
    if (this.#stage === "keys") this.#closeRoster();
    else if (this.#stage === "shares") this.#stage = "vectors";
    else if (this.#stage === "vectors") {
      this.#stage = "opening";
      this.#isOpened = true;
    } else {
      this.#unmasking = this.#unmask();
      this.#unmaskSome();
    }
  }

  #unmaskSome(): void {
    for (let i = 0; i < MASKS_AT_ONCE && this.#unmasking !== null; i++) {
      if (this.#unmasking.next().done) this.#unmasking = null;
    }
  }

  #past(step: SecureStage): string {
    return `round ${this.#options.round} is at its step "${this.#stage}", not "${step}"`;
  }

  #fail(why: string): void {
    this.#stage = "failed";
    this.#failure = why;
  }

  #closeRoster(): void {
    const devices = [...this.#keys].map(([device, keys]) => ({ device, keys }))
      .sort((a, b) => a.device < b.device ? -1 : 1);
    this.#roster = { devices, threshold: Math.floor(2 * devices.length / 3) + 1 };
    this.#stage = "shares";
  }

  *#unmask(): Generator<void, void> {
    const { round } = this.#options;
    const numbers = new Map(this.#roster!.devices.map(({ device }, i) => [device, i]));
    for (const from of this.#shares.keys()) {
      const secret = combineShares(
        new Map([...this.#opened].map(([opener, shares]) => [numbers.get(opener)!, shares.get(from)!])),
      );
      if (this.#came.has(from)) {
        addMask(this.#sum, secret, -1);
        yield;
        continue;
      }
      if (publicKeyOf(secret).some((byte, i) => byte !== this.#keys.get(from)!.mask[i])) {
        return this.#fail(`the shares of ${from}, which dropped out, do not give its key back`);
      }
      for (const other of this.#came) {
        const seed = agree(secret, this.#keys.get(other)!.mask, maskPurpose(String(round), from, other));
        addMask(this.#sum, seed, maskSign(other, from) === 1 ? -1 : 1);
        yield;
      }
    }
    this.#stage = "done";
  }
}
