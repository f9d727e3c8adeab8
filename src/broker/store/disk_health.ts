/** Whether the disk takes what is written; people hear of it when that changes, not with every request. */
import { DISK_REPORT_INTERVAL_MS } from "../storage_limits.ts";
import { removeIfPossible } from "./append_file.ts";
import type { StorageError } from "./storage_error.ts";

const PROBE_FILE = ".probe";

/** How the disk is watched. */
export interface DiskHealthOptions {
  /** Called with what people should look at, a sentence each. */
  readonly report: (message: string) => void;
  /** Unix ms. @default the system's clock */
  readonly now?: () => number;
}

/** The health of the disk below one directory. */
export class DiskHealth {
  readonly #probePath: string;
  readonly #report: (message: string) => void;
  readonly #now: () => number;
  #failure: StorageError | null = null;
  /** The largest write that failed since it did: as much has to fit again. */
  #failedBytes = 0;
  #isReported = false;
  #reportedMs = -Infinity;

  constructor(directory: string, { report, now = Date.now }: DiskHealthOptions) {
    this.#probePath = `${directory}/${PROBE_FILE}`;
    this.#report = report;
    this.#now = now;
  }

  /** Notes that so many bytes could not be written. */
  failed(error: StorageError, sizeBytes: number): void {
    this.#failure ??= error;
    this.#failedBytes = Math.max(this.#failedBytes, sizeBytes);
    this.#reportFailure();
  }

  /** A disk that fails and recovers again and again is reported once in a while. */
  #reportFailure(): void {
    if (this.#failure === null || this.#isReported) return;
    if (this.#now() - this.#reportedMs < DISK_REPORT_INTERVAL_MS) return;
    this.#isReported = true;
    this.#reportedMs = this.#now();
    const todo = this.#failure.kind === "no-space" ? "make room on the disk" : "look at the disk";
    this.#report(
      `${this.#failure.message}; producers are refused and try again (KAFKA_STORAGE_ERROR) until it works: ${todo}`,
    );
  }

  /** Where the disk failed: looks whether it takes as much again. To be called every now and then. */
  check(): void {
    if (this.#failure === null) return;
    try {
      Deno.writeFileSync(this.#probePath, new Uint8Array(this.#failedBytes));
    } catch {
      // It fails still, as was reported.
      this.#reportFailure();
      return;
    } finally {
      removeIfPossible(this.#probePath);
    }
    this.#failure = null;
    this.#failedBytes = 0;
    if (this.#isReported) this.#report("the disk takes what is written again: producers go on");
    this.#isReported = false;
  }
}
