/** What the routes of federated learning answer. */
import { z } from "@hono/zod-openapi";
import { deviceSchema, roundSchema, roundStateSchema } from "../../records/federated_rounds/schema.ts";

const count = z.int().min(0);
const unixMs = z.number().describe("Unix ms");
const wanted = z.nullable(count).describe("Updates with which the round closes; null: it closes by time");

/** How the federation stands. */
export const statusSchema = z.object({
  state: roundStateSchema,
  round: count.describe("Number of the open round, and of the newest global model"),
  version: z.string().describe("Of the newest global model"),
  strategy: z.string(),
  updates: count.describe("Of the open round so far"),
  participants: count.describe("Devices whose updates these are"),
  quorum: count.describe("Devices without which it is not aggregated"),
  wanted,
  openedMs: unixMs,
  deadlineMs: z.nullable(unixMs).describe("null: there is none, or no update yet"),
  scheduleMs: z.nullable(unixMs).describe("null: without a schedule"),
  refused: z.record(z.string(), count).describe("Refused updates of the open round, by reason"),
  late: count.describe("Updates that learned from an older global model, and count"),
  devices: count.describe("Devices that have ever sent"),
  last: z.nullable(roundSchema).describe("The round that was published last"),
  message: z.string().describe("All of it in a sentence"),
}).openapi("FederatedStatus");

/** An update that was taken. */
export const acceptedSchema = z.object({
  accepted: z.literal(true),
  device: z.string(),
  round: count,
  countedIn: count.describe("The round that it counts in: a later one where it came late"),
  duplicate: z.boolean().describe("It was there already"),
  updates: count.describe("Updates of the round so far"),
  wanted,
}).openapi("FederatedUpdateAccepted");

/** A round that was closed by hand. */
export const aggregatedSchema = z.object({
  accepted: z.literal(true),
  round: count.describe("That was closed"),
  updates: count.describe("That it averaged"),
  version: z.string().describe("Of the global model that was published"),
}).openapi("FederatedRoundAggregated");

/** Published rounds, the newest first. */
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
