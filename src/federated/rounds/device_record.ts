/** What is known of a device once an update of it counts. Pure. */
import type { DeviceRecord } from "../../records/federated_rounds/schema.ts";
import type { SentUpdate } from "../update_file.ts";

/** The round that counts the update, its digest, and when it came (Unix ms). */
export type Counting = Pick<DeviceRecord, "countedIn" | "digest"> & { readonly nowMs: number };

/** The device's record. @param known the one before, where the device is known */
export function deviceAfter(
  { device, participant, round, numExamples, metrics = {} }: SentUpdate,
  known: DeviceRecord | undefined,
  { countedIn, digest, nowMs }: Counting,
): DeviceRecord {
  return {
    type: "device",
    device,
    participant: participant ?? known?.participant ?? null,
    firstSeenMs: known?.firstSeenMs ?? nowMs,
    lastSeenMs: nowMs,
    lastRound: round,
    countedIn,
    digest,
    updates: (known?.updates ?? 0) + 1,
    refused: known?.refused ?? 0,
    numExamples,
    metrics: { ...metrics },
    anomalies: Math.max(0, Math.floor(metrics["anomalies"] ?? known?.anomalies ?? 0)),
  };
}
