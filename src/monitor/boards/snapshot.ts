/** What the monitor knows at one moment: plain values, for every way of showing them. */
import type { ClassScoring } from "./class_scores.ts";
import type { ContestView } from "./contest.ts";
import type { Percentiles } from "./histogram.ts";
import type { Errors } from "../../records/predictions/error_sums.ts";

/** What became of one class: precision, recall and F1 are 0 where nothing was predicted or nothing came. */
export interface ClassShare {
  readonly name: string;
  /** How often it was predicted. */
  readonly predicted: number;
  /** How often it was the true one. */
  readonly support: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** How right classifications were, where the true class is known; `null` where it never was. */
export interface ClassFigures {
  /** Readings with a true class. */
  readonly labelled: number;
  readonly accuracy: number | null;
  /** Of always answering with the most frequent class of the training data. */
  readonly baselineAccuracy: number | null;
  /** Mean of the classes' F1. */
  readonly macroF1: number | null;
  readonly weightedF1: number | null;
  /** In the order of the model. */
  readonly classes: readonly ClassShare[];
  /** How often the row's class was the true one and the column's predicted. */
  readonly matrix: readonly (readonly number[])[];
}

/** Records of a partition that the group has not committed yet. */
export interface PartitionLag {
  readonly partition: number;
  /** High watermark − committed offset (− log start where nothing is committed). */
  readonly lag: number;
}

/** Where a lag is going. */
export type Trend = "growing" | "draining" | "steady";

/** Lag of a partition, with its past. */
export interface FollowedLag extends PartitionLag {
  readonly trend: Trend;
  /** Oldest first. */
  readonly past: readonly number[];
}

/** Curves over the last minutes, oldest point first, `NaN` where nothing happened. */
export interface HistoryView {
  /** From the first point to the last. */
  readonly spanMs: number;
  readonly mse: readonly number[];
  readonly baselineMse: readonly number[];
  readonly mae: readonly number[];
  readonly baselineMae: readonly number[];
  readonly p50: readonly number[];
  readonly p95: readonly number[];
  readonly p99: readonly number[];
  readonly perSecond: readonly number[];
}

/** A source's share. */
export interface SourceShare {
  readonly source: string;
  readonly processed: number;
  readonly mse: number | null;
  readonly baselineMse: number | null;
}

/** A model on the topic, beside the one that is shown. */
export interface ModelShare {
  /** `name/target/horizon` */
  readonly id: string;
  readonly processed: number;
}

/** What of the predictions is asked for. */
export interface PredictionsChoice {
  /** Points of each curve. */
  readonly points: number;
  /** A model's key or id; `null` = the one that predicted last. It stays while it is at work. */
  readonly model: string | null;
  /** The source whose forecasts are shown beside what came; `null` = the first. */
  readonly source: string | null;
  /** Whether what the probabilities of classes are worth is asked for. */
  readonly scoring: boolean;
}

/** Everything at one moment. */
export interface Snapshot {
  /** Unix ms. */
  readonly timeMs: number;
  /** How long no prediction has come, in ms, where that is longer than usual; else `null`. */
  readonly silentMs: number | null;
  /** Since when is counted: the start, or the last reset. Unix ms. */
  readonly sinceMs: number;
  /** Predictions, each id once: network + baseline. */
  readonly processed: number;
  /** Predictions that came again (at-least-once delivery) and were left out. */
  readonly repeated: number;
  /** Records on the topic that are not predictions. */
  readonly unreadable: number;
  /** Over the last whole seconds, by the time of the prediction. */
  readonly perSecond: number;
  /** From the first prediction to the last, by their own time; `null` where they are less than two moments. */
  readonly perSecondOverall: number | null;
  readonly predicted: { readonly network: number; readonly baseline: number };
  /**
   * Forecasts of the network that came due, since the start. Where classes are predicted a wrong one is an error of
   * 1: `mse` is the share of wrong answers.
   */
  readonly errors: Errors;
  /** The same for the last minute. */
  readonly recentErrors: Errors;
  /** Of forecasts; without sources where classes are predicted. */
  readonly contest: ContestView;
  /** `null` where forecasts are made. */
  readonly classes: ClassFigures | null;
  /** `null` where forecasts are made, or nobody asked for it. */
  readonly scoring: ClassScoring | null;
  readonly latencyMs: Percentiles;
  readonly recentLatencyMs: Percentiles;
  /** By partition; empty as long as nobody knows. */
  readonly lag: readonly FollowedLag[];
  readonly lagTrend: Trend;
  readonly deadLettered: Readonly<Record<string, number>>;
  readonly deadLetters: number;
  /** Dead letters of other topics than the one that is watched: counted by themselves. */
  readonly otherDeadLetters: number;
  /** Most predictions first. */
  readonly sources: readonly SourceShare[];
  /** Predictions of the sources that came after the first 1,000. */
  readonly otherSources: number;
  readonly target: string;
  readonly horizon: number | null;
  readonly model: string;
  /** Versions of the model that predicted, the last one last: a newer one of the same model is no other model. */
  readonly versions: readonly string[];
  /** `name/target/horizon`: what these figures are of; `null` where models are not distinguished. */
  readonly modelId: string | null;
  /** What chooses it; `null` likewise. */
  readonly modelKey: string | null;
  /** The models that can be chosen, by name: those that were asked for, else all. */
  readonly models: readonly { readonly key: string; readonly id: string }[];
  /** Other models with predictions on the topic, the one that predicted last first. */
  readonly otherModels: readonly ModelShare[];
  /** Every repetition was noticed, so `processed` is the exact number of different ids; otherwise at most that. */
  readonly exact: boolean;
  /** Different ids on both topics together; `null` where that was not asked for. */
  readonly accountedIds: number | null;
  readonly history: HistoryView;
}

/** Sum of the lags; `null` as long as nobody knows. */
export function totalLag({ lag }: Snapshot): number | null {
  return lag.length === 0 ? null : lag.reduce((sum, one) => sum + one.lag, 0);
}
