/** `analyze stream` as a user has it: to topics, to a store, killed, with records that are no readings. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Random } from "../../nn/mod.ts";
import { connect } from "../../src/kafka/connect.ts";
import { anomalySchema } from "../../src/records/anomalies.ts";
import { deviceStatisticsSchema, type DeviceWindow } from "../../src/records/device_statistics.ts";
import { testClusters, uniqueName } from "../support/cluster.ts";
import { withFolder } from "../support/folder.ts";
import {
  interrupt,
  killAtOnce,
  runStreamflow,
  startStreamflow,
  trainModel,
  untilSaid,
} from "../support/run.ts";
import { readRecordsAt, textOf } from "../support/topics.ts";
import { until } from "../support/until.ts";

const KILLS = Deno.env.get("STREAMFLOW_CHAOS") === "full" ? 20 : 4;
const READINGS = 18_914;

/** Rows of a query; none where there is no store yet. */
function query(place: string, sql: string): Record<string, unknown>[] {
  try {
    using database = new DatabaseSync(place, { readOnly: true });
    return database.prepare(sql).all().map((row) => ({ ...row }));
  } catch {
    return [];
  }
}

const countPredictions = (place: string) =>
  Number(query(place, "SELECT count(*) AS n FROM predictions")[0]?.["n"] ?? 0);

/** Everything that a store has, without the moments at which it was made. */
function contents(place: string): unknown[] {
  const times = new Set(["predicted_at_ms", "latency_ms"]);
  return ["predictions", "anomalies", "device_statistics"].flatMap((table) =>
    query(place, `SELECT * FROM ${table} ORDER BY 1, 2, 3, 4, 5`).map((row) =>
      Object.fromEntries(Object.entries(row).filter(([name]) => !times.has(name)))
    )
  );
}

