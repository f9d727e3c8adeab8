/** Opening a log from its files: what stands in them is read batch by batch, damage is cut off or stepped over. */
import { AppendFile, keepAside } from "../store/append_file.ts";
import { StorageError } from "../store/storage_error.ts";
import { BatchFinder } from "./find_batch.ts";
import { CHECKED_AT_OPEN_BYTES_MAX, DAMAGED_WINDOW_BYTES, SCAN_WINDOW_BYTES } from "./limits.ts";
import type { ProducerStates } from "./producer_states.ts";
import { type FoundBatch, scanBatches } from "./scan.ts";
import { type Hole, Segment } from "./segment.ts";
import type { SegmentStorage } from "./storage.ts";

/** Damaged places of a file that are named one by one. */
const PROBLEMS_SHOWN_MAX = 5;
const SEGMENT_NAME = /^(\d{20})\.log$/;

/** Path of a segment: Kafka's name for it. */
export function segmentPath(directory: string, baseOffset: number): string {
  return `${directory}/${String(baseOffset).padStart(20, "0")}.log`;
}

interface SegmentFile {
  readonly baseOffset: number;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  /** 0 where the system does not know: then the segment is closed soon. */
  readonly createdMs: number;
}

function listSegments(directory: string): SegmentFile[] {
  const files: SegmentFile[] = [];
  try {
    Deno.mkdirSync(directory, { recursive: true });
    for (const { name } of Deno.readDirSync(directory)) {
      const match = SEGMENT_NAME.exec(name);
      if (match === null) continue;
      const { size, mtime, birthtime } = Deno.statSync(`${directory}/${name}`);
      files.push({
        baseOffset: Number(match[1]),
        sizeBytes: size,
        modifiedMs: mtime?.getTime() ?? 0,
        createdMs: birthtime?.getTime() ?? 0,
      });
    }
  } catch (cause) {
    throw StorageError.from(cause, `Cannot open the log in ${directory}`);
  }
  return files.sort((a, b) => a.baseOffset - b.baseOffset);
}

/** What was found wrong, one line each. */
export interface OpenedSegments {
  readonly segments: Segment[];
  readonly notes: string[];
}

/**
 * Opens the segments of a directory and passes what they hold to `producers`. Damaged bytes with good batches behind
 * them are kept and stepped over; the last segment is cut where nothing good follows (a torn write).
 * @throws {StorageError} where the directory cannot be read or written.
 */
export function openSegments(directory: string, producers: ProducerStates): OpenedSegments {
  const files = listSegments(directory);
  const notes: string[] = [];
  let left = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const segments = files.map((file, index) => {
    const { baseOffset, sizeBytes, modifiedMs, createdMs } = file;
    const path = segmentPath(directory, baseOffset);
    const segment = new Segment(baseOffset, { storage: new AppendFile(path), nowMs: modifiedMs });
    segment.firstAppendMs = createdMs;
    const note = ({ header, position }: FoundBatch) => {
      segment.note(header, position);
      producers.add(header, { baseOffset: header.baseOffset, nowMs: modifiedMs });
    };
    const offsetMax = files[index + 1]?.baseOffset ?? Infinity;
    const checkCrc = index === files.length - 1 || left <= CHECKED_AT_OPEN_BYTES_MAX;
    left -= sizeBytes;
    const isActive = index === files.length - 1;
    const problem = openSegment(segment, { path, note, offsetMax, isActive, checkCrc });
    if (problem !== null) notes.push(`${path}: ${problem}`);
    else if (!isActive && segment.nextOffset < offsetMax) {
      notes.push(`${path} ends at offset ${segment.nextOffset}, the next file begins at ${offsetMax}`);
    }
    segment.storage.close();
    return segment;
  });
  return { segments, notes };
}

/** Reads a segment; what is wrong with it. Damage is stepped over, and cut off where nothing good follows it. */
function openSegment(
  segment: Segment,
  { path, note, offsetMax, isActive, checkCrc }: {
    path: string;
    note: (batch: FoundBatch) => void;
    offsetMax: number;
    isActive: boolean;
    checkCrc: boolean;
  },
): string | null {
  const { storage } = segment;
  const endPosition = storage.sizeBytes;
  const finder = new BatchFinder(storage);
  const problems: string[] = [];
  const isWhole = (position: number) => finder.isBatchAt(position);
  let offsetMin = segment.nextOffset;
  for (let from = 0; from < endPosition;) {
    const windowBytes = problems.length === 0 ? SCAN_WINDOW_BYTES : DAMAGED_WINDOW_BYTES;
    const range = { position: from, endPosition, offsetMin };
    const scan = scanBatches(storage, { ...range, isGapless: true, checkCrc, windowBytes, isWhole });
    let step = scan.next();
    for (; step.done !== true; step = scan.next()) note(step.value);
    const { position, problem } = step.value;
    if (problem === null) break;
    const next = finder.find(position + 1, { offsetMin: segment.nextOffset, offsetMax });
    const end = next?.position ?? endPosition;
    const hole = { start: position, end };
    if (isActive && next === null && cutOff(path, { storage, hole })) {
      problems.push(`cut at byte ${position}, ${end - position} bytes are in ${path}.cut now: ${problem}`);
      break;
    }
    segment.noteHole(hole);
    problems.push(`${end - position} bytes at ${position} are damaged and stepped over: ${problem}`);
    from = end;
    offsetMin = next?.baseOffset ?? offsetMin;
  }
  return problems.length === 0 ? null : summarize(problems);
}

function summarize(problems: readonly string[]): string {
  const shown = problems.slice(0, PROBLEMS_SHOWN_MAX).join("; ");
  const more = problems.length - PROBLEMS_SHOWN_MAX;
  return more <= 0 ? shown : `${shown}; and ${more} places more`;
}

/** Moves the end of a file to another; whether the disk took it there. If not, the end stays where it is. */
function cutOff(
  path: string,
  { storage, hole: { start, end } }: { storage: SegmentStorage; hole: Hole },
): boolean {
  function* pieces(): Generator<Uint8Array> {
    for (let at = start; at < end; at += SCAN_WINDOW_BYTES) yield storage.read(at, SCAN_WINDOW_BYTES);
  }
  try {
    keepAside(path, pieces());
  } catch (error) {
    if (error instanceof StorageError) return false;
    throw error;
  }
  storage.truncate(start);
  return true;
}
