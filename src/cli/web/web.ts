/** `streamflow web`: the dashboard of whatever runs on the cluster. */
import manifest from "../../../deno.json" with { type: "json" };
import { CONNECTION_KEYS } from "../../config/settings.ts";
import { processMetrics } from "../../metrics/process.ts";
import { createApp } from "../../web/frame/app.ts";
import { serveHttp } from "../../web/frame/serve.ts";
import { mountPages } from "../../web/dashboard.ts";
import { mountModel } from "../../web/model.ts";
import { mountPredict } from "../../web/predict.ts";
import { defineCommand } from "../command.ts";
import { openClient } from "../connection.ts";
import { openServedModel, readCard } from "./served_model.ts";

/** Serves the dashboard until it is stopped. */
export const webCommand = defineCommand({
  name: "web",
  summary: "Serve the dashboard, predictions over REST and metrics of what runs on the cluster",
  examples: ["web", "web --listen 127.0.0.1:0", "web --model plant.safetensors --input plant"],
  settings: ["listen", "model", "models", ...CONNECTION_KEYS],
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
    await using client = await openClient(settings, log);
    const { model: path, models: topic } = settings;
    await using model = origin["model"] === undefined
      ? null
      : await openServedModel({ path, topic, client, log });
    const served = model?.served ?? null;
    const app = createApp({
      trouble: () => null,
      collectors: [processMetrics(manifest.version), ...(served === null ? [] : [served.collect])],
    });
    mountPages(app);
    mountPredict(app, served);
    mountModel(app, served, () => readCard(path));
    await using server = serveHttp(app, settings.listen);
    out(`streamflow web ready on ${server.url}`);
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener("abort", () => resolve(), { once: true });
    });
    return 0;
  },
});
