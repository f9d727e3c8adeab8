/** What the routes of federated learning answer. */
import { z } from "@hono/zod-openapi";

const count = z.int().min(0);
const figures = z.record(z.string(), z.number());

/** A round. */
export const roundSchema = z.object({
  round: count,
  state: z.enum(["open", "collecting", "aggregating", "published"]),
  strategy: z.string(),
  openedMs: z.number().describe("Unix ms"),
  deadlineMs: z.number().nullable(),
  closedMs: z.number().nullable(),
  closedBy: z.enum(["quorum", "deadline", "threshold", "schedule", "manual"]).nullable(),
  devices: z.array(z.string()).describe("Whose updates were averaged, sorted"),
  participants: count,
  updates: count,
  refused: z.record(z.string(), count).describe("By reason"),
  late: count,
  dropped: count,
  numExamples: count,
  version: z.string().nullable().describe("Of the global model that it published"),
  loss: z.number().nullable().describe("Mean over the examples of the devices' loss"),
  metrics: figures.describe("Means over the examples"),
  doubt: z.string().nullable().describe("What the strategy did not do though its name says so"),
  epsilon: z.number().nullable().describe("Of differential privacy, so far"),
}).openapi("FederatedRound");

/** A device. */
export const deviceSchema = z.object({
  device: z.string(),
  participant: z.string().nullable(),
  firstSeenMs: z.number().describe("Unix ms"),
  lastSeenMs: z.number(),
  lastRound: count,
  updates: count,
  refused: count,
  numExamples: count,
  metrics: figures,
  anomalies: count,
}).openapi("FederatedDevice");

/** Where the server stands. */
export const statusSchema = z.object({
  strategy: z.string(),
  global: z.object({ round: count, version: z.string() }).describe("The newest global model"),
  round: roundSchema.describe("The round that is open"),
  wanted: count.describe("Updates that close the round"),
  devices: count.describe("Devices that were ever seen"),
}).openapi("FederatedStatus");

/** An update that was taken. */
export const acceptedSchema = z.object({
  accepted: z.literal(true),
  device: z.string(),
  round: count,
  countedIn: count.describe("The round that it counts in: a later one where it came late"),
  duplicate: z.boolean().describe("It was there already"),
  updates: count.describe("Updates of the round so far"),
  wanted: count.describe("Updates that close the round"),
}).openapi("FederatedUpdateAccepted");

/** Rounds, the newest first. */
export const historySchema = z.object({
  rounds: z.array(roundSchema),
  next: z.int().nullable().describe("`before` of the next page; null: this is the last one"),
});

/** Devices by name. */
export const devicesSchema = z.object({
  devices: z.array(deviceSchema),
  total: count,
  next: z.string().nullable().describe("`after` of the next page; null: this is the last one"),
});
