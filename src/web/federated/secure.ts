/** `/api/v1/secure…`: the steps of secure aggregation, where the server adds updates up without seeing one. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context, MiddlewareHandler } from "hono";
import {
  type PrintedView,
  printView,
  readBytes,
  readKeys,
  vectorOf,
} from "../../federated/secure/messages.ts";
import { SHARES_MAX } from "../../federated/secure/shamir.ts";
import type { VectorScale } from "../../federated/secure/vector.ts";
import type { SecureAggregator, SecureSender, SecureStep } from "../../federated/server/secure_aggregator.ts";
import { waitAside } from "../frame/answer.ts";
import { limitedBody } from "../frame/body.ts";
import { holderOf } from "../frame/gate.ts";
import { listenerOf } from "../frame/listener.ts";
import { Problem, problemAnswer } from "../frame/problem.ts";
import type { RateLimit } from "../frame/rate_limit.ts";
import { WAIT_SECONDS_MAX } from "./limits.ts";
import { takeTurn } from "./local_update.ts";

const STAGES = ["keys", "shares", "vectors", "opening", "done", "failed"] as const;
const TAGS = ["secure aggregation"];
/** Base64 of 32 to 80 bytes. */
const base64 = z.string().max(120).regex(/^[A-Za-z0-9+/]*={0,2}$/, "base64 is wanted");
const device = z.string().min(1).max(256).describe("Name of the device");
const count = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const place = { device, round: count, attempt: count };
const jsonPlace = { device, round: z.int().min(0), attempt: z.int().min(0) };
const shares = z.record(z.string().min(1).max(256), base64)
  .refine((all) => Object.keys(all).length <= SHARES_MAX, `at most ${SHARES_MAX} shares`);

const viewSchema = z.object({
  round: z.int(),
  attempt: z.int().describe("Of the round: steps before enough devices came are begun again"),
  stage: z.enum(STAGES),
  failure: z.nullable(z.string()),
  scale: z.object({ clip: z.number(), examplesMax: z.number() }).describe(
    "A vector has examples/examplesMax × way/clip × 2⁴³ of each weight, and last examples/examplesMax × 2⁴³, modulo 2⁵²",
  ),
  roster: z.nullable(z.object({
    threshold: z.int().describe("Shares that give a secret back"),
    devices: z.array(z.object({ device: z.string(), mask: z.string(), seal: z.string() })),
  })),
  senders: z.array(z.string()).describe("Whose shares came"),
  sealed: z.record(z.string(), z.string()).describe("Shares for this device, by sender"),
  came: z.array(z.string()).describe("Whose vectors came"),
}).openapi("SecureView");

const takenSchema = z.object({ accepted: z.literal(true) }).openapi("SecureStep");

/** What the routes work on. */
export interface SecureRoutes {
  readonly aggregator: SecureAggregator;
  readonly scale: VectorScale;
  /** Numbers of a vector. */
  readonly length: number;
  /** Steps a minute, by participant: each counts like an update. */
  readonly rateLimit: RateLimit;
}

/** Mounts all routes. */
export function mountSecure(app: OpenAPIHono, routes: SecureRoutes): void {
  mountView(app, routes);
  mountStep(app, routes, {
    path: "keys",
    summary: "Join a round",
    schema: z.object({ ...jsonPlace, mask: base64, seal: base64 }),
    read: ({ mask, seal }) => ({ kind: "keys", keys: readKeys({ mask, seal }) }),
  });
  mountStep(app, routes, {
    path: "shares",
    summary: "Give each device of the roster a sealed share of one's secrets",
    schema: z.object({ ...jsonPlace, shares }),
    read: ({ shares }) => ({ kind: "shares", shares: readBytes(shares) }),
  });
  mountStep(app, routes, {
    path: "opened",
    summary: "Open the shares that were kept for others",
    schema: z.object({ ...jsonPlace, shares }),
    read: ({ shares }) => ({ kind: "opened", shares: readBytes(shares) }),
  });
  mountVector(app, routes);
}

