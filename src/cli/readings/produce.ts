/** `streamflow produce`: a data set, paced, into a topic. */
import { type BadRow, type Dataset, openDataset } from "../../datasets/mod.ts";
import { CONNECTION_KEYS, type Settings } from "../../config/settings.ts";
import { ensureTopic } from "../../kafka/topics.ts";
import { unlessAborted } from "../../runtime/clock.ts";
import { UserError } from "../../runtime/errors.ts";
import { formatCount, formatDuration, formatRate, startProgress } from "../../runtime/progress.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { commandLineOf } from "../program/command_line.ts";
import { openClient } from "../connection.ts";
import { rowPolicy, SkippedRows } from "../../datasets/skipped_rows.ts";
import { outboxMetrics } from "../../kafka/metrics.ts";
import { METRICS_KEYS, MetricsServer } from "../serve_metrics.ts";
import { CSV_KEYS, deadRow, refuseWithoutCsv, sayAssumptions } from "./csv_rows.ts";
import { type Delivery, drain, Outbox } from "../../kafka/outbox.ts";
import { sendReadings, type StreamSettings } from "./send_readings.ts";

const PROGRESS_EVERY_MS = 100;

/** Flags of which one alone can count. */
const CONTRADICTIONS = [["rate", "speed"], ["dataset", "csv"], ["csv", "file"]] as const;

function refuseContradictions(
  settings: Pick<Settings, "dataset" | "csv">,
  origin: CommandContext["origin"],
): void {
  const isFlag = (key: string) => origin[key]?.startsWith("flag ") ?? false;
  for (const [one, other] of CONTRADICTIONS) {
    if (isFlag(one) && isFlag(other)) {
      throw new UserError(`--${one} and --${other} contradict each other`, {
        hint: "give one of them",
        exitCode: 2,
      });
    }
  }
  if (isFlag("file") && settings.dataset !== "nsl-kdd") {
    throw new UserError(`--file names a file of nsl-kdd, and the data set is ${settings.dataset}`, {
      hint: "add --dataset nsl-kdd, or name a CSV file with --csv",
      exitCode: 2,
    });
  }
  if (isFlag("unknownLabel") && (settings.dataset !== "nsl-kdd" || settings.csv !== undefined)) {
    throw new UserError("--unknown-label is about the attacks of nsl-kdd, and the readings have no labels", {
      hint: "add --dataset nsl-kdd --file FILE",
      exitCode: 2,
    });
  }
  refuseWithoutCsv(settings.csv, { origin });
}

