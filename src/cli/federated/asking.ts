/** Asking a federation's server: who it is, and what it answers, checked. */
import type { z } from "zod";
import type { Settings } from "../../config/settings.ts";
import { FederatedServer, ServerAwayError } from "../../federated/client/client.ts";
import { UserError } from "../../runtime/errors.ts";
import type { Log } from "../../runtime/log.ts";
import { readOwnToken } from "../../web/frame/access.ts";

/** Settings of a command that asks. */
export const ASKING_KEYS = ["server", "tokenFile", "allowPlaintextCredentials"] as const;

/** Wording of those that mean something else here. */
export const ASKING_WORDING = {
  tokenFile: {
    description: "File whose first line ends with the token that the server wants [default: none is sent]",
    placeholder: "FILE",
  },
} as const;

/** An answer has to be there after so long, in ms. */
const ANSWER_WITHIN_MS = 10_000;

/** The server that the settings name. @throws {UserError} (exit code 2) for an address or a token that is none */
export async function serverOf(
  { server, tokenFile, allowPlaintextCredentials: allowClear }: Pick<Settings, typeof ASKING_KEYS[number]>,
  log: Pick<Log, "warn">,
): Promise<FederatedServer> {
  if (tokenFile === undefined) return new FederatedServer(server);
  return new FederatedServer(server, { token: await readOwnToken(tokenFile, log), allowClear });
}

/** What a path below `/api/v1` answers. @throws {UserError} where there is no answer, or another one than a federation's */
export async function ask<S extends z.ZodType>(
  server: FederatedServer,
  { path, schema, signal }: { readonly path: string; readonly schema: S; readonly signal: AbortSignal },
): Promise<z.output<S>> {
  const asked = server.askJson(`/api/v1/${path}`, { signal, withinMs: ANSWER_WITHIN_MS });
  const { json } = await asked.catch((error) => {
    signal.throwIfAborted();
    if (!(error instanceof ServerAwayError)) throw error;
    throw new UserError(`the server ${server.url} cannot be reached (${error.message})`, {
      hint: "start one with 'streamflow federated server', or name another address with --server",
      cause: error,
    });
  });
  const found = schema.safeParse(json);
  if (found.success) return found.data;
  throw server.stranger(`its answer to ${path} is another one`);
}
