/** How a partition's log is kept. */
import type { StorageError } from "../store/storage_error.ts";
import type { MemoryBudget } from "./memory_budget.ts";

/** Settings of a log; Kafka's topic settings. */
export interface LogOptions {
  /** Largest batch. */
  readonly messageBytesMax: number;
  readonly segmentBytesMax: number;
  /** Age at which a segment is closed, as only closed ones are deleted. @default for ever */
  readonly segmentMs?: number;
  /** −1: for ever. */
  readonly retentionMs: number;
  /** −1: no limit. */
  readonly retentionBytes: number;
  /** Whether records get the time of appending instead of their producers' times. @default false */
  readonly stampsAppendTime?: boolean;
  /** How far a record's time may lie behind the broker's. @default any */
  readonly timestampBeforeMsMax?: number;
  /** How far a record's time may lie ahead of the broker's. @default any */
  readonly timestampAfterMsMax?: number;
  /**
   * When appends are forced to the disk: at `PartitionLog.flush`, before each is answered, or when the
   * system likes to.
   * @default "interval"
   */
  readonly flush?: "interval" | "always" | "never";
  /** Memory mode: what all logs may hold together. @default a budget of its own */
  readonly memory?: MemoryBudget;
  /** Called where the disk did not take so many bytes. @default nobody */
  readonly onFailure?: (error: StorageError, sizeBytes: number) => void;
}
