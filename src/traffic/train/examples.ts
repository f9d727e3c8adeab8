/** Examples cut from links' windows, and their split in time. */
import { type InputShape, windowsNeeded } from "../model/inputs.ts";
import type { LinkSeries } from "./traffic_set.ts";

/** Share of each link's windows, in time order; the rest is the test part. */
export const SHARES = { training: 0.7, validation: 0.15 } as const;

/** Windows to forecast, each by the number of its series and by its row there. */
export interface TrafficExamples {
  readonly series: readonly LinkSeries[];
  /** (n) */
  readonly which: Uint32Array;
  /** (n) row of the window that is forecast; those before it are seen. */
  readonly rows: Uint32Array;
}

/** The parts of a set; what a forecast sees may lie in the part before. */
export interface TrafficSplit {
  readonly training: TrafficExamples;
  readonly validation: TrafficExamples;
  readonly test: TrafficExamples;
}

/** Rows at which validation and test begin, of so many. */
export function bordersOf(length: number): { readonly validation: number; readonly test: number } {
  const validation = Math.floor(length * SHARES.training);
  return { validation, test: validation + Math.floor((length - validation) / 2) };
}

/** Every window of the series that can be forecast and that `chosen` wants, in order. */
export function examplesOf(
  series: readonly LinkSeries[],
  shape: InputShape,
  chosen: (series: LinkSeries, row: number) => boolean = () => true,
): TrafficExamples {
  const needed = windowsNeeded(shape);
  const which: number[] = [], rows: number[] = [];
  series.forEach((own, s) => {
    for (let row = needed; row < own.length; row++) {
      if (!chosen(own, row)) continue;
      which.push(s);
      rows.push(row);
    }
  });
  return { series, which: Uint32Array.from(which), rows: Uint32Array.from(rows) };
}

/** The first 70 % of each series, the next 15 % and the rest. */
export function splitTraffic(series: readonly LinkSeries[], shape: InputShape): TrafficSplit {
  const part = (name: keyof TrafficSplit) =>
    examplesOf(series, shape, ({ length }, row) => {
      const { validation, test } = bordersOf(length);
      return (row < validation ? "training" : row < test ? "validation" : "test") === name;
    });
  return { training: part("training"), validation: part("validation"), test: part("test") };
}

/** Windows in a row that a link needs, so that each part has at least so many examples. */
export function windowsWanted(
  shape: InputShape,
  { training, heldOut }: { readonly training: number; readonly heldOut: number },
): number {
  const needed = windowsNeeded(shape);
  let length = Math.ceil((needed + training) / SHARES.training);
  for (;; length++) {
    const { validation, test } = bordersOf(length);
    if (validation - needed >= training && test - validation >= heldOut && length - test >= heldOut) {
      return length;
    }
  }
}