for (const kind of testClusters()) {
  Deno.test({
    name: `kill -9 of 'analyze stream --store' counts nothing twice and loses nothing, ${kind.name}`,
    ignore: kind.missing !== null,
    fn: () =>
      withFolder(async (folder) => {
        await using cluster = await kind.open();
        const [model, input] = [await trainModel(), uniqueName("readings")];
        const at = ["--bootstrap-server", cluster.bootstrapServer];
        const analyze = (store: string, ...more: string[]) => [
          ...["analyze", "stream", ...at, "--input", input, "--model", model, "--window", "10m"],
          ...[
            "--store",
            join(folder, store),
            "--group",
            uniqueName(store),
            "--session-timeout",
            "1",
            ...more,
          ],
        ];
        const random = new Random(2), place = join(folder, "killed");
        const produce = [
          "produce",
          ...at,
          "--topic",
          input,
          "--dataset",
          "sensors",
          "--quiet",
          "--partitions",
          "2",
        ];
        await using producing = await startStreamflow([...produce, "--rate", "4000"]);
        const killed = analyze("killed");
        for (let kills = 0; kills < KILLS; kills++) {
          const before = countPredictions(place);
          const wanted = before + random.uniform(0, (READINGS - before) / 3);
          await using running = await startStreamflow(killed);
          await until(() => countPredictions(place) > wanted);
          await killAtOnce(running);
        }
        assert.equal((await producing.result).code, 0);
        const { code, stderr } = await runStreamflow([...killed, "--until-idle", "3"]);
        assert.equal(code, 0, stderr);
        const whole = await runStreamflow([...analyze("whole"), "--until-idle", "3"]);
        assert.equal(whole.code, 0, whole.stderr);
        assert.equal(countPredictions(join(folder, "whole")), READINGS);
        const rows = contents(join(folder, "whole"));
        assert.ok(rows.length > READINGS, "anomalies and windows are among them");
        assert.deepEqual(contents(place), rows);
      }),
  });

  Deno.test({
    name: `analyze stream finds what analyze batch does, and its windows add up to it, ${kind.name}`,
    ignore: kind.missing !== null,
    fn: async () => {
      await using cluster = await kind.open();
      const { bootstrapServer } = cluster;
      const at = ["--bootstrap-server", bootstrapServer], input = uniqueName("readings");
      const topics = { anomalies: uniqueName("anomalies"), statistics: uniqueName("statistics") };
      await runStreamflow([
        "produce",
        ...at,
        "--topic",
        input,
        "--dataset",
        "sensors",
        "--rate",
        "0",
        "--quiet",
      ]);
      const task = ["--target", "humidity", "--horizon", "2", "--json"];
      const live = await runStreamflow([
        ...[
          "analyze",
          "stream",
          ...at,
          ...task,
          "--input",
          input,
          "--group",
          uniqueName("group"),
          "--until-idle",
          "2",
        ],
        ...[
          "--anomalies",
          topics.anomalies,
          "--statistics",
          topics.statistics,
          "--window",
          "10m",
          "--emit",
          "early:1m",
        ],
        ...["--close-after", "1s", "--idle-timeout", "500ms"],
      ]);
      assert.equal(live.code, 0, live.stderr);
      const batch = JSON.parse(
        (await runStreamflow(["analyze", "batch", "--dataset", "sensors", ...task])).stdout,
      );
      const anomalies = (await readRecordsAt(bootstrapServer, topics.anomalies))
        .map((record) => anomalySchema.parse(JSON.parse(textOf(record))));
      assert.equal(anomalies.length, batch.totals.anomalies);
      const windows = (await readRecordsAt(bootstrapServer, topics.statistics))
        .map((record) => deviceStatisticsSchema.parse(JSON.parse(textOf(record))));
      const closed = windows.filter(({ final }) => final);
      assert.ok(windows.some(({ final }) => !final), "open windows are shown, too");
      assert.equal(new Set(closed.map(({ id }) => id)).size, closed.length);
      for (const expected of batch.devices) {
        const own = closed.filter(({ device }) => device === expected.device);
        const sum = (of: (window: DeviceWindow) => number | null) =>
          own.reduce((all, one) => all + (of(one) ?? 0), 0);
        assert.equal(sum(({ count }) => count), expected.count);
        assert.equal(sum(({ scored }) => scored), expected.scored);
        assert.equal(sum((one) => one.anomalies), expected.anomalies);
        assert.equal(Math.min(...own.map(({ min }) => min!)), expected.min);
        const mean = sum((one) => one.mean! * one.count) / expected.count;
        assert.ok(Math.abs(mean - expected.mean) < 1e-9 * Math.abs(expected.mean));
        const mse = sum((one) => (one.mseLastValue ?? 0) * one.scored) / expected.scored;
        assert.ok(Math.abs(mse - expected.lastValue.mse) < 1e-9 * expected.lastValue.mse);
      }
    },
  });

  Deno.test({
    name:
      `records that are no readings are dead letters with the reason, and a signal ends it with all committed, ${kind.name}`,
    ignore: kind.missing !== null,
    fn: async () => {
      await using cluster = await kind.open();
      const { bootstrapServer } = cluster;
      const [input, letters, statistics] = ["readings", "letters", "statistics"].map(uniqueName) as [
        string,
        string,
        string,
      ];
      const reading = (second: number, x: unknown, more: object = {}) =>
        JSON.stringify({
          id: `${second}`,
          timestamp: new Date(1.7e12 + 1e3 * second).toISOString(),
          source: "d",
          features: { x },
          ...more,
        });
      const bad: [reason: string, value: string | null][] = [
        ["not-json", "{"],
        ["tombstone", null],
        ["not-a-number", reading(1, "warm")],
        [
          "missing-feature",
          JSON.stringify({ id: "2", timestamp: "2026-01-01T00:00:00.000Z", source: "d", features: {} }),
        ],
        ["bad-timestamp", reading(3, 1, { timestamp: "yesterday" })],
        ["not-a-reading", reading(4, 1, { source: "" })],
        ["future", reading(5, 1, { timestamp: "9999-12-31T23:59:59.999Z" })],
        ["late", reading(-100, 1)],
      ];
      {
        await using client = await connect({ bootstrapServer, clientId: "test" }, "platformatic");
        await client.admin.createTopic({ name: input, partitions: 1, replicationFactor: -1 });
        await using producer = await client.producer();
        const values = [reading(0, 1), ...bad.map(([, value]) => value), reading(0, 1), reading(10, 2)];
        await producer.send(
          input,
          values.map((value) => ({
            key: "d",
            value: value === null ? null : new TextEncoder().encode(value),
          })),
        );
      }
      await using running = await startStreamflow([
        ...["analyze", "stream", "--bootstrap-server", bootstrapServer, "--input", input, "--target", "x"],
        ...["--group", uniqueName("group"), "--dead-letter", letters, "--statistics", statistics, "--json"],
        ...["--anomalies", uniqueName("anomalies"), "--close-after", "1s", "--idle-timeout", "500ms"],
      ], { watchOutput: true });
      await untilSaid(running, `created the topic ${letters}`);
      await until(async () => (await readRecordsAt(bootstrapServer, letters)).length === bad.length);
      await until(async () => (await readRecordsAt(bootstrapServer, statistics)).length === 1);
      const ended = await interrupt(running);
      assert.equal(ended.code, 130);
      const found = (await readRecordsAt(bootstrapServer, letters)).map(({ headers }) =>
        new TextDecoder().decode(headers.findLast(({ key }) => key === "streamflow.reason")!.value!)
      );
      assert.deepEqual(found.sort(), bad.map(([reason]) => reason).sort());
      const [window] = await readRecordsAt(bootstrapServer, statistics);
      const { count, mean } = deviceStatisticsSchema.parse(JSON.parse(textOf(window!)));
      assert.deepEqual([count, mean], [2, 1.5]);
    },
  });
}
