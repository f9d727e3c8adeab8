/** The elements of a request: each once, however often it is named, and many of them in several turns. */
import type { Turn } from "./turns.ts";

/** What work on elements needs of its request. */
interface Worker {
  readonly turn: Turn;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** Applies `next` to a value that may come later. */
export function then<A, B>(value: A | Promise<A>, next: (value: A) => B | Promise<B>): B | Promise<B> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** Each element once, in the order of first mention; of those with the same key the last, as in Kafka's maps. */
export function distinct<T>(list: readonly T[], keyOf: (one: T) => unknown): T[] {
  return [...new Map(list.map((one) => [keyOf(one), one])).values()];
}

/** How often each key is there. */
export function countBy<T>(list: readonly T[], keyOf: (one: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const one of list) {
    const key = keyOf(one);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** Keys of topics that are given by name. */
export const BY_NAME = {
  topicKey: ({ name }: { readonly name: string }) => name,
  partitionKey: ({ partition }: { readonly partition: number }) => partition,
};

/** A topic in a request. */
interface WithPartitions<P> {
  readonly partitions: readonly P[];
}

/** Each topic once with all its partitions, each of those once; the last mention of a partition counts. */
export function distinctPartitions<P, T extends WithPartitions<P>>(
  topics: readonly T[],
  { topicKey, partitionKey }: {
    topicKey: (topic: T) => unknown;
    partitionKey: (partition: T["partitions"][number]) => unknown;
  },
): T[] {
  const merged = new Map<unknown, { topic: T; partitions: Map<unknown, P> }>();
  for (const topic of topics) {
    const key = topicKey(topic);
    let known = merged.get(key);
    if (known === undefined) merged.set(key, known = { topic, partitions: new Map() });
    for (const partition of topic.partitions) known.partitions.set(partitionKey(partition), partition);
  }
  return Array.from(merged.values(), ({ topic, partitions }) => ({
    ...topic,
    partitions: [...partitions.values()],
  }));
}

/**
 * Does steps; after a slice of time others have their turn in between.
 * @returns the result at once where it was there in time.
 * @throws the signal's reason where nobody waits for the answer any more.
 */
export function inTurns<T>(steps: Generator<void, T>, worker: Worker): T | Promise<T> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    const pause = worker.turn.pause();
    if (pause !== null) return goOn(steps, { worker, pause });
  }
}

async function goOn<T>(
  steps: Generator<void, T>,
  { worker, pause }: { worker: Worker; pause: Promise<void> },
): Promise<T> {
  await pause;
  for (;;) {
    worker.signal.throwIfAborted();
    const { done, value } = steps.next();
    if (done) return value;
    const next = worker.turn.pause();
    if (next !== null) await next;
  }
}

/** Applies `act` to each element, each in one piece, {@linkcode inTurns}. */
export function mapInTurns<A, B>(
  list: readonly A[],
  act: (one: A) => B,
  worker: Worker,
): B[] | Promise<B[]> {
  return inTurns(
    (function* () {
      const results: B[] = [];
      for (const one of list) {
        if (results.length > 0) yield;
        results.push(act(one));
      }
      return results;
    })(),
    worker,
  );
}

/** As {@linkcode mapInTurns}, where an element may take several steps. */
export function mapStepsInTurns<A, B>(
  list: readonly A[],
  act: (one: A) => Generator<void, B>,
  worker: Worker,
): B[] | Promise<B[]> {
  return inTurns(
    (function* () {
      const results: B[] = [];
      for (const one of list) {
        if (results.length > 0) yield;
        results.push(yield* act(one));
      }
      return results;
    })(),
    worker,
  );
}

/** For work that must come to its end, also where nobody waits for the answer any more. */
export const NEVER_ABORTED = new AbortController().signal;

/** As {@linkcode mapInTurns} for the partitions of topics: the results by topic. */
export function mapPartitionsInTurns<P, T extends WithPartitions<P>, R>(
  topics: readonly T[],
  act: (partition: T["partitions"][number], topic: T) => R,
  worker: Worker,
): { topic: T; partitions: R[] }[] | Promise<{ topic: T; partitions: R[] }[]> {
  const pairs = topics.flatMap((topic) => topic.partitions.map((partition) => ({ topic, partition })));
  const results = mapInTurns(pairs, ({ partition, topic }) => act(partition, topic), worker);
  return then(results, (all) => {
    let at = 0;
    return topics.map((topic) => ({ topic, partitions: all.slice(at, at += topic.partitions.length) }));
  });
}
