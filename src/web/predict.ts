/** `POST /api/v1/predict`: readings in, predictions out. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Model } from "../models/model_file.ts";
import { DEAD_LETTER_REASONS } from "../records/dead_letters/reason.ts";
import { classificationSchema, forecastSchema } from "../records/predictions/schema.ts";
import { readingSchema } from "../records/readings/schema.ts";
import { splitReadings } from "../records/readings/split.ts";
import { limitedBody } from "./frame/body.ts";
import { Problem, problemAnswer } from "./frame/problem.ts";
import { PREDICT_BODY_BYTES_MAX, REQUEST_READINGS_MAX } from "./limits.ts";
import type { Answering, ServedModel } from "./served_model.ts";

const NOT_OF_AN_ANSWER = { input: true, model: true, predictedAt: true, latencyMs: true } as const;

const why = z.string().optional().describe("Why the baseline answered");

const bodySchema = z.union([
  readingSchema,
  z.strictObject({ readings: z.array(readingSchema).max(REQUEST_READINGS_MAX) }).describe(
    `A batch: at most ${REQUEST_READINGS_MAX} readings, the oldest of each source first`,
  ),
]);

const answerSchema = z.union([
  forecastSchema.omit(NOT_OF_AN_ANSWER).extend({ why }).describe("A forecast"),
  classificationSchema.omit(NOT_OF_AN_ANSWER).extend({ why }).describe("A classification"),
  z.object({
    error: z.object({
      reason: z.enum([...Object.keys(DEAD_LETTER_REASONS), "duplicate"]),
      detail: z.string(),
    }),
  }).describe("In the place of a reading without an answer: the reason is the one of its dead letter"),
]);

const modelSchema = z.object({
  name: z.string(),
  version: z.string().describe("Beginning of the file's SHA-256"),
  kind: z.enum(["forecaster", "classifier"]),
  target: z.string(),
  unit: z.string().optional().describe("Of a forecaster's target; empty where the model does not say"),
  horizon: z.int().optional().describe("Readings ahead, of a forecaster"),
  lookback: z.int().optional().describe(
    "Readings of a source that a forecaster needs, the last one included",
  ),
  reach: z.int().optional().describe(
    "Readings of a source with which no forecast of a forecaster lacks anything: the look-back, or its longest season",
  ),
  classes: z.array(z.string()).optional(),
});

const resultSchema = z.object({
  model: modelSchema,
  predictions: z.array(answerSchema).describe("One for each reading, in the order of the request"),
  latencyMs: z.number().describe("From the body that was read to the answer"),
});

/** Without one the answer is a problem. @throws {Problem} */
export function requireModel(answering: Answering): ServedModel {
  const served = answering();
  if (typeof served === "string") throw new Problem(503, served);
  return served;
}

const EXAMPLE = {
  readings: ["00", "10", "20"].map((minute, row) => ({
    id: `plant:${row}`,
    timestamp: `2026-01-31T12:${minute}:00.000Z`,
    source: "boiler-1",
    features: { temperature: 20.5 + row, pressure: 1013.2 },
  })),
};

const route = createRoute({
  method: "post",
  path: "/api/v1/predict",
  summary: "Predict one reading or a batch",
  description:
    "Readings are as on the topic of readings. A model that forecasts looks back at several readings of a source: " +
    "those that stand before a reading in the same request are its past, and nothing is kept from request to request. So send " +
    "a source's last readings, oldest first, and use the last answer. Where they are too few the last value answers " +
    "(`by`: `baseline`), and `why` says how many are missing. The numbers are those that `streamflow consume` publishes for the same readings.",
  request: {
    body: { required: true, content: { "application/json": { schema: bodySchema, example: EXAMPLE } } },
  },
  responses: {
    200: {
      description:
        "An answer for each reading; a reading of a batch that cannot be used has an error in its place",
      content: { "application/json": { schema: resultSchema } },
    },
    400: problemAnswer("The body is no JSON"),
    413: problemAnswer("The body, the batch or the number of its sources is too large"),
    415: problemAnswer("The body is not application/json"),
    422: problemAnswer("The reading cannot be used: `reason` is the one that its dead letter would have"),
    503: problemAnswer("There is no model to answer with"),
  },
});

/** Mounts the route. */
export function mountPredict(app: OpenAPIHono, answering: Answering): void {
  // Documented here, and not validated by the schema: readings are read as a record's value is, each by itself.
  app.openAPIRegistry.registerPath(route);
  app.post(route.path, limitedBody({ bytesMax: PREDICT_BODY_BYTES_MAX }), async (c) => {
    const type = c.req.header("content-type")?.replace(/;.*/, "").trim().toLowerCase();
    if (type !== "application/json") {
      throw new Problem(415, "the body has to be JSON: send it with content-type: application/json");
    }
    const body = new Uint8Array(await c.req.arrayBuffer());
    return c.body(JSON.stringify(answer(requireModel(answering), body)), 200, {
      "content-type": "application/json",
    });
  });
}

/** @throws {Problem} */
function answer(served: ServedModel, body: Uint8Array): z.infer<typeof resultSchema> {
  const beganMs = performance.now();
  const split = splitReadings(body, REQUEST_READINGS_MAX);
  if (split.kind === "broken") throw new Problem(400, `the body is no JSON of readings: ${split.detail}`);
  if (split.kind === "too-many") {
    throw new Problem(413, `a request holds at most ${REQUEST_READINGS_MAX} readings: send them in several`);
  }
  const readings = split.kind === "one" ? [body] : split.readings;
  const { model, answers } = served.answer(readings, Date.now());
  if (answers === null) {
    throw new Problem(
      413,
      "the readings are of more sources than there is room for: send them in several requests",
    );
  }
  const [first] = answers;
  if (split.kind === "one" && "error" in first!) {
    const { reason, detail } = first.error;
    throw new Problem(reason === "not-json" ? 400 : 422, `the reading cannot be used: ${detail}`, { reason });
  }
  const latencyMs = Math.round((performance.now() - beganMs) * 1_000) / 1_000;
  return { model: describe(model), predictions: [...answers], latencyMs };
}

function describe(model: Model): z.infer<typeof modelSchema> {
  const { name, version, kind } = model;
  if (kind === "classifier") {
    const { target, classes } = model.classifier;
    return { name, version, kind, target, classes: [...classes] };
  }
  const { target, horizon, lookback, reach, metadata: { task: { unit } } } = model;
  return { name, version, kind, target, unit, horizon, lookback, reach };
}
