/** `demo --web`: the dashboard of the demo's own cluster, beside the terminal, in the same process. */
import type { Settings } from "../../config/settings.ts";
import type { KafkaClient } from "../../kafka/port.ts";
import type { ForecastModel } from "../../models/model_file.ts";
import type { Log } from "../../runtime/log.ts";
import { TrainingCourse } from "../../web/boards/training.ts";
import { readAccess } from "../../web/frame/access.ts";
import { ServedModel } from "../../web/served_model.ts";
import { openDashboard } from "../web/dashboard.ts";

const ABOUT = "A network learns from a year of 18 electricity meters to forecast the power 6 hours ahead.";
const TRAINING = "training…: the model answers as soon as it is trained, in half a minute or so";
const FAREWELL = "the demo has ended; run it again with 'streamflow demo --web'";

/** The page while it is served. */
export interface DemoWeb extends AsyncDisposable {
  readonly url: string;
  /** Takes how far the training is. */
  readonly course: TrainingCourse;
  /** The model that answers over REST from now on. */
  showModel(model: ForecastModel): void;
}

/** Names of the demo's topics and of its group, and what it has. */
export interface DemoCluster {
  readonly client: KafkaClient;
  readonly bootstrapServer: string;
  readonly topics: Pick<Settings, "input" | "output" | "deadLetter" | "group">;
  readonly log: Pick<Log, "info" | "warn">;
}

/**
 * Serves the dashboard until it is disposed of; before the first prediction its trouble is that training goes on.
 *
 * @throws {UserError} where that address cannot be listened on, or takes a token.
 */
export async function openDemoWeb(
  settings: Pick<Settings, "listen" | "tokenFile" | "allowHost" | "interval">,
  { client, bootstrapServer, topics, log }: DemoCluster,
): Promise<DemoWeb> {
  const course = new TrainingCourse(ABOUT);
  let answering: ServedModel | string = TRAINING;
  const ending = new AbortController();
  const dashboard = openDashboard({
    ...settings,
    ...topics,
    ...{
      bootstrapServer,
      from: "beginning",
      alerts: "alerts",
      anomalies: "anomalies",
      roundsTopic: "federated-rounds",
    },
  }, {
    access: await readAccess({ ...settings, flag: "--listen" }, log),
    ...{ client, log, signal: ending.signal },
    say: () => {},
    answering: () => answering,
    readCard: () => Promise.resolve(null),
    training: () => course.view(),
    farewell: FAREWELL,
  });
  const running = dashboard.run();
  log.info(`the page is on ${dashboard.url}`);
  return {
    ...{ url: dashboard.url, course },
    showModel: (model) => answering = new ServedModel(model, { file: "in memory", nowMs: Date.now() }),
    [Symbol.asyncDispose]: async () => {
      ending.abort();
      await running;
      await dashboard[Symbol.asyncDispose]();
    },
  };
}
