/**
 * The embedded broker beside Apache Kafka with kcat as producer and as consumer: one partition, records of 200 bytes.
 *
 *     deno task bench broker [RECORDS [ROUNDS]]
 *
 * Records by the wall time of the kcat process. It takes lines of a file, and writes lines to nothing.
 */
import { medianAndRounds, perSecond, printTable } from "./report.ts";
import { type BenchCluster, createTopic, measure, openEmbedded, openReal } from "./surroundings.ts";

const RECORD_BYTES = 200;

async function hasKcat(): Promise<boolean> {
  try {
    return (await new Deno.Command("kcat", { args: ["-V"], stdout: "null", stderr: "null" }).output())
      .success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Records per second in, and out. */
async function measureRound(
  cluster: BenchCluster,
  { file, records }: { file: string; records: number },
): Promise<{ inRate: number; outRate: number }> {
  const topic = await createTopic(cluster, "lines");
  const common = ["-b", cluster.bootstrapServer, "-t", topic, "-q"];
  const produced = await measure("kcat", ["-P", ...common, "-X", "acks=all", "-l", file]);
  const [offsets] = await cluster.client.admin.topicOffsets(topic);
  if (offsets?.highWatermark !== records) {
    throw new Error(`${offsets?.highWatermark} of ${records} were stored`);
  }
  const consumed = await measure("kcat", ["-C", ...common, "-p", "0", "-o", "beginning", "-e"]);
  await cluster.client.admin.deleteTopic(topic);
  return { inRate: records / produced.wallS, outRate: records / consumed.wallS };
}

/** Prints the table. */
export async function benchBroker([records = 1_000_000, rounds = 3]: readonly number[]): Promise<void> {
  if (!await hasKcat()) return console.log("Left out: kcat is not installed.\n");
  const dir = await Deno.makeTempDir({ prefix: "streamflow-bench-" });
  const file = `${dir}/lines`;
  const line = (index: number) => `${index} ${"x".repeat(RECORD_BYTES)}`.slice(0, RECORD_BYTES);
  await Deno.writeTextFile(file, Array.from({ length: records }, (_, index) => `${line(index)}\n`).join(""));
  {
    await using opened = new AsyncDisposableStack();
    const clusters = [
      opened.use(await openEmbedded({ memory: true, name: "embedded broker, in memory" })),
      opened.use(await openEmbedded({ name: "embedded broker, on disk" })),
      opened.use(await openReal()),
    ].filter((one) => one !== null);
    const found = clusters.map(() => ({ in: [] as number[], out: [] as number[] }));
    for (let round = 0; round < rounds; round++) {
      for (const [place, cluster] of clusters.entries()) {
        const { inRate, outRate } = await measureRound(cluster, { file, records });
        found[place]!.in.push(inRate);
        found[place]!.out.push(outRate);
      }
    }
    console.log(
      `kcat, ${
        records.toLocaleString("en-US")
      } records of ${RECORD_BYTES} bytes, 1 partition, acks=all; median of ` +
        `${rounds} interleaved rounds (all), records per second by the wall time of kcat.\n`,
    );
    const rows = clusters.map(({ name }, place) => [
      name,
      medianAndRounds(found[place]!.in, perSecond),
      medianAndRounds(found[place]!.out, perSecond),
    ]);
    printTable(["broker", "in/s", "out/s"], rows);
  }
  await Deno.remove(dir, { recursive: true });
}
