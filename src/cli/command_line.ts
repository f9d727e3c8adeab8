/** A command line that asks for the same again: for what is written down beside a result. */
import { display } from "../config/resolve.ts";
import { CONNECTION_KEYS, flagOf, type SettingKey, settingOf } from "../config/settings.ts";

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
  const words = ["streamflow", name, ...args.map(quote)];
  for (const key of keys) {
    const value = settings[key];
    const { secret, placeholder } = settingOf(key);
    if (
      origin[key] === undefined || value === undefined || secret || LEFT_OUT.has(key) || CONNECTION.has(key)
    ) {
      continue;
    }
    if (placeholder !== undefined) words.push(flagOf(key), quote(display(key, value)));
    else if (value !== settingOf(key).default) words.push(flagOf(key));
  }
  return words.join(" ");
}

/** A word as a POSIX shell takes it. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
