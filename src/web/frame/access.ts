/** Who may ask: this machine alone, or whoever has the token. */
import { isLoopback } from "../../runtime/confidential.ts";
import { UserError } from "../../runtime/errors.ts";
import { splitAddress } from "../../runtime/listening.ts";
import type { Log } from "../../runtime/log.ts";
import { firstLine, readNamedFile } from "../../runtime/named_file.ts";
import { TOKEN_FILE_BYTES_MAX, TOKEN_LENGTH_MIN } from "./limits.ts";

/** Who may ask. */
export interface Access {
  /** What requests must bring; `null` = nothing, or a token of {@linkcode Access.named}. */
  readonly token: string | null;
  /** Tokens beside it, each with its holder's name. @default none */
  readonly named?: ReadonlyMap<string, string>;
  /** Whether other machines can reach the listener. */
  readonly beyond: boolean;
  /** Names that the listener goes by, beside its addresses. */
  readonly names: readonly string[];
}

/** Where nothing is said: this machine, without a token. */
export const THIS_MACHINE: Access = { token: null, beyond: false, names: [] };

/** What the settings say. */
export interface AccessSettings {
  /** `host:port` to listen on. */
  readonly listen: string;
  /** The flag that named it: `--listen`. */
  readonly flag: string;
  readonly tokenFile?: string | undefined;
  /** Names beside, of a proxy or of DNS. */
  readonly allowHost?: readonly string[] | undefined;
  /** The file has a line per holder, `NAME TOKEN`, beside or instead of a token without a name. @default false */
  readonly hasNames?: boolean;
}

const HOW_TO_MAKE_ONE =
  "make one: (umask 077; head -c 24 /dev/urandom | base64 > token), then give --token-file token";

/**
 * Reads the token.
 *
 * @throws {UserError} (exit code 2) where other machines can reach `listen` and there is no token, or one that is none.
 */
export async function readAccess(
  { listen, flag, tokenFile, allowHost = [], hasNames = false }: AccessSettings,
  log: Pick<Log, "warn" | "info">,
): Promise<Access> {
  const { hostname } = splitAddress(listen);
  const beyond = !isLoopback(hostname);
  if (tokenFile === undefined && beyond) {
    throw new UserError(`${flag} ${listen} lets other machines in, and that takes a token`, {
      hint: HOW_TO_MAKE_ONE,
      exitCode: 2,
    });
  }
  const tokens = tokenFile === undefined
    ? { token: null }
    : await (hasNames ? readNamedTokens : readToken)(tokenFile, log);
  if (beyond) log.info(`HTTP on ${listen} is not encrypted: between networks put a proxy with TLS before it`);
  const names = [...allowHost, ...(beyond ? [hostname, machineName()] : [])];
  return { ...tokens, beyond, names: names.map((name) => name.toLowerCase()) };
}

/**
 * The token that a client sends: the last word of the file's first line, so that `NAME TOKEN` is read, too.
 *
 * @throws {UserError} (exit code 2)
 */
export async function readOwnToken(file: string, log: Pick<Log, "warn">): Promise<string> {
  const text = await readTokenFile(file, log);
  return checkToken(firstLine(text).trim().split(/\s+/).at(-1)!, `the first line of ${file}`);
}

async function readToken(file: string, log: Pick<Log, "warn">): Promise<Pick<Access, "token">> {
  const text = await readTokenFile(file, log);
  return { token: checkToken(firstLine(text).trim(), `the first line of ${file}`) };
}

async function readNamedTokens(
  file: string,
  log: Pick<Log, "warn">,
): Promise<Pick<Access, "token" | "named">> {
  const named = new Map<string, string>();
  let token: string | null = null;
  for (const [at, line] of (await readTokenFile(file, log)).split(/\r?\n/).entries()) {
    const words = line.trim().split(/\s+/);
    if (words[0] === "" || words[0]!.startsWith("#")) continue;
    const place = `line ${at + 1} of ${file}`;
    if (words.length > 2) throw noToken(place);
    const one = checkToken(words.at(-1)!, place);
    const isTaken = named.has(one) || one === token || (words.length === 1 && token !== null);
    if (isTaken) {
      throw new UserError(`${place} repeats a token, or is a second one without a name`, {
        hint: "give each participant a token of its own: a line with its name, a space, the token",
        exitCode: 2,
      });
    }
    if (words.length === 1) token = one;
    else named.set(one, words[0]!);
  }
  if (token === null && named.size === 0) throw noToken(file);
  return { token, named };
}

async function readTokenFile(file: string, log: Pick<Log, "warn">): Promise<string> {
  const found = await Deno.stat(file).catch(() => null);
  if (found !== null && found.size > TOKEN_FILE_BYTES_MAX) throw noToken(file);
  const text = await readNamedFile(file, "token file", { hint: HOW_TO_MAKE_ONE, exitCode: 2 });
  const mode = found?.mode ?? null;
  if (mode !== null && (mode & 0o044) !== 0) {
    log.warn(`others on this machine can read the token in ${file}: chmod 600 ${file}`);
  }
  return text;
}

/** @throws {UserError} (exit code 2) */
function checkToken(token: string, place: string): string {
  if (token.length < TOKEN_LENGTH_MIN || !/^[\x21-\x7e]+$/.test(token)) throw noToken(place);
  return token;
}

function noToken(place: string): UserError {
  return new UserError(
    `${place} is no token: that is ${TOKEN_LENGTH_MIN} letters, digits and signs or more, without spaces`,
    { hint: HOW_TO_MAKE_ONE, exitCode: 2 },
  );
}

function machineName(): string {
  return Deno.hostname();
}
