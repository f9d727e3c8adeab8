/** Messages for people, on standard error. */
import { layOut, messageColumns, writeAllSync } from "./output.ts";

/** Messages for people, on standard error. */
export interface Log {
  /** What happens, one line; silent with `--quiet`. */
  info(message: string): void;
  /** Something to look at, one line; shown with `--quiet` too. */
  warn(message: string): void;
  /** Detail, only with `--verbose`. */
  debug(message: string): void;
}

/** How much is said, and where. */
export interface LogOptions {
  /** Warnings and errors alone. */
  readonly quiet: boolean;
  /** What is only of use when something is wrong, too. */
  readonly verbose: boolean;
  /** Levels in colour. */
  readonly color: boolean;
  /** On a terminal a progress bar may stand in the line: it is cleared first. */
  readonly terminal: boolean;
  /** Where lines go. @default standard error @default standard error */
  readonly write?: (text: string) => void;
  /** Cells of the terminal, longer messages go on in the next line; `null` = they are as long as they are. @default standard error's */
  readonly columns?: () => number | null;
}

/** A log on standard error. */
export function createLog(options: LogOptions): Log {
  const write = options.write ?? ((text: string) => writeAllSync(Deno.stderr, text));
  const clear = options.terminal ? "\r\x1b[2K" : "";
  const paint = (code: number, text: string) => options.color ? `\x1b[${code}m${text}\x1b[0m` : text;
  const columns = options.columns ?? messageColumns;
  const line = (message: string, lead = "", leadWidth = 0) =>
    write(`${clear}${layOut(message, { columns: columns(), lead, leadWidth })}\n`);
  return {
    info: (message) => {
      if (!options.quiet) line(message);
    },
    warn: (message) => line(message, `${paint(33, "warning:")} `, 9),
    debug: (message) => {
      if (options.verbose) write(`${clear}${paint(2, layOut(message, { columns: columns() }))}\n`);
    },
  };
}
