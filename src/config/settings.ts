/**
 * All settings in one table: what each means, how it is checked, what it is when nobody gives it.
 *
 * A key is spelled `bootstrapServer` in a configuration file, `--bootstrap-server` as a flag and
 * `STREAMFLOW_BOOTSTRAP_SERVER` in the environment.
 */
import type { z } from "zod";
import {
  address,
  addresses,
  choice,
  duration,
  hiddenLayers,
  integer,
  number,
  optional,
  text,
  toggle,
  topicName,
  words,
} from "./values.ts";

/** A setting: its meaning, its check, its default. */
export interface Setting<S extends z.ZodType = z.ZodType> {
  readonly description: string;
  /** From text (flag, environment) or a file's value to the typed value. */
  readonly schema: S;
  /** What stands for the value in help texts; a setting without one is a switch. */
  readonly placeholder?: string;
  /** The words that are allowed, where they are few. */
  readonly choices?: readonly string[];
  /** Absent where the setting is optional. */
  readonly default?: z.output<S>;
  /** Never a flag and never printed. */
  readonly secret?: boolean;
  /** A flag of every command. */
  readonly global?: boolean;
}

function define<S extends z.ZodType>(schema: S, rest: Omit<Setting<S>, "schema">): Setting<S> {
  return { schema, ...rest };
}

function defineChoice<const C extends readonly [string, ...string[]]>(
  choices: C,
  rest: { description: string; default: C[number] },
): Setting<ReturnType<typeof choice<C>>> {
  return { schema: choice(choices), choices, placeholder: choices.join("|"), ...rest } as Setting<
    ReturnType<typeof choice<C>>
  >;
}

/** A choice that may be absent. */
function defineOptionalChoice<const C extends readonly [string, ...string[]]>(
  choices: C,
  description: string,
): Setting<z.ZodOptional<ReturnType<typeof choice<C>>>> {
  return { schema: optional(choice(choices)), choices, placeholder: choices.join("|"), description };
}

