/** What a subcommand is: its settings, and a `run` that gets them validated. */
import type { SettingKey, Settings } from "../config/settings.ts";
import type { Log } from "../runtime/log.ts";

/** Exit codes of the program: 0 ok, 1 failure, 2 usage, 130 interrupted. */
export type ExitCode = 0 | 1 | 2 | 130;

/** What surrounds a running command. */
export interface CommandContext {
  /** Aborts on the first SIGINT or SIGTERM: finish what is in hand, then return. */
  readonly signal: AbortSignal;
  /** Writes one line of data to standard output. */
  readonly out: (line: string) => void;
  /** Progress and messages, to standard error; knows `--quiet` and `--verbose`. */
  readonly log: Log;
  /** Positional arguments. */
  readonly args: readonly string[];
  /** Names of the settings that the user gave, and the source that set each. */
  readonly origin: Readonly<Record<string, string>>;
}

/** Other words for a setting's flag in a command's help. */
export type Wording = Partial<
  Record<SettingKey, { readonly description: string; readonly placeholder: string }>
>;

/** A word after the command's name: `list` in `topics list`. */
export interface Action {
  readonly name: string;
  readonly summary: string;
  /** Its positional arguments in commander's notation. */
  readonly args?: string;
  /** What positional arguments that begin with `-` look like: no flags. */
  readonly dashed?: RegExp;
  /** The settings that are flags of this action alone. @default all of the command's */
  readonly settings?: readonly SettingKey[];
  /** What counts here where nobody gave a setting, instead of the table's own default. */
  readonly defaults?: Partial<Settings>;
  /** Flags that mean something else here than in the table, and have no default. */
  readonly wording?: Wording;
}

/** What is usually run after a command. */
export interface NextStep {
  /** Its words. */
  readonly command: string;
  /** Its positional arguments. */
  readonly args?: readonly string[];
  /** Settings of it, and the settings of the command before that give them. */
  readonly flags?: Readonly<Partial<Record<SettingKey, SettingKey>>>;
}

/** A subcommand. */
export interface Command<K extends SettingKey = SettingKey> {
  readonly name: string;
  readonly summary: string;
  /** Shown first in `--help`: command lines without the program's name. */
  readonly examples: readonly string[];
  /** Positional arguments in commander's notation, e.g. `<model>` or `[shell]`. */
  readonly args?: string;
  /** What positional arguments that begin with `-` look like: no flags. */
  readonly dashed?: RegExp;
  /** Where one of these words has to follow the name; it is then the first of `context.args`. */
  readonly actions?: readonly Action[];
  /** The settings that are flags of this command. */
  readonly settings: readonly K[];
  /** What counts here where nobody gave a setting, instead of the table's own default. */
  readonly defaults?: Partial<Settings>;
  /** What to run next, shown when it has ended well; `args` are its own positional arguments. */
  next?(settings: Pick<Settings, K>, args: readonly string[]): NextStep | undefined;
  /** Flags that mean something else here than in the table, and have no default. */
  readonly wording?: Wording;
  /** @throws {UserError} for an expected failure: one clear line, exit code 1 or 2. */
  run(settings: Pick<Settings, K>, context: CommandContext): Promise<ExitCode>;
}

/** Keeps the exact setting keys in the type. */
export function defineCommand<K extends SettingKey>(command: Command<K>): Command<K> {
  return command;
}

/** Commands under one word, each an action of it: `produce` and `consume` in `youtube produce`. */
export function defineGroup(
  { name, summary, commands }: {
    readonly name: string;
    readonly summary: string;
    /** Their settings are their own flags; `defaults` are theirs alone. */
    readonly commands: readonly { readonly name: string; readonly run: unknown }[];
  },
): Command {
  const members = commands as unknown as readonly Command[];
  const find = (name: string | undefined) => members.find((member) => member.name === name)!;
  return {
    name,
    summary,
    examples: members.flatMap(({ examples }) => examples),
    actions: members.map(({ name, summary, args, dashed, settings, defaults = {}, wording }) => ({
      name,
      summary,
      ...(args === undefined ? {} : { args }),
      ...(dashed === undefined ? {} : { dashed }),
      settings,
      defaults,
      ...(wording === undefined ? {} : { wording }),
    })),
    settings: [...new Set(members.flatMap(({ settings }) => settings))],
    next: (settings, [chosen, ...args]) => find(chosen).next?.(settings, args),
    run: (settings, context) => {
      const [chosen, ...args] = context.args;
      return find(chosen).run(settings, { ...context, args });
    },
  };
}
