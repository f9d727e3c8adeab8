/** Numbers in a snapshot: every bit of them, in a text that JSON keeps. */

/** Base64 of the numbers' bytes, little-endian. */
export function writeNumbers(numbers: Float64Array): string {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength).toBase64();
}

/** The numbers again. @throws RangeError for a text that is not of `length` finite numbers */
export function readNumbers(text: string, length: number): Float64Array {
  const numbers = new Float64Array(length);
  const { read, written } = new Uint8Array(numbers.buffer).setFromBase64(text);
  if (read !== text.length || written !== 8 * length || !numbers.every(Number.isFinite)) {
    throw new RangeError(`Cannot restore ${length} finite numbers from a text of ${text.length} characters`);
  }
  return numbers;
}
