/** Quantiles of a measure with a stated error. */
import { type Aggregate, type Measure, numberFromJson, numberToJson } from "../aggregate.ts";
import { shape, type ShapeOf } from "../../records/formats/shape.ts";
import { countState, partState, readState } from "../state.ts";
import { QUANTILE_BUCKETS_MAX } from "../limits.ts";

/** Counts of values by the logarithm of their size. */
interface Buckets {
  readonly counts: Map<number, number>;
  top: number;
  /** No index is lower. */
  bottom: number;
}

interface Sketch {
  readonly positive: Buckets;
  readonly negative: Buckets;
  zeros: number;
  count: number;
  min: number;
  max: number;
}

/** How quantiles are estimated. */
export interface QuantileOptions {
  /** Which, from 0 to 1. */
  readonly at: readonly number[];
  /** How far an estimate may be from the true value, as a share of that. @default 0.01 */
  readonly relativeError?: number;
}

/** Least size that differs from 0. */
const SIZE_MIN = 1e-9;

/** Indices with counts, ascending. */
const pairsSchema = shape.array(shape.tuple([shape.int(), countState]));
const sketchSchema = shape.tuple([pairsSchema, pairsSchema, countState, countState, partState, partState]);

/**
 * Quantiles of `measure`, as `at` names them; `null` without records. The estimate of the quantile q is within
 * `relativeError` of the value of rank ⌊q · (n − 1)⌋; sizes below 1e-9 count as 0. Finite numbers count, others do not.
 *
 * DDSketch: Masson, Rim and Lee, PVLDB 12(12), 2019. Of each sign {@linkcode QUANTILE_BUCKETS_MAX} buckets below the
 * largest size are kept (at an error of 1 % a ratio of 10^17); what is smaller counts in the last of them, and only
 * quantiles that fall there lose their bound. Values in any order and parts give the same state.
 */
export function quantiles<In>(
  measure: Measure<In>,
  { at, relativeError = 0.01 }: QuantileOptions,
): Aggregate<In, Sketch, readonly number[] | null> {
  const gamma = (1 + relativeError) / (1 - relativeError);
  const logGamma = Math.log(gamma);
  const valueOf = (index: number) => 2 * gamma ** index / (gamma + 1);
  const buckets = (): Buckets => ({ counts: new Map(), top: -Infinity, bottom: Infinity });
  return {
    create: () => ({
      positive: buckets(),
      negative: buckets(),
      zeros: 0,
      count: 0,
      min: Infinity,
      max: -Infinity,
    }),
    add(state, value) {
      const x = measure(value) + 0;
      if (!Number.isFinite(x)) return state;
      state.count++;
      if (x < state.min) state.min = x;
      if (x > state.max) state.max = x;
      const size = Math.abs(x);
      if (size < SIZE_MIN) state.zeros++;
      else put(x > 0 ? state.positive : state.negative, Math.ceil(Math.log(size) / logGamma), 1);
      return state;
    },
    merge(into, from) {
      for (const [index, count] of from.positive.counts) put(into.positive, index, count);
      for (const [index, count] of from.negative.counts) put(into.negative, index, count);
      into.zeros += from.zeros;
      into.count += from.count;
      into.min = Math.min(into.min, from.min);
      into.max = Math.max(into.max, from.max);
      return into;
    },
    result(state) {
      if (state.count === 0) return null;
      const ascending = [
        ...sorted(state.negative).reverse().map(([index, count]) => [-valueOf(index), count] as const),
        [0, state.zeros] as const,
        ...sorted(state.positive).map(([index, count]) => [valueOf(index), count] as const),
      ];
      return at.map((q) => {
        const rank = Math.floor(q * (state.count - 1));
        if (rank === 0) return state.min;
        if (rank === state.count - 1) return state.max;
        let below = 0;
        for (const [value, count] of ascending) {
          below += count;
          if (below > rank) return Math.min(Math.max(value, state.min), state.max);
        }
        return state.max;
      });
    },
    toJson: ({ positive, negative, zeros, count, min, max }) => [
      sorted(positive),
      sorted(negative),
      zeros,
      count,
      numberToJson(min),
      numberToJson(max),
    ],
    fromJson(json) {
      const [positive, negative, zeros, count, min, max] = readState(sketchSchema, json, "quantiles");
      return {
        positive: bucketsOf(positive),
        negative: bucketsOf(negative),
        zeros,
        count,
        min: numberFromJson(min),
        max: numberFromJson(max),
      };
    },
  };
}

type Pairs = ShapeOf<typeof pairsSchema>;

function put(buckets: Buckets, index: number, count: number): void {
  const { counts } = buckets;
  const lowest = Math.max(index, buckets.top) - QUANTILE_BUCKETS_MAX + 1;
  const at = Math.max(index, lowest);
  counts.set(at, (counts.get(at) ?? 0) + count);
  if (at < buckets.bottom) buckets.bottom = at;
  if (index <= buckets.top) return;
  buckets.top = index;
  if (buckets.bottom >= lowest) return;
  buckets.bottom = lowest;
  for (const [low, many] of counts) {
    if (low >= lowest) continue;
    counts.delete(low);
    counts.set(lowest, (counts.get(lowest) ?? 0) + many);
  }
}

function sorted({ counts }: Buckets): [index: number, count: number][] {
  return [...counts].sort(([a], [b]) => a - b);
}

function bucketsOf(pairs: Pairs): Buckets {
  const [bottom, top] = [pairs[0], pairs[pairs.length - 1]];
  return { counts: new Map(pairs), top: top?.[0] ?? -Infinity, bottom: bottom?.[0] ?? Infinity };
}
