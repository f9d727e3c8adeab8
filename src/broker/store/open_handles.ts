/**
 * Handles of the broker's files: so many are open at a time, the one used least recently is given back first. File
 * descriptors belong to the process, so its brokers share them.
 */
import { DESCRIPTORS_KEPT_FREE, OPEN_FILES_MAX, OPEN_FILES_MIN } from "../storage_limits.ts";

/** Something that holds a handle and opens it again when it needs it. */
export interface HandleHolder {
  /** Gives the handle back. */
  close(): void;
}

/** Descriptors that the system lets this process have; `Infinity` where it does not say. */
export function descriptorLimit(): number {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(Deno.readTextFileSync("/proc/self/limits"));
    return soft === null ? Infinity : Number(soft[1]);
  } catch {
    // No such file on other systems: the limit shows when a file cannot be opened.
    return Infinity;
  }
}

/** The handles that are open, least recently used first. */
export class OpenHandles {
  readonly handlesMax: number;
  /** Descriptors that these handles leave to connections. */
  readonly connectionsMax: number;
  readonly #holders = new Set<HandleHolder>();

  constructor(limit = descriptorLimit()) {
    const share = Math.floor((limit - DESCRIPTORS_KEPT_FREE) / 2);
    this.handlesMax = Math.max(OPEN_FILES_MIN, Math.min(OPEN_FILES_MAX, share));
    this.connectionsMax = Math.max(1, limit - DESCRIPTORS_KEPT_FREE - this.handlesMax);
  }

  /** Opens a file for `holder`; where the process has no descriptor left, half of the handles are given back first. */
  open(holder: HandleHolder, open: () => Deno.FsFile): Deno.FsFile {
    if (this.#holders.size >= this.handlesMax) this.#giveBack(1);
    for (;;) {
      try {
        const file = open();
        this.#holders.add(holder);
        return file;
      } catch (error) {
        if (!isOutOfDescriptors(error) || this.#holders.size === 0) throw error;
        this.#giveBack(Math.ceil(this.#holders.size / 2));
      }
    }
  }

  /** Notes that `holder` uses its handle. */
  use(holder: HandleHolder): void {
    if (this.#holders.delete(holder)) this.#holders.add(holder);
  }

  /** Notes that `holder` has given its handle back. */
  forget(holder: HandleHolder): void {
    this.#holders.delete(holder);
  }

  #giveBack(count: number): void {
    for (const holder of [...this.#holders].slice(0, count)) holder.close();
  }
}

function isOutOfDescriptors(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "EMFILE" || error.code === "ENFILE");
}

/** All handles of this process's brokers. */
export const OPEN_HANDLES: OpenHandles = new OpenHandles();
