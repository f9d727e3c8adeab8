/** When windows are emitted before they are final. */
import type { Emission } from "./types.ts";

/** What an {@linkcode Emission} asks for beside final windows. */
export class Early {
  /** Whether open windows are emitted with each record. */
  readonly everyUpdate: boolean;
  /** Event time between early results; Infinity = none. */
  readonly #every: number;

  constructor(emission: Emission = { kind: "final" }) {
    this.#every = emission.kind === "early" ? emission.every : Infinity;
    this.everyUpdate = emission.kind === "every-update";
  }

  /** Whether early results are due when the watermark moves on. */
  isDue(from: number, to: number): boolean {
    return this.#every < Infinity && Math.floor(to / this.#every) > Math.floor(from / this.#every);
  }

  /** The watermark of the next early results. */
  dueAfter(watermark: number): number {
    return this.#every < Infinity ? (Math.floor(watermark / this.#every) + 1) * this.#every : Infinity;
  }
}
