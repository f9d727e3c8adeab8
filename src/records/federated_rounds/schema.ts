/**
 * What is on `federated-rounds` as JSON: rounds, devices, refusals, and which server writes. The rest is bytes, see
 * keys.ts. Of each key the newest record counts.
 */
import { z } from "zod";

const count = z.int().min(0);
const metrics = z.record(z.string(), z.number());

/** Whose turn it is in a round. */
export const roundStateSchema = z.enum(["open", "collecting", "aggregating", "published"]).describe(
  "`open`: no update yet; `collecting`: some; `aggregating`: closed, what counts is settled; `published`: the next global model is there",
);

/** What closed a round. */
export const closedBySchema = z.enum(["quorum", "deadline", "threshold", "schedule", "manual"]);

/** Key: `round/<n>`. */
export const roundSchema = z.object({
  type: z.literal("round"),
  round: count.describe("n: its updates learned from global model n, its result is global model n + 1"),
  state: roundStateSchema,
  strategy: z.string(),
  openedMs: z.number().describe("Unix ms"),
  deadlineMs: z.nullable(z.number()).describe("Unix ms; `null` where there is none, or no update yet"),
  closedMs: z.nullable(z.number()).describe("Unix ms"),
  closedBy: z.nullable(closedBySchema),
  devices: z.array(z.string()).describe("Those whose updates count, sorted; of very many the first ones"),
  participants: count.describe("Devices whose updates count"),
  updates: count.describe("Updates that count: a device may have a late one beside its own"),
  wanted: z.optional(count).describe("Updates that it waits for"),
  refused: z.record(z.string(), count).describe("Refused updates by reason"),
  late: count.describe("Updates that learned from an older global model, and count"),
  dropped: count.describe("Devices that counted in the round before, and not in this one"),
  numExamples: count.describe("Examples that the updates count for"),
  version: z.nullable(z.string()).describe("Of global model n + 1"),
  loss: z.nullable(z.number()).describe("Mean of the devices' losses, by examples"),
  metrics: metrics.describe("Means of the devices' metrics, by examples"),
  doubt: z.nullable(z.string()).describe("What the strategy does not do with so few updates, a sentence"),
  epsilon: z.nullable(z.number()).describe(
    "ε of differential privacy that was spent so far; `null` without it",
  ),
}).describe("A round");

/** Key: `device/<device>`. Written with each of its updates. */
export const deviceSchema = z.object({
  type: z.literal("device"),
  device: z.string(),
  participant: z.nullable(z.string()).describe("Who sent for it; `null` where nobody had to say"),
  firstSeenMs: z.number().describe("Unix ms"),
  lastSeenMs: z.number().describe("Unix ms"),
  lastRound: count.describe("Of the global model that its newest update learned from"),
  countedIn: count.describe("The round that counts this update"),
  digest: z.string().describe("Beginning of the SHA-256 of this update's weights and examples"),
  updates: count,
  refused: count,
  numExamples: count.describe("Of its newest update"),
  metrics: metrics.describe("Of its newest update"),
  anomalies: count,
}).describe("A device");

/** Key: `refusal/<device>`. */
export const refusalSchema = z.object({
  type: z.literal("refusal"),
  device: z.string(),
  participant: z.nullable(z.string()),
  round: z.number().describe("That it claims to have learned from"),
  timeMs: z.number().describe("Unix ms"),
  reason: z.string(),
  detail: z.string(),
}).describe("A refused update");

/** Key: `server/<run>`. From here on the records of other runs are passed over. */
export const serverSchema = z.object({
  type: z.literal("server"),
  run: z.string().describe("Another one at every start of a server"),
  startedMs: z.number().describe("Unix ms"),
}).describe("A server that has taken the topic over");

/** A round, see {@linkcode roundSchema}. */
export type RoundRecord = z.infer<typeof roundSchema>;
/** What closed it, see {@linkcode closedBySchema}. */
export type ClosedBy = z.infer<typeof closedBySchema>;
/** A device, see {@linkcode deviceSchema}. */
export type DeviceRecord = z.infer<typeof deviceSchema>;
/** A refusal, see {@linkcode refusalSchema}. */
export type RefusalRecord = z.infer<typeof refusalSchema>;
/** A server, see {@linkcode serverSchema}. */
export type ServerRecord = z.infer<typeof serverSchema>;
