/** Steps and views of secure aggregation as JSON: bytes are base64, by device where there are several. */
import type { PartyKeys, Roster } from "./party.ts";
import type { SecureStage, SecureView } from "./round.ts";
import type { VectorScale } from "./vector.ts";

/** Bytes by device, in base64. */
export type BytesByDevice = Readonly<Record<string, string>>;

/** A device's keys. */
export interface PrintedKeys {
  readonly mask: string;
  readonly seal: string;
}

/** What a device is shown: {@linkcode SecureView} with the round's try and the scale of vectors. */
export interface PrintedView {
  readonly round: number;
  readonly attempt: number;
  readonly stage: SecureStage;
  readonly failure: string | null;
  readonly scale: VectorScale;
  readonly roster: {
    readonly threshold: number;
    readonly devices: readonly (PrintedKeys & { readonly device: string })[];
  } | null;
  readonly senders: readonly string[];
  readonly sealed: BytesByDevice;
  readonly came: readonly string[];
}

/** Writes a view. */
export function printView(
  { roster, sealed, senders, came, ...rest }: SecureView & { readonly attempt: number },
  scale: VectorScale,
): PrintedView {
  return {
    ...rest,
    scale,
    roster: roster === null ? null : {
      threshold: roster.threshold,
      devices: roster.devices.map(({ device, keys }) => ({ device, ...printKeys(keys) })),
    },
    senders,
    sealed: printBytes(sealed),
    came,
  };
}

/** Reads the roster of a view; `null` before there is one. @throws {SyntaxError} for what is no base64 */
export function readRoster({ roster }: PrintedView): Roster | null {
  if (roster === null) return null;
  return {
    threshold: roster.threshold,
    devices: roster.devices.map(({ device, ...keys }) => ({ device, keys: readKeys(keys) })),
  };
}

/** Writes keys. */
export function printKeys({ mask, seal }: PartyKeys): PrintedKeys {
  return { mask: mask.toBase64(), seal: seal.toBase64() };
}

/** Reads keys. @throws {SyntaxError} for what is no base64 */
export function readKeys({ mask, seal }: PrintedKeys): PartyKeys {
  return { mask: Uint8Array.fromBase64(mask), seal: Uint8Array.fromBase64(seal) };
}

/** Writes bytes by device. */
export function printBytes(bytes: ReadonlyMap<string, Uint8Array>): BytesByDevice {
  return Object.fromEntries([...bytes].map(([device, one]) => [device, one.toBase64()]));
}

/** Reads bytes by device. @throws {SyntaxError} for what is no base64 */
export function readBytes(printed: BytesByDevice): Map<string, Uint8Array> {
  return new Map(Object.entries(printed).map(([device, text]) => [device, Uint8Array.fromBase64(text)]));
}

/** A vector as doubles, the low byte first. */
export function vectorBytes(vector: Float64Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(vector.length * 8);
  const view = new DataView(bytes.buffer);
  vector.forEach((value, i) => view.setFloat64(8 * i, value, true));
  return bytes;
}

/** A vector of such bytes, whose number is a multiple of 8. */
export function vectorOf(bytes: Uint8Array): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float64Array.from({ length: bytes.length / 8 }, (_, i) => view.getFloat64(8 * i, true));
}
