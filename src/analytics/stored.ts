// Not pure: it waits for a store.
/** What an analysis emits, kept in a store in place of topics: an offset is committed when its rows are there. */
import type { OutgoingRecord } from "../kafka/port.ts";
import { persist, StoreOutage } from "../store/sink/outage.ts";
import type { Store, StoredOffset } from "../store/store.ts";
import type { Row, RowsByTable, TableName } from "../store/tables.ts";
import type { RowRecord } from "./outputs.ts";

/** Whose rows, and where. */
export interface StoredOptions {
  readonly store: Store;
  readonly input: string;
  readonly group: string;
  readonly signal: AbortSignal;
  readonly onWarning: (message: string) => void;
}

/** A store that takes what jobs emit. */
export class StoredOutputs {
  readonly #options: StoredOptions;
  readonly #consumer: string;
  readonly #outage: StoreOutage;
  #incarnation: number;
  #topicId: string | null;
  #isNoted: boolean;

  private constructor(options: StoredOptions, consumer: string, known: StoredOffset | undefined) {
    this.#options = options;
    this.#consumer = consumer;
    this.#outage = new StoreOutage(options.onWarning);
    this.#incarnation = known?.incarnation ?? 0;
    this.#topicId = known?.topicId ?? null;
    this.#isNoted = known !== undefined;
  }

  /** Looks which of the topics of its name the rows are of so far. @throws {StoreError} */
  static async open(options: StoredOptions): Promise<StoredOutputs> {
    const consumer = `analyze ${options.group}`;
    const known = (await options.store.offsets(consumer)).find(({ topic }) => topic === options.input);
    return new StoredOutputs(options, consumer, known);
  }

  /**
   * How often the input topic was deleted and made again: offsets begin anew, and are those of other records.
   *
   * @param topicId of the topic that is read now; `null` = not known
   */
  incarnationOf(topicId: string | null): number {
    if (topicId === null || topicId === this.#topicId) return this.#incarnation;
    if (this.#topicId !== null) this.#incarnation++;
    this.#topicId = topicId;
    this.#isNoted = false;
    return this.#incarnation;
  }

  /** What is wrong with the store now, in one line; `null` = all is well. */
  get trouble(): string | null {
    return this.#outage.trouble;
  }

  /** Resolves when the rows are there, however long that takes. @throws {StoreError} that does not pass */
  readonly take = async (records: readonly OutgoingRecord[]): Promise<void> => {
    const { store, input: topic, signal } = this.#options;
    const rows: Partial<Record<TableName, Row[]>> = {};
    for (const { table, row } of records as readonly RowRecord[]) (rows[table] ??= []).push(row);
    const of = [{ topic, topicId: this.#topicId, incarnation: this.#incarnation, partition: 0, offset: 0 }];
    const writing = {
      rows: rows as RowsByTable,
      ...(this.#isNoted ? {} : { offsets: { consumer: this.#consumer, of } }),
    };
    this.#isNoted = true;
    const written = await persist(() => store.write(writing).then(() => true), {
      signal,
      outage: this.#outage,
    });
    // Not kept: what comes after it must not be committed.
    if (written === null) await new Promise<never>(() => {});
  };
}
