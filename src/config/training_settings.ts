/** Settings of training, evaluation and model files: a part of the table in settings.ts. */
import { define, defineChoice, defineOptionalChoice } from "./setting.ts";
import {
  durations,
  hiddenLayers,
  integer,
  number,
  optional,
  text,
  toggle,
  topicName,
  words,
} from "./values.ts";

/** The network and its training. */
export const training = {
  fromTopic: define(optional(topicName()), {
    description: "Read this topic, from its beginning to where it ends now, instead of a data set",
    placeholder: "TOPIC",
  }),
  maxMessages: define(optional(integer({ min: 1 })), {
    description: "Read at most N records of the topic",
    placeholder: "N",
  }),
  target: define(optional(text()), {
    description: "Feature to forecast, of traffic several [default: temperature, else the last feature]",
    placeholder: "FEATURE",
  }),
  horizon: define(integer({ min: 1, max: 10_000 }), {
    description: "How many readings ahead; of meters 6, of an imported network 1 where it is not given",
    placeholder: "N",
    default: 12,
  }),
  lookback: define(integer({ min: 1, max: 10_000 }), {
    description:
      "How many readings, or windows of traffic, the network sees; of meters 24, of an imported network what its file " +
      "says, else 1",
    placeholder: "N",
    default: 12,
  }),
  calendar: define(toggle(), {
    description: "Hour of the day and day of the week as inputs; of meters they are",
    default: false,
  }),
  seasonal: define(optional(durations()), {
    description:
      "The target so long before what is forecast as an input, too: 24h,168h (of traffic one); none [default: none; of " +
      "meters 1 to 7 and 14 days]",
    placeholder: "TIME,TIME",
  }),
  perSource: define(toggle(), {
    description:
      "Measure each source by the spread of its own last readings, so that large and small ones count alike; of meters " +
      "they are",
    default: false,
  }),
  recipe: defineOptionalChoice(
    ["default", "plain"],
    "How a classifier is trained where no flag says otherwise [default: default]",
  ),
  hidden: define(optional(hiddenLayers()), {
    description: "Hidden layers: 64 (dense; of traffic LSTM), lstm:64, dropout:0.2 [default: by recipe]",
    placeholder: "N,N",
  }),
  activation: defineOptionalChoice(
    ["relu", "tanh", "sigmoid", "identity"],
    "What ends a hidden layer [default: by recipe]",
  ),
  epochs: define(optional(integer({ min: 1, max: 100_000 })), {
    description: "At most N epochs (passes over the training part) [default: by recipe]",
    placeholder: "N",
  }),
  patience: define(optional(integer({ min: 1, max: 100_000 })), {
    description: "Early stopping: stop after N epochs without a better validation loss [default: by recipe]",
    placeholder: "N",
  }),
  batchSize: define(optional(integer({ min: 1, max: 1_000_000 })), {
    description: "Examples per mini-batch [default: by recipe]",
    placeholder: "N",
  }),
  learningRate: define(optional(number({ above: 0 })), {
    description: "Learning rate: the size of a step [default: by recipe]",
    placeholder: "X",
  }),
  optimizer: defineOptionalChoice(
    ["adam", "adamw", "sgd", "rmsprop"],
    "How a step is made [default: by recipe]",
  ),
  schedule: defineOptionalChoice(
    ["constant", "cosine", "step", "plateau"],
    "How the learning rate changes from epoch to epoch [default: by recipe]",
  ),
  weightDecay: define(optional(number({ min: 0, max: 1 })), {
    description: "Weight decay, with adamw: how strongly weights shrink towards 0 [default: by recipe]",
    placeholder: "X",
  }),
  clipNorm: define(optional(number({ above: 0 })), {
    description: "Clip the gradients of a step to this norm [default: by recipe]",
    placeholder: "X",
  }),
  dropout: define(optional(number({ min: 0, max: 0.95 })), {
    description:
      "Dropout: share of each hidden layer's outputs that is set to 0 in training [default: by recipe]",
    placeholder: "X",
  }),
  criterion: defineOptionalChoice(
    ["macro-f1+accuracy", "macro-f1", "loss"],
    "What a classifier's best epoch is best by, on validation [default: by recipe]",
  ),
  restarts: define(optional(integer({ min: 1, max: 1000 })), {
    description: "Train N times from different initial weights and keep the best [default: by recipe]",
    placeholder: "N",
  }),
  labelSmoothing: define(optional(number({ min: 0, max: 0.95 })), {
    description:
      "Label smoothing: share of an example's target that is spread over all classes [default: by recipe]",
    placeholder: "X",
  }),
  classWeights: define(optional(number({ min: 0, max: 2 })), {
    description: "Class weights: 1 / the class's share, to this power; 0 = all the same [default: by recipe]",
    placeholder: "X",
  }),
  logFeatures: defineOptionalChoice(
    ["counts", "heavy-tailed", "none"],
    "Columns that are taken by their logarithm [default: by recipe]",
  ),
  offsets: defineOptionalChoice(
    ["on", "off"],
    "Decision offsets of the classes, fitted to the criterion on validation [default: by recipe]",
  ),
  seed: define(integer({ min: 0, max: 4_294_967_295 }), {
    description: "Seed: the same one gives the same network, or the same simulated traffic, bit for bit",
    placeholder: "N",
    default: 1,
  }),
  threads: define(integer({ min: 1, max: 64 }), {
    description:
      "Threads that share each step, at most one per core; results differ in the last bits by their number",
    placeholder: "N",
    default: 1,
  }),
  fma: define(toggle(), {
    description: "Fused multiply-add in training: faster; results differ in the last bits between processors",
    default: false,
  }),
  tensorboard: define(optional(text()), {
    description: "Folder for TensorBoard's event files; each run gets its own folder in it",
    placeholder: "DIR",
  }),
  checkpoint: define(optional(text()), {
    description: "Checkpoint file: the state of training after each epoch [default: beside the model]",
    placeholder: "FILE",
  }),
  resume: define(toggle(), {
    description: "Continue a stopped training from its checkpoint",
    default: false,
  }),
  grid: define(optional(text()), {
    description: "Grid search over all combinations: hidden=32|64-64-32,learningRate=1e-3|3e-4",
    placeholder: "KEY=A|B,…",
  }),
  seeds: define(integer({ min: 1, max: 1000 }), {
    description: "Seeds that each setting is tried with, counted up from --seed",
    placeholder: "N",
    default: 5,
  }),
  model: define(text(), {
    description: "Model file",
    placeholder: "FILE",
    default: "model.safetensors",
  }),
  onnx: define(text(), {
    description: "ONNX file",
    placeholder: "FILE",
    default: "model.onnx",
  }),
  classes: define(optional(words()), {
    description: "Classes of an imported network, in the order of its outputs [default: the file's]",
    placeholder: "A,B",
  }),
};

/** How a model is judged. */
export const evaluation = {
  split: defineChoice(["all", "validation", "test"], {
    description: "Evaluate on all of the data, or on the part that training kept for validation or test",
    default: "all",
  }),
  html: define(optional(text()), {
    description: "Also write the evaluation as an HTML page: for classifiers and traffic models",
    placeholder: "FILE",
  }),
};
