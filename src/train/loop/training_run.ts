/**
 * The training loop of every network here: mini-batches in a seeded order, epoch after epoch, and the epoch that
 * validates best wins. What is learned is a {@linkcode Lesson}; this file knows neither readings nor classes.
 */
import {
  clipByNorm,
  createOptimizer,
  createSchedule,
  EarlyStopping,
  type EarlyStoppingState,
  type Network,
  type Optimizer,
  type OptimizerState,
  Random,
  type RandomState,
  type Schedule,
  type ScheduleState,
} from "../../../nn/mod.ts";
import type { ClassificationFigures, Lesson } from "./lesson.ts";
import { type Plan, scheduleOf } from "./plan.ts";
import type { Work } from "./work.ts";

/** What one pass over the training part brought. */
export interface EpochResult {
  /** From 1, counted on from restart to restart. */
  readonly trainingEpoch: number;
  /** From 1. */
  readonly restart?: number;
  readonly learningRate: number;
  /** Mean loss over the pass, while the parameters moved. */
  readonly trainingLoss: number;
  readonly validationLoss: number;
  /** Validation loss of the baseline: no change, or the shares of the classes. */
  readonly baselineLoss: number;
  /** Whether no epoch before was better. */
  readonly best: boolean;
  readonly classification?: ClassificationFigures;
}

/** One step, for whoever looks closer. */
export interface BatchResult {
  /** Steps taken, this one included. */
  readonly step: number;
  readonly loss: number;
  readonly learningRate: number;
  /** A classifier's share of these examples that it had right. */
  readonly accuracy?: number;
}

/** Everything that it takes to go on as if nothing had happened; arrays are copies. */
export interface TrainingState {
  /** From 0. */
  readonly restart: number;
  /** Epochs of this restart that are complete. */
  readonly passes: number;
  readonly steps: number;
  readonly parameters: Float64Array;
  readonly optimizer: OptimizerState;
  readonly schedule: ScheduleState;
  readonly order: Int32Array;
  readonly orderRandom: RandomState;
  readonly dropoutRandom: RandomState;
  readonly stopping: EarlyStoppingState;
  /** The best epoch so far; `null` before the first. */
  readonly best: BestEpoch | null;
  readonly history: readonly EpochResult[];
}

/** The best epoch of all restarts so far. */
export interface BestEpoch {
  readonly rank: number;
  readonly parameters: Float64Array;
}

/** A loss that is no longer finite. */
export class DivergenceError extends RangeError {
  override readonly name = "DivergenceError";
}

/** Examples between two pauses at the most, and what they may cost: parameters × time steps, some 100 ms of work. */
const EXAMPLES_PER_SLICE_MAX = 50_000;
const WORK_PER_SLICE = 7e8;
/** Seeds are below 2^32: so many numbers of a seed's own follow each of them. */
const SEED_ROOM = 2 ** 20;
/** Keeps dropout's chance apart from that of the order. */
const DROPOUT_SEED = SEED_ROOM - 1;

/** One training of one network. */
export class TrainingRun {
  readonly #lesson: Lesson;
  readonly #plan: Plan;
  readonly #order: Int32Array;
  #restart = 0;
  #passes = 0;
  #optimizer: Optimizer;
  #schedule: Schedule;
  #stopping: EarlyStopping;
  #orderRandom: Random;
  #dropoutRandom: Random;
  #best: BestEpoch | null = null;
  #steps = 0;
  /** Share of the pass in hand that is done. */
  #share = 0;
  #history: EpochResult[] = [];

  /** From the network as it is, or from where `resumed` left off. @throws {RangeError} where that is another's. */
  constructor(lesson: Lesson, plan: Plan, resumed?: TrainingState) {
    this.#lesson = lesson;
    this.#plan = plan;
    this.#order = new Int32Array(lesson.count);
    const restart = resumed?.restart ?? 0;
    const seed = seedOf(plan.seed, restart);
    this.#restart = restart;
    this.#optimizer = optimizerOf(lesson.network, plan);
    this.#schedule = createSchedule(scheduleOf(plan), plan.learningRate);
    this.#stopping = new EarlyStopping(plan);
    this.#orderRandom = new Random(seed);
    this.#dropoutRandom = new Random(seed * SEED_ROOM + DROPOUT_SEED);
    for (let example = 0; example < lesson.count; example++) this.#order[example] = example;
    if (resumed !== undefined) this.#restore(resumed);
  }

