/** `streamflow monitor`: what goes by on the topics of a subject, drawn, printed or as JSON. */
import { CONNECTION_KEYS, type Settings } from "../../config/settings.ts";
import type { KafkaClient } from "../../kafka/port.ts";
import type { FederatedChoice, FederatedSnapshot } from "../../monitor/boards/federated.ts";
import type { LikesSnapshot } from "../../monitor/boards/likes.ts";
import type { Snapshot } from "../../monitor/boards/snapshot.ts";
import type { TrafficChoice, TrafficSnapshot } from "../../monitor/boards/traffic.ts";
import { federatedView } from "../../monitor/terminal/federated_view.ts";
import { likesView } from "../../monitor/terminal/likes_view.ts";
import { predictionsView } from "../../monitor/terminal/predictions_view.ts";
import { runShell, type ShellOutput, type View } from "../../monitor/terminal/shell.ts";
import { openTerminal } from "../../monitor/terminal/terminal.ts";
import { trafficView } from "../../monitor/terminal/traffic_view.ts";
import { UserError } from "../../runtime/errors.ts";
import { formatCount } from "../../runtime/progress.ts";
import { type CommandContext, defineCommand, type ExitCode } from "../command.ts";
import { openClient } from "../connection.ts";
import {
  federatedSubject,
  follow,
  LIKES_TOPICS,
  likesSubject,
  predictionsSubject,
  type Subject,
  TRAFFIC_NAMES,
  trafficSubject,
} from "./subjects.ts";

/** The settings that count here. */
type MonitorSettings = Pick<
  Settings,
  | "input"
  | "output"
  | "alerts"
  | "anomalies"
  | "deadLetter"
  | "roundsTopic"
  | "group"
  | "from"
  | "interval"
  | "once"
  | "json"
  | "color"
  | "bootstrapServer"
>;

/** A subject, and how it is shown. */
interface Shown<Figures, Choice> extends Subject<Figures, Choice> {
  readonly view: View<Figures, Choice>;
  readonly title: string;
  /** @throws {UserError} Where one snapshot would say nothing. */
  readonly check?: (figures: Figures) => void;
}

/** One object for several models would be figures of none; a model that was asked for has to be there. */
function checkModels(
  { models, modelId, otherModels }: Snapshot,
  { model, topic, json }: {
    readonly model: string | undefined;
    readonly topic: string;
    readonly json: boolean;
  },
): void {
  const asked = models.map(({ id }) => id);
  const all = [...(modelId === null ? [] : [modelId]), ...otherModels.map(({ id }) => id)];
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

function predictionsOf(
  settings: MonitorSettings,
  model: string | undefined,
): Shown<Snapshot, typeof predictionsView.choice> {
  const { output, interval, once, json, bootstrapServer } = settings;
  const options = { nowMs: Date.now(), accounting: once, refreshMs: interval * 1_000 };
  return {
    ...predictionsSubject(settings, model === undefined ? options : { ...options, model }),
    view: predictionsView,
    title: `${output} at ${bootstrapServer}`,
    check: (figures) => checkModels(figures, { model, topic: output, json }),
  };
}

/** Names of topics and groups are those of the subject's commands unless they were given. */
type Given = (key: "input" | "output" | "group", otherwise: string) => string;

function likesOf({ bootstrapServer }: MonitorSettings, given: Given): Shown<LikesSnapshot, undefined> {
  const totals = given("output", LIKES_TOPICS.totals);
  return {
    ...likesSubject({ totals, events: given("input", LIKES_TOPICS.events) }),
    view: likesView(({ events, unreadable }) =>
      `events ${formatCount(events)}${unreadable > 0 ? `   not readable ${formatCount(unreadable)}` : ""}`
    ),
    title: `${totals} at ${bootstrapServer}`,
  };
}

function trafficOf(settings: MonitorSettings, given: Given): Shown<TrafficSnapshot, TrafficChoice> {
  return {
    ...trafficSubject({
      ...settings,
      packets: given("input", TRAFFIC_NAMES.packets),
      group: given("group", TRAFFIC_NAMES.group),
      forecasts: given("output", TRAFFIC_NAMES.forecasts),
    }),
    view: trafficView(),
    title: settings.bootstrapServer,
  };
}

function federatedOf(settings: MonitorSettings): Shown<FederatedSnapshot, FederatedChoice> {
  return {
    ...federatedSubject(settings),
    view: federatedView(),
    title: `${settings.roundsTopic} at ${settings.bootstrapServer}`,
  };
}

function outputOf(
  { once, json, color }: MonitorSettings,
  { title, context: { out, log } }: { title: string; context: CommandContext },
): ShellOutput {
  if (once) return { mode: "silent" };
  if (json) return { mode: "json", out };
  const opened = openTerminal();
  if ("terminal" in opened) return { mode: "screen", terminal: opened.terminal, color, title };
  log.info(`no screen, one line per interval: ${opened.reason}`);
  return { mode: "plain", out };
}

/** Shows the board until `q`, the signal, or with `once` the end of its topics. */
async function show<Figures, Choice>(
  shown: Shown<Figures, Choice>,
  { settings, context, client }: {
    readonly settings: MonitorSettings;
    readonly context: CommandContext;
    readonly client: KafkaClient;
  },
): Promise<ExitCode> {
  const { signal, out, log } = context;
  const { from, interval, once, json } = settings;
  const { view, title, required, hint, check } = shown;
  if (once) await refuseNothing(client, { required, hint });
  const output = outputOf(settings, { title, context });
  const { source } = follow(shown, {
    ...{ client, from, signal },
    until: once ? "end" : "never",
    say: output.mode === "screen" ? () => {} : (message) => log.info(message),
  });
  const { snapshot, trouble } = await runShell({ source, view, output, refreshMs: interval * 1_000, signal });
  if (once && signal.aborted) return 130;
  if (once) check?.(snapshot);
  if (once && json) out(JSON.stringify(view.json(snapshot, trouble)));
  else if (once || output.mode === "screen") view.summary(snapshot).forEach(out);
  return 0;
}

/** One snapshot of topics of which none is there would say nothing. */
async function refuseNothing(
  client: KafkaClient,
  { required, hint }: Pick<Subject<unknown, unknown>, "required" | "hint">,
): Promise<void> {
  const existing = new Set(await client.admin.listTopics());
  if (required.some((topic) => existing.has(topic))) return;
  const missing = required.length === 1
    ? `no topic '${required[0]}'`
    : `none of the topics ${required.join(", ")}`;
  throw new UserError(`cannot monitor: there is ${missing}`, { hint });
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
    "monitor --view federated",
  ],
  settings: [
    ...([
      "view",
      "output",
      "model",
      "alerts",
      "anomalies",
      "deadLetter",
      "roundsTopic",
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
    const { log, origin } = context;
    // Later the screen, or the lines of what is watched, say it.
    let isWatching = false;
    const warn = (message: string) => isWatching ? undefined : log.warn(message);
    await using client = await openClient(settings, { warn });
    isWatching = true;
    const given: Given = (key, otherwise) => origin[key] === undefined ? otherwise : settings[key];
    const at = { settings, context, client };
    if (settings.view === "youtube") return await show(likesOf(settings, given), at);
    if (settings.view === "federated") return await show(federatedOf(settings), at);
    if (settings.view === "traffic") return await show(trafficOf(settings, given), at);
    // A configuration file's `model` is the file that `consume` loads.
    const model = origin["model"]?.startsWith("flag ") ? settings.model : undefined;
    return await show(predictionsOf(settings, model), at);
  },
});
