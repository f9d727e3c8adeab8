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
  integer,
  integers,
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
  dataset: defineChoice(["sensors"], { description: "A shipped data set", default: "sensors" }),
  csv: define(optional(text()), {
    description: "CSV file instead of a shipped data set; - = standard input",
    placeholder: "FILE",
  }),
  key: define(optional(text()), {
    description: "CSV column that names the source of a row [default: one source, the file's name]",
    placeholder: "COLUMN",
  }),
  features: define(optional(words()), {
    description: "CSV columns with the measured values [default: every other that begins with a number]",
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
    description: "How many readings ahead",
    placeholder: "N",
    default: 12,
  }),
  lookback: define(integer({ min: 1, max: 10_000 }), {
    description: "How many readings the network sees",
    placeholder: "N",
    default: 12,
  }),
  hidden: define(integers(), {
    description: "Sizes of the hidden layers",
    placeholder: "N,N",
    default: [16],
  }),
  epochs: define(integer({ min: 1, max: 100_000 }), {
    description: "At most N passes over the training part",
    placeholder: "N",
    default: 60,
  }),
  batchSize: define(integer({ min: 1, max: 1_000_000 }), {
    description: "Examples per step",
    placeholder: "N",
    default: 64,
  }),
  learningRate: define(number({ above: 0 }), {
    description: "Size of a step",
    placeholder: "X",
    default: 0.001,
  }),
  optimizer: defineChoice(["adam", "sgd"], { description: "How a step is made", default: "adam" }),
  seed: define(integer({ min: 0, max: 4_294_967_295 }), {
    description: "Seed: the same seed gives the same network, bit for bit",
    placeholder: "N",
    default: 1,
  }),
  model: define(text(), {
    description: "Model file",
    placeholder: "FILE",
    default: "model.safetensors",
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
