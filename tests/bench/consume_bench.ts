/**
 * `consume` from a full topic to acknowledged predictions, beside the same job in Python (`peer_consume.py`), in turn:
 *
 *     deno task bench consume [RECORDS [ROUNDS]]
 *
 * Two rates, found the same way for both sides: *whole* is records by the wall time of the process, from its start to
 * its end with everything acknowledged and committed; *drain* leaves out the start: from the time of the first
 * prediction to that of the last (the timestamps of the output's records). Each output is read back: every
 * reading has one prediction there, and it is the one that the others made (within what 32-bit floats allow).
 */
import { median, medianAndRounds, perSecond, printTable } from "./report.ts";
import { fillTopic, NETWORK, writeJob } from "./job.ts";
import {
  type BenchCluster,
  createTopic,
  findPeerPython,
  measure,
  openEmbedded,
  openReal,
  type Usage,
} from "./surroundings.ts";
import { startCollector } from "../support/otlp.ts";
import { streamflowArgs } from "../support/run.ts";

/** The peer computes in 32 bits. */
const DIFFERENCE_MAX = 1e-4;
const WARM_UP_RECORDS = 1_000;

interface Contender {
  readonly name: string;
  command(
    job: { bootstrapServer: string; input: string; output: string; records: number },
  ): [string, string[]];
}

/** A run, and what it left on its output topic. */
interface Run extends Usage {
  readonly whole: number;
  readonly drain: number;
}

/** What the first run predicted. */
interface Wanted {
  values: Float64Array | null;
}

/** Predicted values by place in the input. */
interface Predictions {
  readonly values: Float64Array;
  readonly drainMs: number;
}

function contenders(
  { model, weights, python, collectorEnv }: {
    model: string;
    weights: string;
    python: string | null;
    /** Of a program that exports spans. */
    collectorEnv: Readonly<Record<string, string>>;
  },
): Contender[] {
  const ours = (client: string, { traced = false } = {}): Contender => ({
    name: `streamflow, ${client}${traced ? ", traced" : ""}`,
    command: ({ bootstrapServer, input, output, records }) => [
      "env",
      [
        ...(traced ? Object.entries(collectorEnv).map(([name, value]) => `${name}=${value}`) : []),
        Deno.execPath(),
        ...streamflowArgs([
          ...["consume", "--quiet", "--bootstrap-server", bootstrapServer, "--client", client],
          ...["--model", model, "--input", input, "--output", output, "--group", output],
          ...["--limit", String(records)],
        ]),
      ],
    ],
  });
  const all = [ours("platformatic"), ours("kafkajs"), ours("platformatic", { traced: true })];
  if (python !== null) {
    const script = new URL("peer_consume.py", import.meta.url).pathname;
    all.unshift({
      name: "Python, confluent-kafka + onnxruntime",
      command: ({ bootstrapServer, input, output, records }) => [
        python,
        [script, bootstrapServer, input, output, output, String(records), weights],
      ],
    });
  }
  return all;
}

const decoder = new TextDecoder();

/** Reads an output topic and checks that every reading has exactly one prediction. */
async function readPredictions(
  { client }: BenchCluster,
  { topic, records }: { topic: string; records: number },
): Promise<Predictions> {
  const values = new Float64Array(records).fill(NaN);
  let firstMs = Infinity;
  let lastMs = -Infinity;
  const { signal } = new AbortController();
  for await (const chunk of client.read({ topics: [topic], from: "beginning", until: "end", signal })) {
    for (const { value, timestampMs } of chunk.records) {
      const { id, prediction } = JSON.parse(decoder.decode(value!));
      const place = Number(id.slice(id.lastIndexOf("-") + 1));
      if (!Number.isNaN(values[place])) {
        throw new Error(`${topic}: ${id} was predicted twice, or is not known`);
      }
      values[place] = prediction.value;
      firstMs = Math.min(firstMs, timestampMs);
      lastMs = Math.max(lastMs, timestampMs);
    }
  }
  const missing = values.findIndex(Number.isNaN);
  if (missing !== -1) throw new Error(`${topic}: reading ${missing} was not predicted`);
  return { values, drainMs: lastMs - firstMs };
}

