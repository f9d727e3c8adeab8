/** The program around the subcommands: arguments → settings → run → exit code. */
import manifest from "../../../deno.json" with { type: "json" };
import { readSettings } from "../../config/read.ts";
import type { Settings } from "../../config/settings.ts";
import { createLog } from "../../runtime/log.ts";
import { createLineWriter, writeAllSync } from "../../runtime/output.ts";
import { type Interruption, listenForSignals } from "../../runtime/signals.ts";
import type { Command, ExitCode } from "../command.ts";
import { nextLineOf } from "./command_line.ts";
import { COMMANDS } from "../commands.ts";
import { reportFailure } from "./failures.ts";
import { HELP_COLUMNS } from "./help_layout.ts";
import { foreignAddressWarnings } from "./foreign_address.ts";
import {
  buildCommander,
  commandNameIn,
  type Invocation,
  type Listed,
  parseArguments,
  withDashedApart,
} from "./usage.ts";

/** Time that a command has to finish what is in hand after it was asked to stop, in ms. */
const STOP_WITHIN_MS = 5_000;

/** Version of the program and of what runs it. */
export function versionText(): string {
  return `streamflow ${manifest.version} (deno ${Deno.version.deno}, v8 ${Deno.version.v8}, ${Deno.build.target})`;
}

function mayColor(settings?: Settings): boolean {
  return (settings?.color ?? !Deno.noColor) && Deno.stderr.isTerminal() && Deno.env.get("TERM") !== "dumb";
}

async function listCommands(load: (name: string) => boolean): Promise<Listed[]> {
  return await Promise.all(
    COMMANDS.map(async ({ name, summary, load: loadCommand }) =>
      load(name) ? { name, summary, command: await loadCommand() } : { name, summary }
    ),
  );
}

/** Words after `complete --`: what the shells' completion scripts ask. */
async function answerCompletion(words: readonly string[]): Promise<void> {
  const { complete } = await import("./completions.ts");
  const listed = await listCommands(() => true);
  const program = buildCommander({ listed, version: "", write: () => {}, onInvoke: () => {} });
  complete(program, words);
}

/** The exit code of a command that was asked to stop, or that ended by itself. */
function exitCodeAfter(code: ExitCode, interruption: Interruption): ExitCode {
  return code === 0 && interruption.reason() === "SIGINT" ? 130 : code;
}

/** Resolves when a command that was asked to stop has had its time. */
async function timeToStop(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  await new Promise((resolve) => Deno.unrefTimer(setTimeout(resolve, STOP_WITHIN_MS)));
}

/** The defaults of the command, or of its action where it has some. */
function defaultsOf(command: Command, [first]: readonly string[]): Partial<Settings> {
  const action = command.actions?.find(({ name }) => name === first);
  return { ...command.defaults, ...action?.defaults };
}

/** The settings, with a command's own defaults where nobody gave any. */
function withDefaults(
  settings: Settings,
  { defaults, origin }: {
    readonly defaults: Partial<Settings>;
    readonly origin: Readonly<Record<string, string>>;
  },
): Settings {
  const counting = Object.entries(defaults).filter(([key]) => origin[key] === undefined);
  return { ...settings, ...Object.fromEntries(counting) };
}

/** Cells of standard output's terminal, for help. */
function outputColumns(): number {
  return Deno.stdout.isTerminal() ? Deno.consoleSize().columns : HELP_COLUMNS;
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

async function invoke({ command, args, flags }: Invocation, interruption: Interruption): Promise<ExitCode> {
  const { settings: given, origin, warnings } = await readSettings(flags);
  const settings = withDefaults(given, { defaults: defaultsOf(command, args), origin });
  const { quiet, verbose } = settings;
  const terminal = Deno.stderr.isTerminal();
  const log = createLog({ quiet, verbose, color: mayColor(settings), terminal });
  log.debug(`${command.name} begins`);
  warnings.forEach((warning) => log.warn(warning));
  if (command.settings.includes("bootstrapServer")) {
    const youtube = command.name === "youtube" && args[0] === "produce";
    foreignAddressWarnings(settings, { origin, youtube }).forEach((warning) => log.warn(warning));
  }
  const out = createLineWriter(Deno.stdout, () => interruption.stop("output closed"));
  try {
    const running = command.run(settings, { signal: interruption.signal, out, log, args, origin });
    const code = await Promise.race([running, timeToStop(interruption.signal)]);
    if (code !== undefined) {
      const next = code === 0 && !settings.json ? command.next?.(settings, args) : undefined;
      if (next !== undefined) {
        log.info(`next: ${nextLineOf(next, { settings, origin, takes: command.settings })}`);
      }
      return exitCodeAfter(code, interruption);
    }
    log.warn(
      `stopped after ${
        STOP_WITHIN_MS / 1000
      } s: unfinished work is dropped, some records may not be confirmed`,
    );
    return 130;
  } catch (error) {
    if (isAbort(error) && interruption.reason() !== undefined) return exitCodeAfter(0, interruption);
    const code = reportFailure(error, { verbose, color: mayColor(settings) });
    // What a command has no result for because it was interrupted is no failure of its own.
    return interruption.reason() === "SIGINT" ? 130 : code;
  }
}

/**
 * Runs the program.
 *
 * @param options `exitAtOnce` ends the process on a second Ctrl-C.
 * @returns The exit code: 0 ok, 1 failure, 2 usage, 130 interrupted.
 */
export async function runProgram(
  args: readonly string[],
  options: { exitAtOnce: () => void },
): Promise<ExitCode> {
  try {
    if (args[0] === "complete" && args[1] === "--") {
      await answerCompletion(args.slice(2));
      return 0;
    }
    const wanted = commandNameIn(args);
    let invocation: Invocation | undefined;
    const listed = await listCommands((name) => name === wanted);
    const program = buildCommander({
      listed,
      version: versionText(),
      write: (text) => void writeAllSync(Deno.stdout, text),
      columns: outputColumns(),
      onInvoke: (asked) => invocation = asked,
    });
    if (!await parseArguments(program, withDashedApart(args, listed)) || invocation === undefined) return 0;
    using interruption = listenForSignals(options.exitAtOnce);
    return await invoke(invocation, interruption);
  } catch (error) {
    return reportFailure(error, { verbose: args.includes("--verbose"), color: mayColor() });
  }
}
