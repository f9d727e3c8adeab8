/** `streamflow youtube consume`: running totals of likes. */
import { formatCount } from "../../runtime/progress.ts";
import { CONNECTION_KEYS } from "../../config/settings.ts";
import { rankingLines } from "../../monitor/terminal/likes_lines.ts";
import { type LikesFigures, likesView } from "../../monitor/terminal/likes_view.ts";
import { runShell, type ShellOutput } from "../../monitor/terminal/shell.ts";
import { openTerminal } from "../../monitor/terminal/terminal.ts";
import { consumeTotals, type TotalsState } from "../../youtube/consume.ts";
import { mostLiked } from "../../youtube/totals.ts";
import { type Collect, sample, samplesBy } from "../../metrics/metric.ts";
import { METRICS } from "../../metrics/table.ts";
import { METRICS_KEYS, MetricsServer } from "../serve_metrics.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { openClient } from "../connection.ts";

function noteOf({ read, lag, deadLetters }: TotalsState): string {
  const letters = Object.values(deadLetters).reduce((sum, n) => sum + n, 0);
  return `events ${formatCount(read)}   lag ${formatCount(lag)}${
    letters > 0 ? `   dead letters ${formatCount(letters)}` : ""
  }`;
}

function summarize(state: TotalsState): string {
  const { read, changes, replayed, published, deadLetters, lag } = state;
  const reasons = Object.entries(deadLetters).map(([reason, n]) => `${formatCount(n)} ${reason}`).join(", ");
  return `read ${formatCount(read)}, changes ${formatCount(changes)}, read again ${
    formatCount(replayed)
  }, totals published ` +
    `${formatCount(published)}, dead letters ${reasons || "0"}, lag ${formatCount(lag)}`;
}

/** What is drawn, and what it was made of; `null` before the first state. */
interface StateFigures extends LikesFigures {
  readonly state: TotalsState | null;
}

function outputOf(
  settings: {
    json: boolean;
    quiet: boolean;
    color: boolean;
    input: string;
    bootstrapServer: string;
  },
  { log }: CommandContext,
): ShellOutput {
  if (settings.json || settings.quiet) return { mode: "silent" };
  const opened = openTerminal();
  if ("reason" in opened) return { mode: "plain", out: (line) => log.info(line) };
  const title = `${settings.input} at ${settings.bootstrapServer}`;
  return { mode: "screen", terminal: opened.terminal, color: settings.color, title };
}

/** Videos whose likes are shown in metrics: the most liked ones. */
const VIDEOS_SHOWN_MAX = 100;

/** What totals come to. */
function totalsMetrics(totals: () => TotalsState): Collect {
  return () => {
    const { changes, deadLetters, ranking } = totals();
    return [
      sample(METRICS.youtubeEvents, changes),
      ...samplesBy(METRICS.deadLetters, "reason", deadLetters),
      ...ranking.slice(0, VIDEOS_SHOWN_MAX).map(({ videoId, likes }) =>
        sample(METRICS.youtubeLikes, likes, { video: videoId })
      ),
    ];
  };
}

/** Adds up the likes per video. */
export const youtubeConsumeCommand = defineCommand({
  name: "consume",
  summary: "Add up the likes of every video and its comments, live, and name the most liked one",
  examples: ["youtube consume", "youtube consume --until-idle 30 --json"],
  settings: [
    ...(["input", "output", "deadLetter", "group", "untilIdle", "interval", "sessionTimeout"] as const),
    ...(["partitions", "replicationFactor", "json", "quiet", "color"] as const),
    ...METRICS_KEYS,
    ...CONNECTION_KEYS,
  ],
  defaults: { input: "topic_yt", output: "youtube-totals", group: "analytics" },
  next: () => ({ command: "monitor --view youtube", flags: { output: "output" } }),
  async run(settings, context) {
    const { signal, out, log } = context;
    const { input, output, deadLetter, group, untilIdle, partitions, replicationFactor } = settings;
    await using metrics = await MetricsServer.open(settings, log);
    await using client = await openClient(settings, log);
    // Said at the end: until then the screen may be ours.
    const created: string[] = [], warnings: string[] = [];
    let state: TotalsState | null = null;
    const run = async (signal: AbortSignal) => {
      state = await consumeTotals({
        client,
        input,
        output,
        deadLetter,
        group,
        sessionTimeoutMs: settings.sessionTimeout * 1_000,
        partitions,
        replicationFactor,
        untilIdleMs: untilIdle === undefined ? undefined : untilIdle * 1_000,
        signal,
        onOpened: metrics.jobs({ client, input, group }),
        onTotals: (totals) => metrics.add(totalsMetrics(totals)),
        onState: (now) => state = now,
        onTopicCreated: (name) => created.push(name),
        onWarning: (message) => warnings.push(message),
      });
    };
    const { snapshot } = await runShell({
      source: { run, snapshot: (): StateFigures => ({ state, ranking: state?.ranking ?? [], gains: [] }) },
      view: likesView(({ state }: StateFigures) => state === null ? "" : noteOf(state)),
      output: outputOf(settings, context),
      refreshMs: settings.interval * 1_000,
      signal,
    });
    const final = snapshot.state!;
    for (const name of created) log.info(`created the topic ${name}`);
    warnings.forEach(log.warn);
    if (final.partitions < final.partitionsOfAll) {
      log.info(
        "other members have the other videos: 'streamflow monitor --view youtube --once' ranks them all",
      );
    }
    const { forgotten } = final;
    if (forgotten.comments + forgotten.videos > 0) {
      log.warn(
        `${formatCount(forgotten.comments)} comments (the least liked) and ${
          formatCount(forgotten.videos)
        } videos were ` +
          "evicted: a partition's limit was reached",
      );
    }
    if (settings.json) {
      const winners = final.ranking.length === 0
        ? []
        : mostLiked(final.ranking).map(({ videoId }) => videoId);
      out(JSON.stringify({ ...final, mostLiked: winners }));
    } else {
      rankingLines(final.ranking).forEach(out);
      if (!settings.quiet) log.info(summarize(final));
    }
    return 0;
  },
});
