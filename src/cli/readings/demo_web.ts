/** `demo --web`: the page beside the terminal, of the board that the demo draws, in the same process. */
import manifest from "../../../deno.json" with { type: "json" };
import type { Settings } from "../../config/settings.ts";
import type { Inspection } from "../../kafka/inspection_port.ts";
import { processMetrics } from "../../metrics/process.ts";
import type { PredictionsBoard } from "../../monitor/boards/predictions.ts";
import { mountBoards, runBoards } from "../../web/boards/routes.ts";
import { servePredictions } from "../../web/boards/served.ts";
import { mountPages } from "../../web/dashboard.ts";
import { readAccess } from "../../web/frame/access.ts";
import { createApp } from "../../web/frame/app.ts";
import { LiveHub } from "../../web/frame/live/hub.ts";
import { serveHttp } from "../../web/frame/serve.ts";
import { mountTopics } from "../../web/topics/routes.ts";
import { mountModel } from "../../web/model.ts";
import { mountPredict } from "../../web/predict.ts";
import { ServedModel } from "../../web/served_model.ts";
import type { ForecastModel } from "../../models/model_file.ts";
import type { Log } from "../../runtime/log.ts";

/** The page while it is served. */
export interface DemoWeb extends AsyncDisposable {
  readonly url: string;
  /** Topics are those of this cluster from now on: before there is a model there is none. */
  showCluster(inspection: Inspection): void;
  /** Answers over REST with the model that was trained. */
  serve(model: ForecastModel): void;
}

/**
 * Serves the board until it is disposed of; before the first prediction its trouble is that training goes on.
 *
 * @throws {UserError} where that address cannot be listened on, or takes a token.
 */
export async function openDemoWeb(
  settings: Pick<Settings, "listen" | "tokenFile" | "allowHost" | "interval">,
  { board, log }: { readonly board: PredictionsBoard; readonly log: Pick<Log, "info" | "warn"> },
): Promise<DemoWeb> {
  const isTraining = () => board.modelKeys().length === 0;
  const trouble = () => isTraining() ? "training…" : null;
  const source = {
    snapshot: board.snapshot.bind(board),
    trouble,
    run: () => Promise.resolve(),
  };
  const hub = new LiveHub();
  const serving = {
    boards: [servePredictions(source, () => board.modelKeys())],
    ...{ hub, refreshMs: settings.interval * 1_000 },
  };
  const app = createApp({
    ...{ trouble, log },
    collectors: [processMetrics(manifest.version)],
    access: await readAccess({ ...settings, flag: "--listen" }, log),
    version: manifest.version,
  });
  mountPages(app);
  mountBoards(app, serving);
  let cluster: Inspection | null = null;
  mountTopics(app, () => cluster);
  let served: ServedModel | null = null;
  mountPredict(app, () => served);
  mountModel(app, () => served, () => Promise.resolve(null));
  const server = serveHttp(app, settings.listen, { log });
  const ending = new AbortController();
  const running = runBoards(serving, ending.signal);
  log.info(`the page is on ${server.url}`);
  return {
    url: server.url,
    showCluster: (inspection) => cluster = inspection,
    serve: (model) => void (served = new ServedModel(model, { file: "the demo's own", nowMs: Date.now() })),
    [Symbol.asyncDispose]: async () => {
      ending.abort();
      await running;
      await hub.close("the demo has ended");
      await server[Symbol.asyncDispose]();
    },
  };
}
