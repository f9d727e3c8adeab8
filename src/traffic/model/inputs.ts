/** From windows to what the network sees, and from its answer to forecasts: the same in training and live. */
import { CALENDAR_COLUMNS, writeCalendar } from "../../models/context.ts";
import { TRAFFIC_FEATURES, type TrafficFeature } from "../observed.ts";

/** What can be forecast, in the order in which it is shown. */
export const TRAFFIC_TARGETS = ["packets", "bytes", "interarrival", "meanSize"] as const;

/** One of {@linkcode TRAFFIC_TARGETS}. */
export type TrafficTarget = typeof TRAFFIC_TARGETS[number];

/** How inputs and targets are scaled. */
export type Normalization = "standard" | "min-max" | "none";

/** (x − centre) ÷ scale, by column; of a feature that is taken by its logarithm x is ln(1 + value). */
export interface Scaling {
  readonly center: readonly number[];
  /** Positive. */
  readonly scale: readonly number[];
}

/** What a network sees of a link, and what it answers. */
export interface InputSpec {
  /** Length of a window, in µs. */
  readonly windowUs: number;
  /** L: windows that it sees, one a step. */
  readonly lookback: number;
  /** F: numbers of each window. */
  readonly features: readonly TrafficFeature[];
  /** K, all of them among the features. */
  readonly targets: readonly TrafficTarget[];
  /** Whether each step has the hour of the day and of the week of the window that comes next. */
  readonly calendar: boolean;
  /** S: each step has the targets S windows before the window that comes next, too; 0 = it has not. */
  readonly seasonWindows: number;
  /** Features that are taken by ln(1 + value): those that span decades. */
  readonly logarithms: readonly TrafficFeature[];
  /** Whether the network answers with the targets, or their change since the last window. */
  readonly answer: "value" | "change";
  readonly normalization: Normalization;
  /** Of the features (F). */
  readonly inputs: Scaling;
  /** Of what the network answers (K). */
  readonly outputs: Scaling;
}

/** The part of {@linkcode InputSpec} that says how many numbers there are. */
export type InputShape = Omit<InputSpec, "inputs" | "outputs" | "normalization" | "answer" | "logarithms">;

const FEATURES = TRAFFIC_FEATURES.length;

/** The largest logarithm that is restored, so that every forecast is a number: some 10^26. */
const LOGARITHM_MAX = 60;

/** Numbers per step. */
export function countColumns({ features, targets, calendar, seasonWindows }: InputShape): number {
  return features.length + (seasonWindows > 0 ? targets.length : 0) + (calendar ? CALENDAR_COLUMNS : 0);
}

/** Windows in a row, up to the newest, that a forecast needs. */
export function windowsNeeded({ lookback, seasonWindows }: InputShape): number {
  return Math.max(lookback, lookback + seasonWindows - 1);
}

/** Windows in a row. */
export interface WindowRows {
  /** (rows, {@linkcode TRAFFIC_FEATURES}) */
  readonly values: Float64Array;
  /** Row after the newest window. */
  readonly end: number;
  /** Start of the newest window, in µs. */
  readonly newestUs: number;
}

/** Writes what the network sees of some windows, a step behind the other. */
export type InputWriter = (rows: WindowRows, into: Float64Array, at: number) => void;

/** Writes inputs for this spec; needs {@linkcode windowsNeeded} rows. */
export function inputWriter(spec: InputSpec): InputWriter {
  const { windowUs, lookback, features, targets, calendar, seasonWindows, inputs, logarithms } = spec;
  const places = features.map((feature) => TRAFFIC_FEATURES.indexOf(feature));
  const logarithmic = features.map((feature) => logarithms.includes(feature));
  const seasonal = seasonWindows > 0 ? targets.map((target) => features.indexOf(target)) : [];
  const { center, scale } = inputs;
  const scaled = (value: number, f: number) =>
    ((logarithmic[f]! ? Math.log1p(value) : value) - center[f]!) / scale[f]!;
  return ({ values, end, newestUs }, into, at) => {
    for (let step = 0; step < lookback; step++) {
      const row = (end - lookback + step) * FEATURES;
      for (let f = 0; f < places.length; f++) {
        into[at++] = scaled(values[row + places[f]!]!, f);
      }
      const seasonRow = row + (1 - seasonWindows) * FEATURES;
      for (const f of seasonal) into[at++] = scaled(values[seasonRow + places[f]!]!, f);
      if (!calendar) continue;
      at = writeCalendar(newestUs + (step + 2 - lookback) * windowUs, into, at);
    }
  };
}

/** The last value of each target (K): what a forecast has to beat. */
export function lastValues(
  { targets }: Pick<InputSpec, "targets">,
  rows: WindowRows,
  into: Float64Array,
): void {
  const from = (rows.end - 1) * FEATURES;
  for (let k = 0; k < targets.length; k++) {
    into[k] = rows.values[from + TRAFFIC_FEATURES.indexOf(targets[k]!)]!;
  }
}

/** A target as it is learned: itself, or its logarithm. */
export function learnedAs(
  { logarithms }: Pick<InputSpec, "logarithms">,
  target: TrafficTarget,
  value: number,
): number {
  return logarithms.includes(target) ? Math.log1p(value) : value;
}

/** What the network is to answer where the target (k) was `last` and is now `value`. */
export function answerOf(
  spec: InputSpec,
  k: number,
  { value, last }: { readonly value: number; readonly last: number },
): number {
  const { outputs: { center, scale }, targets, answer } = spec;
  const target = targets[k]!;
  const learned = learnedAs(spec, target, value) - (answer === "change" ? learnedAs(spec, target, last) : 0);
  return (learned - center[k]!) / scale[k]!;
}

/** What the network's answer (K) stands for, in the targets' units and within what they can be. In place. */
export function restoreTargets(spec: InputSpec, answers: Float64Array, last: Float64Array): void {
  const { outputs: { center, scale }, targets, answer, logarithms } = spec;
  for (let k = 0; k < targets.length; k++) {
    const target = targets[k]!;
    const learned = answers[k]! * scale[k]! + center[k]! +
      (answer === "change" ? learnedAs(spec, target, last[k]!) : 0);
    const value = logarithms.includes(target) ? Math.expm1(Math.min(learned, LOGARITHM_MAX)) : learned;
    // Packets of a window are no further apart than it is long.
    answers[k] = Math.min(Math.max(0, value), target === "interarrival" ? spec.windowUs : Infinity);
  }
}
