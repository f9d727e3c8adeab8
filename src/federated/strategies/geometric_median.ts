/**
 * Geometric median: the point with the least sum of distances to all updates, weighted by examples, by Weiszfeld's steps
 * with smoothed distances (Pillutla, Kakade, Harchaoui 2022, arXiv:1912.13445). It begins at the coordinate-wise median, so that a far-off update does not take hundreds of
 * steps to be left behind.
 */
import { MEDIAN_STEPS_MAX } from "../limits.ts";
import { distance, type Update } from "../update.ts";
import { byCoordinate, medianOf } from "./coordinates.ts";
import { collectAll, PLAIN, type Strategy } from "./strategy.ts";

/** Distances below this count as this: the point may be one of the updates. */
const SMOOTHING = 1e-9;
/** Steps shorter than this, relative to the distances, end the search. */
const TOLERANCE = 1e-10;

/** Makes it. */
export function geometricMedian(): Strategy {
  const strategy: Strategy = {
    ...PLAIN,
    name: "geometric-median",
    doubt: (updates) => updates < 3 ? `a false one of ${updates} updates is as good as a true one` : null,
    begin: () =>
      collectAll(strategy, (updates) => {
        let point = byCoordinate(updates, medianOf);
        for (let step = 0; step < MEDIAN_STEPS_MAX; step++) {
          const { next, spread } = weiszfeld(point, updates);
          const moved = distance(next, point);
          point = next;
          if (moved <= TOLERANCE * spread) break;
        }
        return point;
      }),
  };
  return strategy;
}

function weiszfeld(point: Float64Array, updates: readonly Update[]) {
  const next = new Float64Array(point.length);
  let weightSum = 0, numExamples = 0;
  for (const update of updates) {
    const weight = update.numExamples / Math.max(SMOOTHING, distance(update.weights, point));
    for (let i = 0; i < next.length; i++) next[i]! += weight * update.weights[i]!;
    weightSum += weight;
    numExamples += update.numExamples;
  }
  for (let i = 0; i < next.length; i++) next[i]! /= weightSum;
  return { next, spread: numExamples / weightSum };
}
