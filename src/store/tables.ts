/**
 * What a store holds: tables of SQLite, collections of MongoDB, columns of an export. One description for all of them.
 *
 * A record is known by its topic, the topic's incarnation (a topic that is deleted and made again begins at offset 0
 * again), its partition and its offset.
 */

/** How a value is kept. `time`: Unix ms. `json`: text in SQLite and in files, an object in MongoDB. */
export type ColumnType = "integer" | "real" | "text" | "time" | "json" | "bytes";

/** A column. */
export interface Column {
  readonly type: ColumnType;
  /** Whether a row may be without. @default false */
  readonly nullable?: true;
  /** What stands in it, for people. */
  readonly about: string;
}

/**
 * A row whose key is there already: `keep` what is there (the same record again), take the `newest` of a compacted
 * topic's key by its offset, or `replace` what is there.
 */
export type OnConflict = "keep" | "newest" | "replace";

/** A table. */
export interface Table {
  readonly about: string;
  readonly columns: Readonly<Record<string, Column>>;
  readonly key: readonly string[];
  readonly onConflict: OnConflict;
  /** Columns that are looked for, beside the key. */
  readonly indexes: readonly (readonly string[])[];
}

const text = { type: "text" } as const;
const optionalText = { type: "text", nullable: true } as const;
const integer = { type: "integer" } as const;
const optionalInteger = { type: "integer", nullable: true } as const;
const real = { type: "real" } as const;
const optionalReal = { type: "real", nullable: true } as const;
const time = { type: "time" } as const;
const optionalTime = { type: "time", nullable: true } as const;
const json = { type: "json" } as const;

/** Where a row comes from. */
const origin = {
  topic: { ...text, about: "Topic of the record; of a batch the data set" },
  incarnation: { ...integer, about: "0, and one more each time that the topic was deleted and made again" },
  partition: { ...integer, about: "Partition of the record; of a batch 0" },
  offset: { ...integer, about: "Offset of the record; of a batch the row" },
} as const;

/** Columns that no two rows share, where a row is made of a record. */
export const ORIGIN = ["topic", "incarnation", "partition", "offset"] as const;

