/**
 * Learning-rate schedules: which rate an epoch has, from what came before it alone.
 *
 * Epochs count from 1. `step` and `cosine` are PyTorch's `StepLR` and `CosineAnnealingLR` (which count from 0),
 * `plateau` is its `ReduceLROnPlateau` with a relative threshold.
 */

/** What a schedule is described by; plain JSON. */
export type ScheduleSpec =
  | ConstantSpec
  | StepSpec
  | CosineSpec
  | PlateauSpec;

/** The base rate throughout. */
export interface ConstantSpec {
  /** Which one it is. */
  readonly kind: "constant";
}

/** The base rate times `factor` for every `every` epochs that have passed. */
export interface StepSpec {
  /** Which one it is. */
  readonly kind: "step";
  /** Epochs between two steps. */
  readonly every: number;
  /** Above 0, at most 1; default 0.1. */
  readonly factor?: number;
}

/** From the base rate to the least one along half a cosine (Loshchilov and Hutter 2017), without restarts. */
export interface CosineSpec {
  /** Which one it is. */
  readonly kind: "cosine";
  /** Epochs, the warm-up included, after which the rate is least; it then stays so. */
  readonly epochs: number;
  /** Epochs W at the beginning in which the rate rises evenly: base·e/(W+1) in epoch e; default 0. */
  readonly warmUp?: number;
  /** The least rate; default 0. */
  readonly minimum?: number;
}

/** Times `factor` when more than `patience` epochs in a row were no better. */
export interface PlateauSpec {
  /** Which one it is. */
  readonly kind: "plateau";
  /** Above 0, below 1; default 0.1. */
  readonly factor?: number;
  /** Epochs that are put up with; default 10. */
  readonly patience?: number;
  /** Better is below best·(1 − threshold); from 0 to below 1, default 1e-4. */
  readonly threshold?: number;
  /** Epochs after a reduction in which none counts as no better; default 0. */
  readonly cooldown?: number;
  /** The least rate; default 0. */
  readonly minimum?: number;
}

/** What a schedule remembers; plain JSON. */
export type ScheduleState = { readonly kind: "constant" | "step" | "cosine" } | PlateauState;

/** What `plateau` remembers. */
export interface PlateauState {
  /** Whose state it is. */
  readonly kind: "plateau";
  /** The rate now. */
  readonly rate: number;
  /** The lowest loss that counted as better; null before the first. */
  readonly best: number | null;
  /** Epochs in a row that were no better. */
  readonly badEpochs: number;
  /** Epochs of cooldown that are left. */
  readonly cooldownLeft: number;
}

/** A schedule at work. */
export interface Schedule {
  /** Which one it is. */
  readonly kind: ScheduleSpec["kind"];
  /**
   * η of an epoch.
   *
   * @param epoch from 1; `plateau` gives the rate of the epoch after the last loss observed, whatever is asked
   * @throws RangeError when the epoch is below 1
   */
  rate(epoch: number): number;
  /** Reports the validation loss of a finished epoch; one that is not finite is no better than any. */
  observe(validationLoss: number): void;
  /** A copy of what it remembers. */
  state(): ScheduleState;
  /** Goes on from a state. @throws RangeError when the state is another schedule's */
  restore(state: ScheduleState): void;
}

/**
 * A schedule from its description.
 *
 * @param baseRate η of the first epoch (behind the warm-up)
 * @throws RangeError when a setting is out of range
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const schedule = createSchedule({ kind: "step", every: 2, factor: 0.5 }, 0.01);
 * assert.deepEqual([1, 2, 3, 4, 5].map((epoch) => schedule.rate(epoch)), [0.01, 0.01, 0.005, 0.005, 0.0025]);
 * ```
 */
export function createSchedule(spec: ScheduleSpec, baseRate: number): Schedule {
  check("a base rate of", baseRate, baseRate >= 0 && baseRate < Infinity);
  switch (spec.kind) {
    case "constant":
      return stateless("constant", () => baseRate);
    case "step": {
      const { every, factor = 0.1 } = spec;
      check("a step every", every, Number.isSafeInteger(every) && every > 0);
      check("a factor of", factor, factor > 0 && factor <= 1);
      return stateless("step", (epoch) => baseRate * factor ** Math.floor((epoch - 1) / every));
    }
    case "cosine":
      return cosine(spec, baseRate);
    case "plateau":
      return new PlateauSchedule(spec, baseRate);
    default: {
      const { kind } = spec satisfies never as { kind: string };
      throw new RangeError(
        `Cannot make a schedule ${JSON.stringify(kind)}: constant, step, cosine or plateau is wanted`,
      );
    }
  }
}

