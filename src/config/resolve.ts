/**
 * Flags > environment > `--config` file > `./streamflow.*` > user's file > defaults, validated once into one
 * typed value; the origin of every value is kept. Pure: `read.ts` reads what this weighs.
 */
import { UserError } from "../runtime/errors.ts";
import { didYouMean, nearest } from "../runtime/suggest.ts";
import { expand } from "./expand.ts";
import {
  environmentNameOf,
  flagOf,
  SETTING_KEYS,
  type SettingKey,
  settingOf,
  type Settings,
} from "./settings.ts";

/** A configuration file as it was read. */
export interface ConfigFile {
  readonly path: string;
  /** Keys as in the file, values unchecked. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** What there is to weigh, strongest first. */
export interface Sources {
  /** By setting key: text, or `true`/`false` for switches. */
  readonly flags: Readonly<Partial<Record<SettingKey, string | boolean>>>;
  readonly environment: Readonly<Record<string, string>>;
  /** Strongest first. */
  readonly files: readonly ConfigFile[];
}

/** The settings, where each came from, and what looks like a mistake. */
export interface Resolved {
  readonly settings: Settings;
  /** `flag --rate`, `environment STREAMFLOW_RATE`, `streamflow.toml`; keys that somebody gave, no defaults. */
  readonly origin: Readonly<Partial<Record<SettingKey, string>>>;
  readonly warnings: readonly string[];
}

interface Given {
  readonly value: unknown;
  readonly origin: string;
  /** The setting as it is spelled at its origin. */
  readonly spelling: string;
}

/** Not to be set in a file: `config` names the file itself, and a file must not let out secrets that are not its own. */
const FLAG_ONLY: ReadonlySet<string> = new Set<SettingKey>(["config", "allowPlaintextCredentials"]);

function fromFlags(flags: Sources["flags"], key: SettingKey): Given | undefined {
  const value = flags[key];
  if (value === undefined) return undefined;
  if (settingOf(key).secret) {
    throw new UserError(`${flagOf(key)} is not a flag: others could read it in the list of processes`, {
      hint: secretHint(key),
      exitCode: 2,
    });
  }
  return { value, origin: `flag ${flagOf(key)}`, spelling: flagOf(key) };
}

function fromEnvironment(environment: Sources["environment"], key: SettingKey): Given | undefined {
  const name = environmentNameOf(key);
  const value = environment[name];
  if (value !== undefined && value !== "") return { value, origin: `environment ${name}`, spelling: name };
  if (key === "color" && (environment["NO_COLOR"] ?? "") !== "") {
    return { value: false, origin: "environment NO_COLOR", spelling: "NO_COLOR" };
  }
  return undefined;
}

function fromFile(file: ConfigFile, { key, environment }: {
  key: SettingKey;
  environment: Sources["environment"];
}): Given | undefined {
  if (!Object.hasOwn(file.values, key)) return undefined;
  const where = `${key} in ${file.path}`;
  return {
    value: expand(file.values[key], { environment, where, secret: settingOf(key).secret }),
    origin: file.path,
    spelling: where,
  };
}

/** Where a secret belongs. */
export function secretHint(key: SettingKey): string {
  return `put it into the environment as ${environmentNameOf(key)}, or into a file: ${flagOf(key)}-file FILE`;
}

function checkKeys(file: ConfigFile): void {
  for (const key of Object.keys(file.values)) {
    if (FLAG_ONLY.has(key)) {
      throw new UserError(`'${key}' cannot be set in ${file.path}: it is a flag`, { exitCode: 2 });
    }
    if ((SETTING_KEYS as readonly string[]).includes(key)) continue;
    const near = nearest(key, SETTING_KEYS);
    throw new UserError(`unknown setting '${key}' in ${file.path}`, {
      hint: near === undefined
        ? "'streamflow config show' lists the settings"
        : `did you mean '${near}'? 'streamflow config show' lists the settings`,
      exitCode: 2,
    });
  }
}

function show(key: SettingKey, value: unknown): string {
  if (settingOf(key).secret) return "a value that is not shown";
  const text = typeof value === "string" ? `'${value}'` : JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

function validate(key: SettingKey, given: Given): unknown {
  const setting = settingOf(key);
  const parsed = setting.schema.safeParse(given.value);
  if (parsed.success) return parsed.data;
  const wanted = parsed.error.issues[0]!.message;
  const near = setting.choices && typeof given.value === "string"
    ? nearest(given.value, setting.choices)
    : undefined;
  throw new UserError(`${given.spelling} must be ${wanted}: found ${show(key, given.value)}`, {
    ...(near === undefined ? {} : { hint: `did you mean '${near}'?` }),
    exitCode: 2,
  });
}

/** Variables that nothing reads and that look like a setting of ours. */
function warnOfTypos(environment: Sources["environment"]): string[] {
  const names = SETTING_KEYS.map(environmentNameOf);
  return Object.keys(environment)
    .filter((name) => name.startsWith("STREAMFLOW_") && !names.includes(name))
    .filter((name) => nearest(name.slice(11), names.map((known) => known.slice(11))) !== undefined)
    .map((name) =>
      `the environment's ${name} is not a setting and is ignored: ${
        didYouMean(name, names.filter((known) => nearest(name.slice(11), [known.slice(11)])))
      }`
    );
}

/**
 * Weighs the sources.
 *
 * @throws {UserError} (exit code 2) for an unknown key, a value that is none, or a secret among the flags.
 */
export function resolve({ flags, environment, files }: Sources): Resolved {
  files.forEach(checkKeys);
  const settings: Partial<Record<SettingKey, unknown>> = {};
  const origin: Partial<Record<SettingKey, string>> = {};
  for (const key of SETTING_KEYS) {
    const candidates = [
      () => fromFlags(flags, key),
      () => fromEnvironment(environment, key),
      ...files.map((file) => () => fromFile(file, { key, environment })),
    ];
    const given = candidates.map((look) => look()).find((found) => found !== undefined);
    settings[key] = given === undefined ? settingOf(key).default : validate(key, given);
    if (given !== undefined) origin[key] = given.origin;
  }
  return { settings: settings as Settings, origin, warnings: warnOfTypos(environment) };
}

/** A setting's value as people may see it: secrets masked, lists with commas, `-` where there is none. */
export function display(key: SettingKey, value: unknown): string {
  if (value === undefined) return "-";
  const { secret, show } = settingOf(key);
  if (secret) return "********";
  if (show !== undefined) return show(value);
  return Array.isArray(value) ? value.join(",") : String(value);
}
