/** Secrets leave this machine over TLS alone, unless somebody says so. Pure. */
import { UserError } from "./errors.ts";

/** What lets them out in clear. */
const HINT =
  "use TLS; where the whole way there is yours and nobody else's, say --allow-plaintext-credentials";

/** Whether what is sent to this host stays on this machine: by its address, or by the one name that says so. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, "").toLowerCase();
  return name === "localhost" || name === "::1" || name === "0:0:0:0:0:0:0:1" ||
    /^(?:::ffff:)?127(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(name);
}

/**
 * Refuses to send a secret to a host in clear.
 *
 * @throws {UserError} (exit code 2) where `host` is another machine, unless `allowed`.
 */
export function requireConfidential(
  host: string,
  { secret, tls, allowed = false }: {
    /** What is sent, as the message names it. */
    readonly secret: string;
    readonly tls: boolean;
    readonly allowed?: boolean | undefined;
  },
): void {
  if (tls || allowed || isLoopback(host)) return;
  throw new UserError(`${secret} would go to ${host} in clear, for everybody on the way to read`, {
    hint: HINT,
    exitCode: 2,
  });
}

/** The same for a URL: `https:` is TLS. */
export function requireConfidentialUrl(
  url: string,
  { secret, allowed }: { readonly secret: string; readonly allowed?: boolean | undefined },
): void {
  const { protocol, hostname } = new URL(url);
  requireConfidential(hostname, { secret, tls: protocol === "https:", allowed });
}
