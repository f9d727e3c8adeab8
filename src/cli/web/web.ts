/** `streamflow web`: the dashboard of whatever runs on the cluster. */
import { CONNECTION_KEYS } from "../../config/settings.ts";
import { readAccess } from "../../web/frame/access.ts";
import { defineCommand } from "../command.ts";
import { openClient } from "../connection.ts";
import { BOARD_KEYS } from "./boards.ts";
import { openDashboard } from "./dashboard.ts";
import { followServedModel, loadServedModel, readCard } from "./served_model.ts";

const NO_MODEL = "there is no model to answer with: start the dashboard with a model file: " +
  "streamflow web --model model.safetensors";

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
    await using dashboard = openDashboard(settings, {
      ...{ access, client, signal, log },
      say: log.info,
      answering: () => served ?? NO_MODEL,
      readCard: () => readCard(path),
      farewell: "the server is shutting down",
    });
    out(`streamflow web ready on ${dashboard.url}`);
    await dashboard.run();
    return 0;
  },
});
