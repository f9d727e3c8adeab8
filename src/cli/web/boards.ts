/** The boards of the dashboard, fed from the cluster. */
import type { Settings } from "../../config/settings.ts";
import type { KafkaClient } from "../../kafka/port.ts";
import { observedMetrics, trafficLags } from "../../web/boards/observed.ts";
import { serveLikes, servePredictions, serveTraffic } from "../../web/boards/served.ts";
import type { CommandContext } from "../command.ts";
import {
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
  "interval",
] as const;

/** All boards, fed from the cluster. */
export function openBoards(
  settings: Pick<Settings, typeof BOARD_KEYS[number]>,
  { client, signal, log }: { readonly client: KafkaClient } & Pick<CommandContext, "signal" | "log">,
) {
  const { from, interval } = settings;
  const options = { client, from, until: "never", signal } as const;
  const say = (name: string) => (message: string) => log.info(`${name}: ${message}`);
  const refreshMs = interval * 1_000;
  const predictions = predictionsSubject(settings, { nowMs: Date.now(), refreshMs });
  const traffic = trafficSubject({ ...settings, ...TRAFFIC_NAMES });
  const followed = {
    predictions: follow(predictions, { ...options, say: say("predictions") }),
    traffic: follow(traffic, { ...options, say: say("traffic") }),
    likes: follow(likesSubject(LIKES_TOPICS), { ...options, say: say("likes") }),
  };
  const modelKeys = () => predictions.board.modelKeys();
  return {
    collectors: [
      observedMetrics({ ...settings, source: followed.predictions.source, modelKeys }),
      trafficLags(followed.traffic.source, traffic.jobs),
    ],
    boards: [
      servePredictions(followed.predictions.source, modelKeys),
      serveTraffic(followed.traffic.source),
      serveLikes(followed.likes.source),
    ],
    run: (signal: AbortSignal) =>
      Promise.all(Object.values(followed).map(({ source }) => source.run(signal))),
    /** A topic that is not there yet is no trouble of the server. */
    trouble: () => Object.values(followed).some(({ watch }) => watch.away) ? "disconnected, retrying" : null,
  };
}
