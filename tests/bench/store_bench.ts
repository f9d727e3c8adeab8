/**
 * How many rows a second a store takes, in batches as the sink writes them, and how fast readings on a topic of the
 * embedded broker become rows.
 *
 *     deno task bench store [ROWS]
 */
import { connect } from "../../src/kafka/connect.ts";
import { startBroker } from "../../src/broker/mod.ts";
import { readingToJson } from "../../src/records/readings/print.ts";
import { BATCH_ROWS_MAX } from "../../src/store/limits.ts";
import { openStore } from "../../src/store/open.ts";
import { startSink } from "../../src/store/sink/sink.ts";
import type { Store } from "../../src/store/store.ts";
import { readingRow } from "../store/rows.ts";
import { printTable } from "./report.ts";

const rows = Number(Deno.args[0] ?? 200_000);
const folder = await Deno.makeTempDir({ prefix: "store-bench-" });
const source = (at: number) => `meter-${at % 54}`;

/** Rows a second into the store, batch by batch with offsets. */
async function insertAll(store: Store): Promise<number> {
  const all = Array.from(
    { length: rows },
    (_, offset) =>
      readingRow({ offset, device: source(offset), id: `r-${offset}`, features: { power: offset / 8 } }),
  );
  const beganMs = performance.now();
  for (let at = 0; at < rows; at += BATCH_ROWS_MAX) {
    const batch = all.slice(at, at + BATCH_ROWS_MAX);
    const offset = at + batch.length;
    const of = [{ topic: "input-data", topicId: null, incarnation: 0, partition: 0, offset }];
    await store.write({ rows: { device_data: batch }, offsets: { consumer: "sink", of } });
  }
  return rows / (performance.now() - beganMs) * 1_000;
}

/** Readings a second from a topic into the store. */
async function copyAll(store: Store): Promise<number> {
  const broker = startBroker({ listen: { hostname: "127.0.0.1", port: 0 }, dataDir: null });
  try {
    await using client = await connect(
      { bootstrapServer: broker.address, clientId: "bench" },
      "platformatic",
    );
    await client.admin.createTopic({ name: "input-data", partitions: 1, replicationFactor: -1 });
    {
      await using producer = await client.producer();
      const encoder = new TextEncoder();
      const records = Array.from({ length: rows }, (_, at) => {
        const timestamp = new Date(1_700_000_000_000 + 1_000 * at).toISOString();
        const reading = { id: `r-${at}`, timestamp, source: source(at), features: { power: at / 8 } };
        return { key: reading.source, value: encoder.encode(readingToJson(reading)) };
      });
      for (let at = 0; at < rows; at += 10_000) {
        await producer.send("input-data", records.slice(at, at + 10_000));
      }
    }
    const ended = new AbortController();
    const beganMs = performance.now();
    const sink = startSink({
      ...{ store, client, topics: { readings: "input-data" }, deadLetter: "dead-letters" },
      ...{ signal: ended.signal, onWarning: console.error },
    });
    while ((sink.state().rows.device_data ?? 0) < rows) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const perSecond = rows / (performance.now() - beganMs) * 1_000;
    ended.abort();
    await sink.done;
    return perSecond;
  } finally {
    await broker.close();
  }
}

async function withStore(name: string, run: (store: Store) => Promise<number>): Promise<number> {
  await using store = await openStore(`${folder}/${name}.sqlite`);
  await store.init();
  return await run(store);
}

try {
  const figures = [
    ["rows into SQLite, batches of 2,000 with offsets", await withStore("insert", insertAll)],
    ["readings from a topic into SQLite", await withStore("copy", copyAll)],
  ] as const;
  printTable(
    ["what", "a second"],
    figures.map(([what, perSecond]) => [what, Math.round(perSecond).toLocaleString("en-US")]),
  );
} finally {
  await Deno.remove(folder, { recursive: true });
}
