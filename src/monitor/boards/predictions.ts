/**
 * Predictions of several models on one topic, each model and task counted by itself: errors in °C and errors in hPa
 * have no mean. A newer version of a model is the same model. Pure.
 */
import type { IncomingRecord, TopicPartition } from "../../kafka/port.ts";
import { type Board, type Counters, countRecords, type TopicRecords, topicsOf } from "./board.ts";
import { Freshness } from "./freshness.ts";
import { AT_WORK_MS, MODEL_KEY_LENGTH_MAX, MODELS_MAX } from "./limits.ts";
import { parsePrediction, type PredictionFacts } from "./prediction_record.ts";
import { type CommonCounts, commonCounts, Scoreboard } from "./scoreboard.ts";
import type { PartitionLag, PredictionsChoice, Snapshot } from "./snapshot.ts";
import { plainName } from "../../runtime/plain_text.ts";

/** What is watched, and how it is counted. */
export interface PredictionsBoardOptions {
  /** Unix ms. */
  readonly nowMs: number;
  /** As of a scoreboard. @default false */
  readonly accounting?: boolean;
  /** Topic that the models read: only its dead letters count. @default of every topic */
  readonly input?: string;
  /** @default the ones of `consume` */
  readonly topics?: { readonly predictions: string; readonly deadLetters: string };
  /** Only this model, by its name or its whole id. @default the one that predicted last */
  readonly model?: string;
}

interface ModelBoard {
  /** Identifies it. */
  readonly key: string;
  /** As the records have it: `name/target/horizon`. */
  readonly rawId: string;
  /** The same, made harmless. */
  readonly id: string;
  readonly modelName: string;
  readonly scores: Scoreboard;
}

function rawIdOf({ raw: { model, target }, horizon }: PredictionFacts): string {
  const name = model === "" ? "unnamed" : model;
  return [name, ...(target === "" ? [] : [target]), ...(horizon === null ? [] : [horizon])].join("/");
}

/** Scoreboards by model. */
export class PredictionsBoard implements Board<Snapshot, PredictionsChoice> {
  readonly #accounting: boolean;
  readonly #wanted: string | null;
  readonly #common: CommonCounts;
  /** By model and task; the one that was silent longest first. */
  readonly #boards = new Map<string, ModelBoard>();
  /** What is shown before the first prediction. */
  #none: Scoreboard;
  #shown: ModelBoard | null = null;
  #made = 0;
  #unreadable = 0;
  #sinceMs: number;
  readonly #freshness: Freshness;
  readonly #counters: Counters;
  /** The topics whose records it counts, each once. */
  readonly topics: readonly string[];

  constructor(
    {
      nowMs,
      accounting = false,
      input,
      model,
      topics: { predictions, deadLetters } = { predictions: "predictions", deadLetters: "dead-letters" },
    }: PredictionsBoardOptions,
  ) {
    this.#freshness = new Freshness(nowMs);
    this.#counters = [
      [predictions, ({ value }, at) => this.addPrediction(value, at.nowMs)],
      [deadLetters, (record, at) => this.addDeadLetter(record, at)],
    ];
    this.topics = topicsOf(this.#counters);
    this.#accounting = accounting;
    this.#wanted = model ?? null;
    this.#common = commonCounts({ accounting, topics: input === undefined ? null : [input] });
    this.#sinceMs = nowMs;
    this.#none = this.#board("");
  }

  /** What chooses each model, the one that predicted last first. */
  modelKeys(): string[] {
    return this.#candidates().map(({ key }) => key);
  }

  /** Counts a record of `predictions`. */
  addPrediction(value: Uint8Array | null, nowMs: number): void {
    this.#freshness.take(nowMs);
    const facts = parsePrediction(value);
    const key = facts && JSON.stringify([facts.raw, facts.horizon, facts.classification === null]);
    if (facts === null || key === null || key.length > MODEL_KEY_LENGTH_MAX) {
      this.#unreadable += 1;
      return;
    }
    const board = this.#boards.get(key) ?? this.#add(key, facts);
    this.#boards.delete(key);
    this.#boards.set(key, board);
    board.scores.add(facts, nowMs);
  }

