/** Keys, agreements and masks: X25519, HKDF-SHA-256, ChaCha20 and ChaCha20-Poly1305. */
import { chacha20, chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { x25519 } from "@noble/curves/ed25519.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { addModulo } from "./vector.ts";

/** Bytes of keys and seeds. */
export const KEY_BYTES = 32;
/** Bytes that sealing adds. */
export const SEAL_BYTES = 16;

/** Every key here is used once, so the nonce need not differ. */
const NONCE = new Uint8Array(12);
const encoder = new TextEncoder();

/** The public key of a secret one. */
export function publicKeyOf(secret: Uint8Array): Uint8Array {
  return x25519.getPublicKey(secret);
}

/** Whether others can agree on anything with who announces it. */
export function isPublicKey(key: Uint8Array): boolean {
  if (key.length !== KEY_BYTES) return false;
  try {
    agree(new Uint8Array(KEY_BYTES).fill(1), key, []);
    return true;
  } catch {
    return false;
  }
}

/**
 * A key that two sides have in common, for one purpose.
 *
 * @throws RangeError for a public key that agrees with everybody on the same
 */
export function agree(secret: Uint8Array, theirs: Uint8Array, purpose: readonly string[]): Uint8Array {
  const info = encoder.encode(JSON.stringify(["streamflow secure aggregation 1", ...purpose]));
  try {
    return hkdf(sha256, x25519.getSharedSecret(secret, theirs), undefined, info, KEY_BYTES);
  } catch (error) {
    throw new RangeError("Cannot agree on a key: the other side's is not one", { cause: error });
  }
}

/** Adds a seed's mask to a vector, or takes it away again. */
export function addMask(vector: Float64Array, seed: Uint8Array, sign: 1 | -1): void {
  const bytes = chacha20(seed, NONCE, new Uint8Array(vector.length * 8));
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const mask = vector.map((_, i) =>
    (view.getUint32(8 * i, true) & 0xf_ffff) * 2 ** 32 + view.getUint32(8 * i + 4, true)
  );
  addModulo(vector, mask, sign);
}

/** Only who has the key can read it, and notices a change. */
export function seal(key: Uint8Array, plain: Uint8Array): Uint8Array {
  return chacha20poly1305(key, NONCE).encrypt(plain);
}

/** @throws RangeError where it was sealed with another key, or changed */
export function unseal(key: Uint8Array, sealed: Uint8Array): Uint8Array {
  try {
    return chacha20poly1305(key, NONCE).decrypt(sealed);
  } catch (error) {
    throw new RangeError("Cannot open a sealed share: it was changed, or is for another device", {
      cause: error,
    });
  }
}