  /** What is trained. */
  get network(): Network {
    return this.#lesson.network;
  }

  /** The epochs so far. */
  get history(): readonly EpochResult[] {
    return this.#history;
  }

  /** Epochs that are done, the one in hand by its share, of those that there will be at most. */
  get progress(): { readonly done: number; readonly total: number } {
    const { epochs, restarts = 1 } = this.#plan;
    return { done: this.#restart * epochs + this.#passes + this.#share, total: restarts * epochs };
  }

  /** What {@linkcode TrainingRun} goes on from; asked for between two epochs. */
  state(): TrainingState {
    return {
      restart: this.#restart,
      passes: this.#passes,
      steps: this.#steps,
      parameters: this.#lesson.network.parameters.slice(),
      optimizer: this.#optimizer.state(),
      schedule: this.#schedule.state(),
      order: this.#order.slice(),
      orderRandom: this.#orderRandom.state(),
      dropoutRandom: this.#dropoutRandom.state(),
      stopping: this.#stopping.state(),
      best: this.#best,
      history: this.#history.slice(),
    };
  }

  /**
   * Trains in place. Yields after every epoch, and `null` within long ones so that the caller can breathe; when it
   * ends or is closed early, the parameters are those that `plan.keep` asks for, of complete epochs alone.
   *
   * @throws {DivergenceError} when a loss is no longer finite.
   */
  *run(onBatch?: (result: BatchResult) => void): Generator<EpochResult | null, void> {
    const { network } = this.#lesson;
    const { epochs, patience, keep, restarts = 1 } = this.#plan;
    let complete = network.parameters.slice();
    try {
      if (this.#history.length > 0) yield* this.#validateKept();
      for (;;) {
        if (this.#passes >= epochs || this.#stopping.state().waited >= patience) {
          if (this.#restart + 1 >= restarts) return;
          this.#beginAgain();
        }
        const trainingLoss = yield* this.#pass(onBatch);
        const result = yield* this.#close(trainingLoss);
        complete = network.parameters.slice();
        yield result;
      }
    } finally {
      network.parameters.set(keep === "best" ? this.#best?.parameters ?? complete : complete);
    }
  }

  /** From other initial weights, with everything new but the best epoch. */
  #beginAgain(): void {
    const { network } = this.#lesson;
    this.#restart++;
    const seed = seedOf(this.#plan.seed, this.#restart);
    const random = new Random(seed);
    for (const layer of network.layers) layer.initialize(random);
    this.#passes = 0;
    // The moments stay where they are: their memory is never given back.
    const { name, slots } = this.#optimizer.state();
    this.#optimizer.restore({ name, steps: 0, slots: slots.map((slot) => slot.fill(0)) });
    this.#optimizer.learningRate = this.#plan.learningRate;
    this.#schedule = createSchedule(scheduleOf(this.#plan), this.#plan.learningRate);
    this.#stopping = new EarlyStopping(this.#plan);
    this.#orderRandom = new Random(seed);
    this.#dropoutRandom = new Random(seed * SEED_ROOM + DROPOUT_SEED);
    for (let example = 0; example < this.#order.length; example++) this.#order[example] = example;
  }

  /** One pass over the training part; returns its mean loss. */
  *#pass(onBatch?: (result: BatchResult) => void): Generator<null, number> {
    const { batchSize, clipNorm } = this.#plan;
    const { network } = this.#lesson;
    const examplesPerSlice = examplesPerSliceOf(network);
    const order = this.#order, optimizer = this.#optimizer;
    optimizer.learningRate = this.#schedule.rate(this.#passes + 1);
    this.#orderRandom.shuffle(order);
    let lossSum = 0;
    let pausedAt = 0;
    for (let from = 0; from < order.length; from += batchSize) {
      const batch = order.subarray(from, from + batchSize);
      const loss = this.#lesson.gradient(batch, this.#dropoutRandom);
      if (!Number.isFinite(loss)) {
        const place = `epoch ${this.#history.length + 1}, batch ${from / batchSize + 1}`;
        throw new DivergenceError(`Cannot go on training: the loss of ${place} is ${loss}, not finite`);
      }
      lossSum += loss * batch.length;
      if (clipNorm !== null) clipByNorm(network.gradients, clipNorm);
      optimizer.step(network.parameters, network.gradients);
      this.#steps++;
      if (onBatch !== undefined) this.#reportBatch(loss, onBatch);
      if (from - pausedAt < examplesPerSlice) continue;
      pausedAt = from;
      this.#share = (from + batch.length) / order.length;
      yield null;
    }
    return lossSum / order.length;
  }

  #reportBatch(loss: number, onBatch: (result: BatchResult) => void): void {
    const { batchAccuracy } = this.#lesson;
    const result = { step: this.#steps, loss, learningRate: this.#optimizer.learningRate };
    onBatch(batchAccuracy === undefined ? result : { ...result, accuracy: batchAccuracy });
  }

  /** After a restart of the program the lesson sees again what stays so far. */
  *#validateKept(): Work<void> {
    const { network, keep } = this.#lesson;
    if (keep === undefined) return;
    const present = network.parameters.slice();
    if (this.#plan.keep === "best") network.parameters.set(this.#best!.parameters);
    yield* this.#lesson.validate();
    this.#lesson.keep!();
    network.parameters.set(present);
  }

  *#close(trainingLoss: number): Work<EpochResult> {
    const { network, baselineLoss } = this.#lesson;
    const epoch = this.#history.length + 1;
    const { loss, rank, classification } = yield* this.#lesson.validate();
    if (!Number.isFinite(loss) || !network.parameters.every(Number.isFinite)) {
      throw new DivergenceError(
        `Cannot go on training: the validation loss after epoch ${epoch} is ${loss}, or a weight is not finite`,
      );
    }
    this.#stopping.observe(rank);
    const best = this.#best === null || rank < this.#best.rank;
    if (best) this.#best = { rank, parameters: network.parameters.slice() };
    if (best || this.#plan.keep === "last") this.#lesson.keep?.();
    this.#schedule.observe(loss);
    this.#passes++;
    this.#share = 0;
    const result: EpochResult = {
      trainingEpoch: epoch,
      ...((this.#plan.restarts ?? 1) > 1 ? { restart: this.#restart + 1 } : {}),
      learningRate: this.#optimizer.learningRate,
      trainingLoss,
      validationLoss: loss,
      baselineLoss,
      best,
      ...(classification === undefined ? {} : { classification }),
    };
    this.#history.push(result);
    return result;
  }

  #restore(state: TrainingState): void {
    const { parameters } = this.#lesson.network;
    if (state.parameters.length !== parameters.length || state.order.length !== this.#order.length) {
      throw new RangeError(
        `Cannot resume ${parameters.length} parameters and ${this.#order.length} examples from a state of ` +
          `${state.parameters.length} and ${state.order.length}`,
      );
    }
    parameters.set(state.parameters);
    this.#optimizer.restore(state.optimizer);
    this.#schedule.restore(state.schedule);
    this.#order.set(state.order);
    this.#orderRandom.restore(state.orderRandom);
    this.#dropoutRandom.restore(state.dropoutRandom);
    this.#stopping.restore(state.stopping);
    this.#best = state.best;
    this.#passes = state.passes;
    this.#steps = state.steps;
    this.#history = [...state.history];
  }
}

/** How many examples go by between two pauses. */
function examplesPerSliceOf({ parameters, spec }: Network): number {
  return Math.min(EXAMPLES_PER_SLICE_MAX, Math.ceil(WORK_PER_SLICE / (parameters.length * spec.steps)));
}

function optimizerOf({ parameters, kernels }: Network, plan: Plan): Optimizer {
  return createOptimizer(plan.optimizer, {
    ...{ length: parameters.length, kernels, learningRate: plan.learningRate },
    ...(plan.optimizer === "adamw" || plan.weightDecay !== 0 ? { weightDecay: plan.weightDecay } : {}),
  });
}

/** The seed of a restart; the plan's own for the first. */
function seedOf(seed: number, restart: number): number {
  return restart === 0 ? seed : new Random(seed * SEED_ROOM + restart).uint32();
}