  /** Counts a record of `dead-letters`; `at` is where it stands there. */
  addDeadLetter(record: IncomingRecord, at: TopicPartition): void {
    this.#common.deadLetters.add(record, at);
  }

  /** Counts records of one of its topics. */
  take(records: TopicRecords, nowMs: number): void {
    countRecords(this.#counters, records, nowMs);
  }

  /** Takes the lags of all partitions of a job at one moment. */
  takeLag(lags: readonly PartitionLag[], { nowMs }: { readonly nowMs: number }): void {
    this.#common.lag.add(lags, nowMs);
  }

  /** Counts from nothing; ids that were seen stay known. */
  reset(nowMs: number): void {
    this.#sinceMs = nowMs;
    this.#unreadable = 0;
    for (const { scores } of [...this.#boards.values(), { scores: this.#none }]) scores.reset(nowMs);
  }

  /** Everything as it is now. */
  snapshot(nowMs: number, choice: Partial<PredictionsChoice> = {}): Snapshot {
    const candidates = this.#candidates();
    const wanted = ({ key, rawId, id }: ModelBoard) => [key, rawId, id].includes(choice.model ?? "");
    const shown = candidates.find(wanted) ?? this.#choose(candidates, nowMs);
    const others = [...this.#boards.values()].reverse().filter((board) => board !== shown);
    return {
      ...(shown?.scores ?? this.#none).snapshot(nowMs, choice),
      unreadable: this.#unreadable,
      modelId: shown?.id ?? null,
      modelKey: shown?.key ?? null,
      models: candidates.toSorted((a, b) => a.rawId < b.rawId ? -1 : 1).map(({ key, id }) => ({ key, id })),
      otherModels: others.map(({ id, scores }) => ({ id, processed: scores.processed })),
      silentMs: this.#freshness.silentMs(nowMs),
    };
  }

  /** The one that predicted last; it stays while it is at work, however busy another one is. */
  #choose(candidates: readonly ModelBoard[], nowMs: number): ModelBoard | null {
    const shown = this.#shown !== null && candidates.includes(this.#shown) ? this.#shown : null;
    if (shown !== null && shown.scores.newestMs > nowMs - AT_WORK_MS) return shown;
    this.#shown = candidates.reduce<ModelBoard | null>(
      (newest, one) => newest === null || one.scores.newestMs > newest.scores.newestMs ? one : newest,
      null,
    );
    return this.#shown;
  }

  /** The one that predicted last first. */
  #candidates(): ModelBoard[] {
    const all = [...this.#boards.values()].reverse();
    const wanted = this.#wanted;
    if (wanted === null) return all;
    const exact = all.filter(({ id, rawId }) => wanted === id || wanted === rawId);
    if (exact.length > 0) return exact;
    return all.filter(({ id, rawId, modelName }) =>
      [modelName, plainName(modelName)].includes(wanted) || rawId.startsWith(`${wanted}/`) ||
      id.startsWith(`${wanted}/`)
    );
  }

  #add(key: string, facts: PredictionFacts): ModelBoard {
    if (this.#boards.size >= MODELS_MAX) {
      const kept = new Set(this.#wanted === null ? [this.#shown] : this.#candidates());
      const silent = [...this.#boards].find(([, board]) => !kept.has(board));
      this.#boards.delete(silent?.[0] ?? this.#boards.keys().next().value!);
    }
    const rawId = rawIdOf(facts);
    const id = rawId.split("/").map(plainName).join("/");
    return { key, rawId, id, modelName: facts.raw.model, scores: this.#board(`${++this.#made} `) };
  }

  #board(idPrefix: string): Scoreboard {
    return new Scoreboard({
      nowMs: this.#sinceMs,
      accounting: this.#accounting,
      common: this.#common,
      idPrefix,
    });
  }
}
