/** A frame as a capture holds it, and the link types that are understood. */

/** A captured frame. Readers reuse one object: it holds until the next frame. */
export interface Frame {
  /** Holds the frame from `start` (belongs to it) to `end` (does not). */
  bytes: Uint8Array;
  start: number;
  end: number;
  /** As in `LINK`, or another number of the registry. */
  linkType: number;
  /** Bytes on the wire: more than the captured ones where the capture cut it. */
  length: number;
  /** Unix time in microseconds. */
  timestamp: number;
}

/** A format of captures, read record by record. */
export interface FrameSource {
  readonly format: "pcap" | "pcapng";
  /**
   * Emits the frames of the whole records in `bytes`; what is left over is to be given again with what follows.
   *
   * @returns bytes that are done with; more than there are where some that follow are to be passed over.
   */
  take(bytes: Uint8Array, onFrame: (frame: Frame) => void): number;
  /** Why nothing can be read after the bytes done with; `null` while all is well. */
  readonly damage: string | null;
  /** Packet records so far that are no frames: what they say of themselves cannot be. */
  readonly unreadable: number;
  /** Frames so far that have no time of their own: they have that of the frame before. */
  readonly untimed: number;
}

/** Link types that are understood, https://www.tcpdump.org/linktypes.html. */
export const LINK = {
  NULL: 0,
  ETHERNET: 1,
  /** Raw IP by its number in captures of other systems. */
  RAW_BSD: 12,
  RAW_OPENBSD: 14,
  RAW: 101,
  LOOP: 108,
  LINUX_SLL: 113,
  IPV4: 228,
  IPV6: 229,
  LINUX_SLL2: 276,
} as const;

const KNOWN: ReadonlySet<number> = new Set(Object.values(LINK));

/** Whether frames of this link type can be read. */
export function isKnownLink(linkType: number): boolean {
  return KNOWN.has(linkType);
}

/** An empty frame for a reader to fill. */
export function createFrame(): Frame {
  return { bytes: new Uint8Array(0), start: 0, end: 0, linkType: -1, length: 0, timestamp: 0 };
}
