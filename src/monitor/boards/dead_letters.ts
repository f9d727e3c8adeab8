/** Dead letters that go by, each once and by reason; those of other topics than the one watched by themselves. Pure. */
import type { IncomingRecord, TopicPartition } from "../../kafka/port.ts";
import { readDeadLetter } from "../../records/dead_letters/read.ts";
import { readJson } from "../../records/formats/json.ts";
import { EXACT_IDS_MAX, REASONS_MAX, RECENT_IDS_MAX } from "./limits.ts";
import { NameCounts } from "./name_counts.ts";
import { boundedId, RecentIds } from "./recent_ids.ts";
import { plainName } from "../../runtime/plain_text.ts";

/** Reasons that are not among the first ones. */
const OTHER_REASONS = "other";

/** Which dead letters count, and how. */
export interface DeadLetterOptions {
  /** Topics whose dead letters count; `null` = of every topic. */
  readonly topics: readonly string[] | null;
  /** Remembers the ids of the records inside, too. */
  readonly accounting: boolean;
}

/** Counts of a topic of dead letters. */
export class DeadLetterCounts {
  readonly #topics: ReadonlySet<string> | null;
  readonly #accounting: boolean;
  readonly #places: RecentIds;
  /** Ids inside of dead letters that can be read: they may be predicted as well. */
  readonly #ids = new Set<string>();
  #withoutId = 0;
  readonly #reasons = new NameCounts({ max: REASONS_MAX, others: OTHER_REASONS });
  #count = 0;
  #ofOtherTopics = 0;

  constructor({ topics, accounting }: DeadLetterOptions) {
    this.#topics = topics === null ? null : new Set(topics);
    this.#accounting = accounting;
    this.#places = new RecentIds(accounting ? EXACT_IDS_MAX : RECENT_IDS_MAX);
  }

  /** Dead letters that count. */
  get count(): number {
    return this.#count;
  }

  /** Records of other topics, or that do not say of which topic they were. */
  get ofOtherTopics(): number {
    return this.#ofOtherTopics;
  }

  /** Adds a record; `at` is where it stands. */
  add(record: IncomingRecord, at: TopicPartition): void {
    const { from, reason } = readDeadLetter(record, at);
    const { topic, partition, offset } = from ?? { ...at, offset: record.offset };
    if (!this.#places.add(`${topic} ${partition} ${offset}`)) return;
    if (this.#topics !== null && (from === null || !this.#topics.has(from.topic))) {
      this.#ofOtherTopics += 1;
      return;
    }
    this.#count += 1;
    this.#reasons.add(plainName(reason === "?" ? "no reason given" : reason));
    if (this.#accounting) this.#account(record.value);
  }

  /** Counts from nothing; places that were seen stay known. */
  reset(): void {
    this.#count = this.#ofOtherTopics = 0;
    this.#reasons.clear();
  }

  /** By reason, most first. */
  byReason(): Record<string, number> {
    return this.#reasons.descending();
  }

  /** Different records among the dead letters that `predicted` does not know. */
  notAmong(predicted: (id: string) => boolean): number {
    let onlyDead = this.#withoutId;
    for (const id of this.#ids) if (!predicted(id)) onlyDead += 1;
    return onlyDead;
  }

  #account(value: Uint8Array | null): void {
    const found = readJson(value);
    const parsed = "json" in found ? found.json : undefined;
    const id = typeof parsed === "object" && parsed !== null && "id" in parsed ? parsed.id : undefined;
    if (typeof id === "string" && this.#ids.size < EXACT_IDS_MAX) this.#ids.add(boundedId(id));
    else this.#withoutId += 1;
  }
}