/** The way to the cluster. */
const connection = {
  bootstrapServer: define(addresses(), {
    description: "Kafka brokers to begin with, host:port, several separated by commas",
    placeholder: "HOST:PORT",
    default: "127.0.0.1:9092",
  }),
  client: defineChoice(["kafkajs", "platformatic"], {
    description: "Kafka client library",
    default: "platformatic",
  }),
  clientId: define(text(), {
    description: "Name that the brokers log for this client",
    placeholder: "NAME",
    default: "streamflow",
  }),
  tls: define(toggle(), { description: "Connect with TLS", default: false }),
  tlsCaFile: define(optional(text()), {
    description: "PEM file with the authority to trust (implies --tls)",
    placeholder: "FILE",
  }),
  tlsCertFile: define(optional(text()), {
    description: "PEM file with this client's certificate (implies --tls)",
    placeholder: "FILE",
  }),
  tlsKeyFile: define(optional(text()), {
    description: "PEM file with this client's private key (implies --tls)",
    placeholder: "FILE",
  }),
  saslMechanism: {
    schema: optional(choice(["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])),
    choices: ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"],
    description: "How to authenticate",
    placeholder: "PLAIN|SCRAM-SHA-256|SCRAM-SHA-512",
  },
  saslUsername: define(optional(text()), { description: "Who authenticates", placeholder: "NAME" }),
  saslPassword: define(optional(text()), {
    description: "Password: only from the environment or a configuration file, never a flag",
    placeholder: "SECRET",
    secret: true,
  }),
  saslPasswordFile: define(optional(text()), {
    description: "File whose first line is the password",
    placeholder: "FILE",
  }),
};

/** How the program speaks. */
const presentation = {
  config: define(optional(text()), {
    description: "Configuration file (.toml, .yaml, .json) [default: ./streamflow.{toml,yaml,json}]",
    placeholder: "FILE",
    global: true,
  }),
  quiet: define(toggle(), { description: "Only warnings and errors", default: false, global: true }),
  verbose: define(toggle(), {
    description: "More detail, and stacks of errors",
    default: false,
    global: true,
  }),
  json: define(toggle(), { description: "JSON on standard output", default: false, global: true }),
  color: define(toggle(), {
    description: "Colours (off with --no-color, NO_COLOR, or when not a terminal)",
    default: true,
    global: true,
  }),
};

/** Topics and the group. */
const topics = {
  topic: define(topicName(), {
    description: "Topic for the readings",
    placeholder: "TOPIC",
    default: "input-data",
  }),
  input: define(topicName(), {
    description: "Topic with the readings",
    placeholder: "TOPIC",
    default: "input-data",
  }),
  output: define(topicName(), {
    description: "Topic for the predictions",
    placeholder: "TOPIC",
    default: "predictions",
  }),
  deadLetter: define(topicName(), {
    description: "Topic for records that cannot be used",
    placeholder: "TOPIC",
    default: "dead-letters",
  }),
  group: define(text(), { description: "Consumer group", placeholder: "GROUP", default: "streamflow" }),
  partitions: define(optional(integer({ min: 1, max: 10_000 })), {
    description: "Partitions of a topic that is created [default: the broker's]",
    placeholder: "N",
  }),
  replicationFactor: define(optional(integer({ min: 1, max: 100 })), {
    description: "Copies of each partition of a topic that is created [default: the broker's]",
    placeholder: "N",
  }),
  sessionTimeout: define(duration(), {
    description: "A member of the group that is silent for so long loses its partitions to the others",
    placeholder: "TIME",
    default: 30,
  }),
  from: defineChoice(["beginning", "latest"], {
    description: "Where to begin when the group has committed nothing",
    default: "beginning",
  }),
};

/** The embedded broker. */
const broker = {
  listen: define(address(), {
    description: "Where the embedded broker listens; port 0 = any that is free",
    placeholder: "HOST:PORT",
    default: "127.0.0.1:9092",
  }),
  advertise: define(optional(address()), {
    description: "Address that clients are told [default: where it listens]",
    placeholder: "HOST:PORT",
  }),
  dataDir: define(text(), {
    description: "Directory of the embedded broker's log",
    placeholder: "DIR",
    default: "streamflow-data",
  }),
  memory: define(toggle(), { description: "Keep everything in memory, nothing on disk", default: false }),
  defaultPartitions: define(integer({ min: 1, max: 10_000 }), {
    description: "Partitions of a topic whose creator names no number",
    placeholder: "N",
    default: 1,
  }),
  flush: defineChoice(["interval", "always", "never"], {
    description: "When the log is forced to disk; `interval` survives a killed process, `always` a power cut",
    default: "interval",
  }),
};

/** What is read and how fast. */
const readings = {
  dataset: defineChoice(["sensors", "nsl-kdd"], {
    description: "sensors is shipped; the files of nsl-kdd are named by --train, --test, --file",
    default: "sensors",
  }),
  train: define(optional(text()), { description: "File to train on: KDDTrain+.txt", placeholder: "FILE" }),
  test: define(optional(text()), {
    description: "File for validation and test: KDDTest+.txt",
    placeholder: "FILE",
  }),
  file: define(optional(text()), {
    description: "File of the data set: KDDTest+.txt; - = standard input",
    placeholder: "FILE",
  }),
  unknownLabel: defineChoice(["error", "skip"], {
    description: "A label of no known class: end with an error, or leave the row out and count it",
    default: "error",
  }),
  csv: define(optional(text()), {
    description: "CSV file instead of a shipped data set; - = standard input",
    placeholder: "FILE",
  }),
  key: define(optional(text()), {
    description: "CSV column that names the source of a row [default: one source, the file's name]",
    placeholder: "COLUMN",
  }),
  features: define(optional(words()), {
    description:
      "CSV columns with the measured values [default: every other that begins with a number]; names of an " +
      "imported network's inputs",
    placeholder: "A,B",
  }),
  timestamp: define(optional(text()), {
    description:
      "CSV column with the time: ISO 8601, Unix seconds or milliseconds [default: timestamp or time]",
    placeholder: "COLUMN",
  }),
  rate: define(number({ min: 0 }), {
    description: "Readings per second; 0 = as fast as possible",
    placeholder: "N",
    default: 100,
  }),
  speed: define(optional(number({ above: 0 })), {
    description: "Replay at X times the recorded pace, instead of --rate",
    placeholder: "X",
  }),
  limit: define(optional(integer({ min: 1 })), {
    description: "Stop after N readings",
    placeholder: "N",
  }),
  loop: define(toggle(), { description: "Begin again at the end", default: false }),
};

/** The network and its training. */
const training = {
  fromTopic: define(optional(topicName()), {
    description: "Train from the readings on this topic",
    placeholder: "TOPIC",
  }),
  maxMessages: define(optional(integer({ min: 1 })), {
    description: "Read at most N readings of the topic",
    placeholder: "N",
  }),
  target: define(optional(text()), {
    description: "Feature to forecast [default: temperature, else the last feature]",
    placeholder: "FEATURE",
  }),
  horizon: define(integer({ min: 1, max: 10_000 }), {
    description: "How many readings ahead; of an imported network 1 where it is not given",
    placeholder: "N",
    default: 12,
  }),
  lookback: define(integer({ min: 1, max: 10_000 }), {
    description: "How many readings the network sees; of an imported one what its file says, else 1",
    placeholder: "N",
    default: 12,
  }),
  recipe: defineOptionalChoice(
    ["default", "plain"],
    "How a classifier is trained where no flag says otherwise [default: default]",
  ),
  hidden: define(optional(hiddenLayers()), {
    description: "Hidden layers: 64 (dense), lstm:64, dropout:0.2 [default: the recipe's]",
    placeholder: "N,N",
  }),
  activation: defineOptionalChoice(
    ["relu", "tanh", "sigmoid", "identity"],
    "What ends a hidden layer [default: the recipe's]",
  ),
  epochs: define(optional(integer({ min: 1, max: 100_000 })), {
    description: "At most N passes over the training part [default: the recipe's]",
    placeholder: "N",
  }),
  patience: define(optional(integer({ min: 1, max: 100_000 })), {
    description: "Stop after N passes without a better one on validation [default: the recipe's]",
    placeholder: "N",
  }),
  batchSize: define(optional(integer({ min: 1, max: 1_000_000 })), {
    description: "Examples per step [default: the recipe's]",
    placeholder: "N",
  }),
  learningRate: define(optional(number({ above: 0 })), {
    description: "Size of a step [default: the recipe's]",
    placeholder: "X",
  }),
  optimizer: defineOptionalChoice(
    ["adam", "adamw", "sgd", "rmsprop"],
    "How a step is made [default: the recipe's]",
  ),
  schedule: defineOptionalChoice(
    ["constant", "cosine", "step", "plateau"],
    "How the learning rate changes from epoch to epoch [default: the recipe's]",
  ),
  weightDecay: define(optional(number({ min: 0, max: 1 })), {
    description: "Pull of the weights towards 0; with adamw [default: the recipe's]",
    placeholder: "X",
  }),
  clipNorm: define(optional(number({ above: 0 })), {
    description: "Largest norm of the gradients of a step [default: the recipe's]",
    placeholder: "X",
  }),
  dropout: define(optional(number({ min: 0, max: 0.95 })), {
    description: "Share of each hidden layer's outputs that is dropped in training [default: the recipe's]",
    placeholder: "X",
  }),
  criterion: defineOptionalChoice(
    ["macro-f1+accuracy", "macro-f1", "loss"],
    "What a classifier's best epoch is best by, on validation [default: the recipe's]",
  ),
  restarts: define(optional(integer({ min: 1, max: 1000 })), {
    description: "Trainings from other initial weights, of which the best stays [default: the recipe's]",
    placeholder: "N",
  }),
  labelSmoothing: define(optional(number({ min: 0, max: 0.95 })), {
    description: "Share of an example's target that is spread over all classes [default: the recipe's]",
    placeholder: "X",
  }),
  classWeights: define(optional(number({ min: 0, max: 2 })), {
    description: "A class weighs 1 / its share to this power; 0 = all alike [default: the recipe's]",
    placeholder: "X",
  }),
  logFeatures: defineOptionalChoice(
    ["counts", "heavy-tailed", "none"],
    "Columns that are taken by their logarithm [default: the recipe's]",
  ),
  offsets: defineOptionalChoice(
    ["on", "off"],
    "Decision offsets of the classes, fitted to the criterion on validation [default: the recipe's]",
  ),
  seed: define(integer({ min: 0, max: 4_294_967_295 }), {
    description: "Seed: the same seed gives the same network, bit for bit",
    placeholder: "N",
    default: 1,
  }),
  threads: define(integer({ min: 1, max: 64 }), {
    description: "Threads that share each step, at most one per core; another number gives other last bits",
    placeholder: "N",
    default: 1,
  }),
  fma: define(toggle(), {
    description: "Fused multiply-add in training: faster, and other last bits on another processor",
    default: false,
  }),
  tensorboard: define(optional(text()), {
    description: "Folder for TensorBoard's event files: a run of its own below it",
    placeholder: "DIR",
  }),
  checkpoint: define(optional(text()), {
    description: "Where the state of training is kept after each epoch [default: beside the model]",
    placeholder: "FILE",
  }),
  resume: define(toggle(), {
    description: "Go on from the checkpoint of a training that was stopped",
    default: false,
  }),
  grid: define(optional(text()), {
    description: "Settings to try, in all combinations: hidden=32|64-64-32,learningRate=1e-3|3e-4",
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
const evaluation = {
  split: defineChoice(["all", "validation", "test"], {
    description: "Judge all of the data, or the part that training used to validate or to test",
    default: "all",
  }),
  html: define(optional(text()), {
    description: "Write the evaluation of a classifier as a page, too",
    placeholder: "FILE",
  }),
};

/** Where likes come from. */
const youtube = {
  apiBase: define(text().refine((base) => URL.canParse(base), { error: "a URL" }), {
    description: "Where the YouTube Data API is: a proxy, or a stand-in for tests",
    placeholder: "URL",
    default: "https://www.googleapis.com/youtube/v3",
  }),
  quotaBudget: define(optional(integer({ min: 1 })), {
    description: "End before more than N units of the day's quota are spent",
    placeholder: "N",
  }),
  wait: define(toggle(), {
    description: "When the day's quota is gone, go on at midnight Pacific time",
    default: false,
  }),
  record: define(optional(text()), {
    description: "Write every event to this file, too, one per line: for replay",
    placeholder: "FILE",
  }),
  format: defineChoice(["json", "text"], {
    description: "json: an event per change; text: key = title, value = total likes",
    default: "json",
  }),
};

/** When a command ends, and how often it shows something. */
const pace = {
  untilIdle: define(optional(duration()), {
    description: "End after this long without a new reading: 5, 5s, 1m",
    placeholder: "TIME",
  }),
  interval: define(number({ min: 0.05, max: 3600 }), {
    description: "Seconds between two refreshes",
    placeholder: "SECONDS",
    default: 1,
  }),
  view: defineChoice(["predictions", "youtube"], {
    description: "What is watched: predictions, or the totals of likes",
    default: "predictions",
  }),
  once: define(toggle(), { description: "One snapshot, then end", default: false }),
  duration: define(optional(duration()), {
    description: "End after this long: 20, 20s, 5m",
    placeholder: "TIME",
  }),
  origin: define(toggle(), { description: "Show which source set each value", default: false }),
};

/** Every setting by its key. */
export const SETTINGS = {
  ...connection,
  ...presentation,
  ...topics,
  ...broker,
  ...readings,
  ...training,
  ...evaluation,
  ...youtube,
  ...pace,
} as const;

/** Name of a setting, as in a configuration file. */
export type SettingKey = keyof typeof SETTINGS;

/** All settings, validated: one typed value; `undefined` where an optional one was not given. */
export type Settings = { readonly [K in SettingKey]: z.output<(typeof SETTINGS)[K]["schema"]> };

/** Keys of all settings, in the order of the table. */
export const SETTING_KEYS = Object.keys(SETTINGS) as SettingKey[];

/** The settings that every command that talks to Kafka needs. */
export const CONNECTION_KEYS = Object.keys(connection) as (keyof typeof connection)[];

/** Keys of {@linkcode CONNECTION_KEYS}. */
export type ConnectionKey = keyof typeof connection;

/** The row of a setting, in one shape for all. */
export function settingOf(key: SettingKey): Setting {
  return SETTINGS[key];
}

function splitKey(key: string): string[] {
  return key.split(/(?=[A-Z])/).map((word) => word.toLowerCase());
}

/** `bootstrapServer` → `--bootstrap-server`; a switch that is on by default is spelled `--no-…`. */
export function flagOf(key: SettingKey): string {
  const setting = settingOf(key);
  return `--${setting.placeholder === undefined && setting.default === true ? "no-" : ""}${
    splitKey(key).join("-")
  }`;
}

/** `bootstrapServer` → `STREAMFLOW_BOOTSTRAP_SERVER`. */
export function environmentNameOf(key: SettingKey): string {
  return `STREAMFLOW_${splitKey(key).join("_").toUpperCase()}`;
}
