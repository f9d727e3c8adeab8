/** The subjects that can be watched: their topics, the jobs whose lag is asked for, and what has to be there. */
import type { Settings } from "../../config/settings.ts";
import type { KafkaClient } from "../../kafka/port.ts";
import type { Board } from "../../monitor/boards/board.ts";
import {
  FederatedBoard,
  type FederatedChoice,
  type FederatedSnapshot,
} from "../../monitor/boards/federated.ts";
import { LAG_EVERY_MS } from "../../monitor/boards/limits.ts";
import { LikesBoard, type LikesSnapshot } from "../../monitor/boards/likes.ts";
import { PredictionsBoard, type PredictionsBoardOptions } from "../../monitor/boards/predictions.ts";
import type { PredictionsChoice, Snapshot } from "../../monitor/boards/snapshot.ts";
import { TrafficBoard, type TrafficChoice, type TrafficSnapshot } from "../../monitor/boards/traffic.ts";
import { feed, type Source } from "../../monitor/watch/feed.ts";
import { type FollowedJob, Watch, type WatchOptions } from "../../monitor/watch/watch.ts";

/** A board, and what has to be there for it. */
export interface Subject<Figures, Choice> {
  readonly board: Board<Figures, Choice>;
  /** The jobs whose lag is shown. */
  readonly jobs: readonly FollowedJob[];
  readonly lagEveryMs?: number;
  /** Whether one of the topics is enough. */
  readonly needs: "all" | "any";
  /** One snapshot is of these topics. */
  readonly required: readonly string[];
  readonly hint: string;
}

/** Names of topics and groups. */
export interface PredictionTopics {
  readonly input: string;
  readonly output: string;
  readonly deadLetter: string;
  readonly group: string;
}

/** Predictions of readings; `refreshMs`: lag is asked for no more often. */
export function predictionsSubject(
  { input, output, deadLetter, group }: PredictionTopics,
  { refreshMs, ...options }: Pick<PredictionsBoardOptions, "nowMs" | "accounting" | "model"> & {
    readonly refreshMs: number;
  },
): Subject<Snapshot, PredictionsChoice> & { readonly board: PredictionsBoard } {
  return {
    board: new PredictionsBoard({
      ...options,
      input,
      topics: { predictions: output, deadLetters: deadLetter },
    }),
    jobs: [{ job: "", input, group }],
    lagEveryMs: Math.max(LAG_EVERY_MS, refreshMs),
    needs: "all",
    required: [output],
    hint: "'streamflow consume' creates it; name another one with --output",
  };
}

/** Where totals and events are, unless somebody says otherwise. */
export const LIKES_TOPICS = { totals: "youtube-totals", events: "topic_yt" } as const;

/** Likes of videos and comments. */
export function likesSubject(
  topics: { readonly totals: string; readonly events: string },
): Subject<LikesSnapshot, undefined> {
  return {
    board: new LikesBoard(topics),
    jobs: [],
    needs: "all",
    required: [topics.totals],
    hint: "'streamflow youtube consume' creates it; name another one with --output",
  };
}

/** Names of topics and groups. */
export interface TrafficTopics {
  readonly packets: string;
  readonly group: string;
  readonly forecasts: string;
  readonly alerts: string;
  readonly anomalies: string;
  readonly deadLetter: string;
}

/** Where the packets are, who forecasts them, and where the forecasts go, unless somebody says otherwise. */
export const TRAFFIC_NAMES = {
  packets: "packets",
  group: "traffic-forecast",
  forecasts: "forecasts",
} as const;

/** Traffic of links. */
export function trafficSubject(
  { packets, group, forecasts, alerts, anomalies, deadLetter }: TrafficTopics,
): Subject<TrafficSnapshot, TrafficChoice> {
  const jobs: FollowedJob[] = [
    { job: "forecast", input: packets, group },
    { job: "watch", input: "network-traffic", group: "traffic-watch" },
  ];
  const processed = "processed-data";
  return {
    board: new TrafficBoard({
      nowMs: Date.now(),
      inputs: jobs.map(({ input }) => input),
      topics: { forecasts, alerts, anomalies, processed, deadLetters: deadLetter },
    }),
    jobs,
    // Not all topics need to be there: who only forecasts has no anomalies.
    needs: "any",
    required: [forecasts, processed, alerts, anomalies],
    hint: "'streamflow traffic forecast' and 'streamflow traffic watch' create them",
  };
}

/** Rounds and devices of a federation. */
export function federatedSubject(
  { roundsTopic: rounds, anomalies }: Pick<Settings, "roundsTopic" | "anomalies">,
): Subject<FederatedSnapshot, FederatedChoice> {
  return {
    board: new FederatedBoard({ nowMs: Date.now(), topics: { rounds, anomalies } }),
    jobs: [],
    // Participants that find no anomaly make no topic of them.
    needs: "any",
    required: [rounds],
    hint: "'streamflow federated server' creates it; name another one with --rounds-topic",
  };
}

/** A subject's board, fed from the cluster, and what reads it. */
export function follow<Figures, Choice>(
  { board, jobs, lagEveryMs, needs }: Subject<Figures, Choice>,
  options: { readonly client: KafkaClient } & Pick<WatchOptions, "from" | "until" | "signal" | "say">,
): { readonly source: Source<Figures, Choice>; readonly watch: Watch } {
  const watch = new Watch({ ...options, topics: board.topics, needs });
  const source = feed(board, {
    streams: board.topics.map((topic) => watch.read(topic)),
    lags: jobs.map((job) => ({ job: job.job, ask: () => watch.lag(job) })),
    ...(lagEveryMs === undefined ? {} : { lagEveryMs }),
    trouble: () => watch.trouble,
  });
  return { source, watch };
}