function summarize(
  delivery: Delivery,
  { seconds, skipped }: { readonly seconds: number; readonly skipped: number | undefined },
): { line: string; object: Record<string, number> } {
  const perSecond = seconds > 0 ? delivery.acknowledged / seconds : 0;
  const { sent, acknowledged, failed } = delivery;
  return {
    line: `sent ${formatCount(sent)}, acknowledged ${formatCount(acknowledged)}, failed ${
      formatCount(failed)
    } in ${formatDuration(seconds)} (${formatRate(perSecond)}/s)${
      skipped ? `; ${formatCount(skipped)} of an unknown class left out` : ""
    }`,
    object: {
      sent,
      acknowledged,
      failed,
      ...(skipped === undefined ? {} : { skipped }),
      seconds: round(seconds),
      perSecond: round(perSecond),
    },
  };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function totalOf({ count }: Dataset, { limit, loop }: StreamSettings): number | undefined {
  const end = loop ? undefined : count;
  return end === undefined || limit === undefined ? end ?? limit : Math.min(end, limit);
}

/** A data set whose every batch, and end, is followed by something that has to be done. */
function withDuty(dataset: Dataset, duty: () => Promise<void>): Dataset {
  return {
    ...dataset,
    async *batches() {
      for await (const batch of dataset.batches()) {
        await duty();
        yield batch;
      }
      await duty();
    },
  };
}

/** Streams a data set into a topic. */
export const produceCommand = defineCommand({
  name: "produce",
  summary: "Stream a data set into a topic",
  examples: [
    "produce",
    "produce --rate 0 --limit 18914",
    "produce --dataset sensors --speed 60 --loop",
    "produce --csv plant.csv --key machine --features temperature,pressure --timestamp time",
    "produce --csv - --rate 0 < plant.csv",
    "produce --dataset nsl-kdd --file KDDTest+.txt --topic connections",
    "produce --dataset nsl-kdd --file - --topic connections --rate 0 < KDDTest+.txt",
  ],
  settings: [
    ...([
      "dataset",
      "file",
      "unknownLabel",
      ...CSV_KEYS,
      "topic",
      "deadLetter",
      "rate",
      "speed",
      "limit",
      "loop",
    ] as const),
    ...(["partitions", "replicationFactor", "json", "quiet"] as const),
    ...METRICS_KEYS,
    ...CONNECTION_KEYS,
  ],
  next: () => ({ command: "consume", flags: { input: "topic" } }),
  async run(settings, { signal, out, log, origin }) {
    refuseContradictions(settings, origin);
    const { topic: name, partitions = -1, replicationFactor = -1 } = settings;
    const skipped = new SkippedRows(), dead: BadRow[] = [];
    const onBadRow = settings.onError === "dlq"
      ? (row: BadRow) => void dead.push(row)
      : rowPolicy(settings, skipped).onBadRow;
    const dataset = await unlessAborted(openDataset(settings, { onBadRow }), signal);
    await using metrics = await MetricsServer.open(settings, log);
    await using client = await openClient(settings, log);
    sayAssumptions(dataset, log);
    if (await ensureTopic(client.admin, { name, partitions, replicationFactor })) {
      log.info(`created the topic ${name}`);
    }
    if (settings.onError === "dlq") {
      await ensureTopic(client.admin, { name: settings.deadLetter, partitions, replicationFactor });
    }
    await using producer = await client.producer();
    const outbox = new Outbox(producer, name), letters = new Outbox(producer, settings.deadLetter);
    metrics.add(outboxMetrics(outbox), ...(settings.onError === "dlq" ? [outboxMetrics(letters)] : []));
    metrics.readyWithKafka(client);
    const buryRows = async () => {
      for (const row of dead.splice(0)) {
        skipped.take(row);
        await letters.add(deadRow(row, { topic: name, nowMs: Date.now() }));
      }
    };
    const total = totalOf(dataset, settings);
    const startMs = performance.now();
    let failure: unknown;
    {
      using progress = startProgress({
        unit: "readings",
        log,
        quiet: settings.quiet,
        ...(total === undefined ? {} : { total }),
      });
      const show = () => progress.update(outbox.delivery.acknowledged);
      const timer = setInterval(show, PROGRESS_EVERY_MS);
      try {
        await sendReadings(withDuty(dataset, buryRows), { settings, outbox, signal });
      } catch (error) {
        failure = error;
      } finally {
        await drain(outbox, signal);
        await drain(letters, signal);
        clearInterval(timer);
      }
    }
    const seconds = (performance.now() - startMs) / 1000;
    const { line, object } = summarize(outbox.delivery, { seconds, skipped: dataset.skipped?.() });
    const { acknowledged: deadLetters } = letters.delivery;
    if (settings.json) {
      out(JSON.stringify({ ...object, rows: dataset.rows && { ...dataset.rows(), deadLetters } }));
    } else if (!settings.quiet) out(line);
    const leftOut = skipped.describe(dataset.name, dataset.rows?.());
    // A row that ends the run is not left out.
    if (leftOut !== undefined && (failure === undefined || settings.onError !== "fail")) {
      const show = commandLineOf({ name: "dlq show", keys: ["deadLetter"], settings, origin });
      log.info(deadLetters === 0 ? leftOut : `${leftOut}; see them with: ${show}`);
    }
    failure ??= outbox.failure ?? letters.failure;
    if (failure !== undefined) throw failure;
    return outbox.delivery.failed > 0 ? 1 : 0;
  },
});
