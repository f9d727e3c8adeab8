/** What the API answers when it does not answer: by its documented `reason`, never by the status alone. Pure. */
import { z } from "zod";
import { MESSAGE_CHARS_MAX } from "./limits.ts";

/** What a failure means for whoever asked. */
export type FailureKind =
  /** Passes by itself: ask again later. */
  | "passing"
  /** The day's units are used up. */
  | "quota-exceeded"
  /** Key or token: nothing will work with it. */
  | "credentials"
  | "comments-disabled"
  | "not-found"
  /** This video may not be read: private, age-restricted. */
  | "forbidden"
  /** The page's token has expired: begin again with the first page. */
  | "page-token"
  /** The answer is not what the documentation says. */
  | "not-understood";

/** A failure of the API or of the way to it. */
export class ApiFailure extends Error {
  override readonly name = "ApiFailure";
  readonly kind: FailureKind;
  /** What to do next. */
  readonly hint: string | undefined;
  /** How long the server wants to be left alone, in ms. */
  readonly retryAfterMs: number | undefined;
  constructor(
    kind: FailureKind,
    message: string,
    options: { hint?: string | undefined; retryAfterMs?: number | undefined } = {},
  ) {
    super(message);
    this.kind = kind;
    this.hint = options.hint;
    this.retryAfterMs = options.retryAfterMs;
  }
}

const errorSchema = z.object({
  error: z.object({
    message: z.string().default(""),
    status: z.string().optional(),
    errors: z.array(z.object({ reason: z.string().default("") })).default([]),
    details: z.array(z.object({ reason: z.string().optional() })).default([]),
  }),
});

const KINDS: Readonly<Record<string, FailureKind>> = {
  quotaExceeded: "quota-exceeded",
  dailyLimitExceeded: "quota-exceeded",
  rateLimitExceeded: "passing",
  userRateLimitExceeded: "passing",
  backendError: "passing",
  internalError: "passing",
  processingFailure: "passing",
  SERVICE_UNAVAILABLE: "passing",
  commentsDisabled: "comments-disabled",
  videoNotFound: "not-found",
  commentNotFound: "not-found",
  commentThreadNotFound: "not-found",
  notFound: "not-found",
  invalidPageToken: "page-token",
  keyInvalid: "credentials",
  keyExpired: "credentials",
  API_KEY_INVALID: "credentials",
  API_KEY_EXPIRED: "credentials",
  API_KEY_SERVICE_BLOCKED: "credentials",
  API_KEY_HTTP_REFERRER_BLOCKED: "credentials",
  API_KEY_IP_ADDRESS_BLOCKED: "credentials",
  accessNotConfigured: "credentials",
  SERVICE_DISABLED: "credentials",
  ipRefererBlocked: "credentials",
  authError: "credentials",
  required: "credentials",
  insufficientPermissions: "credentials",
  forbidden: "forbidden",
};

/** How to get a key. */
export const KEY_HINT =
  "make one at https://console.cloud.google.com/apis/credentials (enable 'YouTube Data API v3' first) and put it " +
  "into the environment as YOUTUBE_API_KEY; or name a service account's file with GOOGLE_APPLICATION_CREDENTIALS";

const HINTS: Readonly<Record<string, string>> = {
  API_KEY_SERVICE_BLOCKED: "the key is restricted to other APIs: allow it 'YouTube Data API v3'",
  accessNotConfigured: "enable 'YouTube Data API v3' for the key's project",
  SERVICE_DISABLED: "enable 'YouTube Data API v3' for the key's project",
  API_KEY_HTTP_REFERRER_BLOCKED:
    "the key is restricted to other referrers: allow this machine, or use another",
  API_KEY_IP_ADDRESS_BLOCKED:
    "the key is restricted to other addresses: allow this machine's, or use another",
  ipRefererBlocked: "the key is restricted to other addresses: allow this machine's, or use another",
};

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };

/** A message without its HTML, on one line. */
export function plainMessage(html: string): string {
  return html.replaceAll(/<[^>]*>/g, "").replaceAll(
    /&(\w+|#39);/g,
    (all, name: string) => ENTITIES[name] ?? all,
  )
    .replaceAll(/[\p{C}\s]+/gu, " ").trim().slice(0, MESSAGE_CHARS_MAX);
}

/** What an answer with an error's status means. */
export function failureOf(
  { status, text, retryAfterMs }: { status: number; text: string; retryAfterMs: number | undefined },
): ApiFailure {
  const parsed = errorSchema.safeParse(parse(text));
  if (!parsed.success) {
    const kind = status === 429 || status >= 500 ? "passing" : "not-understood";
    return new ApiFailure(kind, `HTTP ${status} without the API's error`, { retryAfterMs });
  }
  const { message, errors, details } = parsed.data.error;
  // The details are the more exact ones: a bad key is a "badRequest" among the errors.
  const reasons = [...details, ...errors].flatMap(({ reason }) => reason ? [reason] : []);
  const known = reasons.find((reason) => reason in KINDS);
  const reason = known ?? reasons[0] ?? `HTTP ${status}`;
  const said = plainMessage(message);
  let kind = known === undefined ? undefined : KINDS[known];
  if (/missing a valid API key|unregistered callers/i.test(said)) kind = "credentials";
  kind ??= status === 429 || status >= 500 ? "passing" : status === 401 ? "credentials" : "not-understood";
  const hint = HINTS[reason] ?? (kind === "credentials" ? KEY_HINT : undefined);
  return new ApiFailure(kind, `${reason}${said === "" ? "" : `: ${said}`}`, { hint, retryAfterMs });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // HTML and the like: said by the caller
  }
}

/** `Retry-After` in ms: seconds or a date. */
export function retryAfterOf(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/** An answer that sends the question elsewhere: the credentials would go along. @throws {ApiFailure} for one */
export async function refuseRedirect({ status, body }: Response): Promise<void> {
  if (status < 300 || status > 399) return;
  await body?.cancel();
  throw new ApiFailure(
    "not-understood",
    `HTTP ${status}: a redirect, which is not followed with credentials`,
    {
      hint: "check --api-base, or the token_uri of the service account",
    },
  );
}
