/** Which `Host` and `Origin` of a request are our own: what keeps other sites' pages and rebound names out. Pure. */
import { isLoopback } from "../../runtime/confidential.ts";

const HOST = /^(\[[0-9a-f:.]+\]|[^:/\\?#@[\]\s]+)(?::(\d{1,5}))?$/;
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/** What is listened on, and the names that it goes by. */
export interface Names {
  /** Port that is listened on. */
  readonly port: number;
  /** Whether other machines can reach it: then by any of its addresses, too. A number is nobody's to rebind. */
  readonly beyond: boolean;
  /** Names beside, at any port (a proxy may listen for us). */
  readonly names: readonly string[];
}

/** Whether a `Host` header names this listener. */
export function isOwnHost(host: string, { port, beyond, names }: Names): boolean {
  const found = HOST.exec(host.toLowerCase());
  // 999.999.999.999 looks like an address and is none: no URL can be made of it.
  if (found === null || !URL.canParse(`http://${host}`)) return false;
  const name = found[1]!.replace(/\.$/, "");
  if (names.includes(name)) return true;
  if (Number(found[2] ?? 80) !== port) return false;
  return isLoopback(name) || (beyond && (name.startsWith("[") || IPV4.test(name)));
}

/**
 * Whether a browser says that another site's page asks, and not because a person followed a link: pictures and scripts
 * bring no `Origin`, and each would hold a stream open. Browsers that say nothing, and other clients, are let through.
 */
export function isOfOtherSite(headers: Headers): boolean {
  const site = headers.get("sec-fetch-site") ?? "none";
  const isVisit = headers.get("sec-fetch-mode") === "navigate" &&
    headers.get("sec-fetch-dest") === "document";
  return site !== "none" && site !== "same-origin" && !isVisit;
}

/** Whether an `Origin` header is the very host that was asked. A proxy may have taken TLS off: the scheme is not compared. */
export function isSameOrigin(origin: string, host: string): boolean {
  const found = /^https?:\/\/([^/]+)$/.exec(origin);
  return found !== null && found[1]!.toLowerCase() === host.toLowerCase();
}
