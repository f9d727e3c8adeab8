/**
 * What is on the topics: the one definition of every record, its type and its JSON Schema.
 *
 * All topics are keyed by `source`, values are UTF-8 JSON.
 */
import { z } from "zod";
import { isoUtcMs } from "./utc_time.ts";

/** One measurement: what `input-data` carries. */
export const readingSchema = z.object({
  id: z.string().min(1).describe(
    "Unique; the same when the same row of the same file is produced again. Of a file's row: the file's name, the " +
      "row's number and a hash of the file's path and of its rows up to this one; from standard input of the rows alone",
  ),
  timestamp: isoUtcMs.describe(
    "Time of the reading (the Kafka record's own timestamp is the time of sending)",
  ),
  source: z.string().min(1).describe("What measured: the record's key; each source is a series of its own"),
  features: z.record(z.string(), z.union([z.number(), z.string()])).describe(
    "By feature name: measured values, finite; or one of a few texts",
  ),
  label: z.string().min(1).optional().describe("True class, where it is known; never an input of a model"),
}).describe("A reading on `input-data`");

/** Who answered: the network, or the baseline where it cannot. */
export const answeredBySchema = z.enum(["network", "baseline"]);

const answerOf = {
  id: z.string().describe("Id of the reading that was answered"),
  input: readingSchema.describe("The whole reading"),
};
const circumstances = {
  model: z.object({ name: z.string(), version: z.string() }),
  predictedAt: isoUtcMs,
  latencyMs: z.nullable(z.number()).describe(
    "From the sending of the reading (Kafka timestamp) to the prediction; `null` where the record has no timestamp",
  ),
};

/** The answer of a model that forecasts. */
export const forecastSchema = z.object({
  ...answerOf,
  prediction: z.object({
    target: z.string().describe("Name of the predicted feature"),
    horizon: z.int().min(1).describe("How many readings of the same source ahead"),
    value: z.number().describe("Predicted value, in the unit of the target"),
    by: answeredBySchema.describe("`baseline` while the source has fewer readings than the look-back needs"),
  }),
  baseline: z.number().describe("Last value of the target: what the network has to beat"),
  scored: z.nullable(z.object({
    id: z.string().describe("Id of the reading whose forecast comes due now"),
    predicted: z.number(),
    baseline: z.number(),
    references: z.object({ seasonal: z.nullable(z.number()), ridge: z.nullable(z.number()) }).optional()
      .describe(
        "What else the network has to beat: the value a season before, and ridge regression on the same inputs",
      ),
    actual: z.number(),
    by: answeredBySchema,
  })).describe("Outcome of the forecast made `horizon` readings ago for this very reading"),
  ...circumstances,
}).describe("An answer on `predictions` of a model that forecasts");

/** The answer of a model that classifies. */
export const classificationSchema = z.object({
  ...answerOf,
  prediction: z.object({
    target: z.string().describe("What the classes are of"),
    class: z.string().describe("The most probable class"),
    probabilities: z.record(z.string(), z.number()).describe(
      "Of every class, in the model's order; their sum is 1",
    ),
    by: answeredBySchema.describe("`baseline` where the network's numbers overflow"),
  }),
  baseline: z.string().describe("Most frequent class of the training data: what the network has to beat"),
  scored: z.nullable(z.object({
    id: z.string().describe("Id of the reading itself"),
    predicted: z.string(),
    baseline: z.string(),
    actual: z.string().describe("The reading's label"),
    by: answeredBySchema,
  })).describe("Outcome, where the reading has a label"),
  ...circumstances,
}).describe("An answer on `predictions` of a model that classifies");

/** The answer to one reading: what `predictions` carries. */
export const predictionSchema = z.union([forecastSchema, classificationSchema]);

/** A measurement, see {@linkcode readingSchema}. */
export type Reading = z.infer<typeof readingSchema>;
/** A forecast, see {@linkcode forecastSchema}. */
export type Forecast = z.infer<typeof forecastSchema>;
/** A classification, see {@linkcode classificationSchema}. */
export type Classification = z.infer<typeof classificationSchema>;
/** An answer, see {@linkcode predictionSchema}. */
export type Prediction = Forecast | Classification;
/** `network` or `baseline`. */
export type AnsweredBy = z.infer<typeof answeredBySchema>;

/** Why a record went to `dead-letters`: the value of its `streamflow.reason` header. */
export type DeadLetterReason =
  | "not-json"
  | "tombstone"
  | "undecodable"
  | "too-large"
  | "not-a-reading"
  | "missing-feature"
  | "not-a-number"
  | "not-a-text"
  | "bad-timestamp"
  | "late";
