// Not pure: it reads, sends and commits.
/**
 * The shell around the pipeline: takes chunks, sends what comes out, commits what is acknowledged. It sees no
 * client library: `chunks`, `send` and `commit` are arguments.
 *
 * - Pieces of a chunk are sent while earlier ones are not acknowledged yet, up to a limit; a commit goes only as
 *   far as everything before it, in its partition, is acknowledged.
 * - A send that fails ends the worker with that error; nothing past it is committed.
 * - A commit that is refused, or partitions that are taken away, drop what is pending of them: whoever has them now
 *   reads those records again and answers them with the same values.
 */
import type {
  AssignedPartition,
  IncomingRecord,
  OutgoingRecord,
  RecordChunk,
  TopicPartition,
  TopicPartitionOffset,
} from "../kafka/port.ts";
import { UserError } from "../runtime/errors.ts";
import type { JobClock } from "../jobs/clock.ts";
import {
  COMMIT_INTERVAL_MS,
  MISFIT_RECORDS_MIN,
  PIECE_BYTES_MAX,
  PIECE_RECORDS_MAX,
  SHUTDOWN_ACKS_MAX_MS,
  SHUTDOWN_COMMIT_MAX_MS,
  UNACKED_BYTES_MAX,
  UNACKED_PIECES_MAX,
} from "./limits.ts";
import { noOutputs, type Outputs } from "./outputs.ts";
import { offsetBehind } from "../records/dead_letters/print.ts";
import type { PipelineMaker, RecordPipeline } from "./pipeline.ts";
import { Tally } from "./tally.ts";

/** What a worker is made of. */
export interface WorkerOptions {
  /** What answers. */
  readonly pipelines: PipelineMaker;
  /** Topic for predictions. */
  readonly output: string;
  /** Topic for dead letters. */
  readonly deadLetter: string;
  /** Resolves when all in-sync replicas have the records; order is the order of the calls. */
  readonly send: (topic: string, records: readonly OutgoingRecord[]) => Promise<void>;
  /** Resolves `false` when the partitions are no longer ours. */
  readonly commit: (offsets: readonly TopicPartitionOffset[]) => Promise<boolean>;
  readonly clock: JobClock;
  /** Ends the work: the piece in hand is finished, acknowledged and committed. */
  readonly signal?: AbortSignal;
  /** End after so many records, replayed ones not counted. */
  readonly limit?: number;
  readonly limits?: { readonly pieceRecordsMax?: number; readonly unackedPiecesMax?: number };
  /** Called after each piece; cheap. */
  readonly onPiece?: () => void;
}

/** A piece that was sent. */
interface Piece {
  readonly nextOffset: number;
  acknowledged: boolean;
}

