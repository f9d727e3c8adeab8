/** Snapshots of boards → figures by name, and what has happened between two of them. Pure. */
import type { FederatedSnapshot } from "../../monitor/boards/federated.ts";
import type { LikesSnapshot } from "../../monitor/boards/likes.ts";
import { type Snapshot, totalLag } from "../../monitor/boards/snapshot.ts";
import type { TrafficSnapshot } from "../../monitor/boards/traffic.ts";
import type { Figures } from "./history.ts";
import { CURVES_MAX, VIDEO_CURVES_MAX } from "./limits.ts";

type Entry = readonly [name: string, value: number | null];

/** Errors and latency (ms) of the last minute, scores of classes since the start, rate, lag, dead letters. */
export function predictionsFigures(snapshot: Snapshot): Figures {
  const { recentErrors, recentLatencyMs, classes, perSecond, deadLetters, lag } = snapshot;
  const errors: Entry[] = [
    ["mse", recentErrors.mse],
    ["baselineMse", recentErrors.baselineMse],
    ["mae", recentErrors.mae],
    ["baselineMae", recentErrors.baselineMae],
  ];
  const scores: Entry[] = [
    ["accuracy", classes?.accuracy ?? null],
    ["baselineAccuracy", classes?.baselineAccuracy ?? null],
    ["macroF1", classes?.macroF1 ?? null],
  ];
  const shares = (classes?.classes ?? []).slice(0, CURVES_MAX).map((
    { name, f1 },
  ): Entry => [`f1.${name}`, f1]);
  return new Map<string, number | null>([
    ...errors,
    ...scores,
    ["p50", recentLatencyMs.p50],
    ["p95", recentLatencyMs.p95],
    ["p99", recentLatencyMs.p99],
    ["perSecond", perSecond],
    ["lag", totalLag(snapshot)],
    ["deadLetters", deadLetters],
    ...lag.slice(0, CURVES_MAX).map(({ partition, lag }): Entry => [`lag.${partition}`, lag]),
    ...shares,
  ]);
}

/** Lag of each job; alerts that hold, anomalies and forecasts since the start. */
export function trafficFigures({ lag, activeAlerts, anomalyCount, forecasts }: TrafficSnapshot): Figures {
  return new Map<string, number | null>([
    ...lag.slice(0, CURVES_MAX).map(({ job, lags }): Entry => [
      `lag.${job}`,
      lags.length === 0 ? null : lags.reduce((sum, one) => sum + one.lag, 0),
    ]),
    ["activeAlerts", activeAlerts],
    ["anomalies", anomalyCount],
    ["forecasts", forecasts],
  ]);
}

/** Events since the start, and the likes of the videos with the most. */
export function likesFigures({ events, ranking }: LikesSnapshot): Figures {
  return new Map<string, number | null>([
    ["events", events],
    ...ranking.slice(0, VIDEO_CURVES_MAX).map(({ videoId, likes }): Entry => [`likes.${videoId}`, likes]),
  ]);
}

/** Round, its updates, devices, what was refused and found so far; loss and errors by what predicts. */
export function federatedFigures(
  { round, loss, mse, updates, refused, anomalies, deviceCount }: FederatedSnapshot,
): Figures {
  return new Map<string, number | null>([
    ["round", round?.round ?? null],
    ["counted", round?.counted ?? null],
    ["devices", deviceCount],
    ["updates", updates],
    ["refused", refused],
    ["anomalies", anomalies],
    ["loss", loss],
    ...Object.entries(mse).map(([by, error]): Entry => [`mse.${by}`, error]),
  ]);
}

/** Global models that were published. */
export function federatedNews(now: FederatedSnapshot, before: FederatedSnapshot | undefined): string[] {
  if (before === undefined || now.model === null) return [];
  const made = now.published - before.published;
  if (made <= 0) return [];
  return [
    made === 1 ? `global model ${now.model.round}` : `${made} global models, the last ${now.model.round}`,
  ];
}

/** Versions of the model that predict for the first time. */
export function predictionsNews(now: Snapshot, before: Snapshot | undefined): string[] {
  if (before === undefined || before.versions.length === 0) return [];
  const known = new Set(before.versions);
  return now.versions.filter((version) => !known.has(version)).map((version) =>
    `version ${version} of ${now.modelId ?? now.model} predicts`
  );
}

/** Alerts that were raised and anomalies that were found. */
export function trafficNews(now: TrafficSnapshot, before: TrafficSnapshot | undefined): string[] {
  if (before === undefined) return [];
  const raised = now.raised - before.raised;
  const found = now.anomalyCount - before.anomalyCount;
  const alert = now.alerts.find(({ state }) => state !== "cleared");
  const anomaly = now.anomalies[0];
  return [
    ...(raised === 1 && alert !== undefined
      ? [`alert ${alert.rule} on ${alert.link}: ${alert.evidence}`]
      : []),
    ...(raised > 1 ? [`${raised} alerts raised`] : []),
    ...(found === 1 && anomaly !== undefined
      ? [`anomaly ${anomaly.kind} of ${anomaly.subject}: ${anomaly.evidence}`]
      : []),
    ...(found > 1 ? [`${found} anomalies found`] : []),
  ];
}
