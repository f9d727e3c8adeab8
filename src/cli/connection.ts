/** Settings → the way to the cluster: reads the files with certificates and password, then connects. */
import type { ConnectionKey, Settings } from "../config/settings.ts";
import { secretHint } from "../config/resolve.ts";
import { connect } from "../kafka/connect.ts";
import type { ConnectionOptions, KafkaClient } from "../kafka/port.ts";
import { UserError } from "../runtime/errors.ts";
import type { Log } from "../runtime/log.ts";
import { firstLine, readNamedFile } from "../runtime/named_file.ts";

/** Long enough for a broker that is just starting, short enough for somebody who waits, in ms. */
const CONNECT_WITHIN_MS = 5_000;

/** The settings that say how to reach a cluster. */
export type ConnectionSettings = Pick<Settings, ConnectionKey>;

async function readPem(path: string, what: string): Promise<string> {
  const text = await readNamedFile(path, what);
  if (text.includes("-----BEGIN ")) return text;
  throw new UserError(`the ${what} ${path} is not in PEM format: found no -----BEGIN line`, {
    hint: "convert it with openssl",
  });
}

async function tlsOf(settings: ConnectionSettings): Promise<ConnectionOptions["tls"]> {
  const { tls, tlsCaFile, tlsCertFile, tlsKeyFile } = settings;
  if ((tlsCertFile === undefined) !== (tlsKeyFile === undefined)) {
    throw new UserError("a client's certificate needs its private key, and the key its certificate", {
      hint: "give both --tls-cert-file and --tls-key-file",
      exitCode: 2,
    });
  }
  if (!tls && tlsCaFile === undefined && tlsCertFile === undefined) return undefined;
  return {
    ...(tlsCaFile === undefined ? {} : { ca: await readPem(tlsCaFile, "authority's certificate") }),
    ...(tlsCertFile === undefined ? {} : { cert: await readPem(tlsCertFile, "certificate") }),
    ...(tlsKeyFile === undefined ? {} : { key: await readPem(tlsKeyFile, "private key") }),
  };
}

async function saslOf(settings: ConnectionSettings): Promise<ConnectionOptions["sasl"]> {
  const { saslMechanism, saslUsername, saslPassword, saslPasswordFile } = settings;
  if (saslMechanism === undefined) {
    if (saslUsername === undefined) return undefined;
    throw new UserError(`found the user '${saslUsername}' but not how to authenticate`, {
      hint: "give --sasl-mechanism PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512",
      exitCode: 2,
    });
  }
  if (saslUsername === undefined) {
    throw new UserError(`${saslMechanism} needs a user`, { hint: "give --sasl-username NAME", exitCode: 2 });
  }
  const password = saslPassword ??
    (saslPasswordFile === undefined
      ? undefined
      : firstLine(await readNamedFile(saslPasswordFile, "password file")));
  if (password === undefined || password === "") {
    throw new UserError(`${saslMechanism} needs the password of '${saslUsername}'`, {
      hint: secretHint("saslPassword"),
      exitCode: 2,
    });
  }
  return { mechanism: saslMechanism, username: saslUsername, password };
}

/**
 * What an adapter needs to connect.
 *
 * @throws {UserError} for a file that cannot be read and for half of a certificate or of a login.
 */
export async function toConnectionOptions(settings: ConnectionSettings): Promise<ConnectionOptions> {
  const [tls, sasl] = [await tlsOf(settings), await saslOf(settings)];
  const { bootstrapServer, clientId, allowPlaintextCredentials } = settings;
  return {
    allowPlaintextCredentials,
    bootstrapServer,
    clientId,
    connectTimeoutMs: CONNECT_WITHIN_MS,
    ...(tls && { tls }),
    ...(sasl && { sasl }),
  };
}

/**
 * Connects to the cluster that the settings name, with the client library that they name.
 *
 * @param log Receives what is survived: brokers that are away and back, topics that were made again.
 *
 * @throws {KafkaError} `unreachable` or `authentication`.
 */
export async function openClient(
  settings: ConnectionSettings,
  log?: Pick<Log, "warn">,
): Promise<KafkaClient> {
  const options = await toConnectionOptions(settings);
  return await connect(log === undefined ? options : { ...options, onWarning: log.warn }, settings.client);
}
