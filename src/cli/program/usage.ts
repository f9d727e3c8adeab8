/** The command line as commander sees it, generated from the table of commands and the table of settings. */
import { Command as Commander, CommanderError, Option } from "commander";
import {
  CONNECTION_KEYS,
  flagOf,
  SETTING_KEYS,
  type SettingKey,
  settingOf,
  type Settings,
} from "../../config/settings.ts";
import { display, secretHint } from "../../config/resolve.ts";
import { UserError } from "../../runtime/errors.ts";
import { wrapWords } from "../../runtime/harmless.ts";
import { nearest } from "../../runtime/suggest.ts";
import type { Command, Wording } from "../command.ts";
import { exampleLines, HELP_COLUMNS, helpItem, helpWidthOf } from "./help_layout.ts";
import { setDashedApart } from "./dashed.ts";

/** What the command line asks for. */
export interface Invocation {
  readonly command: Command;
  /** Positional arguments, the action first where the command has actions. */
  readonly args: readonly string[];
  /** Flags that were given. */
  readonly flags: Readonly<Partial<Record<SettingKey, string | boolean>>>;
}

/** A command as far as it is known: one that is not asked for has no more than its name. */
export interface Listed {
  readonly name: string;
  readonly summary: string;
  readonly command?: Command;
}

const GLOBAL_KEYS = SETTING_KEYS.filter((key) => settingOf(key).global === true);
const CONNECTION: ReadonlySet<SettingKey> = new Set(CONNECTION_KEYS);

/** What a command says of its flags in the place of the table of settings. */
interface Own {
  readonly defaults?: Partial<Settings> | undefined;
  readonly wording?: Wording | undefined;
}

function toOption(key: SettingKey, { defaults = {}, wording = {} }: Own): Option {
  const setting = {
    ...settingOf(key),
    ...(key in defaults ? { default: defaults[key] } : {}),
    ...(wording[key] && { ...wording[key], default: undefined }),
  };
  const flags = setting.placeholder === undefined ? flagOf(key) : `${flagOf(key)} <${setting.placeholder}>`;
  const shown = setting.placeholder === undefined || setting.default === undefined
    ? ""
    : ` [default: ${display(key, setting.default)}]`;
  const option = new Option(flags, setting.description + shown);
  // Choices are named for help and completions; the settings' own check has the better message.
  if (setting.choices) option.choices([...setting.choices]).argParser((value: string) => value);
  if (setting.joined) {
    option.argParser((value: string, before?: string) => before === undefined ? value : `${before},${value}`);
  }
  if (setting.global) option.helpGroup("Global options:");
  else if (CONNECTION.has(key)) option.helpGroup("Connection options:");
  return option;
}

function addOptions(
  commander: Commander,
  keys: readonly SettingKey[],
  own: Own = {},
): void {
  const ordered = [...new Set([...keys.filter((key) => !CONNECTION.has(key)), ...keys, ...GLOBAL_KEYS])];
  const flags = ordered.filter((key) => settingOf(key).secret !== true);
  for (const key of flags.filter((key) => settingOf(key).global !== true)) {
    commander.addOption(toOption(key, own));
  }
  for (const key of flags.filter((key) => settingOf(key).global === true)) {
    commander.addOption(toOption(key, own));
  }
}

function collectFlags(commander: Commander): Invocation["flags"] {
  const flags: Partial<Record<SettingKey, string | boolean>> = {};
  for (let at: Commander | null = commander; at !== null; at = at.parent) {
    for (const key of SETTING_KEYS) {
      if (flags[key] === undefined && at.getOptionValueSource(key) === "cli") {
        flags[key] = at.getOptionValue(key);
      }
    }
  }
  return flags;
}

function examplesText(examples: readonly string[], width: number): string {
  return `Examples:\n${
    examples.flatMap((example) => exampleLines(`streamflow ${example}`, width)).join("\n")
  }\n`;
}

function addCommand(program: Commander, { listed, width, onInvoke }: {
  listed: Listed;
  width: number;
  onInvoke: (invocation: Invocation) => void;
}): void {
  const { command, name, summary } = listed;
  const commander = program.command(name).description(summary);
  if (command === undefined) return void commander.allowExcessArguments().allowUnknownOption();
  commander.addHelpText("before", examplesText(command.examples, width));
  if (command.actions === undefined) {
    if (command.args !== undefined) commander.arguments(command.args);
    addOptions(commander, command.settings, command);
    commander.action(() => onInvoke({ command, args: commander.args, flags: collectFlags(commander) }));
    return;
  }
  addOptions(commander, []);
  for (const action of command.actions) {
    const sub = commander.command(action.name).description(action.summary);
    if (action.args !== undefined) sub.arguments(action.args);
    addOptions(sub, action.settings ?? command.settings, action);
    const examples = command.examples.filter((example) => example.startsWith(`${name} ${action.name}`));
    if (examples.length > 0) sub.addHelpText("before", examplesText(examples, width));
    sub.action(() => onInvoke({ command, args: [action.name, ...sub.args], flags: collectFlags(sub) }));
  }
}

/** How the program is put together. */
export interface UsageOptions {
  readonly listed: readonly Listed[];
  readonly version: string;
  readonly write: (text: string) => void;
  readonly onInvoke: (invocation: Invocation) => void;
  /** Cells that help has in a line. @default 80 */
  readonly columns?: number;
}

