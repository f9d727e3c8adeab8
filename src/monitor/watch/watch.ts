/** Reads topics and asks for lag, however often the cluster goes away and comes back. */
import { type KafkaClient, KafkaError, type RecordChunk } from "../../kafka/port.ts";
import type { PartitionLag } from "../boards/snapshot.ts";
import { sleep } from "../../runtime/clock.ts";

/** Pause between two attempts, in ms. */
const AGAIN_AFTER_MS = 1_000;
/** A cluster that takes longer to answer is away, in ms. */
const ANSWER_WITHIN_MS = 3_000;
/** The snapshot at the end waits longer for its lag, in ms. */
const LAST_ANSWER_WITHIN_MS = 10_000;

/** A job whose lag is asked for. */
export interface FollowedJob {
  readonly job: string;
  /** Topic that it reads, and as which group. */
  readonly input: string;
  readonly group: string;
}

/** What is watched. */
export interface WatchOptions {
  readonly client: KafkaClient;
  readonly topics: readonly string[];
  /** Which of the topics have to be there: who only forecasts has no anomalies. */
  readonly needs: "all" | "any";
  readonly from: "beginning" | "latest";
  /** `end`: topics that do not exist count as empty; `never`: they are waited for. */
  readonly until: "end" | "never";
  readonly signal: AbortSignal;
  /** Called once whenever the trouble changes. */
  readonly say: (message: string) => void;
}

/** Failures that pass when the cluster is there again. */
function mayPass(error: unknown): error is KafkaError {
  return error instanceof KafkaError &&
    ["unreachable", "closed", "unknown-topic", "not-delivered"].includes(error.kind);
}

/** The cluster, as the monitor sees it. */
export class Watch {
  readonly #options: WatchOptions;
  #away = false;
  /** Topics that do not exist yet. */
  readonly #missing = new Set<string>();
  readonly #questions = new Map<FollowedJob, Promise<PartitionLag[]>>();
  #said: string | null = null;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** Whether the cluster does not answer. */
  get away(): boolean {
    return this.#away;
  }

  /** What is not as it should be. */
  get trouble(): string | null {
    const { topics, needs, client } = this.#options;
    // Where no lag is asked for, nothing but the client notices.
    if (this.#away || client.isAway?.() === true) return "disconnected, retrying";
    const missing = topics.filter((topic) => this.#missing.has(topic));
    const matters = needs === "all" ? missing.length > 0 : missing.length === topics.length;
    return matters ? `waiting for topic ${missing[0]}` : null;
  }

  /** Chunks of a topic; each record once, also after the cluster was away. */
  async *read(topic: string): AsyncIterable<RecordChunk> {
    const { client, until, signal } = this.#options;
    let from = this.#options.from;
    const positions = new Map<number, number>();
    let topicId: string | null = null;
    while (!signal.aborted) {
      try {
        if (!await this.#exists(topic)) {
          if (until === "end") return;
          await sleep(AGAIN_AFTER_MS, signal);
          continue;
        }
        if (from === "latest" && positions.size === 0) {
          for (const one of await client.admin.topicOffsets(topic)) {
            positions.set(one.partition, one.highWatermark);
          }
        }
        for await (const chunk of client.read({ topics: [topic], from, until, signal })) {
          this.#report({ away: false });
          // A topic that was created again has other offsets.
          if (topicId !== null && chunk.topicId !== topicId) positions.clear();
          topicId = chunk.topicId ?? null;
          const fresh = unread(chunk, positions);
          if (fresh.records.length > 0) yield fresh;
        }
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (until === "end" || !mayPass(error)) throw error;
        this.#report({ away: error.kind !== "unknown-topic" });
        // What came in the meantime is not to be missed; what was read is left out by its offset.
        if (positions.size > 0) from = "beginning";
        await sleep(AGAIN_AFTER_MS, signal);
      }
    }
  }

  /** Lag of the job on its input topic; `null` when nobody knows. @throws {KafkaError} that does not pass */
  async lag(job: FollowedJob): Promise<PartitionLag[] | null> {
    const question = this.#questions.get(job) ?? this.#askForLag(job);
    this.#questions.set(job, question);
    const within = this.#options.until === "end" ? LAST_ANSWER_WITHIN_MS : ANSWER_WITHIN_MS;
    const patience = new AbortController();
    try {
      const answer = await Promise.race([question, sleep(within, patience.signal)]);
      this.#report({ away: answer === undefined });
      if (answer === undefined) return null;
      this.#questions.delete(job);
      return answer;
    } catch (error) {
      this.#questions.delete(job);
      if (!mayPass(error)) throw error;
      this.#report({ away: error.kind !== "unknown-topic" });
      return null;
    } finally {
      patience.abort();
    }
  }

  async #askForLag({ group, input }: FollowedJob): Promise<PartitionLag[]> {
    const { client: { admin } } = this.#options;
    const [offsets, committed] = await Promise.all([
      admin.topicOffsets(input),
      admin.committedOffsets(group, input),
    ]);
    const next = new Map(committed.map((one) => [one.partition, one.offset]));
    return offsets.map(({ partition, highWatermark, logStartOffset }) => ({
      partition,
      lag: Math.max(0, highWatermark - Math.max(next.get(partition) ?? 0, logStartOffset)),
    }));
  }

  async #exists(topic: string): Promise<boolean> {
    const exists = (await this.#options.client.admin.listTopics()).includes(topic);
    if (exists || this.#options.until === "end") this.#missing.delete(topic);
    else this.#missing.add(topic);
    this.#report({ away: false });
    return exists;
  }

  #report({ away }: { away: boolean }): void {
    this.#away = away;
    const now = this.trouble;
    if (now === this.#said) return;
    this.#said = now;
    this.#options.say(now ?? "connected");
  }
}

/** The records that were not read before; a topic that was created again is read from its beginning. */
function unread(chunk: RecordChunk, positions: Map<number, number>): RecordChunk {
  const known = positions.get(chunk.partition) ?? 0;
  const position = chunk.highWatermark < known ? 0 : known;
  positions.set(chunk.partition, Math.max(position, chunk.nextOffset));
  if (chunk.records.length === 0 || chunk.records[0]!.offset >= position) return chunk;
  return { ...chunk, records: chunk.records.filter((one) => one.offset >= position) };
}
