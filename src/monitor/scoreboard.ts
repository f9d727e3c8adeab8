/**
 * Counts what goes by on `predictions` and `dead-letters`: bounded memory however long it runs. Pure: records go
 * in with the time, snapshots come out.
 */
import { ClassCounts } from "./classes.ts";
import { BinMeans, binOf, percentiles } from "./histogram.ts";
import { ErrorSums, History } from "./history.ts";
import { LagFollower } from "./lag.ts";
import { EXACT_IDS_MAX, REASONS_MAX, RECENT_IDS_MAX, SOURCES_MAX } from "./limits.ts";
import { parseJson, parsePrediction, type PredictionFacts } from "./prediction_record.ts";
import { RecentIds } from "./recent_ids.ts";
import type { PartitionLag, Snapshot } from "./snapshot.ts";
import { plainName } from "./text.ts";
import type { IncomingRecord, TopicPartition } from "../kafka/port.ts";

const decoder = new TextDecoder();

/** Reasons that are not among the first ones. */
const OTHER_REASONS = "other";

interface SourceCounts {
  processed: number;
  readonly errors: ErrorSums;
}

/** All that `reset` begins anew. */
class Counts {
  readonly sinceMs: number;
  processed = 0;
  byNetwork = 0;
  repeated = 0;
  unreadable = 0;
  otherSources = 0;
  deadLetters = 0;
  firstMs = Infinity;
  lastMs = -Infinity;
  readonly errors = new ErrorSums();
  readonly classes = new ClassCounts();
  readonly latencies = new BinMeans();
  readonly history: History = new History(this.latencies);
  readonly sources = new Map<string, SourceCounts>();
  readonly reasons = new Map<string, number>();

  constructor(sinceMs: number) {
    this.sinceMs = sinceMs;
  }
}

/** How a scoreboard counts. */
export interface ScoreboardOptions {
  /** Unix ms. */
  readonly nowMs: number;
  /** Tells apart every id up to 8 million instead of the last 131,072, and those of dead letters too. @default false */
  readonly accounting?: boolean;
}

/** Where a record of the dead letters was read before, as its headers say; `null` where they do not. */
function originOf({ headers }: IncomingRecord): string | null {
  const parts = ["topic", "partition", "offset"].map((name) => headerOf(headers, `streamflow.${name}`));
  return parts.includes(null) ? null : parts.join(" ");
}

function headerOf(headers: IncomingRecord["headers"], key: string): string | null {
  const found = headers.find((header) => header.key === key);
  return found === undefined ? null : decoder.decode(found.value);
}

/** The count of everything. */
export class Scoreboard {
  #counts: Counts;
  readonly #accounting: boolean;
  readonly #ids: RecentIds;
  readonly #deadLetterIds: RecentIds;
  /** Ids inside of dead letters that can be read: they may be predicted as well. */
  readonly #idsInDeadLetters = new Set<string>();
  #deadLettersWithoutId = 0;
  #differentIds = 0;
  readonly #lag = new LagFollower();
  #latest: Pick<PredictionFacts, "target" | "horizon" | "model"> = { target: "", horizon: null, model: "" };

  constructor({ nowMs, accounting = false }: ScoreboardOptions) {
    this.#counts = new Counts(nowMs);
    this.#accounting = accounting;
    const limit = accounting ? EXACT_IDS_MAX : RECENT_IDS_MAX;
    this.#ids = new RecentIds(limit);
    this.#deadLetterIds = new RecentIds(limit);
  }

  /** Counts a record of `predictions`. */
  addPrediction(value: Uint8Array | null, nowMs: number): void {
    const facts = parsePrediction(value);
    const counts = this.#counts;
    if (facts === null) {
      counts.unreadable += 1;
      return;
    }
    if (!this.#ids.add(facts.id)) {
      counts.repeated += 1;
      return;
    }
    this.#differentIds += 1;
    this.#latest = facts;
    counts.processed += 1;
    if (facts.by === "network") counts.byNetwork += 1;
    counts.firstMs = Math.min(counts.firstMs, facts.predictedAtMs);
    counts.lastMs = Math.max(counts.lastMs, facts.predictedAtMs);
    // Like with like: where the baseline answered there is nothing to compare.
    const outcome = facts.outcome?.by === "network" ? facts.outcome : null;
    const { latencyMs } = facts;
    if (outcome !== null) counts.errors.add(outcome);
    if (facts.answer !== null) counts.classes.add(facts.answer);
    counts.latencies.add(binOf(latencyMs), latencyMs);
    counts.history.add({ timeMs: facts.predictedAtMs, nowMs, latencyMs, outcome });
    const source = this.#source(plainName(facts.source));
    if (source === undefined) counts.otherSources += 1;
    else {
      source.processed += 1;
      if (outcome !== null) source.errors.add(outcome);
    }
  }

