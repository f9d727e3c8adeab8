/** Settings that a topic of the embedded broker has: Kafka's names, checks and defaults. */
import type { LogOptions } from "./log/partition_log.ts";

/** Kafka's "any". */
const LONG_MAX = "9223372036854775807";

interface TopicSetting {
  readonly default: number | string;
  readonly min: number;
  readonly documentation: string;
}

/** The numeric settings that do something here. */
const NUMBERS: Readonly<Record<string, TopicSetting>> = {
  "max.message.bytes": {
    default: 1_048_588,
    min: 100,
    documentation: "Largest record batch in bytes",
  },
  "retention.ms": {
    default: 604_800_000,
    min: -1,
    documentation: "How long records are kept; -1 = for ever",
  },
  "retention.bytes": { default: -1, min: -1, documentation: "Bytes kept per partition; -1 = no limit" },
  "message.timestamp.before.max.ms": {
    default: LONG_MAX,
    min: 0,
    documentation: "How far a record's time may lie behind the broker's",
  },
  "message.timestamp.after.max.ms": {
    default: 3_600_000,
    min: 0,
    documentation: "How far a record's time may lie ahead of the broker's",
  },
  "segment.bytes": { default: 1_073_741_824, min: 1_048_576, documentation: "Size of a log's files" },
  "segment.ms": {
    default: 604_800_000,
    min: 1,
    documentation: "Age at which a log's file is closed; after retention.ms at the latest",
  },
};

/** Settings that are one of some words, the default first. */
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  "message.timestamp.type": ["CreateTime", "LogAppendTime"],
};

/** Settings that have one value only. */
const FIXED: Readonly<Record<string, string>> = {
  "cleanup.policy": "delete",
  "compression.type": "producer",
  "min.insync.replicas": "1",
};

/** A topic's setting as DescribeConfigs shows it. */
export interface DescribedConfig {
  readonly name: string;
  readonly value: string;
  readonly isDefault: boolean;
  readonly documentation: string;
}

/** Kafka's settings are int64: its own "for ever" is 2^63 − 1. */
function isInt64(text: string): boolean {
  return /^[+-]?\d{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
}

/** Why these settings cannot be; `null` where they can. */
export function refuseTopicConfigs(configs: Readonly<Record<string, string | null>>): string | null {
  for (const [name, value] of Object.entries(configs)) {
    const number = NUMBERS[name];
    if (number !== undefined) {
      if (value === null || !isInt64(value) || Number(value) < number.min) {
        return `${name} must be a whole number of at least ${number.min}, not ${value}`;
      }
    } else if (CHOICES[name] !== undefined) {
      const choices = CHOICES[name];
      if (value === null || !choices.includes(value)) {
        return `${name} must be one of ${choices.join(", ")}, not ${value}`;
      }
    } else if (name in FIXED) {
      if (value !== FIXED[name]) {
        return `${name} can only be ${FIXED[name]} on the embedded broker, not ${value}`;
      }
    } else return `${name} is not a topic setting of the embedded broker`;
  }
  return null;
}

/** All settings of a topic, given ones and defaults. */
export function describeTopicConfigs(configs: Readonly<Record<string, string>>): DescribedConfig[] {
  const numbers = Object.entries(NUMBERS).map(([name, setting]) => ({
    name,
    value: configs[name] ?? String(setting.default),
    isDefault: configs[name] === undefined,
    documentation: setting.documentation,
  }));
  const choices = Object.entries(CHOICES).map(([name, values]) => ({
    name,
    value: configs[name] ?? values[0]!,
    isDefault: configs[name] === undefined,
    documentation: `One of ${values.join(", ")}`,
  }));
  const fixed = Object.entries(FIXED).map(([name, value]) => ({
    name,
    value,
    isDefault: true,
    documentation: "The only value that the embedded broker knows",
  }));
  return [...numbers, ...choices, ...fixed];
}

/** What the settings mean for a partition's log. */
export function logOptionsOf(configs: Readonly<Record<string, string>>): LogOptions {
  const value = (name: string) => Number(configs[name] ?? NUMBERS[name]!.default);
  return {
    messageBytesMax: value("max.message.bytes"),
    segmentBytesMax: value("segment.bytes"),
    segmentMs: value("segment.ms"),
    retentionMs: value("retention.ms"),
    retentionBytes: value("retention.bytes"),
    stampsAppendTime: configs["message.timestamp.type"] === "LogAppendTime",
    timestampBeforeMsMax: value("message.timestamp.before.max.ms"),
    timestampAfterMsMax: value("message.timestamp.after.max.ms"),
  };
}