/** Every table by its name. */
export const TABLES = {
  device_data: {
    about: "Readings of the devices",
    columns: {
      ...origin,
      device: { ...text, about: "Source of the reading" },
      id: { ...text, about: "Id of the reading" },
      time_ms: { ...time, about: "Time of the reading" },
      features: { ...json, about: "Measured values by name" },
      label: { ...optionalText, about: "True class, where it is known" },
    },
    key: ORIGIN,
    onConflict: "keep",
    indexes: [["device", "time_ms"]],
  },
  predictions: {
    about: "Predictions of readings, and outcomes of those that came due",
    columns: {
      ...origin,
      device: { ...text, about: "Source of the reading" },
      id: { ...text, about: "Id of the reading that was answered" },
      time_ms: { ...optionalTime, about: "Time of the reading" },
      predicted_at_ms: { ...time, about: "Time of the prediction" },
      target: { ...text, about: "What is predicted" },
      horizon: { ...optionalInteger, about: "Readings ahead; none for a class" },
      answered_by: { ...text, about: "network or baseline" },
      value: { ...optionalReal, about: "Predicted value, in the target's unit" },
      class: { ...optionalText, about: "Most probable class" },
      probability: { ...optionalReal, about: "Probability of that class" },
      due_predicted: { ...optionalReal, about: "What was predicted before for this very reading" },
      due_baseline: { ...optionalReal, about: "What the last value predicted for it" },
      due_actual: { ...optionalReal, about: "What came" },
      actual_class: { ...optionalText, about: "True class, where the reading has it" },
      baseline_class: { ...optionalText, about: "Most frequent class of the training data" },
      model: { ...text, about: "Name of the model" },
      model_version: { ...text, about: "Version of the model" },
      latency_ms: { ...optionalReal, about: "From the sending of the reading to its prediction" },
    },
    key: ORIGIN,
    onConflict: "keep",
    indexes: [["device", "time_ms"]],
  },
  anomalies: {
    about: "Anomalies of devices and of traffic",
    columns: {
      ...origin,
      id: { ...text, about: "Id of the anomaly" },
      kind: { ...text, about: "spike, outage, forecast-error …" },
      dimension: { ...text, about: "What it is about: device, link, source …" },
      name: { ...text, about: "Name of the device, link, source …" },
      link: { ...text, about: "The link, or the device" },
      score: { ...real, about: "0 to 1; 1 = as unusual as it can be" },
      detector: { ...text, about: "Estimator that found it" },
      evidence: { ...text, about: "What was found, and what was expected" },
      values: { ...json, about: "Numbers behind the evidence, by name" },
      start_ms: { ...time, about: "Start of its window" },
      end_ms: { ...time, about: "End of its window" },
    },
    key: ORIGIN,
    onConflict: "keep",
    indexes: [["name", "start_ms"]],
  },
  rounds: {
    about: "Rounds of federated learning, each as it was last",
    columns: {
      ...origin,
      round: { ...integer, about: "Round; it learns from the global model of the same number" },
      state: { ...text, about: "open, collecting, aggregating or published" },
      strategy: { ...text, about: "How updates become a global model" },
      opened_ms: { ...time, about: "When it opened" },
      deadline_ms: { ...optionalTime, about: "When it closes at the latest" },
      closed_ms: { ...optionalTime, about: "When it closed" },
      closed_by: { ...optionalText, about: "quorum, deadline, threshold, schedule or manual" },
      devices: { ...json, about: "Devices whose updates were counted" },
      participants: { ...integer, about: "Participants whose updates were counted" },
      updates: { ...integer, about: "Updates that were counted" },
      refused: { ...json, about: "Updates that were refused, by reason" },
      late: { ...integer, about: "Updates that learned from an older global model, and count" },
      dropped: { ...integer, about: "Devices that counted in the round before, and not in this one" },
      num_examples: { ...integer, about: "Examples that were learned from" },
      version: { ...optionalText, about: "Version of the global model that came of it" },
      loss: { ...optionalReal, about: "Mean of the devices' loss over examples" },
      metrics: { ...json, about: "Means of the devices' metrics over examples, by name" },
      doubt: { ...optionalText, about: "What to think of before trusting it" },
      epsilon: { ...optionalReal, about: "Privacy spent so far" },
    },
    key: ["topic", "incarnation", "round"],
    onConflict: "newest",
    indexes: [],
  },
  local_models: {
    about: "Updates that devices sent: what they learned, without their weights",
    columns: {
      ...origin,
      device: { ...text, about: "Device" },
      participant: { ...optionalText, about: "Who sent it" },
      round: { ...integer, about: "Global model that it learned from" },
      counted_in: { ...integer, about: "Round that it was counted in" },
      num_examples: { ...integer, about: "Examples that it learned from" },
      metrics: { ...json, about: "The device's metrics, by name" },
      size_bytes: { ...integer, about: "Size of the update" },
      received_ms: { ...optionalTime, about: "When it was stored on the topic" },
    },
    key: ORIGIN,
    onConflict: "keep",
    indexes: [["device", "round"]],
  },
  global_models: {
    about: "Global models, each a model file",
    columns: {
      ...origin,
      round: { ...integer, about: "Round that learns from it" },
      version: { ...text, about: "First 12 digits of the SHA-256 of its file" },
      size_bytes: { ...integer, about: "Size of the file" },
      bytes: { type: "bytes", nullable: true, about: "The file; none where it is too large for a store" },
      published_ms: { ...optionalTime, about: "When it was stored on the topic" },
    },
    key: ["topic", "incarnation", "round"],
    onConflict: "newest",
    indexes: [],
  },
  devices: {
    about: "Devices that took part, each as it was last",
    columns: {
      ...origin,
      device: { ...text, about: "Device" },
      participant: { ...optionalText, about: "Who sent its last update" },
      first_seen_ms: { ...time, about: "When its first update came" },
      last_seen_ms: { ...time, about: "When its last update came" },
      last_round: { ...integer, about: "Round of its last update" },
      updates: { ...integer, about: "Updates that were accepted" },
      refused: { ...integer, about: "Updates that were refused" },
      num_examples: { ...integer, about: "Examples of its newest update" },
      metrics: { ...json, about: "Its metrics, by name" },
      anomalies: { ...integer, about: "Anomalies that it reported" },
    },
    key: ["topic", "incarnation", "device"],
    onConflict: "newest",
    indexes: [],
  },
  refusals: {
    about: "Updates that the server refused, with the reason",
    columns: {
      ...origin,
      device: { ...text, about: "Device" },
      participant: { ...optionalText, about: "Who sent it" },
      round: { ...integer, about: "Round that it was meant for" },
      time_ms: { ...time, about: "When it came" },
      reason: { ...text, about: "Why it was refused, in one word" },
      detail: { ...text, about: "What was found" },
    },
    key: ORIGIN,
    onConflict: "keep",
    indexes: [["device", "time_ms"]],
  },
  servers: {
    about: "Starts of federated servers: the newest one's records count",
    columns: {
      ...origin,
      run: { ...text, about: "Name of the run, another one at every start" },
      started_ms: { ...time, about: "When it began" },
    },
    key: ORIGIN,
    onConflict: "keep",
    indexes: [],
  },
  device_statistics: {
    about: "Statistics of one feature of one device over a period: a whole data set, or a window of a stream",
    columns: {
      source: { ...text, about: "Data set or topic" },
      device: { ...text, about: "Device" },
      feature: { ...text, about: "What was measured" },
      start_ms: { ...time, about: "Start of the period: belongs to it" },
      end_ms: { ...time, about: "End of the period: does not" },
      count: { ...integer, about: "Readings" },
      mean: { ...optionalReal, about: "Mean, in the feature's unit" },
      sd: { ...optionalReal, about: "Standard deviation of the sample, in the feature's unit" },
      min: { ...optionalReal, about: "Least value" },
      max: { ...optionalReal, about: "Largest value" },
      scored: { ...integer, about: "Readings that were predicted" },
      mse: { ...optionalReal, about: "Mean squared error of the model" },
      mse_last_value: { ...optionalReal, about: "Mean squared error of no change" },
      anomalies: { ...integer, about: "Anomalies" },
      model_version: { ...optionalText, about: "Version of the model that predicted" },
    },
    key: ["source", "device", "feature", "start_ms", "end_ms"],
    onConflict: "replace",
    indexes: [["device", "start_ms"]],
  },
} as const satisfies Readonly<Record<string, Table>>;

/** Name of a table. */
export type TableName = keyof typeof TABLES;

/** Names of all tables. */
export const TABLE_NAMES = Object.keys(TABLES) as TableName[];

/** A table, in one shape for all. */
export function tableOf(name: TableName): Table {
  return TABLES[name];
}

/** What a column's value is in a program. */
interface ValueOf {
  readonly integer: number;
  readonly real: number;
  readonly text: string;
  readonly time: number;
  /** Of a record's JSON: numbers, texts, lists and objects of these. */
  readonly json: unknown;
  readonly bytes: Uint8Array;
}

/** A row of a table. */
export type Row<T extends TableName = TableName> = {
  readonly [C in keyof (typeof TABLES)[T]["columns"]]: (typeof TABLES)[T]["columns"][C] extends
    { readonly type: infer K extends ColumnType; readonly nullable: true } ? ValueOf[K] | null
    : (typeof TABLES)[T]["columns"][C] extends { readonly type: infer K extends ColumnType } ? ValueOf[K]
    : never;
};

/** Rows by table. */
export type RowsByTable = { readonly [T in TableName]?: readonly Row<T>[] };
