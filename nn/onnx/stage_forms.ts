/** The layers that a graph turns out to be; their forms alone. */
import type { Activation } from "../spec.ts";

/** What goes in: K numbers per row, of which the first layer takes (x − center) / scale. */
export interface InputStage {
  readonly kind: "input";
  /** K. */
  readonly size: number;
  /** (K) */
  readonly center: Float64Array;
  /** (K), positive. */
  readonly scale: Float64Array;
}

/** A dense layer. */
export interface DenseStage {
  readonly kind: "dense";
  readonly before: Stage;
  /** N. */
  readonly size: number;
  /** (K, N) */
  readonly weight: Float64Array;
  /** (N) */
  readonly bias: Float64Array;
  readonly activation: Activation;
}

/** An LSTM; its output is the sequence (T, H). */
export interface LstmStage {
  readonly kind: "lstm";
  readonly before: Stage;
  /** T·H. */
  readonly size: number;
  readonly steps: number;
  readonly units: number;
  readonly kernel: Float64Array;
  readonly recurrent: Float64Array;
  readonly bias: Float64Array;
}

/** What a value may be an output of. */
export type Stage = InputStage | DenseStage | LstmStage;