  /** Counts a record of `dead-letters`; `at` is where it stands there. */
  addDeadLetter(record: IncomingRecord, at: TopicPartition): void {
    const origin = originOf(record) ?? `${at.topic} ${at.partition} ${record.offset}`;
    if (!this.#deadLetterIds.add(origin)) return;
    const counts = this.#counts;
    counts.deadLetters += 1;
    const named = plainName(headerOf(record.headers, "streamflow.reason") ?? "no reason given");
    const reason = counts.reasons.has(named) || counts.reasons.size < REASONS_MAX ? named : OTHER_REASONS;
    counts.reasons.set(reason, (counts.reasons.get(reason) ?? 0) + 1);
    if (this.#accounting) this.#account(record.value);
  }

  /** Takes the lags of all partitions at one moment. */
  addLag(lags: readonly PartitionLag[], nowMs: number): void {
    this.#lag.add(lags, nowMs);
  }

  /** Begins anew; ids that were seen stay known. */
  reset(nowMs: number): void {
    this.#counts = new Counts(nowMs);
  }

  /** Everything as it is now. @param points points of each curve */
  snapshot(nowMs: number, points = 0): Snapshot {
    const counts = this.#counts;
    const recent = counts.history.recent(nowMs);
    const spanMs = counts.lastMs - counts.firstMs;
    return {
      timeMs: nowMs,
      sinceMs: counts.sinceMs,
      processed: counts.processed,
      repeated: counts.repeated,
      unreadable: counts.unreadable,
      perSecond: counts.history.perSecond(nowMs),
      perSecondOverall: spanMs > 0 ? counts.processed * 1000 / spanMs : null,
      predicted: { network: counts.byNetwork, baseline: counts.processed - counts.byNetwork },
      errors: counts.errors.means(),
      recentErrors: recent.errors,
      classes: counts.classes.figures(),
      latencyMs: percentiles(counts.latencies.counts, counts.latencies),
      recentLatencyMs: recent.latencyMs,
      lag: this.#lag.lags,
      lagTrend: this.#lag.trend,
      deadLettered: Object.fromEntries([...counts.reasons].sort(([, a], [, b]) => b - a)),
      deadLetters: counts.deadLetters,
      sources: [...counts.sources].map(([source, { processed, errors }]) => {
        const { mse, baselineMse } = errors.means();
        return { source, processed, mse, baselineMse };
      }).sort((a, b) => b.processed - a.processed || (a.source < b.source ? -1 : 1)),
      otherSources: counts.otherSources,
      target: this.#latest.target,
      horizon: this.#latest.horizon,
      model: this.#latest.model,
      exact: this.#ids.complete,
      accountedIds: this.#accounting ? this.#accountedIds() : null,
      history: counts.history.view(nowMs, points),
    };
  }

  #source(name: string): SourceCounts | undefined {
    const known = this.#counts.sources.get(name);
    if (known !== undefined || this.#counts.sources.size >= SOURCES_MAX) return known;
    const fresh = { processed: 0, errors: new ErrorSums() };
    this.#counts.sources.set(name, fresh);
    return fresh;
  }

  #account(value: Uint8Array | null): void {
    const parsed = value === null ? undefined : parseJson(value);
    const id = typeof parsed === "object" && parsed !== null && "id" in parsed ? parsed.id : undefined;
    if (typeof id === "string" && this.#idsInDeadLetters.size < EXACT_IDS_MAX) this.#idsInDeadLetters.add(id);
    else this.#deadLettersWithoutId += 1;
  }

  #accountedIds(): number {
    let onlyDead = this.#deadLettersWithoutId;
    for (const id of this.#idsInDeadLetters) if (!this.#ids.has(id)) onlyDead += 1;
    return this.#differentIds + onlyDead;
  }
}
