/** `streamflow federated participate`: a model per device of a topic's readings, learned with others by way of a server. */
import { CONNECTION_KEYS } from "../../config/settings.ts";
import { jobsOf, participate } from "../../federated/client/participate.ts";
import { DeviceTally } from "../../federated/participant/device_tally.ts";
import type { LearnableModel } from "../../federated/participant/learnable_model.ts";
import { figuresOf, formatFigures } from "../../federated/participant/figures.ts";
import type { WindowedJob } from "../../jobs/job.ts";
import { type JobsState, totalLag } from "../../jobs/run.ts";
import { formatCount, formatCounts, startProgress } from "../../runtime/progress.ts";
import { defineCommand } from "../command.ts";
import { openClient } from "../connection.ts";
import { METRICS_KEYS, MetricsServer } from "../serve_metrics.ts";
import { ASKING_WORDING, serverOf } from "./asking.ts";
import { participantMetrics } from "./metrics.ts";

/** Learns on the stream. */
export const federatedParticipateCommand = defineCommand({
  name: "participate",
  summary: "Learn from a topic's readings, a model per device, together with others by way of a server",
  examples: [
    "federated participate",
    "federated participate --server https://fl.example.org --token-file token --input input-data --group fl",
    "federated participate --until-idle 5 --json",
  ],
  settings: [
    ...(["server", "input", "group", "anomalies", "deadLetter", "from", "limit", "untilIdle"] as const),
    ...(["secure", "sessionTimeout", "partitions", "replicationFactor", "json", "quiet"] as const),
    ...METRICS_KEYS,
    ...CONNECTION_KEYS,
  ],
  defaults: { group: "federated" },
  wording: ASKING_WORDING,
  next: () => ({ command: "monitor --view federated", flags: { anomalies: "anomalies" } }),
  async run(settings, { signal, out, log }) {
    const { input, group, from, limit, untilIdle, partitions, replicationFactor } = settings;
    const server = await serverOf(settings, log);
    // The token is the server's: nobody who asks for metrics has to know it.
    await using metrics = await MetricsServer.open({ ...settings, tokenFile: undefined }, log);
    await using client = await openClient(settings, log);
    const tally = new DeviceTally();
    let round = -1;
    const onGlobal = (global: LearnableModel) => {
      if (round < 0) log.info(describe(global));
      round = global.round;
    };
    using progress = startProgress({ unit: "readings", log, quiet: settings.quiet });
    const note = (state: JobsState) =>
      `round ${round}, updates ${formatCount(tally.updates)}, anomalies ${
        formatCount(tally.anomalies)
      }, lag ${formatCount(totalLag(state))}`;
    const ended = await participate({
      ...{ client, server, input, group, from, limit, partitions, replicationFactor },
      ...{ signal, tally, onGlobal },
      topics: settings,
      secure: settings.secure,
      sessionTimeoutMs: settings.sessionTimeout * 1_000,
      untilIdleMs: untilIdle === undefined ? undefined : untilIdle * 1_000,
      said: log,
      onTopicCreated: (name) => log.info(`created the topic ${name}`),
      onOpened: metrics.jobs<WindowedJob>(
        { client, input, group },
        (run) => participantMetrics(tally, { jobs: () => jobsOf(run.state()), round: () => round }),
      ),
      onState: (state) => progress.update(tally.read, note(state)),
    });
    progress[Symbol.dispose]();
    if (ended === null) {
      log.info("stopped before the server gave a model: nothing was learned");
      return 130;
    }
    const figures = figuresOf(ended);
    if (settings.json) {
      out(
        JSON.stringify({ round: ended.global.round, ...tally, lag: totalLag(ended.state), devices: figures }),
      );
    } else if (!settings.quiet) {
      for (const line of formatFigures(figures)) out(line);
      out(summarize(tally, { round: ended.global.round, lag: totalLag(ended.state) }));
    }
    return 0;
  },
});

function describe({ round, version, target, horizon, recipe, preparation }: LearnableModel): string {
  const scale = recipe.normalisation === "federation"
    ? "the federation's"
    : preparation.spreadReadings === undefined
    ? "own, by the model's fixed units"
    : `own, each device by the spread of its last ${preparation.spreadReadings} readings`;
  return `global model ${round} (${version}) forecasts ${target} ${horizon} readings ahead; normalisation: ${scale}; ` +
    `an update after ${formatCount(recipe.newExamples)} new examples`;
}

function summarize(
  tally: DeviceTally,
  { round, lag }: { readonly round: number; readonly lag: number },
): string {
  const { read, duplicates, deadLetters, anomalies, updates, updatesTwice, refused, onboarded } = tally;
  return `read ${formatCount(read)}, devices new here ${formatCount(onboarded)}, anomalies ${
    formatCount(anomalies)
  }, ` +
    `updates ${formatCount(updates)} (${formatCount(updatesTwice)} of them sent twice), refused ${
      formatCounts(refused)
    }, ` +
    `global model ${round}, dead letters ${formatCounts(deadLetters)}, duplicates ${
      formatCount(duplicates)
    }, lag ${formatCount(lag)}`;
}
