/**
 * All settings in one table: what each means, how it is checked, what it is when nobody gives it.
 *
 * A key is spelled `bootstrapServer` in a configuration file, `--bootstrap-server` as a flag and
 * `STREAMFLOW_BOOTSTRAP_SERVER` in the environment.
 */
import type { z } from "zod";
import { define, defineChoice, type Setting } from "./setting.ts";
import { datasets, readings } from "./datasets_settings.ts";
import { federated } from "./federated_settings.ts";
import { traffic } from "./traffic_settings.ts";
import { evaluation, training } from "./training_settings.ts";
import { web } from "./web_settings.ts";
import { youtube } from "./youtube_settings.ts";
import {
  address,
  addresses,
  choice,
  duration,
  integer,
  number,
  optional,
  text,
  toggle,
  topicName,
} from "./values.ts";

export type { Setting };

/** The way to the cluster. */
const connection = {
  bootstrapServer: define(addresses(), {
    description: "Kafka brokers to connect to first, host:port, several separated by commas",
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
    description: "PEM file with the certificate authority to trust (implies --tls)",
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
  saslUsername: define(optional(text()), { description: "User name for SASL", placeholder: "NAME" }),
  saslPassword: define(optional(text()), {
    description: "Password: only from the environment or a configuration file, never a flag",
    placeholder: "SECRET",
    secret: true,
  }),
  saslPasswordFile: define(optional(text()), {
    description: "File whose first line is the password",
    placeholder: "FILE",
  }),
  allowPlaintextCredentials: define(toggle(), {
    description:
      "Allow passwords and keys to go to other machines without TLS; not settable in a configuration file",
    default: false,
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
    description: "Topic to read",
    placeholder: "TOPIC",
    default: "input-data",
  }),
  output: define(topicName(), {
    description: "Topic for the predictions, forecasts or windows",
    placeholder: "TOPIC",
    default: "predictions",
  }),
  deadLetter: define(topicName(), {
    description: "Dead-letter topic: invalid records, each with its reason",
    placeholder: "TOPIC",
    default: "dead-letters",
  }),
  models: define(optional(topicName()), {
    description:
      "Topic of model announcements: training announces its model, and consumers that run a file of that name load it",
    placeholder: "TOPIC",
  }),
  group: define(text(), { description: "Consumer group", placeholder: "GROUP", default: "streamflow" }),
  partitions: define(optional(integer({ min: 1, max: 10_000 })), {
    description: "Partitions of a topic that is created [default: the broker's]",
    placeholder: "N",
  }),
  replicationFactor: define(optional(integer({ min: 1, max: 100 })), {
    description: "Replicas of each partition of a topic that is created [default: the broker's]",
    placeholder: "N",
  }),
  sessionTimeout: define(duration(), {
    description: "A group member without a heartbeat for so long loses its partitions to the others",
    placeholder: "TIME",
    default: 30,
  }),
  from: defineChoice(["beginning", "latest"], {
    description: "Where to start when the group has no committed offset",
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
    description: "Address that clients connect to [default: where it listens]",
    placeholder: "HOST:PORT",
  }),
  dataDir: define(text(), {
    description: "Directory of the embedded broker's log",
    placeholder: "DIR",
    default: "streamflow-data",
  }),
  memory: define(toggle(), { description: "Keep everything in memory, nothing on disk", default: false }),
  memoryMax: define(integer({ min: 1, max: 65_536 }), {
    description: "With --memory: MiB of records in all; past that the largest partition loses its oldest",
    placeholder: "MIB",
    default: 256,
  }),
  defaultPartitions: define(integer({ min: 1, max: 10_000 }), {
    description: "Partitions of a topic that is created without a number of them",
    placeholder: "N",
    default: 1,
  }),
  flush: defineChoice(["interval", "always", "never"], {
    description:
      "When the log is flushed to disk (fsync); `interval` survives a killed process, `always` a power cut",
    default: "interval",
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
  view: defineChoice(["predictions", "youtube", "traffic", "federated"], {
    description:
      "What is watched: predictions, likes, traffic with its alerts, or devices that learn together",
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
  ...traffic,
  ...datasets,
  ...federated,
  ...pace,
  ...web,
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
