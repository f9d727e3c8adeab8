/** The boards of the dashboard, fed from the cluster. */
import type { Settings } from "../../config/settings.ts";
import type { KafkaClient } from "../../kafka/port.ts";
import { observedMetrics, trafficLags } from "../../web/boards/observed.ts";
import { serveFederated, serveLikes, servePredictions, serveTraffic } from "../../web/boards/served.ts";
import type { PredictionsBeside } from "../../web/boards/served.ts";
import {
  federatedSubject,
  follow,
  LIKES_TOPICS,
  likesSubject,
  predictionsSubject,
  TRAFFIC_NAMES,
  trafficSubject,
} from "../monitor/subjects.ts";

/** The settings of the boards. */
export const BOARD_KEYS = [
  "input",
  "output",
  "group",
  "from",
  "deadLetter",
  "alerts",
  "anomalies",
  "roundsTopic",
  "interval",
] as const;

/** What the predictions wait for. */
const TRAINING = "training…";

/** What feeds them, and what stands beside their figures. */
export interface OpenBoardsOptions extends Pick<PredictionsBeside, "answering" | "training"> {
  readonly client: KafkaClient;
  readonly signal: AbortSignal;
  /** Called whenever something of the cluster goes or comes. */
  readonly say: (message: string) => void;
}

/** All boards, fed from the cluster. */
export function openBoards(
  settings: Pick<Settings, typeof BOARD_KEYS[number]>,
  { client, signal, say: sayIt, answering, ...options }: OpenBoardsOptions,
) {
  const { from, interval } = settings;
  const watched = { client, from, until: "never", signal } as const;
  const say = (name: string) => (message: string) => sayIt(`${name}: ${message}`);
  const refreshMs = interval * 1_000;
  const predictions = predictionsSubject(settings, { nowMs: Date.now(), refreshMs });
  const traffic = trafficSubject({ ...settings, ...TRAFFIC_NAMES });
  const followed = {
    predictions: follow(predictions, { ...watched, say: say("predictions") }),
    traffic: follow(traffic, { ...watched, say: say("traffic") }),
    likes: follow(likesSubject(LIKES_TOPICS), { ...watched, say: say("likes") }),
    federated: follow(federatedSubject(settings), { ...watched, say: say("federated") }),
  };
  const modelKeys = () => predictions.board.modelKeys();
  const training = () => modelKeys().length === 0 ? options.training() : null;
  const predicted = {
    ...followed.predictions.source,
    trouble: () => training() === null ? followed.predictions.watch.trouble : TRAINING,
  };
  return {
    collectors: [
      observedMetrics({ ...settings, source: followed.predictions.source, modelKeys }),
      trafficLags(followed.traffic.source, traffic.jobs),
    ],
    boards: [
      servePredictions(predicted, {
        ...{ modelKeys, answering, training },
        reader: { input: settings.input, group: settings.group },
      }),
      serveTraffic(followed.traffic.source),
      serveLikes(followed.likes.source),
      serveFederated(followed.federated.source),
    ],
    run: (signal: AbortSignal) =>
      Promise.all(Object.values(followed).map(({ source }) => source.run(signal))),
    /** A topic that is not there yet is no trouble of the server. */
    trouble: () => {
      if (training() !== null) return TRAINING;
      return Object.values(followed).some(({ watch }) => watch.away) ? "disconnected, retrying" : null;
    },
  };
}
