/** A command line that asks for the same again: for what is written down beside a result. */
import { display } from "../../config/resolve.ts";
import { CONNECTION_KEYS, flagOf, type SettingKey, settingOf } from "../../config/settings.ts";
import type { NextStep } from "../command.ts";

/** Settings that change what is shown, or where a command goes on, but not what comes out. */
const LEFT_OUT: ReadonlySet<SettingKey> = new Set<SettingKey>([
  "json",
  "quiet",
  "verbose",
  "color",
  "config",
]);
const CONNECTION: ReadonlySet<SettingKey> = new Set(CONNECTION_KEYS);

/** A command and what it was given. */
export interface GivenSettings {
  readonly name: string;
  /** Positional arguments. */
  readonly args?: readonly string[];
  /** Of the command, those that matter. */
  readonly keys: readonly SettingKey[];
  /** Values by key. */
  readonly settings: Readonly<Partial<Record<SettingKey, unknown>>>;
  /** Keys that somebody gave, by whatever way. */
  readonly origin: Readonly<Partial<Record<SettingKey, string>>>;
}

/** `streamflow NAME --flag value …`, quoted for a shell; neither secrets nor the way to the cluster are in it. */
export function commandLineOf({ name, args = [], keys, settings, origin }: GivenSettings): string {
  const given = keys.filter((key) => origin[key] !== undefined && !LEFT_OUT.has(key) && !CONNECTION.has(key));
  return [
    ...["streamflow", name, ...args.map(quote)],
    ...given.flatMap((key) => flagWords(key, settings[key])),
  ].join(" ");
}

/** A flag and its value; nothing for a secret, and for a switch that stands as it does by default. */
function flagWords(key: SettingKey, value: unknown): string[] {
  const { secret, placeholder, default: usual } = settingOf(key);
  if (value === undefined || secret) return [];
  if (placeholder !== undefined) return [flagOf(key), quote(display(key, value))];
  return value === usual ? [] : [flagOf(key)];
}

/**
 * The line that shows what is usually run after a command: with the settings that go on from it, and the same way to
 * the cluster, where they were given as flags. What comes from the environment or a file is found there again.
 */
export function nextLineOf(
  { command, args = [], flags = {} }: NextStep,
  { settings, origin, takes }: Pick<GivenSettings, "settings" | "origin"> & {
    /** The settings of the command that was run. */
    readonly takes: readonly SettingKey[];
  },
): string {
  const isFlag = (key: SettingKey) => origin[key]?.startsWith("flag ") ?? false;
  const carried = Object.entries(flags) as [SettingKey, SettingKey][];
  const connection = CONNECTION_KEYS.filter((key) => takes.includes(key)).map((key) => [key, key] as const);
  return [
    ...["streamflow", command, ...args.map(quote)],
    ...[...carried, ...connection].filter(([, from]) => isFlag(from))
      .flatMap(([to, from]) => flagWords(to, settings[from])),
  ].join(" ");
}

/** A word as a POSIX shell takes it. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