function mountView(app: OpenAPIHono, { aggregator, scale }: SecureRoutes): void {
  const route = createRoute({
    method: "get",
    path: "/api/v1/secure",
    tags: TAGS,
    summary: "Where the open round stands, for a device",
    request: {
      query: z.object({
        device,
        round: count.optional(),
        attempt: count.optional(),
        stage: z.enum(STAGES).optional(),
        wait: z.coerce.number().int().min(0).max(WAIT_SECONDS_MAX).default(0)
          .describe("Seconds to wait while it still stands at that round, attempt and stage"),
      }),
    },
    responses: {
      200: { description: "The view", content: { "application/json": { schema: viewSchema } } },
      503: problemAnswer("Too many wait"),
    },
  });
  app.openapi(route, async (c) => {
    const { device, round, attempt, stage, wait } = c.req.valid("query");
    const isAsked = wait > 0 && round !== undefined && attempt !== undefined && stage !== undefined;
    const view = isAsked
      ? await waitAside(c, () => aggregator.viewAfter(device, { round, attempt, stage }, endOf(c, wait)))
      : aggregator.view(device);
    return c.json(printView(view, scale) as PrintedView & z.input<typeof viewSchema>, 200);
  });
}

function endOf(c: Context, seconds: number): AbortSignal {
  const { closing } = listenerOf(c);
  const timeUp = AbortSignal.timeout(seconds * 1_000);
  return closing === undefined ? timeUp : AbortSignal.any([timeUp, closing]);
}

interface Place {
  readonly device: string;
  readonly round: number;
  readonly attempt: number;
}

function mountStep<T extends Place>(
  app: OpenAPIHono,
  { aggregator, rateLimit }: SecureRoutes,
  { path, summary, schema, read }: {
    readonly path: string;
    readonly summary: string;
    readonly schema: z.ZodType<T>;
    readonly read: (body: T) => SecureStep;
  },
): void {
  const route = createRoute({
    method: "post",
    path: `/api/v1/secure/${path}`,
    tags: TAGS,
    summary,
    request: { body: { required: true, content: { "application/json": { schema } } } },
    responses: {
      200: { description: "It counts", content: { "application/json": { schema: takenSchema } } },
      409: problemAnswer("It does not fit to where the round stands"),
      422: problemAnswer("It cannot be read"),
      429: problemAnswer("Too many steps of this participant: Retry-After says when to come again"),
    },
    middleware: limitedRate(rateLimit),
  });
  app.openapi(route, (c) => {
    const body = c.req.valid("json" as never) as T;
    let step: SecureStep;
    try {
      step = read(body);
    } catch {
      throw new Problem(422, "the body has something that is not base64", { reason: "shape" });
    }
    take(aggregator, { ...body, participant: holderOf(c) }, step);
    return c.json({ accepted: true as const }, 200);
  });
}

function mountVector(app: OpenAPIHono, { aggregator, length, rateLimit }: SecureRoutes): void {
  const bytes = length * Float64Array.BYTES_PER_ELEMENT;
  const route = createRoute({
    method: "post",
    path: "/api/v1/secure/vector",
    tags: TAGS,
    summary: "Send a masked vector",
    request: {
      query: z.object(place),
      body: {
        required: true,
        content: { "application/octet-stream": { schema: { type: "string", format: "binary" } } },
      },
    },
    responses: {
      200: { description: "It counts", content: { "application/json": { schema: takenSchema } } },
      409: problemAnswer("It does not fit to where the round stands"),
      413: problemAnswer("It is larger than a vector of the global model"),
      422: problemAnswer("It is no vector of the global model"),
      429: problemAnswer("Too many steps of this participant: Retry-After says when to come again"),
    },
    middleware: [limitedRate(rateLimit), limitedBody({ bytesMax: bytes })],
  });
  app.openapi(route, async (c) => {
    const body = new Uint8Array(await c.req.arrayBuffer());
    if (body.length !== bytes) {
      throw new Problem(422, `it has ${body.length} bytes, ${bytes} are wanted`, { reason: "shape" });
    }
    take(aggregator, { ...c.req.valid("query"), participant: holderOf(c) }, {
      kind: "vector",
      vector: vectorOf(body),
    });
    return c.json({ accepted: true as const }, 200);
  });
}

function limitedRate(rateLimit: RateLimit): MiddlewareHandler {
  return async (c, next) => {
    takeTurn(c, rateLimit);
    await next();
  };
}

/** @throws {Problem} */
function take(
  aggregator: SecureAggregator,
  { device, participant, round, attempt }: Place & SecureSender,
  step: SecureStep,
): void {
  const why = aggregator.take({ device, participant }, { round, attempt }, step);
  if (why !== null) throw new Problem(409, why, { reason: "step" });
}
