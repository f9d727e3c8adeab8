/**
 * `analyze batch` on a CSV file and `analyze stream` on a topic of an embedded broker in a process of its own, each beside
 * the same job in Python: pandas on the same file, River on the same readings as JSON lines (without Kafka).
 *
 *     deno task bench analyze [READINGS] [ROUNDS]
 */
import { join } from "node:path";
import { Random } from "../../nn/random.ts";
import { readingToJson } from "../../src/records/readings/print.ts";
import { streamflowArgs } from "../support/run.ts";
import { median, perSecond, printTable } from "./report.ts";
import { createTopic, findPeerPython, measure, openEmbedded, type Usage } from "./surroundings.ts";

const READINGS = 2_000_000, ROUNDS = 3, DEVICES = 54;
/** Readings of a stream, for each of a batch's. */
const STREAM_SHARE = 0.2;
const FIRST_MS = Date.UTC(2004, 1, 28), STEP_MS = 31_000;
const PIECE = 10_000;

interface Reading {
  readonly id: string;
  readonly timestamp: string;
  readonly source: string;
  readonly features: { readonly temperature: number; readonly humidity: number };
}

function* makeReadings(count: number): Generator<Reading> {
  const random = new Random(1);
  const level = Array.from({ length: DEVICES }, () => random.uniform(15, 25));
  for (let i = 0; i < count; i++) {
    const device = i % DEVICES;
    level[device]! += random.normal(0, 0.05);
    yield {
      id: `r-${i}`,
      timestamp: new Date(FIRST_MS + Math.floor(i / DEVICES) * STEP_MS).toISOString(),
      source: `mote-${device + 1}`,
      features: {
        temperature: Number(level[device]!.toFixed(4)),
        humidity: Number(random.normal(40).toFixed(4)),
      },
    };
  }
}

async function write(
  path: string,
  count: number,
  line: (reading: Reading) => string,
  head = "",
): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  const writer = file.writable.getWriter();
  const encoder = new TextEncoder();
  let text = head;
  for (const reading of makeReadings(count)) {
    text += line(reading);
    if (text.length < 1 << 20) continue;
    await writer.write(encoder.encode(text));
    text = "";
  }
  await writer.write(encoder.encode(text));
  writer.releaseLock();
}

const streamflow = (...args: string[]) =>
  measure(Deno.execPath(), streamflowArgs(["analyze", ...args, "--quiet", "--json"]));

/** Runs the job in a Python with these packages; nothing, with a printed reason, where there is none. */
async function peerOf(
  name: string,
  packages: readonly string[],
): Promise<(...args: string[]) => Promise<Usage[]>> {
  const python = await findPeerPython(packages, `streamflow-bench-analyze-${name.toLowerCase()}`);
  const script = new URL("peer_analyze.py", import.meta.url).pathname;
  if (typeof python === "string") return async (...args) => [await measure(python, [script, ...args])];
  console.log(`${name} is left out: ${python.missing}`);
  return () => Promise.resolve([]);
}

/** A line of the table: whole processes, their start among it. */
function row(
  name: string,
  readings: number,
  usages: readonly Usage[],
  peer: readonly Usage[] = usages,
): string[] {
  const rate = (all: readonly Usage[]) => readings / median(all.map(({ wallS }) => wallS));
  return [
    name,
    perSecond(rate(usages)),
    peer.length === 0 ? "–" : (rate(usages) / rate(peer)).toFixed(2),
    median(usages.map(({ cpuS }) => cpuS)).toFixed(1),
    perSecond(readings / median(usages.map(({ cpuS }) => cpuS))),
    `${Math.round(median(usages.map(({ peakRssMB }) => peakRssMB)))} MB`,
  ];
}

async function bench(readings = READINGS, rounds = ROUNDS): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "streamflow-bench-" });
  const pandas = await peerOf("pandas", ["pandas==3.1.1", "numpy==2.4.6"]);
  const river = await peerOf("River", ["river==0.23.0", "typing_extensions==4.16.0"]);
  const streamed = Math.round(readings * STREAM_SHARE);
  const [csv, lines] = [join(folder, "readings.csv"), join(folder, "readings.ndjson")];
  const all: Record<"batch" | "pandas" | "stream" | "river", Usage[]> = {
    batch: [],
    pandas: [],
    stream: [],
    river: [],
  };
  try {
    await write(
      csv,
      readings,
      ({ timestamp, source, features }) =>
        `${timestamp},${source},${features.temperature},${features.humidity}\n`,
      "timestamp,device,temperature,humidity\n",
    );
    await write(lines, streamed, (reading) => `${readingToJson(reading)}\n`);
    await using cluster = await openEmbedded();
    const topic = await createTopic(cluster, "readings");
    {
      await using producer = await cluster.client.producer();
      let piece: { key: string; value: Uint8Array }[] = [];
      for (const reading of makeReadings(streamed)) {
        piece.push({ key: reading.source, value: new TextEncoder().encode(readingToJson(reading)) });
        if (piece.length < PIECE) continue;
        await producer.send(topic, piece);
        piece = [];
      }
      await producer.send(topic, piece);
    }
    for (let round = 0; round < rounds; round++) {
      const task = ["--target", "temperature"];
      all.batch.push(await streamflow("batch", "--csv", csv, "--key", "device", ...task));
      all.pandas.push(...await pandas("batch", csv));
      all.stream.push(
        await streamflow(
          ...["stream", "--bootstrap-server", cluster.bootstrapServer, "--input", topic, ...task],
          ...[
            "--group",
            `bench-${round}`,
            "--limit",
            `${streamed}`,
            "--store",
            join(folder, `${round}.sqlite`),
          ],
        ),
      );
      all.river.push(...await river("stream", lines));
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  console.log(
    `${perSecond(readings)} readings of ${DEVICES} devices, of the stream ${
      perSecond(streamed)
    }; ${rounds} rounds`,
  );
  printTable(["whole processes", "readings/s", "÷ Python", "CPU s", "readings per CPU s", "peak memory"], [
    row("analyze batch, CSV", readings, all.batch, all.pandas),
    ...(all.pandas.length > 0 ? [row("pandas, the same file", readings, all.pandas)] : []),
    row("analyze stream, topic to SQLite", streamed, all.stream, all.river),
    ...(all.river.length > 0 ? [row("River, JSON lines", streamed, all.river)] : []),
  ]);
}

if (import.meta.main) await bench(...Deno.args.map(Number));
