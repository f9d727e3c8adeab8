/** What comes due, the earliest first: a binary heap. */

/** Something that comes due at a moment. */
export interface Due<Of> {
  /** Event time at which it is due. */
  readonly at: number;
  /** Order of what is due at the same moment: no two are equal. */
  readonly order: number;
  /** What is due. */
  readonly of: Of;
}

/** Takes what is due in any order, gives the earliest; at the same moment the lowest order. */
export class DueQueue<Of> {
  #heap: Due<Of>[] = [];

  /** How many wait. */
  get length(): number {
    return this.#heap.length;
  }

  /** When the earliest is due; Infinity where there is none. */
  get next(): number {
    return this.#heap[0]?.at ?? Infinity;
  }

  /** Adds one, in O(log n). */
  push(due: Due<Of>): void {
    const heap = this.#heap;
    let i = heap.length;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!isBefore(due, heap[parent]!)) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = due;
  }

  /** Takes the earliest out; of an empty queue nothing. */
  pop(): Due<Of> | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
    return first;
  }

  /** Takes out all but those that `isWanted`. */
  retain(isWanted: (due: Due<Of>) => boolean): void {
    const kept = this.#heap.filter(isWanted);
    this.#heap = [];
    for (const due of kept) this.push(due);
  }
}

function isBefore<Of>(a: Due<Of>, b: Due<Of>): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
