/** What classifies: preparation, network and decision offsets, one record at a time. */
import { countOutputs, type Network, predictOneSparse } from "../../nn/mod.ts";
import type { ClassificationTask } from "./metadata.ts";
import { RowEncoder, type TabularPreparation } from "./tabular.ts";

/** What a classifier is made of. */
export interface ClassifierParts {
  readonly name: string;
  readonly version: string;
  readonly task: ClassificationTask;
  readonly preparation: TabularPreparation;
  /** Maps the preparation's I inputs to the probabilities of the classes; ends in a softmax. */
  readonly network: Network;
}

/**
 * A trained classifier as the pipeline sees it. It owns the network's buffers from then on.
 *
 * Shapes: C columns, K classes.
 */
export class Classifier {
  readonly name: string;
  /** Short checksum of the model file's bytes: the same file has the same version. */
  readonly version: string;
  /** What the classes are of. */
  readonly target: string;
  /** K, in the order of the network's outputs. */
  readonly classes: readonly string[];
  /** The class that was most frequent in training. */
  readonly baseline: string;
  /** C, in the order of a record's values. */
  readonly columns: TabularPreparation["columns"];
  /** (K) Of the record that was classified last: their sum is 1. */
  readonly probabilities: Float64Array;
  /** Whether the network answered: `false` where its numbers overflowed, and the answer is the baseline. */
  byNetwork = true;
  /** Texts of the record that was classified last which the training data did not have. */
  unseen = 0;
  readonly #network: Network;
  readonly #encoder: RowEncoder;
  /** (K) e to the power of each offset; `null` where all are 0. */
  readonly #factors: Float64Array | null;

  /** @throws {RangeError} where the network is not one for these inputs and classes. */
  constructor({ name, version, task, preparation, network }: ClassifierParts) {
    const first = network.spec.layers[0]!.kind;
    if (first !== "dense") {
      throw new RangeError(`Cannot classify with a network that begins with ${first}: records are no steps`);
    }
    const encoder = new RowEncoder(preparation);
    const inputs = encoder.row.columns, outputs = task.classes.length;
    if (network.cache.inputs !== inputs || countOutputs(network.spec) !== outputs) {
      throw new RangeError(
        `Cannot classify with a network of ${network.cache.inputs} inputs and ${
          countOutputs(network.spec)
        } ` +
          `outputs: the preparation gives ${inputs} inputs, and there are ${outputs} classes`,
      );
    }
    this.name = name;
    this.version = version;
    this.target = task.target;
    this.classes = task.classes;
    this.baseline = task.baseline;
    this.columns = preparation.columns;
    this.probabilities = new Float64Array(outputs);
    this.#network = network;
    this.#encoder = encoder;
    this.#factors = task.offsets.every((offset) => offset === 0)
      ? null
      : Float64Array.from(task.offsets, Math.exp);
  }

  /**
   * Classifies one record: {@linkcode Classifier.probabilities} and {@linkcode Classifier.unseen} are then its own.
   * Allocates nothing; bit-identical whatever was asked before.
   *
   * @param values (C) finite numbers; for categories places of texts, −1 for an unknown one
   * @returns place of the most probable class, the first of them where several are
   */
  classify(values: Float64Array): number {
    this.unseen = this.#encoder.encode(values);
    const answers = predictOneSparse(this.#network, this.#encoder.row);
    const { probabilities } = this;
    const factors = this.#factors;
    let sum = 0;
    for (let k = 0; k < probabilities.length; k++) {
      const weighed = factors === null ? answers[k]! : answers[k]! * factors[k]!;
      probabilities[k] = weighed;
      sum += weighed;
    }
    this.byNetwork = Number.isFinite(sum);
    if (!this.byNetwork) {
      const place = this.classes.indexOf(this.baseline);
      probabilities.fill(0)[place] = 1;
      return place;
    }
    let best = 0;
    for (let k = 0; k < probabilities.length; k++) {
      if (factors !== null) probabilities[k] = probabilities[k]! / sum;
      if (probabilities[k]! > probabilities[best]!) best = k;
    }
    return best;
  }
}
