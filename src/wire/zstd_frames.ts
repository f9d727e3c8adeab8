/** Where the frames of Zstandard end (RFC 8878, section 3.1): decoders pass over a cut end and what follows it. */

const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const BLOCK_HEADER_BYTES = 3;
const CHECKSUM_BYTES = 4;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;
const RLE = 1;

/** Whether the bytes are whole frames and nothing else. */
export function areZstdFrames(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at < bytes.length) {
    const end = endOfFrame(view, at);
    if (end === null || end > bytes.length) return false;
    at = end;
  }
  return bytes.length > 0;
}

/** May lie behind the last byte; `null` where it cannot be found. */
function endOfFrame(view: DataView, start: number): number | null {
  if (start + 8 > view.byteLength) return null;
  const magic = view.getUint32(start, true);
  if (magic >>> 4 === SKIPPABLE_MAGIC >>> 4) return start + 8 + view.getUint32(start + 4, true);
  if (magic !== MAGIC) return null;
  const descriptor = view.getUint8(start + 4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const sizeBytes = sizeFlag === 0 ? Number(isSingleSegment) : 2 ** sizeFlag;
  let at = start + 5 + Number(!isSingleSegment) + DICTIONARY_ID_BYTES[descriptor & 3]! + sizeBytes;
  for (let isLast = false; !isLast;) {
    if (at + BLOCK_HEADER_BYTES > view.byteLength) return null;
    const header = view.getUint16(at, true) + view.getUint8(at + 2) * 0x10000;
    isLast = (header & 1) !== 0;
    at += BLOCK_HEADER_BYTES + ((header >> 1 & 3) === RLE ? 1 : header >> 3);
  }
  return at + ((descriptor & 4) !== 0 ? CHECKSUM_BYTES : 0);
}
