/** Chunks that are written one after the other, in fewer and larger pieces. */

/** Chunks up to this size are gathered into one write. */
export const GATHER_BYTES = 65_536;

/** Small neighbours become one piece, large ones stay as they are. */
export function* gather(chunks: readonly Uint8Array[]): Generator<Uint8Array> {
  let start = 0;
  while (start < chunks.length) {
    let size = 0;
    let end = start;
    while (end < chunks.length && size + chunks[end]!.length <= GATHER_BYTES) size += chunks[end++]!.length;
    if (end - start <= 1) {
      yield chunks[start++]!;
      continue;
    }
    const piece = new Uint8Array(size);
    let at = 0;
    for (; start < end; start++) {
      piece.set(chunks[start]!, at);
      at += chunks[start]!.length;
    }
    yield piece;
  }
}
