/**
 * Predictions of several models on one topic, each model and task counted by itself: errors in °C and errors in hPa
 * have no mean. A newer version of a model is the same model. Pure.
 */
import type { IncomingRecord, TopicPartition } from "../../kafka/port.ts";
import { AT_WORK_MS, MODELS_MAX } from "./limits.ts";
import { parsePrediction, type PredictionFacts } from "./prediction_record.ts";
import { type CommonCounts, commonCounts, Scoreboard } from "./scoreboard.ts";
import type { PartitionLag, Snapshot } from "./snapshot.ts";
import { plainName } from "../../runtime/plain_text.ts";

/** What is watched, and how it is counted. */
export interface ModelBoardsOptions {
  /** Unix ms. */
  readonly nowMs: number;
  /** As of a scoreboard. @default false */
  readonly accounting?: boolean;
  /** Topic that the models read: only its dead letters count. @default of every topic */
  readonly input?: string;
  /** Only this model, by its name or its whole id. @default the one that predicted last */
  readonly model?: string;
}

interface Board {
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
export class ModelBoards {
  readonly #accounting: boolean;
  readonly #wanted: string | null;
  readonly #common: CommonCounts;
  /** By model and task; the one that was silent longest first. */
  readonly #boards = new Map<string, Board>();
  /** What is shown before the first prediction. */
  #none: Scoreboard;
  #shown: Board | null = null;
  /** Somebody chose what is shown. */
  #chosen = false;
  #made = 0;
  #unreadable = 0;
  #sinceMs: number;

  constructor({ nowMs, accounting = false, input, model }: ModelBoardsOptions) {
    this.#accounting = accounting;
    this.#wanted = model ?? null;
    this.#common = commonCounts({ accounting, topics: input === undefined ? null : [input] });
    this.#sinceMs = nowMs;
    this.#none = this.#board("");
  }

  /** Counts a record of `predictions`. */
  addPrediction(value: Uint8Array | null, nowMs: number): void {
    const facts = parsePrediction(value);
    if (facts === null) {
      this.#unreadable += 1;
      return;
    }
    const key = JSON.stringify([facts.raw, facts.horizon, facts.classification === null]);
    const board = this.#boards.get(key) ?? this.#add(facts);
    this.#boards.delete(key);
    this.#boards.set(key, board);
    board.scores.add(facts, nowMs);
  }

  /** Counts a record of `dead-letters`; `at` is where it stands there. */
  addDeadLetter(record: IncomingRecord, at: TopicPartition): void {
    this.#common.deadLetters.add(record, at);
  }

  /** Takes the lags of all partitions at one moment. */
  addLag(lags: readonly PartitionLag[], nowMs: number): void {
    this.#common.lag.add(lags, nowMs);
  }

  /** Begins anew; ids that were seen stay known. */
  reset(nowMs: number): void {
    this.#sinceMs = nowMs;
    this.#unreadable = 0;
    for (const { scores } of [...this.#boards.values(), { scores: this.#none }]) scores.reset(nowMs);
  }

  /** Shows the next model from now on. */
  showNext(): void {
    const all = this.#candidates().toSorted((a, b) => a.rawId < b.rawId ? -1 : 1);
    if (all.length === 0) return;
    this.#shown = all[(all.findIndex((one) => one === this.#shown) + 1) % all.length]!;
    this.#chosen = true;
  }

  /** Shows the forecasts of the next source of the model that is shown, or the one before, from now on. */
  showSource(step: 1 | -1): void {
    (this.#shown?.scores ?? this.#none).showSource(step);
  }

  /** Ids of the models that have predictions here and that were asked for, the one that predicted last first. */
  get ids(): string[] {
    return this.#candidates().map(({ id }) => id);
  }

  /** Ids of all models that have predictions here. */
  get allIds(): string[] {
    return [...this.#boards.values()].map(({ id }) => id);
  }

  /** Everything as it is now, of one model. @param points points of each curve */
  snapshot(nowMs: number, points = 0): Snapshot {
    const shown = this.#choose(nowMs);
    const others = [...this.#boards.values()].reverse().filter((board) => board !== shown);
    return {
      ...(shown?.scores ?? this.#none).snapshot(nowMs, points),
      unreadable: this.#unreadable,
      modelId: shown?.id ?? null,
      otherModels: others.map(({ id, scores }) => ({ id, processed: scores.processed })),
    };
  }

  /** The one that predicted last; it stays while it is at work, however busy another one is. */
  #choose(nowMs: number): Board | null {
    const candidates = this.#candidates();
    const shown = this.#shown !== null && candidates.includes(this.#shown) ? this.#shown : null;
    if (shown !== null && (this.#chosen || shown.scores.newestMs > nowMs - AT_WORK_MS)) return shown;
    this.#shown = candidates.reduce<Board | null>(
      (newest, one) => newest === null || one.scores.newestMs > newest.scores.newestMs ? one : newest,
      null,
    );
    return this.#shown;
  }

  /** The one that predicted last first. */
  #candidates(): Board[] {
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

  #add(facts: PredictionFacts): Board {
    if (this.#boards.size >= MODELS_MAX) {
      const kept = new Set(this.#wanted === null ? [this.#shown] : this.#candidates());
      const silent = [...this.#boards].find(([, board]) => !kept.has(board));
      this.#boards.delete(silent?.[0] ?? this.#boards.keys().next().value!);
    }
    const rawId = rawIdOf(facts);
    const id = rawId.split("/").map(plainName).join("/");
    return { rawId, id, modelName: facts.raw.model, scores: this.#board(`${++this.#made} `) };
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
