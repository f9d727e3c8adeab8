/** What a participant sends in a request: a safetensors file with parameters beside it, or all of it as JSON. */
import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { TensorView } from "../../../nn/mod.ts";
import { DEVICE_CHARS_MAX, METRICS_MAX } from "../../federated/limits.ts";
import type { Submission } from "../../federated/rounds/judge.ts";
import { type UploadFault, weightsOfUpload } from "../../federated/upload.ts";
import { invalid, Problem } from "../frame/problem.ts";
import { METRICS_LENGTH_MAX } from "./limits.ts";

/** The header that has an upload's metrics, JSON. */
export const METRICS_HEADER = "x-metrics";

const device = z.string().min(1).max(DEVICE_CHARS_MAX).describe("The device's name");
const round = z.int().min(0).describe("Number of the global model that it learned from");
const examples = z.int().min(1).describe(
  "Examples that it learned from: its weight in a mean, up to a limit",
);
const version = z.string().regex(/^[0-9a-f]{12}$/).describe(
  "Version of the global model that it learned from: the second part of its ETag",
);
const metrics = z.record(z.string().max(64), z.number())
  .refine((figures) => Object.keys(figures).length <= METRICS_MAX, {
    error: `at most ${METRICS_MAX} metrics are allowed`,
  })
  .describe(`Figures of its own, at most ${METRICS_MAX}; "loss" is averaged over the devices`);

const integerText = <S extends z.ZodType>(schema: S) =>
  z.preprocess((text) => typeof text === "string" && /^\d{1,16}$/.test(text) ? Number(text) : text, schema);

/** Beside an upload whose body is the safetensors file. */
export const uploadQuerySchema = z.object({
  device,
  round: integerText(round),
  examples: integerText(examples),
  version: version.optional(),
});

/** An upload as JSON. */
export const uploadSchema = z.strictObject({
  device,
  round,
  numExamples: examples,
  version: version.optional(),
  metrics: metrics.optional(),
  weights: z.base64().describe(
    'A safetensors file in base64: one tensor "parameters" or the global model\'s own, F64 or F32',
  ),
});

/** What was sent, but for who sent it. */
export type Upload = Omit<Submission, "participant">;

/** Called with an upload whose weights cannot be used, and why. */
export type OnFault = (from: Pick<Upload, "device" | "round">, fault: UploadFault) => void;

/** Reads the request's body, which has been bounded. @throws {Problem} */
export async function readUpload(
  c: Context,
  views: readonly TensorView[],
  onFault: OnFault,
): Promise<Upload> {
  const weightsIn = (from: Pick<Upload, "device" | "round">, bytes: Uint8Array): Float64Array => {
    const found = weightsOfUpload(bytes, views);
    if ("weights" in found) return found.weights;
    onFault(from, found.fault);
    throw refuse(found.fault.reason, `the update cannot be used: ${found.fault.detail}`);
  };

  const type = c.req.header("content-type")?.replace(/;.*/, "").trim().toLowerCase();
  if (type === "application/octet-stream") {
    const { examples: numExamples, ...said } = parse(uploadQuerySchema, c.req.query(), "query");
    const figures = metricsOf(c.req.header(METRICS_HEADER));
    const weights = weightsIn(said, new Uint8Array(await c.req.arrayBuffer()));
    return { ...withoutAbsent(said), numExamples, ...(figures && { metrics: figures }), weights };
  }
  if (type === "application/json") {
    const { weights, ...said } = parse(uploadSchema, parseJson(await c.req.text(), "the body"), "json");
    return { ...withoutAbsent(said), weights: weightsIn(said, Uint8Array.fromBase64(weights)) };
  }
  throw new Problem(
    415,
    "an update is a safetensors file, sent with content-type: application/octet-stream, or JSON, sent with application/json",
  );
}

function metricsOf(text: string | undefined): Record<string, number> | undefined {
  if (text === undefined) return undefined;
  if (text.length > METRICS_LENGTH_MAX) {
    throw refuse("metrics", `the header ${METRICS_HEADER} has more than ${METRICS_LENGTH_MAX} letters`);
  }
  const found = metrics.safeParse(parseJson(text, `the header ${METRICS_HEADER}`));
  if (found.success) return found.data;
  throw refuse("metrics", `the header ${METRICS_HEADER}: ${invalid(found.error.issues, "header").message}`);
}

function parse<S extends z.ZodType>(schema: S, value: unknown, target: string): z.output<S> {
  const found = schema.safeParse(value);
  if (found.success) return found.data;
  const { status, message, more } = invalid(found.error.issues, target);
  throw new Problem(status, message, { ...more, reason: "request" });
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem(400, `${what} is no JSON`, { reason: "request" });
  }
}

function refuse(reason: string, detail: string): Problem {
  return new Problem(422, detail, { reason });
}

/** Without members that were not sent. */
function withoutAbsent<T extends { readonly version?: string | undefined; readonly metrics?: unknown }>(
  said: T,
): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
