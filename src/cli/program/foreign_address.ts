/** Where a secret goes to an address that a file of the current folder names: whoever runs the program should know. */
import type { SettingKey, Settings } from "../../config/settings.ts";
import { isLoopback } from "../../runtime/confidential.ts";

type Origin = Readonly<Partial<Record<SettingKey, string>>>;

/** A file's name; `null` where the setting came by a flag or the environment, or is a default. */
function fileOf(origin: string | undefined): string | null {
  return origin === undefined || /^(flag|environment) /.test(origin) ? null : origin;
}

/** Hosts of `host:port,…`, as far as they can be read: the rest is said when it is used. */
function hostsOf(bootstrapServer: string): string[] {
  return bootstrapServer.split(",").map((part) => part.trim().replace(/:\d+$/, ""));
}

/**
 * A line for each secret that the command would send to an address from a file that does not hold the secret itself.
 *
 * @param options `youtube`: the command asks the YouTube API with credentials of the environment.
 */
export function foreignAddressWarnings(
  settings: Pick<Settings, "bootstrapServer" | "saslMechanism" | "apiBase">,
  { origin, youtube }: { readonly origin: Origin; readonly youtube: boolean },
): string[] {
  const warnings: string[] = [];
  const file = fileOf(origin.bootstrapServer);
  const secretFrom = origin.saslPassword ?? origin.saslPasswordFile;
  const hosts = hostsOf(settings.bootstrapServer).filter((host) => !isLoopback(host));
  if (settings.saslMechanism !== undefined && file !== null && secretFrom !== file && hosts.length > 0) {
    warnings.push(`the password goes to ${settings.bootstrapServer}: that address is from the file ${file}`);
  }
  const base = fileOf(origin.apiBase);
  if (youtube && base !== null && !isLoopback(new URL(settings.apiBase).hostname)) {
    warnings.push(`the YouTube credentials go to ${settings.apiBase}: that address is from the file ${base}`);
  }
  return warnings;
}