/** The time during which a partition is ours without a break. */
interface Tenure extends TopicPartition {
  /** See {@linkcode AssignedPartition}. */
  readonly topicId: string | null;
  readonly pipeline: RecordPipeline;
  /** Sent and not yet committable, in the order of the log. */
  readonly pieces: Piece[];
  /** Everything before is acknowledged. */
  acknowledgedTo: number;
  /** Committed, or where the tenure began. */
  committedTo: number;
  highWatermark: number;
  ended: boolean;
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

/** A header of ours on a dead letter. */
function textOf({ headers = [] }: OutgoingRecord, name: string): string {
  return new TextDecoder().decode(headers.findLast(({ key }) => key === `streamflow.${name}`)?.value);
}

/** Predicts what its partitions bring; {@linkcode PredictionWorker.run} once. */
export class PredictionWorker {
  /** Counts so far. */
  readonly tally = new Tally();
  readonly #options: WorkerOptions;
  readonly #tenures = new Map<string, Tenure>();
  /** Tenures of partitions that we had, in case they come back as they were. */
  readonly #retired = new Map<string, Tenure>();
  #unackedPieces = 0;
  #unackedBytes = 0;
  #failure: { readonly error: unknown } | null = null;
  /** Wakes whoever waits, at an acknowledgement or a failure. */
  #wake: () => void = () => {};
  #commitInFlight: Promise<void> | null = null;
  #cancelCommitTimer: (() => void) | null = null;
  #fits = false;

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  /** For the group consumer: where to begin to read a partition, so that its state is whole at `startOffset`. */
  readonly startAt = (assigned: AssignedPartition): number => {
    const { topic, topicId = null, partition, startOffset, logStartOffset } = assigned;
    const key = keyOf(assigned);
    const before = this.#tenures.get(key);
    if (before !== undefined) this.#end(before);
    const { pipelines } = this.#options;
    const retired = this.#retired.get(key);
    this.#retired.delete(key);
    const kept = retired?.topicId === topicId ? retired.pipeline : undefined;
    const keep = kept !== undefined && kept.position === startOffset && kept.outputFrom <= startOffset;
    const pipeline = keep ? kept : pipelines.make({ topic, partition, outputFrom: startOffset });
    this.#tenures.set(key, {
      topic,
      topicId,
      partition,
      pipeline,
      pieces: [],
      acknowledgedTo: startOffset,
      committedTo: startOffset,
      highWatermark: startOffset,
      ended: false,
    });
    return keep
      ? startOffset
      : Math.min(startOffset, Math.max(logStartOffset, pipelines.rewindFrom(startOffset)));
  };

  /** For the group consumer: partitions were taken away. */
  readonly onRevoked = (partitions: readonly TopicPartition[]): void => {
    for (const partition of partitions) {
      const tenure = this.#tenures.get(keyOf(partition));
      if (tenure !== undefined) this.#end(tenure);
    }
  };

  /** Records behind the high watermark, by `topic/partition`. */
  lag(): Record<string, number> {
    const lag: Record<string, number> = {};
    for (const [key, { pipeline, highWatermark }] of this.#tenures) {
      lag[key] = Math.max(0, highWatermark - Math.max(pipeline.position, pipeline.outputFrom));
    }
    return lag;
  }

  /**
   * Works until the chunks end, the signal aborts or the limit is reached; then waits for the acknowledgements
   * (at most {@linkcode SHUTDOWN_ACKS_MAX_MS}) and commits.
   *
   * @throws what `send`, `commit` or `chunks` threw; {@linkcode UserError} when the model does not fit the topic.
   */
  async run(chunks: AsyncIterable<RecordChunk>): Promise<void> {
    const iterator = chunks[Symbol.asyncIterator]();
    const { signal } = this.#options;
    const wake = () => this.#wake();
    signal?.addEventListener("abort", wake);
    let ended = false;
    try {
      while (!this.#isOver()) {
        const result = await this.#next(iterator);
        if (result === null) break;
        if (result.done === true) {
          ended = true;
          break;
        }
        await this.#takeChunk(result.value);
      }
    } catch (error) {
      this.#failure ??= { error };
    }
    signal?.removeEventListener("abort", wake);
    await this.#finish();
    // Not awaited: a generator that waits for records would not answer before the next one.
    if (!ended) iterator.return?.().then(undefined, () => {});
    if (this.#failure !== null) throw this.#failure.error;
  }

  #isOver(): boolean {
    const { signal, limit } = this.#options;
    return this.#failure !== null || signal?.aborted === true ||
      (limit !== undefined && this.tally.read >= limit);
  }

  /** The next chunk, or `null` where a failure or the signal came first. */
  #next(iterator: AsyncIterator<RecordChunk>): Promise<IteratorResult<RecordChunk> | null> {
    return new Promise((resolve, reject) => {
      this.#wake = () => {
        if (this.#isOver()) resolve(null);
      };
      iterator.next().then(resolve, reject);
    });
  }

  async #takeChunk(chunk: RecordChunk): Promise<void> {
    const tenure = this.#tenures.get(keyOf(chunk));
    if (tenure === undefined) return; // fetched before it was taken away: no longer ours
    this.#retired.clear(); // the assignment is made: what has not come back will not
    tenure.highWatermark = chunk.highWatermark;
    let start = 0;
    while (start < chunk.records.length && !tenure.ended && !this.#isOver()) {
      const piece = this.#cut(chunk.records, { start, outputFrom: tenure.pipeline.outputFrom });
      const { clock } = this.#options;
      const outputs = tenure.pipeline.take(piece, { nowMs: clock.nowMs(), tally: this.tally });
      start += piece.length;
      if (start === chunk.records.length) tenure.pipeline.skipTo(chunk.nextOffset);
      this.#checkFit(tenure, outputs);
      this.#send(tenure, outputs);
      this.#options.onPiece?.();
      await this.#waitForRoom();
    }
    if (chunk.records.length === 0 && !tenure.ended) {
      tenure.pipeline.skipTo(chunk.nextOffset);
      this.#send(tenure, noOutputs());
    }
  }

  /** The records from `start` on that make a piece. */
  #cut(
    records: readonly IncomingRecord[],
    { start, outputFrom }: { start: number; outputFrom: number },
  ): readonly IncomingRecord[] {
    const { limit, limits } = this.#options;
    const recordsMax = limits?.pieceRecordsMax ?? PIECE_RECORDS_MAX;
    let end = start;
    let bytes = 0;
    let counted = 0;
    const left = (limit ?? Infinity) - this.tally.read;
    while (end < records.length && end - start < recordsMax && counted < left) {
      const record = records[end]!;
      // What a prediction adds to its reading is well below 512 bytes.
      bytes += (record.value?.length ?? 0) + 512;
      if (bytes > PIECE_BYTES_MAX && end > start) break;
      if (offsetBehind(record) > outputFrom) counted++;
      end++;
    }
    return start === 0 && end === records.length ? records : records.slice(start, end);
  }

  /** A model for other features would turn the whole topic into dead letters: say so instead. */
  #checkFit({ topic, pipeline }: Tenure, outputs: Outputs): void {
    if (this.#fits) return;
    const misfits = this.tally.deadLetters["missing-feature"];
    if (pipeline.fits) {
      this.#fits = true;
    } else if (misfits >= MISFIT_RECORDS_MIN) {
      const { name, wanted } = this.#options.pipelines;
      const letter = outputs.deadLetters.findLast((found) => textOf(found, "reason") === "missing-feature");
      const found = letter === undefined
        ? ""
        : `, the last at offset ${textOf(letter, "offset")}: ${textOf(letter, "detail")}`;
      throw new UserError(
        `the model ${name} does not fit the topic ${topic}: it needs ${
          listed(wanted)
        }, and each of the first ` +
          `${misfits} readings lacks one${found}`,
        {
          hint: `name another topic with --input, or another model with --model; ` +
            `'streamflow train --from-topic ${topic}' makes one that forecasts`,
        },
      );
    }
  }

  #send(tenure: Tenure, { predictions, deadLetters, bytes }: Outputs): void {
    const { send, output, deadLetter } = this.#options;
    const piece: Piece = { nextOffset: tenure.pipeline.position, acknowledged: false };
    tenure.pieces.push(piece);
    if (predictions.length === 0 && deadLetters.length === 0) {
      this.#acknowledge(tenure, piece);
      return;
    }
    this.#unackedPieces++;
    this.#unackedBytes += bytes;
    const sends: Promise<void>[] = [];
    if (predictions.length > 0) sends.push(send(output, predictions));
    if (deadLetters.length > 0) sends.push(send(deadLetter, deadLetters));
    Promise.all(sends).then(() => {
      this.#unackedPieces--;
      this.#unackedBytes -= bytes;
      this.#acknowledge(tenure, piece);
      this.#wake();
    }, (error) => this.#fail(error));
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  #acknowledge(tenure: Tenure, piece: Piece): void {
    piece.acknowledged = true;
    if (tenure.ended) return;
    while (tenure.pieces[0]?.acknowledged) {
      tenure.acknowledgedTo = Math.max(tenure.acknowledgedTo, tenure.pieces.shift()!.nextOffset);
    }
    if (tenure.acknowledgedTo > tenure.committedTo) this.#scheduleCommit();
  }

  async #waitForRoom(): Promise<void> {
    const piecesMax = this.#options.limits?.unackedPiecesMax ?? UNACKED_PIECES_MAX;
    while (
      !this.#isOver() && (this.#unackedPieces >= piecesMax || this.#unackedBytes >= UNACKED_BYTES_MAX)
    ) await this.#awaken();
  }

  #awaken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = () => {};
        resolve();
      };
    });
  }

  #scheduleCommit(): void {
    if (this.#cancelCommitTimer !== null || this.#commitInFlight !== null || this.#failure !== null) return;
    this.#cancelCommitTimer = this.#options.clock.after(COMMIT_INTERVAL_MS, () => {
      this.#cancelCommitTimer = null;
      this.#commit();
    });
  }

  /** Commits what is acknowledged; one commit at a time. */
  #commit(): void {
    const due = [...this.#tenures.values()].filter(({ acknowledgedTo, committedTo }) =>
      acknowledgedTo > committedTo
    );
    if (due.length === 0) return;
    const offsets = due.map(({ topic, partition, acknowledgedTo }) => ({
      topic,
      partition,
      offset: acknowledgedTo,
    }));
    const settled = (stored: boolean) => {
      this.#commitInFlight = null;
      due.forEach((tenure, index) => {
        if (stored) tenure.committedTo = Math.max(tenure.committedTo, offsets[index]!.offset);
        else this.#forget(tenure);
      });
      if (due.some((tenure) => !tenure.ended && tenure.acknowledgedTo > tenure.committedTo)) {
        this.#scheduleCommit();
      }
    };
    this.#commitInFlight = this.#options.commit(offsets).then(settled, (error) => {
      this.#commitInFlight = null;
      this.#fail(error);
    });
  }

  /** Ends a tenure; its state stays, in case the partition comes back where we left it. */
  #end(tenure: Tenure): void {
    if (tenure.ended) return;
    tenure.ended = true;
    const key = keyOf(tenure);
    if (this.#tenures.get(key) === tenure) this.#tenures.delete(key);
    this.#retired.set(key, tenure);
  }

  /** Ends a tenure, and its state with it. */
  #forget(tenure: Tenure): void {
    this.#end(tenure);
    const key = keyOf(tenure);
    if (this.#retired.get(key) === tenure) this.#retired.delete(key);
  }

  /** Waits for acknowledgements, commits, each within its time. */
  async #finish(): Promise<void> {
    const { clock } = this.#options;
    let late = false;
    const cancel = clock.after(SHUTDOWN_ACKS_MAX_MS, () => {
      late = true;
      this.#wake();
    });
    while (this.#unackedPieces > 0 && this.#failure === null && !late) await this.#awaken();
    cancel();
    await new Promise<void>((resolve) => {
      const cancelLast = clock.after(SHUTDOWN_COMMIT_MAX_MS, resolve);
      this.#commitLast().then(cancelLast).then(resolve);
    });
    this.#cancelCommit();
  }

  async #commitLast(): Promise<void> {
    await this.#commitInFlight;
    this.#cancelCommit();
    this.#commit();
    await this.#commitInFlight;
  }

  #cancelCommit(): void {
    this.#cancelCommitTimer?.();
    this.#cancelCommitTimer = null;
  }
}

/** Names that a message lists, before it counts them. */
const NAMES_LISTED_MAX = 8;

/** Names of features; of many the first ones and their number. */
function listed(names: readonly string[]): string {
  return names.length <= NAMES_LISTED_MAX
    ? names.join(", ")
    : `${names.slice(0, 3).join(", ")}, … (${names.length} features)`;
}
