/**
 * Copies topics into a store. How far it is stands in the store, beside the rows: whatever ends, a process or a store,
 * every record becomes one row. No consumer group is needed, and none is left behind.
 *
 * A record that is no row goes to the dead letters, acknowledged before anything past it is noted. A store that is
 * locked, full or away is tried again: reading waits, and whoever shares the process goes on.
 */
import type { IncomingRecord, KafkaClient, OutgoingRecord, Producer, RecordChunk } from "../../kafka/port.ts";
import { KafkaError } from "../../kafka/port.ts";
import { ensureTopic } from "../../kafka/topics.ts";
import { Backoff } from "../../runtime/wait.ts";
import { deadLetter, offsetBehind, undecodableBurial } from "../../records/dead_letters/print.ts";
import type { Rejection } from "../../records/dead_letters/reason.ts";
import { sendingLetters } from "../../records/dead_letters/send.ts";
import { sleep, untilAborted } from "../../runtime/clock.ts";
import { BATCH_ROWS_MAX, TOPIC_PAUSE_MS_MAX, TOPIC_PAUSE_MS_MIN } from "../limits.ts";
import { type Store, type StoredOffset, StoreError, type Writing } from "../store.ts";
import type { Row, RowsByTable, TableName } from "../tables.ts";
import { persist, StoreOutage } from "./outage.ts";
import { TopicProgress } from "./progress.ts";
import { RoundsRows } from "./rounds_rows.ts";
import { rowMaker, type TableRow, type TopicKind, type ToRow } from "./rows.ts";

/** The name of the sink's offsets in a store. */
const CONSUMER = "sink";

/** What is copied, and where to. */
export interface SinkOptions {
  readonly store: Store;
  readonly client: KafkaClient;
  /** Names of the topics; one that does not exist is waited for. */
  readonly topics: Readonly<Partial<Record<TopicKind, string>>>;
  readonly deadLetter: string;
  /** Ends the copying; what is in hand is written or left for the next start. */
  readonly signal: AbortSignal;
  /** One line about what is survived but should be known. */
  readonly onWarning: (message: string) => void;
}

/** What a sink has done. */
export interface SinkState {
  /** Rows that were written, or were there already, by table. */
  readonly rows: Readonly<Partial<Record<TableName, number>>>;
  readonly letters: number;
  /** Records that are known to be there and are not copied. */
  readonly lag: number;
  /** What is wrong with the store now, in one line; `null` = all is well. */
  readonly trouble: string | null;
}

/** A sink at work. */
export interface Sink {
  /** Where it is now; cheap. */
  state(): SinkState;
  /** Resolves when the signal has aborted and nothing is in hand any more. @throws {KafkaError} that does not pass */
  readonly done: Promise<void>;
}

/** A record and the row that it becomes. */
interface Piece {
  readonly record: IncomingRecord;
  readonly made: TableRow;
}

/** Failures of the cluster that pass. */
function mayPass(error: unknown): boolean {
  return error instanceof KafkaError &&
    ["unreachable", "closed", "unknown-topic", "not-delivered"].includes(error.kind);
}

/** Copies until the signal aborts. */
export function startSink(options: SinkOptions): Sink {
  const copier = new Copier(options);
  const done = copier.run();
  done.catch(() => {}); // whoever owns the sink hears of it by `done`
  return { state: () => copier.state(), done };
}

class Copier {
  readonly #options: SinkOptions;
  readonly #outage: StoreOutage;
  readonly #rows: Partial<Record<TableName, number>> = {};
  readonly #progress: TopicProgress[] = [];
  #letters = 0;
  #producer: Promise<Producer> | null = null;

  constructor(options: SinkOptions) {
    this.#options = options;
    this.#outage = new StoreOutage(options.onWarning);
  }

