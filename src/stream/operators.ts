// Not pure: its streams are async iterables.
/**
 * Stages of a pipeline: each takes batches and gives batches, so that they are put together like functions. They hold
 * no state but that of windows; nothing is read before it is asked for.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * async function* source() {
 *   yield [1, 2, 3];
 *   yield [4];
 * }
 * const stages = pipe(filter((x: number) => x % 2 === 0), map((x: number) => x * 10));
 * const batches = [];
 * for await (const batch of stages(source())) batches.push(batch);
 * assert.deepEqual(batches, [[20], [40]]);
 * ```
 */
import type { Missed, WindowedAggregation, WindowResult } from "./windows.ts";

/** Batches of records: one by one costs several times as much. */
export type Batches<Of> = AsyncIterable<readonly Of[]>;

/** A stage of a pipeline. Batches without records are not passed on. */
export type Stage<In, Out> = (batches: Batches<In>) => Batches<Out>;

/** A record that belongs to a key, with its event time. */
export interface Keyed<Value> {
  readonly key: string;
  readonly time: number;
  readonly value: Value;
}

/** Only the records that `isWanted`. */
export function filter<Of>(isWanted: (record: Of) => boolean): Stage<Of, Of> {
  return eachBatch((batch) => batch.filter(isWanted));
}

/** Something else of each record. */
export function map<In, Out>(of: (record: In) => Out): Stage<In, Out> {
  return eachBatch((batch) => batch.map(of));
}

/** Only these fields of each record. */
export function select<In, Name extends keyof In>(...names: Name[]): Stage<In, Pick<In, Name>> {
  return map((record) => {
    const selected = {} as Pick<In, Name>;
    for (const name of names) selected[name] = record[name];
    return selected;
  });
}

/**
 * Each record with a new key and its event time. Of a topic's records, those of one key may come from several
 * partitions then: between two programs a topic with the new key stands between this and what follows.
 */
export function groupBy<Value>(
  keyOf: (record: Value) => string,
  timeOf: (record: Value) => number,
): Stage<Value, Keyed<Value>> {
  return map((value) => ({ key: keyOf(value), time: timeOf(value), value }));
}

/** What a windowing stage is asked for besides its windows. */
export interface WindowStage<Value> {
  /** How far records may be out of order: the watermark is the highest event time less this. @default 0 */
  readonly lateness?: number;
  /** Takes what does not count: its dead letter. */
  readonly onMissed: (record: Keyed<Value>, missed: Missed) => void;
  /** Whether what is open at the end of the stream is emitted. @default true */
  readonly closeAtEnd?: boolean;
}

/** The results of windows over the records of each key. */
export function window<Value, State, Out>(
  windows: WindowedAggregation<Value, State, Out>,
  { lateness = 0, onMissed, closeAtEnd = true }: WindowStage<Value>,
): Stage<Keyed<Value>, WindowResult<Out>> {
  return async function* (batches) {
    let emitted: WindowResult<Out>[] = [];
    const emit = (result: WindowResult<Out>) => emitted.push(result);
    let highest = windows.watermark + lateness;
    for await (const batch of batches) {
      for (const record of batch) {
        const { key, time, value } = record;
        if (time > highest) highest = time;
        const missed = windows.add(key, time, value, highest - lateness, emit);
        if (missed !== null) onMissed(record, missed);
      }
      if (emitted.length === 0) continue;
      yield emitted;
      emitted = [];
    }
    if (closeAtEnd) windows.advance(Infinity, emit);
    if (emitted.length > 0) yield emitted;
  };
}

/** Two, three, four or five stages as one. */
export function pipe<A, B, C>(first: Stage<A, B>, second: Stage<B, C>): Stage<A, C>;
export function pipe<A, B, C, D>(first: Stage<A, B>, second: Stage<B, C>, third: Stage<C, D>): Stage<A, D>;
export function pipe<A, B, C, D, E>(
  first: Stage<A, B>,
  second: Stage<B, C>,
  third: Stage<C, D>,
  fourth: Stage<D, E>,
): Stage<A, E>;
export function pipe<A, B, C, D, E, F>(
  first: Stage<A, B>,
  second: Stage<B, C>,
  third: Stage<C, D>,
  fourth: Stage<D, E>,
  fifth: Stage<E, F>,
): Stage<A, F>;
export function pipe(...stages: Stage<unknown, unknown>[]): Stage<unknown, unknown> {
  return (batches) => stages.reduce((stream, stage) => stage(stream), batches);
}

function eachBatch<In, Out>(of: (batch: readonly In[]) => readonly Out[]): Stage<In, Out> {
  return async function* (batches) {
    for await (const batch of batches) {
      const made = of(batch);
      if (made.length > 0) yield made;
    }
  };
}
