/** `streamflow web`: the dashboard of whatever runs on the cluster. */
import manifest from "../../../deno.json" with { type: "json" };
import { CONNECTION_KEYS } from "../../config/settings.ts";
import { processMetrics } from "../../metrics/process.ts";
import { type BoardsOptions, mountBoards, runBoards } from "../../web/boards/routes.ts";
import { readAccess } from "../../web/frame/access.ts";
import { createApp } from "../../web/frame/app.ts";
import { LiveHub } from "../../web/frame/live/hub.ts";
import { serveHttp } from "../../web/frame/serve.ts";
import { mountPages } from "../../web/dashboard.ts";
import { mountTopics } from "../../web/topics/routes.ts";
import { mountModel } from "../../web/model.ts";
import { mountPredict } from "../../web/predict.ts";
import { defineCommand } from "../command.ts";
import { openClient } from "../connection.ts";
import { BOARD_KEYS, openBoards } from "./boards.ts";
import { followServedModel, loadServedModel, readCard } from "./served_model.ts";

/** Serves the dashboard until it is stopped. */
export const webCommand = defineCommand({
  name: "web",
  summary: "Serve the dashboard, predictions over REST and metrics of what runs on the cluster",
  examples: ["web", "web --listen 127.0.0.1:0", "web --model plant.safetensors --input plant"],
  settings: ["listen", "tokenFile", "allowHost", ...BOARD_KEYS, "model", "models", ...CONNECTION_KEYS],
  defaults: { listen: "127.0.0.1:8080" },
  wording: {
    listen: {
      description: "Where the dashboard is served; port 0 = any that is free [default: 127.0.0.1:8080]",
      placeholder: "HOST:PORT",
    },
    model: {
      description:
        "Model file that answers POST /api/v1/predict; what the pages show is chosen there [default: none]",
      placeholder: "FILE",
    },
  },
  async run(settings, { signal, out, log, origin }) {
    const access = await readAccess({ ...settings, flag: "--listen" }, log);
    const { model: path, models: topic } = settings;
    const served = origin["model"] === undefined ? null : await loadServedModel(path);
    await using client = await openClient(settings, log);
    await using _followed = served === null ? null : await followServedModel(served, { topic, client, log });
    // What fails ends everything.
    const ended = new AbortController();
    const both = AbortSignal.any([signal, ended.signal]);
    const { boards, collectors, run, trouble } = openBoards(settings, { client, signal: both, log });
    const hub = new LiveHub();
    const serving: BoardsOptions = { boards, hub, refreshMs: settings.interval * 1_000 };
    const app = createApp({
      trouble,
      collectors: [
        processMetrics(manifest.version),
        ...collectors,
        ...(served === null ? [] : [served.collect]),
      ],
      access,
      version: manifest.version,
      log,
    });
    mountPages(app);
    mountBoards(app, serving);
    mountTopics(app, () => client.inspection);
    mountPredict(app, () => served);
    mountModel(app, () => served, () => readCard(path));
    await using server = serveHttp(app, settings.listen, { log });
    await using _streams = hub;
    out(`streamflow web ready on ${server.url}`);
    try {
      await Promise.all([run(both), runBoards(serving, both)].map((one) => one.finally(() => ended.abort())));
    } finally {
      ended.abort();
    }
    return 0;
  },
});
