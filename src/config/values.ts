/**
 * The kinds of values that a setting can have, each as a schema that takes what a flag, the environment or a
 * file gives (text, or a typed value from a file) and returns one typed value. Every message completes the
 * sentence "<setting> must be …".
 */
import { z } from "zod";

/** A setting that may be absent: `undefined` where nobody gave it. */
export function optional<S extends z.ZodType>(schema: S): z.ZodOptional<S> {
  return z.optional(schema);
}

/** Non-empty text. */
export function text(what = "text that is not empty"): z.ZodString {
  return z.string({ error: what }).min(1, { error: what });
}

function toNumber(value: unknown): unknown {
  return typeof value === "string" && value.trim() !== "" ? Number(value.trim().replaceAll("_", "")) : value;
}

/** A finite number, from `min` to `max`; `above` excludes its own value. */
export function number(
  range: { min?: number; max?: number; above?: number } = {},
): z.ZodPreprocess<z.ZodNumber> {
  const what = `a number${describeRange(range)}`;
  let schema = z.number({ error: what });
  if (range.min !== undefined) schema = schema.min(range.min, { error: what });
  if (range.above !== undefined) schema = schema.gt(range.above, { error: what });
  if (range.max !== undefined) schema = schema.max(range.max, { error: what });
  return z.preprocess(toNumber, schema);
}

/** A whole number, from `min` to `max`. */
export function integer(
  range: { min?: number; max?: number } = {},
): z.ZodPreprocess<z.ZodInt> {
  const what = `a whole number${describeRange(range)}`;
  let schema = z.int({ error: what });
  if (range.min !== undefined) schema = schema.min(range.min, { error: what });
  if (range.max !== undefined) schema = schema.max(range.max, { error: what });
  return z.preprocess(toNumber, schema);
}

function describeRange({ min, max, above }: { min?: number; max?: number; above?: number }): string {
  if (above !== undefined) return ` above ${above}`;
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return `, ${min} or more`;
  return max === undefined ? "" : `, ${max} or less`;
}

const SECONDS_BY_UNIT: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };

function toSeconds(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const found = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(value.trim());
  return found === null ? value : Number(found[1]) * SECONDS_BY_UNIT[found[2] ?? "s"]!;
}

/**
 * A span of time in seconds: a number, or a number with `ms`, `s`, `m`, `h` or `d`: `20`, `20s`, `1.5m`. Above 0;
 * with `min: 0` also 0.
 */
export function duration({ min }: { readonly min?: 0 } = {}): z.ZodPreprocess<z.ZodNumber> {
  const units = "in seconds or with a unit: 20, 500ms, 20s, 5m, 1h";
  const what = min === undefined ? `a time above 0, ${units}` : `a time, ${units}`;
  const schema = z.number({ error: what });
  return z.preprocess(
    toSeconds,
    min === undefined ? schema.gt(0, { error: what }) : schema.min(0, { error: what }),
  );
}

/** Spans of time in seconds, separated by commas, or a list in a file; `none` is an empty list. */
export function durations(): z.ZodPreprocess<z.ZodArray<z.ZodPreprocess<z.ZodNumber>>> {
  const what = "times above 0 separated by commas, in seconds or with a unit: 24h,168h; or none";
  const list = (value: unknown) =>
    value === "none" ? [] : typeof value === "number" ? [value] : splitAtCommas(value);
  return z.preprocess(list, z.array(duration(), { error: what }));
}

/** When the result of a window is emitted. */
export type Emission =
  | { readonly kind: "final" | "every-update" }
  /** Whenever the event time has gone on by so much, and at the end. */
  | { readonly kind: "early"; readonly everySeconds: number };

/** `final`, `every-update` or `early:1s`. */
export function emission(): z.ZodType<Emission> {
  const what = "final, every-update, or early:TIME with a time above 0: early:1s";
  return z.preprocess(
    (value) => {
      if (value === "final" || value === "every-update") return { kind: value };
      const time = typeof value === "string" && value.startsWith("early:") ? toSeconds(value.slice(6)) : null;
      return typeof time === "number" && time > 0 ? { kind: "early", everySeconds: time } : value;
    },
    z.custom<Emission>((value) => typeof value === "object" && value !== null && "kind" in value, {
      error: what,
    }),
  );
}

/** Which windows, with times in seconds. */
export type WindowsOfTime =
  | { readonly kind: "tumbling" | "sliding" | "session"; readonly seconds: number }
  | { readonly kind: "hopping"; readonly seconds: number; readonly advanceSeconds: number };

