/**
 * A well-behaved client beside clients that ask much with few bytes: it produces a record and fetches it, again and
 * again, on the embedded broker on disk.
 *
 *     deno task bench hostile [SECONDS [FIRST [LAST]]]
 *
 * Each row has a broker of its own; the hostile client runs in a thread of its own. FIRST and LAST choose rows.
 */
import { batchOf } from "../support/batches.ts";
import { fetchPartition, WireClient } from "../broker/client.ts";
import { createTopicsApi } from "../../src/wire/api/admin.ts";
import { fetchApi, produceApi } from "../../src/wire/api/records.ts";
import { startBroker } from "../support/broker_process.ts";
import { HOSTILE_CLIENTS, TOPIC } from "./hostile_clients.ts";
import { usageOf } from "./surroundings.ts";
import { perSecond, printTable, quantile } from "./report.ts";

/** What the client sees. */
interface Seen {
  readonly perSecond: number;
  readonly latenciesMs: readonly number[];
}

/** Produces and fetches for a while; milliseconds of each request. */
async function behaveWell(port: number, seconds: number): Promise<Seen> {
  using client = await WireClient.connect({ port });
  const latenciesMs: number[] = [];
  const records = [batchOf(["x".repeat(100)])];
  const startMs = performance.now();
  const endMs = startMs + 1000 * seconds;
  for (let nowMs = startMs; nowMs < endMs;) {
    const { responses } = await client.ask(produceApi, {
      acks: -1,
      timeoutMs: 10_000,
      topics: [{ name: TOPIC, partitions: [{ partition: 0, records }] }],
    });
    latenciesMs.push(performance.now() - nowMs);
    nowMs = performance.now();
    const { baseOffset: fetchOffset, errorCode } = responses[0]!.partitions[0]!;
    if (errorCode !== 0) throw new Error(`Produce answered ${errorCode}`);
    const topics = [{ topic: TOPIC, topicId: "", partitions: [fetchPartition({ fetchOffset })] }];
    await client.ask(fetchApi, { minBytes: 1, maxWaitMs: 1000, maxBytes: 1_000_000, topics }, 12);
    latenciesMs.push(performance.now() - nowMs);
    nowMs = performance.now();
  }
  return { perSecond: latenciesMs.length / seconds, latenciesMs };
}

async function measureRow(name: string, seconds: number): Promise<string[]> {
  const dataDir = await Deno.makeTempDir({ prefix: "streamflow-bench-" });
  const { running, address } = await startBroker(["--listen", "127.0.0.1:0", "--data-dir", dataDir]);
  const port = Number(address.split(":").at(-1));
  {
    using client = await WireClient.connect({ port });
    const topic = { name: TOPIC, partitions: 1, replicationFactor: 1, assignments: [], configs: [] };
    await client.ask(createTopicsApi, { topics: [topic], timeoutMs: 10_000 });
  }
  await behaveWell(port, 0.5);
  const worker = new Worker(new URL("./hostile_clients.ts", import.meta.url), { type: "module" });
  const begun = new Promise((resolve, reject) => {
    worker.onmessage = resolve;
    worker.onerror = reject;
  });
  worker.postMessage({ port, name });
  await begun;
  const before = usageOf(running.child.pid)!;
  const seen = await behaveWell(port, seconds);
  const after = usageOf(running.child.pid)!;
  worker.terminate();
  running.child.kill("SIGKILL");
  await running.result;
  await Deno.remove(dataDir, { recursive: true });
  const share = (part: number) => quantile(seen.latenciesMs, part).toFixed(2);
  return [
    name,
    perSecond(seen.perSecond),
    share(0.5),
    share(0.99),
    share(1),
    before.rssMB.toFixed(0),
    after.peakRssMB.toFixed(0),
  ];
}

/** Prints the table. */
export async function benchHostile(
  [seconds = 5, first = 0, last = Infinity]: readonly number[],
): Promise<void> {
  const rows: string[][] = [];
  for (const { name } of HOSTILE_CLIENTS.slice(first, last + 1)) {
    rows.push(await measureRow(name, seconds));
    console.error(rows.at(-1)!.join(" | "));
  }
  printTable(
    ["beside", "requests/s", "p50 ms", "p99 ms", "most ms", "RSS before, MB", "RSS at most, MB"],
    rows,
  );
}
