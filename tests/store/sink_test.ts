/** What the sink makes of topics: every record one row, whatever happens to topics and records. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { openStore } from "../../src/store/open.ts";
import { type Store, StoreError, type Writing } from "../../src/store/store.ts";
import type { Row } from "../../src/store/tables.ts";
import { withFolder } from "../support/folder.ts";
import { readRecords } from "../support/topics.ts";
import { until } from "../support/until.ts";
import {
  idsTo,
  readingIds,
  readings,
  readingsIn,
  runSink,
  send,
  untilReadings,
  withClient,
} from "./sinks.ts";

const encoder = new TextEncoder();
const MODEL = { name: "meters", version: "0123456789ab" };

/** Runs with a new store. */
async function withStore(use: (store: Store) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    await using store = await openStore(join(folder, "fl.sqlite"));
    await store.init();
    await use(store);
  });
}

/** A store that notes what is written to it, and may refuse a row. */
function watched(store: Store, written: Writing[], refuses: (row: Row) => boolean = () => false): Store {
  return {
    name: store.name,
    init: () => store.init(),
    offsets: (consumer) => store.offsets(consumer),
    write: async (writing) => {
      if (Object.values(writing.rows).flat().some((row) => refuses(row as Row))) {
        throw new StoreError("row", "device is not as it should be");
      }
      await store.write(writing);
      written.push(writing);
    },
    rows: (table) => store.rows(table),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

Deno.test("the sink copies each record once, and goes on where the store says", () =>
  withClient((client) =>
    withStore(async (store) => {
      await send(client, "input-data", readings(0, 5_000));
      {
        await using _first = runSink({ client, store });
        await untilReadings(store, 5_000);
      }
      await send(client, "input-data", readings(5_000, 5_010));
      const written: Writing[] = [];
      {
        await using second = runSink({ client, store: watched(store, written) });
        await untilReadings(store, 5_010);
        assert.deepEqual(second.sink.state(), {
          rows: { device_data: 10 },
          letters: 0,
          lag: 0,
          trouble: null,
        });
        assert.deepEqual(second.said, []);
      }
      assert.deepEqual(await readingIds(store), idsTo(5_010));
      assert.equal(written.flatMap(({ rows }) => rows.device_data ?? []).length, 10);
      // No group is left behind.
      assert.deepEqual(await client.inspection.groups(), []);
    })
  ));

Deno.test("the sink waits for a topic, and takes one that is made again as another one", () =>
  withClient((client) =>
    withStore(async (store) => {
      await using running = runSink({ client, store });
      await send(client, "input-data", readings(0, 3));
      await untilReadings(store, 3);
      await client.admin.deleteTopic("input-data");
      await send(client, "input-data", readings(0, 2));
      await untilReadings(store, 5);
      const found = (await readingsIn(store)).map(({ incarnation, offset }) => [incarnation, offset]);
      assert.deepEqual(found, [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1]]);
      assert.deepEqual(running.said, []);
    })
  ));

Deno.test("a topic that was made again while no sink ran is another one", () =>
  withClient((client) =>
    withStore(async (store) => {
      for (const incarnation of [0, 1, 2]) {
        await send(client, "input-data", readings(0, 2));
        {
          await using _running = runSink({ client, store });
          await untilReadings(store, 2 * (incarnation + 1));
        }
        await client.admin.deleteTopic("input-data");
      }
      assert.deepEqual((await readingsIn(store)).map(({ incarnation }) => incarnation), [0, 0, 1, 1, 2, 2]);
    })
  ));

Deno.test("a record that is no row is a dead letter with the reason, and those behind it are stored", () =>
  withClient((client) =>
    withStore(async (store) => {
      const [first, last] = readings(0, 2);
      const wrong = ["{", '{"id":"x"}', '{"id":"x","timestamp":"2026-13-01T00:00:00.000Z"}'];
      await send(client, "input-data", [first!, ...wrong.map((text) => encoder.encode(text)), null, last!]);
      await using running = runSink({ client, store });
      await untilReadings(store, 2);
      assert.deepEqual((await readingsIn(store)).map(({ offset }) => offset), [0, 5]);
      assert.equal(running.sink.state().letters, 4);
      const letters = await readRecords(client, "dead-letters");
      const reasonOf = ({ headers }: typeof letters[number]) =>
        new TextDecoder().decode(headers.find(({ key }) => key === "streamflow.reason")?.value);
      assert.deepEqual(letters.map(reasonOf).sort(), [
        ...["not-a-reading", "not-a-reading", "not-json", "tombstone"],
      ]);
    })
  ));

Deno.test("a row that the store does not take is a dead letter, and its neighbours are stored", () =>
  withClient((client) =>
    withStore(async (store) => {
      await send(client, "input-data", readings(0, 5));
      const refusing = watched(store, [], (row) => "id" in row && row.id === "r-2");
      await using running = runSink({ client, store: refusing });
      await until(() => running.sink.state().letters === 1);
      await until(async () => (await store.offsets("sink"))[0]?.offset === 5);
      assert.deepEqual(await readingIds(store), ["r-0", "r-1", "r-3", "r-4"]);
      const [letter] = await readRecords(client, "dead-letters");
      const headers = new Map(
        letter!.headers.map(({ key, value }) => [key, new TextDecoder().decode(value)]),
      );
      assert.equal(headers.get("streamflow.reason"), "not-a-row");
      assert.equal(headers.get("streamflow.detail"), "device is not as it should be");
    })
  ));

Deno.test("predictions and anomalies are rows of their tables", () =>
  withClient((client) =>
    withStore(async (store) => {
      const input = JSON.parse(new TextDecoder().decode(readings(7, 8)[0]));
      const common = {
        id: "r-7",
        input,
        model: MODEL,
        predictedAt: "2026-01-31T23:59:59.999Z",
        latencyMs: 1.5,
      };
      const forecast = {
        ...common,
        prediction: { target: "power", horizon: 2, value: 1.25, by: "network" },
        baseline: 1,
        scored: { id: "r-5", predicted: 0.5, baseline: 0.75, actual: 0.875, by: "network" },
      };
      const probabilities = { normal: 0.25, probe: 0.75 };
      const classification = {
        ...{ ...common, latencyMs: null, baseline: "normal" },
        prediction: { target: "class", class: "probe", probabilities, by: "network" },
        scored: { id: "r-7", predicted: "probe", baseline: "normal", actual: "probe", by: "network" },
      };
      const json = (value: unknown) => encoder.encode(JSON.stringify(value));
      await send(client, "predictions", [json(forecast), json(classification)]);
      const window = { start: "2026-01-31T23:00:00.000Z", end: "2026-01-31T23:01:00.000Z" };
      const anomaly = {
        ...{
          id: "l/spike/l/1",
          kind: "spike",
          subject: { dimension: "link", name: "l" },
          link: "l",
          score: 0.9,
        },
        ...{ detector: "ewma", evidence: "9 packets, 3 were expected", values: { found: 9 }, window },
        offsets: { topic: "packets", partition: 0, first: 1, last: 2, count: 2 },
      };
      await send(client, "anomalies", [json(anomaly)]);
      const topics = { predictions: "predictions", anomalies: "anomalies" };
      await using running = runSink({ client, store, topics });
      await until(() => (running.sink.state().rows.predictions ?? 0) === 2);
      await until(() => (running.sink.state().rows.anomalies ?? 0) === 1);
      const [first, second] = (await Array.fromAsync(store.rows("predictions"))).flat();
      assert.deepEqual(first, {
        ...{ topic: "predictions", incarnation: 0, partition: 0, offset: 0, device: "meter-1", id: "r-7" },
        ...{ time_ms: Date.parse(input.timestamp), predicted_at_ms: Date.parse(common.predictedAt) },
        ...{ target: "power", horizon: 2, answered_by: "network", value: 1.25, class: null },
        ...{ probability: null, due_predicted: 0.5, due_baseline: 0.75, due_actual: 0.875 },
        ...{ actual_class: null, baseline_class: null, model: "meters", model_version: MODEL.version },
        latency_ms: 1.5,
      });
      assert.deepEqual(second, {
        ...{ ...first, offset: 1, target: "class", horizon: null, value: null, class: "probe" },
        ...{ probability: 0.75, due_predicted: null, due_baseline: null, due_actual: null },
        ...{ actual_class: "probe", baseline_class: "normal", latency_ms: null },
      });
      const [found] = (await Array.fromAsync(store.rows("anomalies"))).flat();
      assert.deepEqual(found, {
        ...{ topic: "anomalies", incarnation: 0, partition: 0, offset: 0, id: "l/spike/l/1", kind: "spike" },
        ...{ dimension: "link", name: "l", link: "l", score: 0.9, detector: "ewma" },
        ...{ evidence: anomaly.evidence, values: { found: 9 } },
        ...{ start_ms: Date.parse(window.start), end_ms: Date.parse(window.end) },
      });
    })
  ));
