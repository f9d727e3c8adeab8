/** How a link's packets or bytes are estimated: by the level, and where another detector is wanted, judged by that. */
import { createDetector, type DetectorName, restoreDetector } from "../../anomaly/detectors.ts";
import type { Detector } from "../../anomaly/detector.ts";
import { shape } from "../../records/formats/shape.ts";
import type { Json } from "../../stream/json.ts";
import { partState, readState, StateError } from "../../stream/state.ts";
import { Level } from "./level.ts";

/** `level`, or one of the detectors for any series. */
export type EstimateName = "level" | DetectorName;

/** The detectors' own states are checked by them. */
const estimateSchema = shape.object({
  level: shape.object({ state: shape.record(shape.string(), partState) }),
  other: shape.object({ name: shape.string(), options: partState, state: partState }).nullable(),
});

/** Estimates one series. */
export class Estimate {
  /** What was expected in place of the last value; the value itself where too little is known. */
  expected = 0;
  /** The same by the level alone: detectors that learn quickly expect silence after a minute of it. */
  level = 0;
  readonly #level: Level;
  /** Some detectors expect nothing in particular: what is missing then is still the level's to say. */
  readonly #other: Detector | null;

  /** From nothing, or from what {@linkcode Estimate.toJson} gave. */
  constructor(name: EstimateName, state?: Json) {
    const kept = state === undefined ? undefined : readState(estimateSchema, state, "an estimate");
    if (kept !== undefined && (kept.other?.name ?? "level") !== name) {
      throw new StateError(
        `Cannot restore an estimate by ${name}: it is one by ${kept.other?.name ?? "level"}`,
      );
    }
    this.#level = new Level(kept?.level.state);
    this.#other = name === "level" ? null : kept?.other ? restoreDetector(kept.other) : createDetector(name);
  }

  /** Scores the value, then learns it. @returns from 0 to 1, 0.5 = unusual */
  update(value: number, timeMs: number): number {
    const score = this.#level.update(value, timeMs);
    const other = this.#other?.update(value, timeMs);
    this.level = this.#level.expected ?? value;
    this.expected = this.#other?.expected ?? this.level;
    return other ?? score;
  }

  /** The whole of it. */
  toJson(): Json {
    return { level: this.#level.toJson(), other: this.#other?.toJson() ?? null };
  }
}
