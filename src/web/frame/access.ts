/** Who may ask: this machine alone, or whoever has the token. */
import { isLoopback } from "../../runtime/confidential.ts";
import { UserError } from "../../runtime/errors.ts";
import { splitAddress } from "../../runtime/listening.ts";
import type { Log } from "../../runtime/log.ts";
import { firstLine, readNamedFile } from "../../runtime/named_file.ts";
import { TOKEN_LENGTH_MIN } from "./limits.ts";

/** Who may ask. */
export interface Access {
  /** What requests must bring; `null` = nothing. */
  readonly token: string | null;
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
}

const HOW_TO_MAKE_ONE =
  "make one: (umask 077; head -c 24 /dev/urandom | base64 > token), then give --token-file token";

/**
 * Reads the token.
 *
 * @throws {UserError} (exit code 2) where other machines can reach `listen` and there is no token, or one that is none.
 */
export async function readAccess(
  { listen, flag, tokenFile, allowHost = [] }: AccessSettings,
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
  const token = tokenFile === undefined ? null : await readToken(tokenFile, log);
  if (beyond) log.info(`HTTP on ${listen} is not encrypted: between networks put a proxy with TLS before it`);
  const names = [...allowHost, ...(beyond ? [hostname, machineName()] : [])];
  return { token, beyond, names: names.map((name) => name.toLowerCase()) };
}

async function readToken(file: string, log: Pick<Log, "warn">): Promise<string> {
  const token = firstLine(
    await readNamedFile(file, "token file", { hint: HOW_TO_MAKE_ONE, exitCode: 2 }),
  ).trim();
  if (token.length < TOKEN_LENGTH_MIN || !/^[\x21-\x7e]+$/.test(token)) {
    throw new UserError(
      `the first line of ${file} is no token: that is ${TOKEN_LENGTH_MIN} letters, digits and signs or more, without spaces`,
      { hint: HOW_TO_MAKE_ONE, exitCode: 2 },
    );
  }
  const { mode } = await Deno.stat(file);
  if (mode !== null && (mode & 0o044) !== 0) {
    log.warn(`others on this machine can read the token in ${file}: chmod 600 ${file}`);
  }
  return token;
}

function machineName(): string {
  return Deno.hostname();
}
