/** An address to listen on, and why it cannot be had, for people. */
import { UserError } from "./errors.ts";

/** An address that the settings have checked, as its two parts: `[::1]:80` → `::1` and 80. */
export function splitAddress(address: string): { readonly hostname: string; readonly port: number } {
  const at = address.lastIndexOf(":");
  return { hostname: address.slice(0, at).replace(/^\[(.*)\]$/, "$1"), port: Number(address.slice(at + 1)) };
}

/**
 * What keeps `listen` from being listened on, for people; anything else is a bug and stays as it is.
 *
 * @param flag The flag that names another address: `--listen`.
 */
export function explainListening(
  error: unknown,
  { listen, flag }: { readonly listen: string; readonly flag: string },
): unknown {
  const refuse = (found: string, hint: string) =>
    new UserError(`cannot listen on ${listen}: ${found}`, { hint, cause: error });
  const another = `name another one with ${flag} HOST:PORT (port 0 = any that is free)`;
  if (error instanceof Deno.errors.AddrInUse) {
    return refuse("the port is in use", `stop what uses it, or ${another}`);
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return refuse("this machine has no such address", another);
  }
  if (error instanceof Deno.errors.PermissionDenied) return refuse("not allowed to", another);
  if (error instanceof Error && error.message.includes("failed to lookup address")) {
    return refuse("the host's name is not known", another);
  }
  return error;
}
