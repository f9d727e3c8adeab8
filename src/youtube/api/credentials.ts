/** Who asks: an API key, or a service account whose signed token is refreshed before it ends. Always in a header. */
import { z } from "zod";
import { requireConfidentialUrl } from "../../runtime/confidential.ts";
import { UserError } from "../../runtime/errors.ts";
import { ApiFailure, KEY_HINT, plainMessage, refuseRedirect } from "./failure.ts";
import { ANSWER_WITHIN_MS, TOKEN_MARGIN_MS } from "./limits.ts";

/** Says who asks. */
export interface Credentials {
  /** Headers of the next request. @throws {ApiFailure} where there is no token to be had. */
  headers(): Promise<Record<string, string>>;
  /** What must never be seen. */
  readonly secrets: () => readonly string[];
}

const SCOPE = "https://www.googleapis.com/auth/youtube.readonly";

/** An API key. */
export function keyCredentials(key: string): Credentials {
  return { headers: () => Promise.resolve({ "x-goog-api-key": key }), secrets: () => [key] };
}

const accountSchema = z.object({
  client_email: z.string().min(1),
  private_key: z.string().includes("PRIVATE KEY"),
  private_key_id: z.string().optional(),
  token_uri: z.url().default("https://oauth2.googleapis.com/token"),
});

const tokenSchema = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });

/** A service account, from the text of its file. @throws {UserError} where it is none. */
export async function accountCredentials(
  text: string,
  { path, nowMs = Date.now, allowPlaintext }: {
    readonly path: string;
    readonly nowMs?: () => number;
    /** Lets the signed claim go to another machine without TLS. @default false */
    readonly allowPlaintext?: boolean;
  },
): Promise<Credentials> {
  const account = accountSchema.safeParse(parse(text)).data;
  const key = account === undefined ? null : await importKey(account.private_key);
  if (account === undefined || key === null) {
    throw new UserError(`${path} is not a service account's file`, {
      hint: "it has client_email, private_key and token_uri; download a new one, or use YOUTUBE_API_KEY",
    });
  }
  const secret = `the claim of the service account in ${path}`;
  requireConfidentialUrl(account.token_uri, { secret, allowed: allowPlaintext });
  let token: { readonly value: string; readonly endsMs: number } | null = null;
  const refresh = async () => {
    const { client_email: issuer, token_uri: audience, private_key_id: kid } = account;
    const seconds = Math.floor(nowMs() / 1000);
    const assertion = await sign(
      {
        header: { alg: "RS256", typ: "JWT", ...(kid === undefined ? {} : { kid }) },
        claims: {
          iss: issuer,
          scope: SCOPE,
          aud: audience,
          iat: seconds,
          exp: seconds + 3600,
        },
      },
      key,
    );
    const answer = await askForToken(audience, assertion);
    token = { value: answer.access_token, endsMs: nowMs() + answer.expires_in * 1000 };
    return token;
  };
  return {
    headers: async () => {
      const fresh = token !== null && nowMs() < token.endsMs - TOKEN_MARGIN_MS ? token : await refresh();
      return { authorization: `Bearer ${fresh.value}` };
    },
    secrets: () => token === null ? [] : [token.value],
  };
}

async function askForToken(uri: string, assertion: string): Promise<z.infer<typeof tokenSchema>> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(uri, {
      method: "POST",
      body: new URLSearchParams({ grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion }),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      redirect: "manual",
    });
    await refuseRedirect(response);
    text = await response.text();
  } catch (error) {
    if (error instanceof ApiFailure) throw error;
    throw new ApiFailure("passing", `no token: ${(error as Error).name}`);
  }
  const found = tokenSchema.safeParse(parse(text));
  if (response.ok && found.success) return found.data;
  if (response.status === 429 || response.status >= 500) {
    throw new ApiFailure("passing", `no token: HTTP ${response.status}`);
  }
  const said =
    z.object({ error: z.string(), error_description: z.string().optional() }).safeParse(parse(text)).data;
  const why = said === undefined
    ? `HTTP ${response.status}`
    : plainMessage(said.error_description ?? said.error);
  throw new ApiFailure("credentials", `the service account gets no token: ${why}`, { hint: KEY_HINT });
}

async function importKey(pem: string): Promise<CryptoKey | null> {
  try {
    const der = Uint8Array.fromBase64(pem.replaceAll(/-----[^-]+-----|\s/g, ""));
    return await crypto.subtle.importKey(
      "pkcs8",
      der,
      { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
      false,
      [
        "sign",
      ],
    );
  } catch {
    return null; // no key: the caller says whose, and the reason could hold parts of it
  }
}

async function sign(
  { header, claims }: { readonly header: unknown; readonly claims: unknown },
  key: CryptoKey,
): Promise<string> {
  const encode = (bytes: Uint8Array) => bytes.toBase64({ alphabet: "base64url", omitPadding: true });
  const text = (value: unknown) => encode(new TextEncoder().encode(JSON.stringify(value)));
  const signed = `${text(header)}.${text(claims)}`;
  const signature = await crypto.subtle.sign("RSASSA-PKCS1-v1_5", key, new TextEncoder().encode(signed));
  return `${signed}.${encode(new Uint8Array(signature))}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // said by the caller, who knows what it should have been
  }
}
