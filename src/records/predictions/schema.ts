/** What is on `predictions`: the definition of an answer, of a forecast and of a classification. Key: `source`. */
import { z } from "zod";
import { isoUtcMs } from "../formats/utc_time.ts";
import { readingSchema } from "../readings/schema.ts";

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

/** A forecast, see {@linkcode forecastSchema}. */
export type Forecast = z.infer<typeof forecastSchema>;

/** Who forecasts: the network, and what it is compared with. */
export type Contestant = "network" | "lastValue" | "seasonal" | "ridge";
/** A classification, see {@linkcode classificationSchema}. */
export type Classification = z.infer<typeof classificationSchema>;
/** An answer, see {@linkcode predictionSchema}. */
export type Prediction = Forecast | Classification;
/** `network` or `baseline`. */
export type AnsweredBy = z.infer<typeof answeredBySchema>;
