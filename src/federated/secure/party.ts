/**
 * A device's side of secure aggregation: the server learns the sum of the updates and no single one (Bonawitz et al.
 * 2017, Practical Secure Aggregation for Privacy-Preserving Machine Learning, doi:10.1145/3133956.3133982).
 *
 * Against a server that keeps to the protocol and looks at all that it gets. Not against one that lies about who takes
 * part: that would need keys which somebody else vouches for.
 */
import { addMask, agree, KEY_BYTES, publicKeyOf, seal, unseal } from "./masks.ts";
import { splitSecret } from "./shamir.ts";

/** What a device announces. */
export interface PartyKeys {
  /** Agrees on masks. */
  readonly mask: Uint8Array;
  /** Agrees on how shares are sealed. */
  readonly seal: Uint8Array;
}

/** Who takes part, as the server announces it: the order is that of the shares. */
export interface Roster {
  readonly devices: readonly { readonly device: string; readonly keys: PartyKeys }[];
  /** Shares that give a secret back. */
  readonly threshold: number;
}

/** One device in one round: each step once, in this order. */
export class SecureParty {
  readonly device: string;
  readonly keys: PartyKeys;
  readonly #round: string;
  readonly #random: (length: number) => Uint8Array;
  readonly #maskSecret: Uint8Array;
  readonly #sealSecret: Uint8Array;
  readonly #selfSeed: Uint8Array;
  #roster: Roster | null = null;
  #isOpened = false;

  /** @param random bytes that nobody can guess */
  constructor(
    device: string,
    { round, random }: { readonly round: number; readonly random: (length: number) => Uint8Array },
  ) {
    this.device = device;
    this.#round = String(round);
    this.#random = random;
    [this.#maskSecret, this.#sealSecret, this.#selfSeed] = [
      random(KEY_BYTES),
      random(KEY_BYTES),
      random(KEY_BYTES),
    ];
    this.keys = { mask: publicKeyOf(this.#maskSecret), seal: publicKeyOf(this.#sealSecret) };
  }

  /**
   * Sealed shares of its secrets, by the device that is to keep them.
   *
   * @throws RangeError for a roster that would give the secrets away: without it, or with too low a threshold
   */
  shares(roster: Roster): Map<string, Uint8Array> {
    const { devices, threshold } = roster;
    const isIn = devices.some(({ device, keys }) =>
      device === this.device && same(keys.mask, this.keys.mask)
    );
    if (!isIn || this.#roster !== null || 2 * threshold <= devices.length) {
      throw new RangeError(
        `Cannot share the secrets of ${this.device} among ${devices.length} devices with a threshold of ${threshold}: ` +
          "it has to be one of them, once, and more than half of them the threshold",
      );
    }
    this.#roster = roster;
    const secrets = new Uint8Array(2 * KEY_BYTES);
    secrets.set(this.#maskSecret);
    secrets.set(this.#selfSeed, KEY_BYTES);
    const split = splitSecret(secrets, { shares: devices.length, threshold, random: this.#random });
    return new Map(
      devices.map((
        { device, keys },
        i,
      ) => [device, seal(this.#sealKey(this.device, device, keys), split[i]!)]),
    );
  }

  /** Hides a vector, in place, from all but who can take the masks of `senders` away: those that sent shares. */
  mask(vector: Float64Array, senders: ReadonlySet<string>): void {
    addMask(vector, this.#selfSeed, 1);
    for (const { device, keys } of this.#others(senders)) {
      const seed = agree(this.#maskSecret, keys.mask, maskPurpose(this.#round, this.device, device));
      addMask(vector, seed, maskSign(this.device, device));
    }
  }

  /**
   * For those whose vector came a share of the seed of their own mask, for those whose did not a share of what they agree
   * on masks with; never both of one device.
   *
   * @param sealed shares that were sent to this device, by sender
   * @throws RangeError the second time, and where fewer vectors came than the threshold
   */
  open(sealed: ReadonlyMap<string, Uint8Array>, came: ReadonlySet<string>): Map<string, Uint8Array> {
    if (
      this.#isOpened || this.#roster === null || came.size < this.#roster.threshold || !came.has(this.device)
    ) {
      throw new RangeError(
        `Cannot open shares of round ${this.#round} for ${came.size} devices: it is done once, for the threshold or more`,
      );
    }
    this.#isOpened = true;
    const opened = new Map<string, Uint8Array>();
    for (const { device, keys } of this.#roster.devices) {
      const share = sealed.get(device);
      if (share === undefined) continue;
      const plain = unseal(this.#sealKey(device, this.device, keys), share);
      opened.set(device, came.has(device) ? plain.subarray(KEY_BYTES) : plain.subarray(0, KEY_BYTES));
    }
    return opened;
  }

  #others(senders: ReadonlySet<string>): Roster["devices"] {
    return this.#roster!.devices.filter(({ device }) => device !== this.device && senders.has(device));
  }

  #sealKey(from: string, to: string, theirs: PartyKeys): Uint8Array {
    return agree(this.#sealSecret, theirs.seal, ["share", this.#round, from, to]);
  }
}

/** What two devices agree on a mask for: the same from both sides. */
export function maskPurpose(round: string, a: string, b: string): string[] {
  return ["mask", round, ...(a < b ? [a, b] : [b, a])];
}

/** One of the two adds the mask, the other takes it away. */
export function maskSign(own: string, other: string): 1 | -1 {
  return own < other ? 1 : -1;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
