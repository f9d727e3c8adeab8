/**
 * What a device remembers: its last readings, the inputs of the forecasts that are not due yet, and the examples that it
 * learns from. After a restart the readings make all of it again.
 *
 * Shapes: I inputs, F features, H horizon, S = H + {@linkcode OPEN_READINGS_MAX} slots.
 */
import { countInputs, countReach, createPreparer, type Preparer } from "../../models/preparation.ts";
import { prepareTarget } from "../../models/preparation.ts";
import type { Verdict } from "../../predict/source_series.ts";
import type { LearnableModel } from "./learnable_model.ts";
import { KeptReadings } from "./kept_readings.ts";
import { ExampleWindow } from "./window.ts";

/** Readings after which forecasts are made and scored at the latest: together, which is faster. */
export const OPEN_READINGS_MAX = 64;

/** A forecast whose outcome is there. */
export interface Outcome {
  /** Where its inputs are. */
  readonly slot: number;
  /** The preparation's unit, in the target's: 0 where the target has not changed at all. */
  readonly unit: number;
  /** The last value when it was made, and what came. */
  readonly last: number;
  readonly actual: number;
  /** Of the reading that came, Unix ms, and where it stands on the topic. */
  readonly timeMs: number;
  readonly offset: number;
}

/** The memory of one device; readings are counted from the device's first one. */
export class DeviceMemory {
  readonly readings: KeptReadings;
  readonly #width: number;
  #global: LearnableModel;
  #prepare: Preparer;
  #window: ExampleWindow;
  /** (I) */
  readonly #row: Float64Array;
  /** (S, I) */
  readonly #inputs: Float64Array;
  /** (S) NaN where there is no forecast. */
  readonly #units: Float64Array;
  /** (S) */
  readonly #offsets: Float64Array;

  constructor(global: LearnableModel) {
    const { preparation, recipe: { windowLength }, horizon } = global;
    const slots = horizon + OPEN_READINGS_MAX;
    this.#global = global;
    this.#width = countInputs(preparation);
    this.#prepare = createPreparer(preparation);
    this.#window = new ExampleWindow(windowLength, this.#width);
    this.readings = new KeptReadings({
      kept: windowLength + countReach(preparation) + slots,
      width: preparation.features.length,
      idsKept: preparation.lookback + horizon,
    });
    this.#row = new Float64Array(this.#width);
    this.#inputs = new Float64Array(slots * this.#width);
    this.#units = new Float64Array(slots).fill(NaN);
    this.#offsets = new Float64Array(slots);
  }

  /** What is learned from. */
  get window(): ExampleWindow {
    return this.#window;
  }

  /** S */
  get slots(): number {
    return this.#units.length;
  }

  /** Takes a reading: `values` (F). */
  take(
    { id, timestampMs, offset }: {
      readonly id: string;
      readonly timestampMs: number;
      readonly offset: number;
    },
    values: Float64Array,
  ): Verdict {
    const verdict = this.readings.accept(id, timestampMs, values);
    if (verdict === "accepted") this.#offsets[this.#fillSlot(this.readings.count - 1)] = offset;
    return verdict;
  }

  /** Slots of the readings from `from` to `to` that can be forecast, and their inputs (slots, I). */
  inputsOf(from: number, to: number): { readonly slots: readonly number[]; readonly inputs: Float64Array } {
    const slots: number[] = [], width = this.#width;
    for (let reading = from; reading < to; reading++) {
      const slot = reading % this.slots;
      if (this.#units[slot]! >= 0) slots.push(slot);
    }
    const inputs = new Float64Array(slots.length * width);
    slots.forEach((slot, i) =>
      inputs.set(this.#inputs.subarray(slot * width, (slot + 1) * width), i * width)
    );
    return { slots, inputs };
  }

  /** The forecast that comes due with a reading; `null` where there was none. */
  outcomeOf(reading: number): Outcome | null {
    const made = reading - this.#global.horizon;
    if (made < 0) return null;
    const slot = made % this.slots, unit = this.#units[slot]!;
    if (!(unit >= 0)) return null;
    return {
      ...{ slot, unit, last: this.#targetOf(made), actual: this.#targetOf(reading) },
      timeMs: this.readings.times[this.readings.rowOf(reading)]!,
      offset: this.#offsets[reading % this.slots]!,
    };
  }

  /** Keeps an outcome to learn from. @returns whether there is something to learn */
  learnFrom({ slot, unit, last, actual }: Outcome): boolean {
    if (!(unit > 0)) return false;
    const target = prepareTarget(this.#global.preparation, actual - last, unit);
    this.#window.add(this.#inputs, slot * this.#width, target);
    return true;
  }

  /** Another model is learned from now on, of the same task: where it prepares otherwise, all is prepared again. */
  turnTo(global: LearnableModel): void {
    const isPrepared = global.preparationText === this.#global.preparationText;
    this.#global = global;
    if (isPrepared) return;
    this.#prepare = createPreparer(global.preparation);
    this.rebuild();
  }

  /** Prepares all readings again: the examples of those whose outcome is there, and what is not due yet. */
  rebuild(): void {
    const { recipe: { windowLength }, horizon } = this.#global;
    const { count, held } = this.readings;
    this.#window = new ExampleWindow(windowLength, this.#width);
    this.#units.fill(NaN);
    for (let reading = Math.max(count - held, count - horizon - windowLength); reading < count; reading++) {
      this.#fillSlot(reading);
      const outcome = reading - horizon < count - held ? null : this.outcomeOf(reading);
      if (outcome !== null) this.learnFrom(outcome);
    }
  }

  /** Inputs of a reading. @returns its slot */
  #fillSlot(reading: number): number {
    const slot = reading % this.slots;
    this.#units[slot] = this.#prepareReading(reading);
    this.#inputs.set(this.#row, slot * this.#width);
    return slot;
  }

  /** @returns the unit of the change that is forecast, NaN where too few readings are there */
  #prepareReading(reading: number): number {
    const { preparation } = this.#global;
    const { lookback, features } = preparation, { readings } = this;
    const row = readings.rowOf(reading), first = row - lookback + 1;
    if (first < readings.row + 1 - readings.held) return NaN;
    readings.lookFrom(row, countReach(preparation));
    return this.#prepare(readings.rows, first * features.length, this.#row, readings);
  }

  #targetOf(reading: number): number {
    const { features, targetIndex } = this.#global.preparation;
    return this.readings.rows[this.readings.rowOf(reading) * features.length + targetIndex]!;
  }
}
