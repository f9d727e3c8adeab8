/** `POST /api/v1/local-update`: what a device learned comes in. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context, MiddlewareHandler } from "hono";
import type { TensorView } from "../../../nn/mod.ts";
import type { Coordinator } from "../../federated/server/coordinator.ts";
import { limitedBody } from "../frame/body.ts";
import { networkOf } from "../frame/attempts.ts";
import { holderOf } from "../frame/gate.ts";
import { RETRY_AFTER_SECONDS } from "../frame/limits.ts";
import { listenerOf } from "../frame/listener.ts";
import { Problem, problemAnswer } from "../frame/problem.ts";
import type { RateLimit } from "../frame/rate_limit.ts";
import { AWAY_RETRY_SECONDS, UPLOAD_OVERHEAD_BYTES } from "./limits.ts";
import { acceptedSchema } from "./schemas.ts";
import { METRICS_HEADER, readUpload, uploadQuerySchema, uploadSchema } from "./submission.ts";

/** How updates are taken. */
export interface IntakeOptions {
  /** Of the global network: what an update has to have. */
  readonly views: readonly TensorView[];
  /** Updates a minute, by the token's name, else by address. */
  readonly rateLimit: RateLimit;
  /** Why nothing can be stored now, a sentence; `null` = it can. */
  readonly trouble: () => string | null;
  /** Single updates are refused: this server takes sums, see secure.ts. */
  readonly sumsOnly: boolean;
}

/** Reasons that mean: it does not fit to what stands already. */
const CONFLICTS: ReadonlySet<string> = new Set([
  ...["stale", "late", "superseded", "duplicate", "version", "participant", "counted"],
]);

const EXAMPLE = {
  ...{ device: "meter-7", round: 3, numExamples: 480, version: "f177de7ac05b", metrics: { loss: 0.21 } },
  weights: "SAAAAAAAAAB7InBhcmFtZXRlcnMiOnsiZHR5cGUiOiJGNjQiLC…",
};

const answer = (description: string) => ({
  description,
  content: { "application/json": { schema: acceptedSchema } },
});

function describe(path: string) {
  return createRoute({
    method: "post",
    path,
    tags: ["federated learning"],
    summary: "Send what a device learned from a global model",
    description:
      "The body is a safetensors file, with the parameters of the query beside it, or all of it as JSON. The file has one " +
      'tensor "parameters" or the tensors of the global model, F64 or F32. A device sends one update a round: the same ' +
      "one again is answered 200 and counts once. What is refused says in `reason` why.",
    request: {
      query: uploadQuerySchema.partial().describe("Of a safetensors body; JSON has them in the body"),
      headers: z.object({
        [METRICS_HEADER]: z.string().optional().openapi({
          description: "Figures of the device as JSON, with a safetensors body",
          example: '{"loss": 0.21}',
        }),
      }),
      body: {
        required: true,
        content: {
          "application/octet-stream": { schema: { type: "string", format: "binary" } },
          "application/json": { schema: uploadSchema, example: EXAMPLE },
        },
      },
    },
    responses: {
      200: answer("It had been sent before, and counts once"),
      202: answer("It is stored, and counts"),
      400: problemAnswer("The body is no JSON"),
      409: problemAnswer(
        "It does not fit: too old, of another global model, or another one of the device is there",
      ),
      413: problemAnswer("It is larger than an update of the global model can be"),
      415: problemAnswer("The body is neither application/octet-stream nor application/json"),
      422: problemAnswer("It cannot be used: `reason` says why"),
      429: problemAnswer("Too many updates of this participant: Retry-After says when to come again"),
      503: problemAnswer("It cannot be stored now: Retry-After says when to come again"),
    },
  });
}

/** Mounts the route. */
export function mountLocalUpdate(
  app: OpenAPIHono,
  coordinator: Coordinator,
  { views, path, ...options }: IntakeOptions & { readonly path: string },
): void {
  const numbers = views.reduce((sum, { length }) => sum + length, 0);
  // Base64 takes four letters for three bytes.
  const bytesMax = Math.ceil(numbers * Float64Array.BYTES_PER_ELEMENT * 4 / 3) + UPLOAD_OVERHEAD_BYTES;
  // Documented here, and read by hand: the body is one of two kinds.
  app.openAPIRegistry.registerPath(describe(path));
  app.post(path, refuseEarly(options), limitedBody({ bytesMax }), async (c) => {
    const participant = holderOf(c);
    const upload = await readUpload(c, views, (from, why) => {
      // Whether the topic has it is of no matter to the one who is refused.
      coordinator.refuse({ ...from, participant }, why).catch(() => {});
    });
    const outcome = await coordinator.submit({ ...upload, participant }).catch((error: Error) => {
      throw notStored(error.message);
    });
    if (!outcome.accepted) throw refusalOf(outcome);
    const { device, round } = upload;
    const { duplicate } = outcome;
    return c.json({ ...outcome, device, round }, duplicate ? 200 : 202);
  });
}

function refusalOf({ reason, detail }: { readonly reason: string; readonly detail: string }): Problem {
  if (reason === "busy" || reason === "full") {
    return notStored(detail, { reason, retryAfterSeconds: RETRY_AFTER_SECONDS });
  }
  return new Problem(CONFLICTS.has(reason) ? 409 : 422, detail, { reason });
}

/** Before the body is read. */
function refuseEarly(
  { rateLimit, trouble, sumsOnly }: Pick<IntakeOptions, "rateLimit" | "trouble" | "sumsOnly">,
): MiddlewareHandler {
  return async (c, next) => {
    if (sumsOnly) {
      throw new Problem(409, "this server sees sums of updates alone: start the participant with --secure", {
        reason: "secure",
      });
    }
    takeTurn(c, rateLimit);
    refuseWhileAway(trouble());
    await next();
  };
}

/** Counts a request of a participant, else of an address. @throws {Problem} 429 where there were too many */
export function takeTurn(c: Context, rateLimit: RateLimit): void {
  const from = holderOf(c) ?? networkOf(listenerOf(c).remoteAddr?.hostname ?? "");
  const retryAfterSeconds = rateLimit.take(from, performance.now());
  if (retryAfterSeconds === 0) return;
  throw new Problem(429, `too many updates of this participant: try again in ${retryAfterSeconds} s`, {
    ...{ retryAfterSeconds, reason: "rate" },
  });
}

/** @throws {Problem} 503 where there is a trouble */
export function refuseWhileAway(trouble: string | null): void {
  if (trouble !== null) throw notStored(trouble);
}

function notStored(
  why: string,
  more: { readonly reason: string; readonly retryAfterSeconds: number } = {
    reason: "away",
    retryAfterSeconds: AWAY_RETRY_SECONDS,
  },
): Problem {
  return new Problem(503, `nothing can be stored now: ${why}`, more);
}