/** `tumbling:1m`, `hopping:1m/10s`, `sliding:1m` or `session:30s`. */
export function windowsOfTime(): z.ZodType<WindowsOfTime> {
  const what =
    "tumbling:LENGTH, hopping:LENGTH/ADVANCE with the advance no longer than the length, sliding:LENGTH or " +
    "session:GAP: hopping:1m/10s";
  return z.preprocess(
    (value) => {
      const [, kind, length, advance] =
        /^(tumbling|hopping|sliding|session):([^/]+)(?:\/(.+))?$/.exec(String(value)) ?? [];
      const [seconds, advanceSeconds] = [toSeconds(length), toSeconds(advance)];
      if (typeof seconds !== "number" || seconds < 1e-6) return null;
      if (kind !== "hopping") return advance === undefined ? { kind, seconds } : null;
      return typeof advanceSeconds === "number" && advanceSeconds >= 1e-6 && advanceSeconds <= seconds
        ? { kind, seconds, advanceSeconds }
        : null;
    },
    z.custom<WindowsOfTime>((value) => value !== null, { error: what }),
  );
}

/** The words that {@linkcode windowsOfTime} reads. */
export function showWindows(windows: WindowsOfTime): string {
  return `${windows.kind}:${windows.seconds}s${
    windows.kind === "hopping" ? `/${windows.advanceSeconds}s` : ""
  }`;
}

/** `scale`, `ignore`, or a number from 1 that multiplies. */
export function sampling(): z.ZodType<"scale" | "ignore" | number> {
  const what = "scale, ignore, or a number from 1 to 1000000 that octets and packets are multiplied by";
  return z.preprocess(
    (value) => value === "scale" || value === "ignore" ? value : toNumber(value),
    z.union([z.enum(["scale", "ignore"]), z.number().min(1).max(1_000_000)], { error: what }),
  );
}

const SWITCH_WORDS: Readonly<Record<string, boolean>> = {
  "true": true,
  "false": false,
  "1": true,
  "0": false,
  "yes": true,
  "no": false,
  "on": true,
  "off": false,
};

/** `true` or `false`; as text also 1/0, yes/no, on/off. */
export function toggle(): z.ZodPreprocess<z.ZodBoolean> {
  return z.preprocess(
    (value) => typeof value === "string" ? SWITCH_WORDS[value.trim().toLowerCase()] ?? value : value,
    z.boolean({ error: "true or false" }),
  );
}

/** One of the given words. */
export function choice<const C extends readonly [string, ...string[]]>(
  choices: C,
): z.ZodEnum<{ [K in C[number]]: K }> {
  return z.enum(choices, { error: `one of ${choices.join(", ")}` });
}

/** Words separated by commas, or a list in a file. */
export function words(): z.ZodPreprocess<z.ZodArray<z.ZodString>> {
  const what = "names separated by commas";
  return z.preprocess(splitAtCommas, z.array(text(what), { error: what }).min(1, { error: what }));
}

/** A hidden layer: `64` = dense, `lstm:64`, `dropout:0.2`. */
export type HiddenLayer = number | `lstm:${number}` | `dropout:${number}`;

/** Hidden layers separated by commas, or a list in a file. */
export function hiddenLayers(): z.ZodType<HiddenLayer[]> {
  const what = "layers separated by commas, each 64, lstm:64 or dropout:0.2";
  const one = z.union([z.int().min(1), z.custom<Exclude<HiddenLayer, number>>(isNamedLayer)], {
    error: what,
  });
  return z.preprocess((value) => {
    const parts = splitAtCommas(typeof value === "number" ? [value] : value);
    return Array.isArray(parts) ? parts.map((part) => isNamedLayer(part) ? part : toNumber(part)) : parts;
  }, z.array(one, { error: what }).min(1, { error: what })) as z.ZodType<HiddenLayer[]>;
}

function isNamedLayer(value: unknown): boolean {
  if (typeof value !== "string") return false;
  const [kind, size = "", ...rest] = value.split(":");
  if (rest.length > 0 || !/^\d+(\.\d+)?$/.test(size)) return false;
  return kind === "lstm"
    ? Number.isInteger(Number(size)) && Number(size) >= 1
    : kind === "dropout" && Number(size) < 1;
}

function splitAtCommas(value: unknown): unknown {
  return typeof value === "string" ? value.split(",").map((word) => word.trim()) : value;
}

const HOST_PORT = /^(?:\[[0-9a-fA-F:.]+\]|[^\s:,[\]]+):(\d{1,5})$/;

function isAddress(address: string): boolean {
  const found = HOST_PORT.exec(address);
  return found !== null && Number(found[1]) <= 65_535;
}

/** `host:port`, e.g. `127.0.0.1:9092`, `[::1]:9092`; port 0 = any that is free. */
export function address(): z.ZodString {
  const what = "host:port, for example 127.0.0.1:9092";
  return text(what).refine(isAddress, { error: what });
}

/** `host:port[,host:port…]` */
export function addresses(): z.ZodString {
  const what = "host:port, several separated by commas, for example 127.0.0.1:9092";
  return text(what).refine((list) => list.split(",").every((one) => isAddress(one.trim())), { error: what });
}

const TOPIC_NAME = /^[A-Za-z0-9._-]{1,249}$/;

/** Kafka's rule for topic names. */
export function topicName(): z.ZodString {
  const what = "a topic name: 1 to 249 letters, digits, '.', '_' or '-'";
  return text(what).refine((name) => TOPIC_NAME.test(name) && name !== "." && name !== "..", { error: what });
}
