/**
 * A device on the stream: each reading is forecast by its models, scored when the outcome is there, then learned. Three
 * models: its own weights, which begin with the global ones and are what it sends; local ones, which never take the
 * global ones; and the global ones under a head of the device's own (its forecast).
 */
import { createNetwork, type OptimizerState, Random } from "../../../nn/mod.ts";
import { restoreForecast } from "../../models/preparation.ts";
import type { Verdict } from "../../predict/source_series.ts";
import type { Update } from "../update.ts";
import type { DeviceState } from "./device_state.ts";
import { seedOf } from "./device_recipe.ts";
import type { LearnableModel } from "./learnable_model.ts";
import type { Learner, LearnOptions } from "./learner.ts";
import { DeviceMemory, OPEN_READINGS_MAX, type Outcome } from "./memory.ts";
import { type Miss, MissWatch } from "./miss_watch.ts";
import { readNumbers, writeNumbers } from "./numbers.ts";
import { personalHead } from "./personal_head.ts";
import { Scores } from "./scores.ts";

/** What a device learned, to be sent: the same bits however often it is. */
export interface OwnUpdate extends Update {
  /** Of the global model that it learned from. */
  readonly version: string;
  readonly metrics: Readonly<Record<string, number>>;
}

interface Model {
  readonly weights: Float64Array;
  readonly optimizer?: OptimizerState;
}

/** Fewest examples that a head is fitted to. */
const HEAD_EXAMPLES_MIN = 50;

/** A device's models and memory. */
export class Device {
  readonly device: string;
  readonly scores = new Scores();
  /** Forecasts that missed beyond its own scale. */
  readonly watch = new MissWatch();
  /** Updates that the server has. */
  updates = 0;
  readonly #learner: Learner;
  readonly #memory: DeviceMemory;
  readonly #random: Random;
  #global: LearnableModel;
  #own: Model;
  #local: Model;
  #personal: Float64Array;
  /** (slots, 3) Answers of the local, the global and the personalised model; no change where one overflows. */
  readonly #answers: Float64Array;
  /** Readings that were forecast, scored and learned. */
  #flushed = 0;
  /** Of the global model that the head was fitted on. */
  #headRound = -1;
  /** Of the newest update. */
  #updatedRound = -1;
  /** Since the newest update. */
  #newExamples = 0;
  /** Since the newest step of learning. */
  #unlearned = 0;
  #pending: OwnUpdate | null = null;
  #isPendingSaved = false;

  /** A device seen first takes the global model; one with a state goes on. @throws RangeError for a state of another */
  constructor(
    device: string,
    { learner, global, state }: {
      readonly learner: Learner;
      readonly global: LearnableModel;
      readonly state: DeviceState | null;
    },
  ) {
    const { recipe: { seed }, spec, weights } = global;
    this.device = device;
    this.#learner = learner;
    this.#global = global;
    this.#memory = new DeviceMemory(global);
    this.#random = new Random(seedOf(device, seed));
    this.#own = { weights };
    this.#local = { weights: createNetwork(spec, new Random(seed)).parameters.slice() };
    this.#personal = weights;
    this.#answers = new Float64Array(3 * this.#memory.slots);
    if (state !== null) this.#restore(state);
  }

  /** Of the global model that it has taken. */
  get round(): number {
    return this.#global.round;
  }

  /** Readings that it has taken. */
  get count(): number {
    return this.#memory.readings.count;
  }

  /** What is to be sent, as soon as a snapshot that has it is stored; `null` where nothing is. */
  get pending(): { readonly update: OwnUpdate; readonly isSaved: boolean } | null {
    return this.#pending && { update: this.#pending, isSaved: this.#isPendingSaved };
  }

