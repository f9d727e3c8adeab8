/** Settings of federated learning: a part of the table in settings.ts. */
import { define, defineChoice } from "./setting.ts";
import { duration, integer, number, optional, text, toggle, topicName, words } from "./values.ts";

/** The server of a federation, and those who ask it. */
const server = {
  server: define(text(), {
    description: "Address of the federation's server",
    placeholder: "URL",
    default: "http://127.0.0.1:8080",
  }),
  roundsTopic: define(topicName(), {
    description: "Topic of a federation's rounds, updates and global models",
    placeholder: "TOPIC",
    default: "federated-rounds",
  }),
  minParticipants: define(integer({ min: 1, max: 1_000_000 }), {
    description: "Devices without whose updates no round is aggregated, but by hand",
    placeholder: "N",
    default: 2,
  }),
  deadline: define(optional(duration()), {
    description: "A round closes so long after its first update, where there are enough devices: 60s",
    placeholder: "TIME",
  }),
  every: define(optional(duration()), {
    description: "A round closes so long after it opened, where there are enough devices: 30m",
    placeholder: "TIME",
  }),
  after: define(optional(integer({ min: 1, max: 1_000_000 })), {
    description: "A round closes as soon as it has N updates, where there are enough devices",
    placeholder: "N",
  }),
  late: defineChoice(["next", "refuse"], {
    description: "An update that learned from an older global model: counted into the open round, or refused",
    default: "next",
  }),
  staleness: define(integer({ min: 0, max: 10 }), {
    description: "Rounds that a late update may be behind",
    placeholder: "N",
    default: 1,
  }),
  secure: define(toggle(), {
    description: "Secure aggregation: the server sees sums of devices' updates alone; both sides need it",
    default: false,
  }),
  secureClip: define(number({ above: 0, max: 1_000 }), {
    description: "With --secure a weight moves at most so far in a device's update",
    placeholder: "X",
    default: 1,
  }),
  normMax: define(optional(number({ above: 0 })), {
    description: "An update may be so far from the global model, by Euclidean norm of the weights",
    placeholder: "X",
  }),
  updateRate: define(integer({ min: 1, max: 10_000_000 }), {
    description: "Updates a minute that a participant may send, for all of its devices",
    placeholder: "N",
    default: 20_000,
  }),
} as const;

/** Participants, rounds, strategies, and where is kept what came of them. */
export const federated = {
  participants: define(optional(integer({ min: 2, max: 10_000 })), {
    description: "Take part: the first N sources of the data [default: all]",
    placeholder: "N",
  }),
  rounds: define(integer({ min: 1, max: 10_000 }), {
    description: "Rounds of learning and aggregating",
    placeholder: "N",
    default: 20,
  }),
  strategy: define(words(), {
    description:
      "How updates become a global model, several side by side: fedavg, fedavgm, fedprox, fedadam, fedyogi, fedadagrad, " +
      "median, trimmed-mean, krum, multi-krum, bulyan, geometric-median, fedbuff; all",
    placeholder: "A,B",
    default: ["fedavg", "median", "trimmed-mean", "multi-krum"],
  }),
  faultyShare: define(number({ min: 0, max: 0.49 }), {
    description: "Share of the updates that trimmed-mean, krum, multi-krum and bulyan take to be false",
    placeholder: "SHARE",
    default: 0.25,
  }),
  clipNorm: define(optional(number({ above: 0, max: 1_000 })), {
    description:
      "Cut each update to this distance from the global model, all counting alike: what noise needs [default: uncut]",
    placeholder: "NORM",
  }),
  noiseMultiplier: define(optional(number({ min: 0, max: 1_000 })), {
    description:
      "Differential privacy: Gaussian noise of so many clip norms on the sum of a round's updates [default: none]",
    placeholder: "Z",
  }),
  drop: define(number({ min: 0, max: 0.99 }), {
    description: "Share of the updates that do not come in time, drawn for each round: 0.3",
    placeholder: "SHARE",
    default: 0,
  }),
  poison: define(number({ min: 0, max: 1 }), {
    description:
      "Share of the devices that are poisoned: by sign flip, ×100, label flip and NaN in turn: 0.2",
    placeholder: "SHARE",
    default: 0,
  }),
  deviceWindow: define(integer({ min: 1, max: 100_000 }), {
    description: "Last readings that a device keeps to learn from",
    placeholder: "N",
    default: 4_096,
  }),
  normalisation: defineChoice(["own", "federation"], {
    description:
      "own: each device by the spread of its own last readings; federation: by means and variances that all send",
    default: "own",
  }),
  statistics: define(topicName(), {
    description: "Topic for what each device measured within windows of time",
    placeholder: "TOPIC",
    default: "device-statistics",
  }),
  store: define(text(), {
    description:
      "Where rows are kept: the path of an SQLite file, or mongodb://[USER@]HOST[:PORT]/[DATABASE]",
    placeholder: "PATH|URL",
    default: "fl.sqlite",
  }),
  table: define(text(), {
    description: "Table of the store",
    placeholder: "TABLE",
    default: "device_data",
  }),
  storePassword: define(optional(text()), {
    description: "Password of MongoDB: only from the environment or a configuration file, never a flag",
    placeholder: "SECRET",
    secret: true,
  }),
  storePasswordFile: define(optional(text()), {
    description: "File whose first line is the password of MongoDB",
    placeholder: "FILE",
  }),
  ...server,
};
