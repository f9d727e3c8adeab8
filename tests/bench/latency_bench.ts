/**
 * How long a reading takes to its prediction while 1,000 come in every second, beside the floor: the same records
 * sent and read back with nothing between, in turn. And how soon after its start `consume` predicts.
 *
 *     deno task bench latency [SECONDS [ROUNDS]]
 *
 * From the call of `send` to the record in hand, both in this process, so one clock measures everything.
 */
import { fillTopic, makeRecords, NETWORK, writeJob } from "./job.ts";
import { median, medianAndRounds, printTable, quantile } from "./report.ts";
import { type BenchCluster, createTopic, openEmbedded, openReal } from "./surroundings.ts";
import { startStreamflow } from "../support/run.ts";

const RECORDS_PER_SECOND = 1_000;
/** What comes first is not counted: connections are made, code is compiled. */
const WARM_UP_MS = 3_000;
const STARTS = 7;
const PATIENCE_MS = 20_000;

const decoder = new TextDecoder();
/** A prediction begins with its id; a reading too. */
const ID = /^\{"id":"([^"]+)"/;

/** Sends at the rate and reads what comes back: milliseconds of each record after the warm-up. */
async function measureRoad(
  { client }: BenchCluster,
  { input, output, seconds }: { input: string; output: string; seconds: number },
): Promise<number[]> {
  const sentMs = new Map<string, number>();
  const latenciesMs: number[] = [];
  const abort = new AbortController();
  let countFromMs = Infinity;
  const reading = (async () => {
    for await (
      const { records } of client.read({
        topics: [output],
        from: "beginning",
        until: "never",
        signal: abort.signal,
      })
    ) {
      const nowMs = performance.now();
      for (const { value } of records) {
        const id = ID.exec(decoder.decode(value!))![1]!;
        const startMs = sentMs.get(id);
        if (startMs === undefined) continue;
        sentMs.delete(id);
        if (startMs >= countFromMs) latenciesMs.push(nowMs - startMs);
      }
    }
  })();
  await using producer = await client.producer();
  const made = makeRecords();
  const sends: Promise<void>[] = [];
  const firstMs = performance.now();
  countFromMs = firstMs + WARM_UP_MS;
  const total = Math.round((seconds + WARM_UP_MS / 1000) * RECORDS_PER_SECOND);
  for (let sent = 0; sent < total;) {
    const due = Math.min(total, Math.floor((performance.now() - firstMs) * RECORDS_PER_SECOND / 1000));
    for (; sent < due; sent++) {
      const record = made.next().value;
      sentMs.set(ID.exec(decoder.decode(record.value!))![1]!, performance.now());
      sends.push(producer.send(input, [record]));
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(sends);
  const deadlineMs = performance.now() + PATIENCE_MS;
  while (sentMs.size > 0 && performance.now() < deadlineMs) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  abort.abort();
  await reading;
  if (sentMs.size > 0) throw new Error(`${sentMs.size} of ${total} records did not come back from ${output}`);
  return latenciesMs;
}

function consumeArgs(
  { bootstrapServer }: BenchCluster,
  { model, input, output }: { model: string; input: string; output: string },
): string[] {
  const topics = ["--input", input, "--output", output, "--group", output];
  return ["consume", "--quiet", "--bootstrap-server", bootstrapServer, "--model", model, ...topics];
}

/** Milliseconds from the start of `consume` to its first prediction in hand here. */
async function measureStart(cluster: BenchCluster, job: { model: string; input: string }): Promise<number> {
  const output = await createTopic(cluster, "predictions");
  const abort = new AbortController();
  const chunks = cluster.client.read({
    topics: [output],
    from: "beginning",
    until: "never",
    signal: abort.signal,
  });
  const first = chunks[Symbol.asyncIterator]().next().then(() => performance.now());
  const startMs = performance.now();
  await using running = await startStreamflow(consumeArgs(cluster, { ...job, output }));
  const tookMs = await first - startMs;
  abort.abort();
  running.child.kill("SIGINT");
  await running.result;
  return tookMs;
}

function rowOf(cluster: string, what: string, rounds: readonly (readonly number[])[]): string[] {
  const cell = (share: number) =>
    medianAndRounds(rounds.map((one) => quantile(one, share)), (value) => value.toFixed(2));
  return [cluster, what, cell(0.5), cell(0.99), median(rounds.map((one) => quantile(one, 0.999))).toFixed(1)];
}

/** Prints both tables. */
export async function benchLatency([seconds = 15, rounds = 3]: readonly number[]): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "streamflow-bench-" });
  const { model } = await writeJob(dir);
  const rows: string[][] = [];
  const starts: string[][] = [];
  for (const open of [openEmbedded, openReal]) {
    await using cluster = await open();
    if (cluster === null) continue;
    const floors: number[][] = [];
    const ours: number[][] = [];
    for (let round = 0; round < rounds; round++) {
      const bare = await createTopic(cluster, "bare");
      floors.push(await measureRoad(cluster, { input: bare, output: bare, seconds }));
      const [input, output] = [
        await createTopic(cluster, "readings"),
        await createTopic(cluster, "predictions"),
      ];
      await using running = await startStreamflow(consumeArgs(cluster, { model, input, output }));
      ours.push(await measureRoad(cluster, { input, output, seconds }));
      running.child.kill("SIGINT");
      await running.result;
    }
    rows.push(
      rowOf(cluster.name, "floor: send and read", floors),
      rowOf(cluster.name, "with `consume`", ours),
    );
    const input = await fillTopic(cluster, RECORDS_PER_SECOND);
    const tooksMs: number[] = [];
    for (let start = 0; start < STARTS; start++) tooksMs.push(await measureStart(cluster, { model, input }));
    starts.push([cluster.name, medianAndRounds(tooksMs, (ms) => ms.toFixed(0))]);
  }
  await Deno.remove(dir, { recursive: true });
  console.log(
    `${RECORDS_PER_SECOND} readings per second for ${seconds} s after ${WARM_UP_MS / 1000} s of warm-up, ` +
      `${NETWORK}; sent → in hand, ms; medians of ${rounds} interleaved rounds (all).\n`,
  );
  printTable(["cluster", "road", "p50", "p99", "p99.9"], rows);
  printTable(["cluster", `first prediction after the start of \`consume\`, ms, ${STARTS} starts`], starts);
}