  /** What it forecasts with alone, and with the others. */
  get models(): { readonly local: Float64Array; readonly personalised: Float64Array } {
    return { local: this.#local.weights, personalised: this.#personal };
  }

  /** Takes a published global model for its own. One of a lower round is of a federation that began anew. */
  adopt(global: LearnableModel): void {
    const { round, version } = this.#global;
    if (global.round === round && global.version === version) return;
    if (global.round <= round) {
      this.#updatedRound = -1;
      this.#pending = null;
    }
    this.#global = global;
    this.#own = { weights: global.weights };
    this.#personal = global.weights;
    this.#headRound = -1;
    this.#memory.turnTo(global);
  }

  /** Takes a reading: `values` (F). Calls back with misses, of this reading or of some before. */
  take(
    reading: { readonly id: string; readonly timestampMs: number; readonly offset: number },
    values: Float64Array,
    onMiss: (miss: Miss) => void,
  ): Verdict {
    const verdict = this.#memory.take(reading, values);
    if (verdict === "accepted" && this.count - this.#flushed === OPEN_READINGS_MAX) this.flush(onMiss);
    return verdict;
  }

  /** Forecasts, scores and learns all that was taken. */
  flush(onMiss: (miss: Miss) => void): void {
    const from = this.#flushed, { count } = this;
    if (from === count) return;
    this.#forecast(from, count);
    for (let reading = from; reading < count; reading++) {
      const outcome = this.#memory.outcomeOf(reading);
      if (outcome === null) continue;
      this.#score(outcome, onMiss);
      if (!this.#memory.learnFrom(outcome)) continue;
      this.#newExamples++;
      this.#unlearned++;
    }
    this.#flushed = count;
    if (this.#unlearned < this.#global.recipe.batchSize) return;
    const newest = this.#unlearned;
    this.#unlearned = 0;
    this.#learn({ newest, epochs: 1 });
  }

  /** Whether there is work between two readings: an update to make, or a head to fit. */
  get isDue(): boolean {
    return this.#isUpdateDue ||
      (this.#headRound !== this.round && this.#memory.window.count >= HEAD_EXAMPLES_MIN);
  }

  get #isUpdateDue(): boolean {
    const { recipe, round } = this.#global;
    return this.#pending === null && this.#updatedRound < round && this.#newExamples >= recipe.newExamples;
  }

  /** Does what is due: passes over its window, an update of what it learned, a head for the global model. */
  work(): void {
    if (this.#isUpdateDue) this.#makeUpdate();
    this.#personal = personalHead(this.#learner, this.#memory.window, this.#global.weights);
    this.#headRound = this.round;
  }

  /** The server has answered: what was pending is done with. */
  settle(update: OwnUpdate, { accepted }: { readonly accepted: boolean }): void {
    if (this.#pending?.round !== update.round || this.#pending.version !== update.version) return;
    this.#pending = null;
    if (accepted) this.updates++;
  }

  /** A snapshot: all of it but the optimizers' memory, which begins anew; what was taken is flushed. */
  toJson(): DeviceState {
    const { round, version, weights: global } = this.#global;
    this.#isPendingSaved = true;
    const orNull = (weights: Float64Array) => weights === global ? null : writeNumbers(weights);
    return {
      ...{ device: this.device, round, version, readings: this.#memory.readings.toJson() },
      ...{ own: orNull(this.#own.weights), personal: orNull(this.#personal) },
      ...{ local: writeNumbers(this.#local.weights), answers: writeNumbers(this.#answers) },
      ...{ headRound: this.#headRound, updatedRound: this.#updatedRound },
      ...{ newExamples: this.#newExamples, unlearned: this.#unlearned, updates: this.updates },
      pending: this.#pending && { ...this.#pending, weights: writeNumbers(this.#pending.weights) },
      ...{ scores: this.scores.toJson(), watch: this.watch.toJson() },
      random: [...this.#random.state()],
    };
  }

  #restore(state: DeviceState): void {
    const { weights } = this.#global, { length } = weights;
    const read = (text: string | null) => text === null ? weights : readNumbers(text, length);
    this.#memory.readings.restore(state.readings);
    this.#memory.rebuild();
    this.#flushed = this.count;
    this.#local = { weights: read(state.local) };
    this.#random.restore(state.random);
    this.watch.restore(state.watch);
    this.scores.restore(state.scores);
    this.updates = state.updates;
    this.#newExamples = state.newExamples;
    this.#unlearned = state.unlearned;
    // Else of a federation that began anew since.
    if (state.round < this.round || (state.round === this.round && state.version === this.#global.version)) {
      this.#updatedRound = state.updatedRound;
      const { pending } = state;
      this.#pending = pending && { ...pending, weights: readNumbers(pending.weights, length) };
      this.#isPendingSaved = true;
    }
    if (state.round === this.round && state.version === this.#global.version) {
      this.#own = { weights: read(state.own) };
      this.#personal = read(state.personal);
      this.#headRound = state.headRound;
    }
    this.#answers.set(readNumbers(state.answers, this.#answers.length));
  }

  #makeUpdate(): void {
    const { round, version } = this.#global;
    const loss = this.#learn({});
    this.#updatedRound = round;
    this.#newExamples = 0;
    if (loss === null) return;
    this.#isPendingSaved = false;
    this.#pending = {
      ...{ device: this.device, round, version, numExamples: this.#memory.window.count },
      ...{ weights: this.#own.weights, metrics: this.#metrics(loss) },
    };
  }

  #metrics(loss: number): Readonly<Record<string, number>> {
    return { loss, ...this.scores.metrics(), anomalies: this.watch.misses };
  }

  /** Own and local weights learn from the same examples in the same order. @returns the own ones' loss, where it is one */
  #learn({ newest, epochs }: { readonly newest?: number; readonly epochs?: number }): number | null {
    const { weights: proximalTo, recipe: { proximal, rateOf } } = this.#global;
    const { window } = this.#memory, random = this.#random.state();
    const learn = (model: Model, options: Pick<LearnOptions, "proximal" | "proximalTo">) => {
      this.#random.restore(random);
      const learned = this.#learner.learn(window, {
        ...{ ...options, from: model.weights, optimizer: model.optimizer, random: this.#random },
        ...{ places: window.inOrder(newest), epochs, learningRate: rateOf(this.round) },
      });
      return learned.weights.every(Number.isFinite) && Number.isFinite(learned.loss) ? learned : null;
    };
    const local = learn(this.#local, {}), own = learn(this.#own, { proximal, proximalTo });
    // What diverges stays where it was: a weight that is not finite would never leave the device.
    this.#local = local ?? { weights: this.#local.weights };
    this.#own = own ?? { weights: proximalTo };
    return own?.loss ?? null;
  }

  #forecast(from: number, to: number): void {
    const { slots, inputs } = this.#memory.inputsOf(from, to);
    if (slots.length === 0) return;
    const predict = (weights: Float64Array) => this.#learner.predict(weights, inputs);
    const { weights } = this.#global;
    const global = predict(weights);
    const personal = this.#personal === weights ? global : predict(this.#personal);
    [predict(this.#local.weights), global, personal].forEach((answers, who) =>
      slots.forEach((slot, i) =>
        this.#answers[3 * slot + who] = Number.isFinite(answers[i]) ? answers[i]! : 0
      )
    );
  }

  #score(outcome: Outcome, onMiss: (miss: Miss) => void): void {
    const { slot, unit, last, actual } = outcome;
    const { preparation } = this.#global;
    const restored = (who: number) =>
      restoreForecast(preparation, last, this.#answers[3 * slot + who]!, unit);
    const predicted = restored(2);
    this.scores.add(actual, [last, restored(0), restored(1), predicted]);
    const miss = this.watch.take(outcome, predicted);
    if (miss !== null) onMiss(miss);
  }
}
