/** Numbers in a snapshot: every bit of them, in a text that JSON keeps. */

/** Base64 of the numbers' bytes, little-endian. */
export function writeNumbers(numbers: Float64Array): string {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength).toBase64();
}

/** The numbers again. @throws RangeError for a text that is not of `length` finite numbers */
export function readNumbers(text: string, length: number): Float64Array {
  const bytes = bytesOf(text);
  const numbers = bytes?.length === 8 * length ? new Float64Array(bytes.buffer) : null;
  if (numbers === null || !numbers.every(Number.isFinite)) {
    throw new RangeError(`Cannot restore ${length} finite numbers from a text of ${text.length} characters`);
  }
  return numbers;
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.fromBase64(text);
  } catch {
    return null; // not base64
  }
}