const TOP_EXAMPLES = [
  "demo                  everything at once, live",
  "broker                an embedded Kafka broker",
  "train                 fit the network to the shipped sensor data",
  "produce --rate 100    readings into the topic",
  "consume               predictions out of it",
  "monitor               a live chart of both",
];

const FOOTER = "Every flag is also a setting: STREAMFLOW_RATE=50 in the environment, or rate = 50 in " +
  "./streamflow.toml (.yaml, .json), in --config FILE or in ~/.config/streamflow/config.toml. " +
  "'streamflow config show --origin' shows which one was used. Exit codes: 0 ok, 1 failure, 2 usage, " +
  "130 interrupted.";

/** Builds the command line. */
export function buildCommander(options: UsageOptions): Commander {
  const program = new Commander("streamflow");
  const width = helpWidthOf(options.columns ?? HELP_COLUMNS);
  program
    .description("A Kafka topic in, live predictions of a neural network out.")
    .configureOutput({ writeOut: options.write, writeErr: () => {}, outputError: () => {} })
    .configureHelp({
      helpWidth: width,
      optionDescription: (option) => option.description,
      showGlobalOptions: false,
      formatItem: (term, termWidth, description) => helpItem(term, { description, termWidth, width }),
    })
    .exitOverride()
    .version(options.version, "-V, --version", "Show the versions of streamflow and of its runtime")
    .helpOption("-h, --help", "Show this help")
    .helpCommand("help [command]", "Show the help of a command")
    .addHelpText("before", examplesText(TOP_EXAMPLES, width))
    .addHelpText("after", `\n${wrapWords(FOOTER, width).join("\n")}`);
  addOptions(program, []);
  for (const listed of options.listed) addCommand(program, { listed, width, onInvoke: options.onInvoke });
  return program;
}

const SUGGESTION = /\n\(Did you mean (?:one of )?(.+)\?\)/s;

/** A secret among the flags: named without its value. */
function refuseSecretFlags(args: readonly string[]): void {
  for (const key of SETTING_KEYS) {
    if (
      settingOf(key).secret && args.some((arg) => arg === flagOf(key) || arg.startsWith(`${flagOf(key)}=`))
    ) {
      throw new UserError(`${flagOf(key)} is not a flag: others could read it in the list of processes`, {
        hint: secretHint(key),
        exitCode: 2,
      });
    }
  }
}

function toUsageError(error: CommanderError, commandName: string | undefined): UserError {
  const near = SUGGESTION.exec(error.message)?.[1];
  const message = error.message.replace(SUGGESTION, "").replace(/^error: /, "").trim();
  const help = commandName === undefined ? "streamflow --help" : `streamflow ${commandName} --help`;
  const dashed = error.code === "commander.unknownOption" && near === undefined
    ? "an argument that begins with - is written behind --; "
    : "";
  return new UserError(message, {
    hint: `${dashed}${near === undefined ? "" : `did you mean '${near}'? `}'${help}' shows what there is`,
    exitCode: 2,
  });
}

/** Name of the command that the arguments ask for: the first that is no flag, nor a flag's value. */
export function commandNameIn(args: readonly string[]): string | undefined {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === "--config") i++;
    else if (!arg.startsWith("-")) return arg === "help" ? args[i + 1] : arg;
  }
  return undefined;
}

/** The arguments, where the command has positional ones that begin with `-`, with those apart. */
export function withDashedApart(args: readonly string[], listed: readonly Listed[]): readonly string[] {
  const name = commandNameIn(args);
  const command = listed.find((one) => one.name === name)?.command;
  const action = command?.actions?.find((one) => one.name === args[args.indexOf(name!) + 1]);
  const dashed = action?.dashed ?? command?.dashed;
  if (command === undefined || dashed === undefined) return args;
  return setDashedApart(args, { dashed, keys: [...(action?.settings ?? command.settings), ...GLOBAL_KEYS] });
}

/**
 * Reads the command line.
 *
 * @returns `false` where help or a version was shown and nothing is left to do.
 * @throws {UserError} (exit code 2) for an unknown command or flag, with a suggestion.
 */
export async function parseArguments(program: Commander, args: readonly string[]): Promise<boolean> {
  refuseSecretFlags(args);
  const name = commandNameIn(args);
  const names = program.commands.map((command) => command.name());
  if (name !== undefined && !names.includes(name) && name !== "help") {
    const near = nearest(name, names);
    throw new UserError(`unknown command '${name}'`, {
      hint: near === undefined
        ? "'streamflow --help' lists the commands"
        : `did you mean '${near}'? 'streamflow --help' lists the commands`,
      exitCode: 2,
    });
  }
  try {
    await program.parseAsync([...args], { from: "user" });
    return true;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.helpDisplayed" || error.code === "commander.version") return false;
    if (error.code === "commander.help") {
      if (args.includes("help")) return false;
      throw noSubcommand(program.commands.find((command) => command.name() === name));
    }
    throw toUsageError(error, name);
  }
}

function noSubcommand(group: Commander | undefined): UserError {
  const names = group?.commands.map((command) => command.name()).filter((name) => name !== "help");
  return new UserError(
    group === undefined ? "no command given" : `'${group.name()}' needs a subcommand: ${names?.join(", ")}`,
    {
      hint: `'streamflow${group === undefined ? "" : ` ${group.name()}`} --help' describes ${
        group === undefined ? "the commands" : "each"
      }`,
      exitCode: 2,
    },
  );
}
