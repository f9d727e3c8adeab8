/** Every failure as one line for people, a hint what to do next, and an exit code. */
import { KafkaError, type KafkaErrorKind } from "../../kafka/port.ts";
import { UserError } from "../../runtime/errors.ts";
import { harmless } from "../../runtime/harmless.ts";
import { layOut, messageColumns, writeAllSync } from "../../runtime/output.ts";

const KAFKA_HINTS: Readonly<Record<KafkaErrorKind, string>> = {
  "unreachable": "start one with 'streamflow broker', or name yours with --bootstrap-server HOST:PORT",
  "authentication":
    "check --sasl-mechanism, --sasl-username and STREAMFLOW_SASL_PASSWORD (or --sasl-password-file)",
  "authorization": "ask the cluster's owner for the right to do this, or log in as somebody who has it",
  "unknown-topic":
    "'streamflow topics list' shows what there is; 'streamflow produce --topic TOPIC' creates one and fills it",
  "topic-exists": "use it as it is, or remove it first with 'streamflow topics delete TOPIC'",
  "invalid-topic":
    "a name has 1 to 249 letters, digits, '.', '_' or '-'; replicas can be no more than brokers",
  "record-too-large": "raise the topic's max.message.bytes, or send smaller records",
  "not-delivered":
    "check that enough replicas are in sync ('streamflow topics describe TOPIC'), then run it again",
  "broker-disk": "free space on the broker's disk, or repair it, then run it again",
  "fenced": "another process has taken this one's place; stop one of them",
  "protocol":
    "check that the address is a Kafka broker of version 2.1 or later; 'streamflow doctor' shows more",
  "closed": "the connection was closed in the middle; run it again",
};

/** Codes of the system's errors that are nobody's bug. */
const FULL: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the disk's quota is used up",
  EFBIG: "a file has become too large",
};

/** What a failure means to whoever runs the program; `undefined` for a bug. */
export function toUserError(error: unknown): UserError | undefined {
  if (error instanceof UserError) return error;
  if (error instanceof KafkaError) {
    return new UserError(error.message, { hint: KAFKA_HINTS[error.kind], cause: error });
  }
  if (error instanceof Deno.errors.NotCapable) {
    const [, path] = /^Requires \w+ access to "(.+?)"/.exec(error.message) ?? [];
    const what = path === undefined ? error.message : `${path} is closed to this program`;
    return new UserError(`not permitted: ${what}`, {
      hint:
        "it may use files, the network and the environment, but no devices and nothing of /proc and /sys; " +
        "- is standard input",
      cause: error,
    });
  }
  const full = error instanceof Error
    ? FULL[(error as Error & { code?: unknown }).code as string]
    : undefined;
  if (full === undefined) return undefined;
  return new UserError(`${full}: ${(error as Error).message}`, {
    hint: "make room, then run it again",
    cause: error,
  });
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message.split("\n")[0]}` : String(error);
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : `\ncaused by: ${stackOf(error.cause)}`;
  return (error.stack ?? error.message) + cause;
}

/**
 * Writes `error: …` and `  hint: …` to standard error; the stack only where it is asked for.
 *
 * @returns The exit code.
 */
export function reportFailure(
  error: unknown,
  options: {
    verbose: boolean;
    color?: boolean;
    write?: (text: string) => void;
    columns?: number | null;
  },
): 1 | 2 {
  const write = options.write ?? ((text: string) => void writeAllSync(Deno.stderr, text));
  const paint = (code: number, text: string) => options.color ? `\x1b[${code}m${text}\x1b[0m` : text;
  const known = toUserError(error);
  const message = known?.message ?? `something unexpected happened: ${describe(error)}`;
  const hint = known === undefined ? "run with --verbose for the stack, and report it" : known.hint;
  const { columns = messageColumns() } = options;
  write(`${layOut(message, { columns, lead: `${paint(31, "error:")} `, leadWidth: 7 })}\n`);
  if (hint !== undefined && !(known === undefined && options.verbose)) {
    write(`${layOut(hint, { columns, lead: `  ${paint(36, "hint:")} `, leadWidth: 8 })}\n`);
  }
  if (options.verbose && (known === undefined || known.cause !== undefined)) {
    write(`${harmless(stackOf(known?.cause ?? error))}\n`);
  }
  return known?.exitCode ?? 1;
}