function checkSame(found: Float64Array, wanted: Float64Array, name: string): void {
  found.forEach((value, place) => {
    if (!(Math.abs(value - wanted[place]!) <= DIFFERENCE_MAX)) {
      throw new Error(
        `${name}: reading ${place} was predicted as ${value}, by the others as ${wanted[place]}`,
      );
    }
  });
}

/** One run of one contender. */
async function runOnce(
  cluster: BenchCluster,
  { name, command }: Contender,
  { input, records, wanted }: { input: string; records: number; wanted: Wanted },
): Promise<Run> {
  const output = await createTopic(cluster, "predictions");
  const { bootstrapServer } = cluster;
  const usage = await measure(...command({ bootstrapServer, input, output, records }));
  const { values, drainMs } = await readPredictions(cluster, { topic: output, records });
  checkSame(values, wanted.values ??= values, name);
  await cluster.client.admin.deleteTopic(output);
  return { ...usage, whole: records / usage.wallS, drain: records / (drainMs / 1000) };
}

async function compare(
  cluster: BenchCluster,
  { all, records, rounds }: { all: readonly Contender[]; records: number; rounds: number },
): Promise<Map<string, Run[]>> {
  const input = await fillTopic(cluster, records);
  const runs = new Map<string, Run[]>(all.map(({ name }) => [name, []]));
  // Once each with few readings: a new cluster makes its own topics at the first group's first commit.
  const warmUp = { input, records: Math.min(records, WARM_UP_RECORDS), wanted: { values: null } };
  for (const one of all) await runOnce(cluster, one, warmUp);
  const wanted = { values: null };
  for (let round = 0; round < rounds; round++) {
    for (const one of all) runs.get(one.name)!.push(await runOnce(cluster, one, { input, records, wanted }));
  }
  await cluster.client.admin.deleteTopic(input);
  return runs;
}

function rowsOf(cluster: string, runs: ReadonlyMap<string, readonly Run[]>): string[][] {
  const peer = [...runs].find(([name]) => name.startsWith("Python"))?.[1];
  const middle = (list: readonly Run[], key: "whole" | "drain" | "cpuS" | "peakRssMB") =>
    median(list.map((run) => run[key]));
  return [...runs].map(([name, list]) => [
    cluster,
    name,
    medianAndRounds(list.map(({ whole }) => whole), perSecond),
    peer ? (middle(list, "whole") / middle(peer, "whole")).toFixed(2) : "–",
    perSecond(middle(list, "drain")),
    peer ? (middle(list, "drain") / middle(peer, "drain")).toFixed(2) : "–",
    middle(list, "cpuS").toFixed(1),
    middle(list, "peakRssMB").toFixed(0),
  ]);
}

/** Prints the comparison. */
export async function benchConsume([records = 300_000, rounds = 3]: readonly number[]): Promise<void> {
  const python = await findPeerPython();
  if (typeof python !== "string") console.log(`The peer is left out: ${python.missing}\n`);
  const dir = await Deno.makeTempDir({ prefix: "streamflow-bench-" });
  const job = await writeJob(dir);
  if (typeof python === "string") {
    await measure(python, [new URL("peer_model.py", import.meta.url).pathname, job.weights]);
  }
  await using collector = startCollector();
  const all = contenders({
    ...job,
    python: typeof python === "string" ? python : null,
    collectorEnv: collector.env,
  });
  const rows: string[][] = [];
  for (const open of [openEmbedded, openReal]) {
    await using cluster = await open();
    if (cluster === null) continue;
    rows.push(...rowsOf(cluster.name, await compare(cluster, { all, records, rounds })));
  }
  await Deno.remove(dir, { recursive: true });
  console.log(
    `${
      records.toLocaleString("en-US")
    } readings of 4 sources on 1 partition, ${NETWORK}; median of ${rounds} ` +
      `interleaved rounds (all), readings per second; CPU and memory of the process alone.\n`,
  );
  printTable(
    ["cluster", "program", "whole/s", "÷ Python", "drain/s", "÷ Python", "CPU s", "peak RSS MB"],
    rows,
  );
}