  state(): SinkState {
    const lag = this.#progress.reduce((sum, progress) => sum + progress.lag, 0);
    return { rows: { ...this.#rows }, letters: this.#letters, lag, trouble: this.#outage.trouble };
  }

  async run(): Promise<void> {
    const { topics, signal, store } = this.#options;
    const ended = new AbortController();
    const both = AbortSignal.any([signal, ended.signal]);
    try {
      const stored = await persist(() => store.offsets(CONSUMER), { signal: both, outage: this.#outage });
      if (stored === null) return;
      const kinds = Object.keys(topics) as TopicKind[];
      await Promise.all(kinds.map((kind) => this.#follow(kind, { stored, signal: both })));
    } finally {
      ended.abort();
      await (await this.#producer)?.[Symbol.asyncDispose]();
    }
  }

  /** Copies one topic, however often it or the cluster goes and comes back. */
  async #follow(
    kind: TopicKind,
    { stored, signal }: { readonly stored: readonly StoredOffset[]; readonly signal: AbortSignal },
  ): Promise<void> {
    const { client } = this.#options;
    const topic = this.#options.topics[kind]!;
    const progress = new TopicProgress(topic, stored);
    this.#progress.push(progress);
    const owner = kind === "rounds"
      ? await persist(() => this.#ownerOf(topic), { signal, outage: this.#outage })
      : null;
    const rounds = new RoundsRows(owner);
    const toRow = rowMaker(kind, rounds.rowOf);
    const backoff = new Backoff(TOPIC_PAUSE_MS_MIN, TOPIC_PAUSE_MS_MAX);
    while (!signal.aborted) {
      try {
        if ((await client.admin.listTopics()).includes(topic)) {
          const { startAt } = progress;
          const chunks = client.read({ topics: [topic], from: "beginning", until: "never", startAt, signal });
          for await (const chunk of untilAborted(chunks, signal)) {
            backoff.reset();
            if (progress.begin(chunk)) rounds.begin();
            await this.#copy(toRow, { chunk, progress, signal });
          }
        }
      } catch (error) {
        if (signal.aborted) return;
        if (!mayPass(error)) throw error;
      }
      await backoff.wait(signal);
    }
  }

  /** The newest run of a server that was copied of a topic. */
  async #ownerOf(topic: string): Promise<string | null> {
    let newest: Row<"servers"> | null = null;
    for await (const rows of this.#options.store.rows("servers")) {
      newest = rows.findLast((row) => row.topic === topic) ?? newest; // in the order of incarnation and offset
    }
    return newest?.run ?? null;
  }

  async #copy(
    toRow: ToRow,
    { chunk, progress, signal }: {
      readonly chunk: RecordChunk;
      readonly progress: TopicProgress;
      readonly signal: AbortSignal;
    },
  ): Promise<void> {
    const { topic, partition, records, nextOffset } = chunk;
    const { incarnation } = progress;
    for (let start = 0; start < Math.max(1, records.length); start += BATCH_ROWS_MAX) {
      const batch = records.slice(start, start + BATCH_ROWS_MAX);
      const isLast = start + batch.length >= records.length;
      const behind = isLast ? nextOffset : offsetBehind(batch.at(-1)!);
      const pieces: Piece[] = [];
      const letters: OutgoingRecord[] = [];
      for (const record of batch) {
        const origin = { topic, incarnation, partition, offset: record.offset };
        const made = undecodableBurial(record) ?? toRow(record, origin);
        if (made === null) continue;
        if ("table" in made) pieces.push({ record, made });
        else letters.push(this.#letter(record, made, chunk));
      }
      await this.#bury(letters);
      const note = progress.noteOf(partition, behind);
      if (!await this.#write(pieces, { note, chunk, signal })) return;
      progress.written(partition, behind);
      await sleep(0, signal); // whoever shares the process has a turn
    }
  }

  #letter(record: IncomingRecord, rejection: Rejection, from: RecordChunk): OutgoingRecord {
    return deadLetter(record, { ...rejection, from, nowMs: Date.now() });
  }

  /** Sends dead letters; resolves when they are acknowledged. */
  async #bury(letters: readonly OutgoingRecord[]): Promise<void> {
    if (letters.length === 0) return;
    const { client, deadLetter } = this.#options;
    if (this.#producer === null) {
      await ensureTopic(client.admin, { name: deadLetter, partitions: 1, replicationFactor: -1 });
      this.#producer ??= client.producer();
    }
    const producer = await this.#producer;
    await sendingLetters((topic, records) => producer.send(topic, records), deadLetter)(deadLetter, letters);
    this.#letters += letters.length;
  }

  /** @returns `false` where the signal aborted before it was written */
  async #write(
    pieces: readonly Piece[],
    { note, chunk, signal }: {
      readonly note: StoredOffset;
      readonly chunk: RecordChunk;
      readonly signal: AbortSignal;
    },
  ): Promise<boolean> {
    const { store } = this.#options;
    const offsets = { consumer: CONSUMER, of: [note] };
    const attempt = (writing: Writing) =>
      persist(() => store.write(writing).then(() => true), { signal, outage: this.#outage });
    try {
      if (await attempt({ rows: byTable(pieces), offsets }) === null) return false;
      this.#count(pieces);
      return true;
    } catch (error) {
      if (!(error instanceof StoreError) || error.kind !== "row") throw error;
    }
    // One of them does not fit: each by itself, and those that do not are dead letters.
    for (const piece of pieces) {
      try {
        if (await attempt({ rows: byTable([piece]) }) === null) return false;
        this.#count([piece]);
      } catch (error) {
        if (!(error instanceof StoreError) || error.kind !== "row") throw error;
        const rejection = { reason: "not-a-row", detail: error.message } as const;
        await this.#bury([this.#letter(piece.record, rejection, chunk)]);
      }
    }
    return await attempt({ rows: {}, offsets }) !== null;
  }

  #count(pieces: readonly Piece[]): void {
    for (const { made: { table } } of pieces) this.#rows[table] = (this.#rows[table] ?? 0) + 1;
  }
}

function byTable(pieces: readonly Piece[]): RowsByTable {
  const rows: Partial<Record<TableName, Row[]>> = {};
  for (const { made: { table, row } } of pieces) (rows[table] ??= []).push(row);
  return rows as RowsByTable;
}
