/** The last examples of a device, prepared: what it learns from. A new one takes the place of the oldest. */

/** Shapes: at most W examples of I inputs. */
export class ExampleWindow {
  /** (W, I) */
  readonly inputs: Float64Array;
  /** (W) */
  readonly targets: Float64Array;
  readonly #width: number;
  #seen = 0;

  /** @param length W */
  constructor(length: number, width: number) {
    this.#width = width;
    this.inputs = new Float64Array(length * width);
    this.targets = new Float64Array(length);
  }

  /** Examples in it. */
  get count(): number {
    return Math.min(this.#seen, this.targets.length);
  }

  /** Takes the example whose inputs begin at `start`. */
  add(inputs: Float64Array, start: number, target: number): void {
    const place = this.#seen++ % this.targets.length;
    const to = place * this.#width;
    for (let i = 0; i < this.#width; i++) this.inputs[to + i] = inputs[start + i]!;
    this.targets[place] = target;
  }

  /** Places from the oldest example to the newest, of the newest ones alone where there is a limit. */
  inOrder(atMost: number = Infinity): Int32Array {
    const count = Math.min(this.count, atMost);
    return Int32Array.from({ length: count }, (_, i) => (this.#seen - count + i) % this.targets.length);
  }
}
