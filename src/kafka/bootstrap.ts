/** `host:port[,host:port…]` */
import { requireConfidential } from "../runtime/confidential.ts";
import { type ConnectionOptions, KafkaError } from "./port.ts";

/** A broker's address. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** The addresses in a bootstrap setting; the port is 9092 where none is given. */
export function parseBootstrap(text: string): Address[] {
  const parts = text.split(",").map((part) => part.trim()).filter((part) => part !== "");
  if (parts.length === 0) {
    throw new KafkaError("unreachable", `no broker address in "${text}": expected host:port[,host:port…]`);
  }
  return parts.map((part) => {
    const [, host, digits] = /^(\[[^\]]+\]|[^:\s]+)(?::(\d{1,5}))?$/.exec(part) ?? [];
    const port = digits === undefined ? 9092 : Number(digits);
    if (host === undefined || port < 1 || port > 65_535) {
      throw new KafkaError("unreachable", `"${part}" is no broker address: expected host:port`);
    }
    return { host: host.replace(/^\[|\]$/g, ""), port };
  });
}

/**
 * Whoever connects to a broker asks this first, also where the cluster itself has named the address.
 *
 * @throws {UserError} where the login would go to another machine in clear.
 */
export function requireConfidentialLogin(
  host: string,
  { tls, sasl, allowPlaintextCredentials: allowed }: ConnectionOptions,
): void {
  if (sasl === undefined) return;
  requireConfidential(host, { secret: `the login of '${sasl.username}'`, tls: tls !== undefined, allowed });
}
