/**
 * What the threads of a training share: parameters go out, gradients come in, and numbers say whose turn it is.
 *
 * A round is one mini-batch. The leading thread writes parameters, examples and seed, then the round's number; each
 * other thread answers with gradients and loss, then the same number in a place of its own.
 */

/** Memory that all threads see; sizes by P parameters and T threads, the leading one included. */
export interface TeamMemory {
  /** T. */
  readonly threads: number;
  /** Turns, see {@linkcode ROUND}, {@linkcode COUNT} and {@linkcode answerPlace}. */
  readonly turns: Int32Array;
  /** (P) */
  readonly parameters: Float64Array;
  /** (T − 1, P) */
  readonly gradients: Float64Array;
  /** Examples of the mini-batch. */
  readonly batch: Int32Array;
  /** (2): what dropout's chance begins from in this round, and the weight of the mini-batch. */
  readonly pass: Float64Array;
  /** (T − 1, 2): loss, and how many examples were right. */
  readonly results: Float64Array;
  /** Why a thread failed, in UTF-8. */
  readonly failure: Uint8Array;
}

/** Place of the round's number. */
export const ROUND = 0;
/** Place of the number of examples. */
export const COUNT = 1;
/** A round that is none: the threads end. */
export const END = -1;
/** An answer that is none: the thread has failed. */
export const FAILED = -1;

/** Numbers of a cache line: each turn has one of its own. */
const TURN_STRIDE = 16;
const FAILURE_BYTES_MAX = 1000;
/** Looks at a turn before a thread lies down: some 100 µs, more than a step takes from the last gradient to the next. */
const LOOKS = 8_000;

/** Where a thread (from 1) says which round it has answered. */
export function answerPlace(thread: number): number {
  return thread * TURN_STRIDE;
}

/** Memory for a team. */
export function allocateMemory(
  { threads, parameters, batchSize }: {
    readonly threads: number;
    readonly parameters: number;
    readonly batchSize: number;
  },
): TeamMemory {
  const others = threads - 1;
  return {
    threads,
    turns: new Int32Array(new SharedArrayBuffer(4 * threads * TURN_STRIDE)),
    parameters: numbers(parameters),
    gradients: numbers(others * parameters),
    batch: new Int32Array(new SharedArrayBuffer(4 * batchSize)),
    pass: numbers(2),
    results: numbers(2 * others),
    failure: new Uint8Array(new SharedArrayBuffer(FAILURE_BYTES_MAX)),
  };
}

function numbers(length: number): Float64Array {
  return new Float64Array(new SharedArrayBuffer(8 * length));
}

/** A copy that all threads see. */
export function shared<A extends Float64Array | Int32Array | Uint32Array | Uint8Array>(array: A): A {
  const Kind = array.constructor as new (buffer: SharedArrayBuffer) => A;
  const copy = new Kind(new SharedArrayBuffer(array.byteLength));
  copy.set(array);
  return copy;
}

/** A thread's share of a mini-batch: which of its places; the leading thread (0) never has less than the others. */
export function shareOf(
  count: number,
  { thread, threads }: { readonly thread: number; readonly threads: number },
): [from: number, to: number] {
  return [Math.ceil(count * thread / threads), Math.ceil(count * (thread + 1) / threads)];
}

/** Dropout's seed of a thread in a round: no two of them have the same. */
export function seedOf(round: number, { thread, threads }: { thread: number; threads: number }): number {
  return round * threads + thread;
}

/**
 * Waits until a turn is no longer `before`: first awake, then asleep.
 *
 * @param withinMs forever where it is absent
 * @returns the turn; `before` where the time is over
 */
export function awaitTurn(
  turns: Int32Array,
  { place, before, withinMs }: {
    readonly place: number;
    readonly before: number;
    readonly withinMs?: number;
  },
): number {
  for (let look = 0; look < LOOKS; look++) {
    const turn = Atomics.load(turns, place);
    if (turn !== before) return turn;
  }
  Atomics.wait(turns, place, before, withinMs);
  return Atomics.load(turns, place);
}

/** Gives the turn. */
export function giveTurn(turns: Int32Array, place: number, turn: number): void {
  Atomics.store(turns, place, turn);
  Atomics.notify(turns, place);
}

/** Says why a thread failed. */
export function writeFailure({ failure }: TeamMemory, text: string): void {
  failure.fill(0).set(new TextEncoder().encode(text).subarray(0, failure.length));
}

/** Why a thread failed. */
export function readFailure({ failure }: TeamMemory): string {
  const bytes = failure.slice();
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
