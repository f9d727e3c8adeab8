/** Merges of consecutive elements between two ends that only go forward: two stacks. */
import type { Aggregate } from "../aggregate.ts";

interface Element<State> {
  readonly time: number;
  readonly count: number;
  readonly state: State;
}

interface Folded<State> {
  state: State;
  count: number;
}

/**
 * Merges of elements `from` … `to − 1` of a sorted list, where neither the time of the first nor that of the last ever
 * goes back. Elements up to the middle are merged from there backwards, once; those after it forwards, one by one.
 * What is merged in which order depends on the middle and the elements alone.
 */
export class SlidingFold<State> {
  readonly #aggregate: Pick<Aggregate<never, State, unknown>, "create" | "merge">;
  /** From the middle backwards: each the merge of its own element and all until the middle. */
  #front: (Folded<State> & { readonly time: number })[] = [];
  #back: Folded<State> | null = null;
  /** Time of the last element in `back`, or of the middle. */
  #backTime = -Infinity;
  #middle: number | null = null;

  constructor(aggregate: Pick<Aggregate<never, State, unknown>, "create" | "merge">) {
    this.#aggregate = aggregate;
  }

  /** Time of the last element of the front; `null` before the first use. */
  get middle(): number | null {
    return this.#middle;
  }

  /** Starts over, for the elements have changed. */
  clear(): void {
    this.#front = [];
    this.#back = null;
    this.#backTime = -Infinity;
    this.#middle = null;
  }

  /** As it is when the middle is at `time`; what is before the elements is not asked for any more. */
  meetAt(time: number, elements: readonly Element<State>[]): void {
    this.clear();
    this.#middle = time;
    this.#backTime = time;
    let behind: Folded<State> | null = null;
    for (let i = elements.length - 1; i >= 0; i--) {
      const element = elements[i]!;
      if (element.time > time) continue;
      const folded = this.#join(element, behind);
      this.#front.push({ time: element.time, ...folded });
      behind = folded;
    }
  }

  /** The merge of the elements `from` … `to − 1`, of which there is at least one. Not to be changed. */
  of(elements: readonly Element<State>[], from: number, to: number): Folded<State> {
    const first = elements[from]!.time;
    if (this.#middle === null || first > this.#middle) {
      this.meetAt(elements[to - 1]!.time, elements.slice(from, to));
    }
    while (this.#front.length > 0 && this.#front[this.#front.length - 1]!.time < first) this.#front.pop();
    let next = to;
    while (next > from && elements[next - 1]!.time > this.#backTime) next--;
    for (; next < to; next++) this.#push(elements[next]!);
    const front = this.#front[this.#front.length - 1]!;
    return this.#back === null ? front : this.#join(front, this.#back);
  }

  #push({ time, count, state }: Element<State>): void {
    this.#back ??= { state: this.#aggregate.create(), count: 0 };
    this.#back.state = this.#aggregate.merge(this.#back.state, state);
    this.#back.count += count;
    this.#backTime = time;
  }

  /** A new state of the one and then the other. */
  #join(one: Folded<State>, other: Folded<State> | null): Folded<State> {
    const state = this.#aggregate.merge(this.#aggregate.create(), one.state);
    if (other === null) return { state, count: one.count };
    return { state: this.#aggregate.merge(state, other.state), count: one.count + other.count };
  }
}
