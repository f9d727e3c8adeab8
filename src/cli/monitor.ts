/** `streamflow monitor`: the predictions of any machine, live. */
import { CONNECTION_KEYS } from "../config/settings.ts";
import { type KafkaClient, KafkaError } from "../kafka/port.ts";
import { type DashboardOutput, runDashboard } from "../monitor/dashboard.ts";
import { summaryLines, toJson } from "../monitor/plain.ts";
import type { PartitionLag } from "../monitor/snapshot.ts";
import { openTerminal } from "../monitor/terminal.ts";
import { sleep } from "../runtime/clock.ts";
import { UserError } from "../runtime/errors.ts";
import { type CommandContext, defineCommand } from "./command.ts";
import { openClient } from "./connection.ts";

const TOPIC_POLL_MS = 1_000;

/** Waits for a topic that nobody has created yet; `false` when it was told to end before. */
async function untilTopic(
  client: KafkaClient,
  { name, once, context: { log, signal } }: { name: string; once: boolean; context: CommandContext },
): Promise<boolean> {
  for (let told = false; !signal.aborted; told = true) {
    if ((await client.admin.listTopics()).includes(name)) return true;
    if (once) {
      throw new UserError(`cannot monitor: there is no topic '${name}'`, {
        hint: "'streamflow consume' creates it; name another one with --output",
      });
    }
    if (!told) log.info(`waiting for the topic ${name}: 'streamflow consume' creates it`);
    await sleep(TOPIC_POLL_MS, signal);
  }
  return false;
}

/** What the group has not committed yet, by partition. */
async function lagOf(
  { admin }: KafkaClient,
  { group, input }: { group: string; input: string },
): Promise<PartitionLag[]> {
  const committed = new Map(
    (await admin.committedOffsets(group, input)).map(({ partition, offset }) => [partition, offset]),
  );
  const offsets = await admin.topicOffsets(input);
  return offsets.map(({ partition, logStartOffset, highWatermark }) => ({
    partition,
    lag: Math.max(0, highWatermark - Math.max(committed.get(partition) ?? logStartOffset, logStartOffset)),
  }));
}

/** The lag, or what is wrong with the way to it. */
class LagWatch {
  trouble: string | null = null;
  readonly #client: KafkaClient;
  readonly #place: { group: string; input: string };

  constructor(client: KafkaClient, place: { group: string; input: string }) {
    this.#client = client;
    this.#place = place;
  }

  async take(): Promise<PartitionLag[] | null> {
    try {
      const lags = await lagOf(this.#client, this.#place);
      this.trouble = null;
      return lags;
    } catch (error) {
      if (!(error instanceof KafkaError) || error.kind === "authorization") throw error;
      this.trouble = error.kind === "unknown-topic" ? null : "disconnected, retrying";
      return null;
    }
  }
}

function outputOf(
  context: CommandContext,
  { json, once, color, title }: { json: boolean; once: boolean; color: boolean; title: string },
): DashboardOutput {
  if (once) return { mode: "silent" };
  if (json) return { mode: "json", out: context.out };
  const found = openTerminal();
  if ("terminal" in found) return { mode: "screen", terminal: found.terminal, color, title };
  context.log.info(`a line per interval instead of a screen: ${found.reason}`);
  return { mode: "plain", out: context.out };
}

/** Shows what the predictions are worth. */
export const monitorCommand = defineCommand({
  name: "monitor",
  summary: "Draw error, latency, lag and dead letters of the predictions, live",
  examples: ["monitor", "monitor --from latest --interval 0.5", "monitor --once --json"],
  settings: [
    ...(["output", "deadLetter", "input", "group", "from", "interval", "once", "json", "color"] as const),
    ...CONNECTION_KEYS,
  ],
  async run(settings, context) {
    const { output: predictions, deadLetter, input, group, from, once, interval } = settings;
    await using client = await openClient(settings);
    if (!await untilTopic(client, { name: predictions, once, context })) return 0;
    const until = once ? "end" as const : "never" as const;
    const ended = new AbortController();
    const stop = () => ended.abort();
    context.signal.addEventListener("abort", stop);
    if (context.signal.aborted) stop();
    const read = (topic: string) => client.read({ topics: [topic], from, until, signal: ended.signal });
    async function* readDeadLetters() {
      const { log, signal } = { log: context.log, signal: ended.signal };
      const exists = (await client.admin.listTopics()).includes(deadLetter);
      if (!exists && once) return;
      const quiet = { ...context, log: { ...log, info: log.debug }, signal };
      if (exists || await untilTopic(client, { name: deadLetter, once, context: quiet })) {
        yield* read(deadLetter);
      }
    }
    const lag = new LagWatch(client, { group, input });
    try {
      const { snapshot } = await runDashboard({
        predictions: read(predictions),
        deadLetters: readDeadLetters(),
        lag: () => lag.take(),
        trouble: () => lag.trouble,
        output: outputOf(context, { ...settings, title: predictions }),
        refreshMs: interval * 1_000,
        accounting: once,
        signal: ended.signal,
      });
      if (once && settings.json) context.out(JSON.stringify(toJson(snapshot, lag.trouble)));
      else if (once) { for (const line of summaryLines(snapshot)) context.out(line); }
      return 0;
    } finally {
      stop();
      context.signal.removeEventListener("abort", stop);
    }
  },
});