function stateless(kind: "constant" | "step" | "cosine", rateOf: (epoch: number) => number): Schedule {
  return {
    kind,
    rate(epoch) {
      checkEpoch(epoch);
      return rateOf(epoch);
    },
    observe() {},
    state: () => ({ kind }),
    restore: (state) => checkKind(state, kind),
  };
}

function cosine({ epochs, warmUp = 0, minimum = 0 }: CosineSpec, baseRate: number): Schedule {
  check("a warm-up of", warmUp, Number.isSafeInteger(warmUp) && warmUp >= 0);
  check("a cosine over", epochs, Number.isSafeInteger(epochs) && epochs > warmUp);
  check("a least rate of", minimum, minimum >= 0 && minimum <= baseRate);
  return stateless("cosine", (epoch) => {
    const passed = epoch - 1;
    if (passed < warmUp) return baseRate * epoch / (warmUp + 1);
    const share = Math.min(1, (passed - warmUp) / (epochs - warmUp));
    return minimum + (baseRate - minimum) * (1 + Math.cos(Math.PI * share)) / 2;
  });
}

class PlateauSchedule implements Schedule {
  readonly kind = "plateau";
  readonly #factor: number;
  readonly #patience: number;
  readonly #threshold: number;
  readonly #cooldown: number;
  readonly #minimum: number;
  #state: PlateauState;

  constructor(spec: PlateauSpec, baseRate: number) {
    const { factor = 0.1, patience = 10, threshold = 1e-4, cooldown = 0, minimum = 0 } = spec;
    check("a factor of", factor, factor > 0 && factor < 1);
    check("a patience of", patience, Number.isSafeInteger(patience) && patience >= 0);
    check("a threshold of", threshold, threshold >= 0 && threshold < 1);
    check("a cooldown of", cooldown, Number.isSafeInteger(cooldown) && cooldown >= 0);
    check("a least rate of", minimum, minimum >= 0 && minimum <= baseRate);
    this.#factor = factor;
    this.#patience = patience;
    this.#threshold = threshold;
    this.#cooldown = cooldown;
    this.#minimum = minimum;
    this.#state = { kind: "plateau", rate: baseRate, best: null, badEpochs: 0, cooldownLeft: 0 };
  }

  rate(epoch: number): number {
    checkEpoch(epoch);
    return this.#state.rate;
  }

  observe(validationLoss: number): void {
    let { rate, best, badEpochs, cooldownLeft } = this.#state;
    if (Number.isFinite(validationLoss) && validationLoss < (best ?? Infinity) * (1 - this.#threshold)) {
      best = validationLoss;
      badEpochs = 0;
    } else badEpochs++;
    if (cooldownLeft > 0) {
      cooldownLeft--;
      badEpochs = 0;
    }
    if (badEpochs > this.#patience) {
      rate = Math.max(this.#minimum, rate * this.#factor);
      cooldownLeft = this.#cooldown;
      badEpochs = 0;
    }
    this.#state = { kind: "plateau", rate, best, badEpochs, cooldownLeft };
  }

  state(): ScheduleState {
    return { ...this.#state };
  }

  restore(state: ScheduleState): void {
    checkKind(state, "plateau");
    const { rate, best, badEpochs, cooldownLeft } = state as PlateauState;
    const counts = [badEpochs, cooldownLeft].every((count) => Number.isSafeInteger(count) && count >= 0);
    if (!counts || !(rate >= 0 && rate < Infinity) || !(best === null || best < Infinity)) {
      throw new RangeError(
        `Cannot restore the state ${
          JSON.stringify(state)
        }: a rate, a loss or null, and two counts are wanted`,
      );
    }
    this.#state = { kind: "plateau", rate, best, badEpochs, cooldownLeft };
  }
}

function check(what: string, value: number, valid: boolean): void {
  if (!valid) throw new RangeError(`Cannot make a schedule with ${what} ${value}: it is out of range`);
}

function checkEpoch(epoch: number): void {
  if (!(epoch >= 1)) throw new RangeError(`There is no rate of epoch ${epoch}: epochs count from 1`);
}

function checkKind(state: ScheduleState, kind: ScheduleSpec["kind"]): void {
  if (state.kind !== kind) {
    throw new RangeError(`Cannot restore the state of a schedule ${state.kind}: it is wanted of ${kind}`);
  }
}
