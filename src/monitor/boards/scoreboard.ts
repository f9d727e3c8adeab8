/**
 * Counts what goes by on `predictions` and `dead-letters` of one model: bounded memory however long it runs. Pure:
 * records go in with the time, snapshots come out.
 */
import { ClassCounts } from "./classes.ts";
import { Contest } from "./contest.ts";
import { DeadLetterCounts } from "./dead_letters.ts";
import { BinMeans, binOf, percentiles } from "./histogram.ts";
import { History } from "./history.ts";
import { LagFollower } from "./lag.ts";
import { EXACT_IDS_MAX, RECENT_IDS_MAX, SOURCES_MAX, VERSIONS_MAX } from "./limits.ts";
import { parsePrediction, type PredictionFacts } from "./prediction_record.ts";
import { RecentIds } from "./recent_ids.ts";
import { ErrorSums } from "../../records/predictions/error_sums.ts";
import type { PartitionLag, PredictionsChoice, Snapshot } from "./snapshot.ts";
import { plainName } from "../../runtime/plain_text.ts";
import type { IncomingRecord, TopicPartition } from "../../kafka/port.ts";

interface SourceCounts {
  processed: number;
  readonly errors: ErrorSums;
}

/** All that `reset` clears. */
class Counts {
  readonly sinceMs: number;
  processed = 0;
  byNetwork = 0;
  repeated = 0;
  unreadable = 0;
  otherSources = 0;
  firstMs = Infinity;
  lastMs = -Infinity;
  readonly errors = new ErrorSums();
  readonly contest = new Contest();
  readonly classes = new ClassCounts();
  readonly latencies = new BinMeans();
  readonly history: History = new History(this.latencies);
  readonly sources = new Map<string, SourceCounts>();

  constructor(sinceMs: number) {
    this.sinceMs = sinceMs;
  }
}

/** What several scoreboards have in common: the topics that they count are the same. */
export interface CommonCounts {
  /** Ids seen; those of a scoreboard begin with its own `idPrefix`. */
  readonly ids: RecentIds;
  readonly deadLetters: DeadLetterCounts;
  readonly lag: LagFollower;
}

/** What scoreboards count together. `topics`: whose dead letters count, `null` = of every topic. */
export function commonCounts(
  { accounting, topics }: { readonly accounting: boolean; readonly topics: readonly string[] | null },
): CommonCounts {
  return {
    ids: new RecentIds(accounting ? EXACT_IDS_MAX : RECENT_IDS_MAX),
    deadLetters: new DeadLetterCounts({ topics, accounting }),
    lag: new LagFollower(),
  };
}

/** How a scoreboard counts. */
export interface ScoreboardOptions {
  /** Unix ms. */
  readonly nowMs: number;
  /** Remembers every id up to 8 million instead of the last 131,072, and those of dead letters too. @default false */
  readonly accounting?: boolean;
  /** @default its own, with dead letters of every topic */
  readonly common?: CommonCounts;
  /** Prefix that keeps this one's ids distinct from another one's. @default "" */
  readonly idPrefix?: string;
}

/** The count of everything. */
export class Scoreboard {
  #counts: Counts;
  readonly #accounting: boolean;
  readonly #common: CommonCounts;
  readonly #idPrefix: string;
  #differentIds = 0;
  #latest: Pick<PredictionFacts, "target" | "horizon" | "model"> = { target: "", horizon: null, model: "" };
  /** The one that predicted last is the last one. */
  readonly #versions = new Set<string>();

  constructor({ nowMs, accounting = false, common, idPrefix = "" }: ScoreboardOptions) {
    this.#counts = new Counts(nowMs);
    this.#accounting = accounting;
    this.#common = common ?? commonCounts({ accounting, topics: null });
    this.#idPrefix = idPrefix;
  }

  /** Predictions since the start or the last reset. */
  get processed(): number {
    return this.#counts.processed;
  }

  /** Time of the newest prediction, Unix ms; `-Infinity` before the first. */
  get newestMs(): number {
    return this.#counts.lastMs;
  }

  /** Counts a record of `predictions`. */
  addPrediction(value: Uint8Array | null, nowMs: number): void {
    const facts = parsePrediction(value);
    if (facts === null) this.#counts.unreadable += 1;
    else this.add(facts, nowMs);
  }

  /** Counts a prediction. */
  add(facts: PredictionFacts, nowMs: number): void {
    const counts = this.#counts;
    if (!this.#common.ids.add(this.#idPrefix + facts.id)) {
      counts.repeated += 1;
      return;
    }
    this.#differentIds += 1;
    this.#latest = facts;
    this.#versions.delete(facts.version);
    if (facts.version !== "") this.#versions.add(facts.version);
    if (this.#versions.size > VERSIONS_MAX) this.#versions.delete(this.#versions.keys().next().value!);
    counts.processed += 1;
    if (facts.by === "network") counts.byNetwork += 1;
    counts.firstMs = Math.min(counts.firstMs, facts.predictedAtMs);
    counts.lastMs = Math.max(counts.lastMs, facts.predictedAtMs);
    // Like with like: where the baseline answered there is nothing to compare.
    const outcome = facts.outcome?.by === "network" ? facts.outcome : null;
    const { latencyMs } = facts;
    if (outcome !== null) counts.errors.add(outcome);
    if (outcome !== null && facts.classification === null) {
      counts.contest.add(plainName(facts.source), outcome, { timeMs: facts.readingMs, nowMs });
    }
    if (facts.classification !== null) counts.classes.add(facts.classification);
    if (latencyMs !== null) counts.latencies.add(binOf(latencyMs), latencyMs);
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
    this.#common.deadLetters.add(record, at);
  }

  /** Takes the lags of all partitions at one moment. */
  addLag(lags: readonly PartitionLag[], nowMs: number): void {
    this.#common.lag.add(lags, nowMs);
  }

  /** Starts over; ids that were seen stay known. */
  reset(nowMs: number): void {
    this.#counts = new Counts(nowMs);
    this.#common.deadLetters.reset();
  }

  /** Everything as it is now. */
  snapshot(
    nowMs: number,
    { points = 0, source = null, scoring = false }: Partial<PredictionsChoice> = {},
  ): Snapshot {
    const counts = this.#counts;
    const { deadLetters, lag, ids } = this.#common;
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
      contest: counts.contest.view(source),
      classes: counts.classes.figures(),
      scoring: scoring ? counts.classes.scoring() : null,
      latencyMs: percentiles(counts.latencies.counts, counts.latencies),
      recentLatencyMs: recent.latencyMs,
      lag: lag.lags,
      lagTrend: lag.trend,
      deadLettered: deadLetters.byReason(),
      deadLetters: deadLetters.count,
      otherDeadLetters: deadLetters.ofOtherTopics,
      sources: [...counts.sources].map(([source, { processed, errors }]) => {
        const { mse, baselineMse } = errors.means();
        return { source, processed, mse, baselineMse };
      }).sort((a, b) => b.processed - a.processed || (a.source < b.source ? -1 : 1)),
      otherSources: counts.otherSources,
      target: this.#latest.target,
      horizon: this.#latest.horizon,
      model: this.#latest.model,
      versions: [...this.#versions],
      modelId: null,
      modelKey: null,
      models: [],
      otherModels: [],
      silentMs: null,
      exact: ids.complete,
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

  #accountedIds(): number {
    const { ids, deadLetters } = this.#common;
    return this.#differentIds + deadLetters.notAmong((id) => ids.has(this.#idPrefix + id));
  }
}
