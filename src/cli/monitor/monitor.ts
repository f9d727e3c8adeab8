/** `streamflow monitor`: what goes by on `predictions` and `dead-letters`, drawn, printed or as JSON. */
import { CONNECTION_KEYS } from "../../config/settings.ts";
import { type DashboardOutput, runDashboard } from "../../monitor/terminal/dashboard.ts";
import { summaryLines, toJson } from "../../monitor/terminal/predictions_plain.ts";
import { openTerminal } from "../../monitor/terminal/terminal.ts";
import { UserError } from "../../runtime/errors.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { openClient } from "../connection.ts";
import { monitorLikes } from "./likes.ts";
import { monitorTraffic } from "./traffic.ts";
import { Watch } from "../../monitor/watch/watch.ts";

function outputOf(
  settings: { json: boolean; once: boolean; color: boolean; output: string; bootstrapServer: string },
  { out, log }: CommandContext,
): DashboardOutput {
  if (settings.once) return { mode: "silent" };
  if (settings.json) return { mode: "json", out };
  const opened = openTerminal();
  if ("reason" in opened) {
    log.info(`no screen, one line per interval: ${opened.reason}`);
    return { mode: "plain", out };
  }
  const title = `${settings.output} at ${settings.bootstrapServer}`;
  return { mode: "screen", terminal: opened.terminal, color: settings.color, title };
}

/** One object for several models would be figures of none; a model that was asked for has to be there. */
function checkModels(
  { all, asked }: { readonly all: readonly string[]; readonly asked: readonly string[] },
  { model, topic, json }: {
    readonly model: string | undefined;
    readonly topic: string;
    readonly json: boolean;
  },
): void {
  const list = (ids: readonly string[]) => ids.toSorted().join(", ");
  if (model !== undefined && asked.length === 0) {
    throw new UserError(`there are no predictions of a model '${model}' on topic ${topic}`, {
      hint: all.length === 0 ? "there are none at all" : `there are predictions of ${list(all)}`,
    });
  }
  if (asked.length < 2 || !json && model === undefined) return;
  throw new UserError(
    `topic ${topic} holds predictions of ${asked.length} models, whose figures cannot be mixed: ${
      list(asked)
    }`,
    { hint: `choose one of them: --model ${asked.toSorted()[0]}` },
  );
}

/** Shows how well the predictions fare. */
export const monitorCommand = defineCommand({
  name: "monitor",
  summary: "Draw error, latency, lag and dead letters of the predictions, live",
  examples: [
    "monitor",
    "monitor --from latest --interval 0.5",
    "monitor --once --json",
    "monitor --view youtube",
    "monitor --view traffic",
  ],
  settings: [
    ...([
      "view",
      "output",
      "model",
      "alerts",
      "anomalies",
      "deadLetter",
      "input",
      "group",
      "from",
      "interval",
      "once",
      "json",
      "color",
    ] as const),
    ...CONNECTION_KEYS,
  ],
  wording: {
    model: {
      description: "Show this model's predictions, by its name or NAME/TARGET/HORIZON [default: " +
        "the model that predicted last]",
      placeholder: "ID",
    },
  },
  async run(settings, context) {
    const { signal, out, log } = context;
    // A configuration file's `model` is the file that `consume` loads.
    const model = context.origin["model"]?.startsWith("flag ") ? settings.model : undefined;
    const { input, output, deadLetter, group, from, interval, once, json } = settings;
    // Later the screen, or the lines of what is watched, say it.
    let isWatching = false;
    const warn = (message: string) => isWatching ? undefined : log.warn(message);
    await using client = await openClient(settings, { warn });
    isWatching = true;
    if (settings.view === "youtube") return await monitorLikes(settings, { context, client });
    if (settings.view === "traffic") return await monitorTraffic(settings, { context, client });
    if (once && !(await client.admin.listTopics()).includes(output)) {
      throw new UserError(`cannot monitor: there is no topic '${output}'`, {
        hint: "'streamflow consume' creates it; name another one with --output",
      });
    }
    const shown = outputOf(settings, context);
    const watch = new Watch({
      client,
      input,
      group,
      from,
      until: once ? "end" : "never",
      signal,
      say: shown.mode === "screen" ? () => {} : (message) => log.info(message),
    });
    const { snapshot, models } = await runDashboard({
      predictions: watch.read(output),
      deadLetters: watch.read(deadLetter),
      lag: () => watch.lag(),
      trouble: () => watch.trouble,
      output: shown,
      refreshMs: interval * 1_000,
      accounting: once,
      input,
      ...(model === undefined ? {} : { model }),
      signal,
    });
    if (once && signal.aborted) return 130;
    if (once) checkModels(models, { model, topic: output, json });
    if (once && json) out(JSON.stringify(toJson(snapshot, watch.trouble)));
    else if (once || shown.mode === "screen") summaryLines(snapshot).forEach(out);
    return 0;
  },
});
