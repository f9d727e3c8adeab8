/** `analyze batch` on a file of four devices: its figures are those of pandas. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import type { AnalysisResult } from "../../src/analytics/analysis.ts";
import { assertNear } from "./near.ts";
import { withFile, withFolder } from "../support/folder.ts";
import { runStreamflow } from "../support/run.ts";
import golden from "../golden/analytics/analysis_pandas.json" with { type: "json" };

const csv = fileURLToPath(new URL("../golden/analytics/devices.csv", import.meta.url));

Deno.test("analyze batch counts, measures and finds what pandas does", async () => {
  const args = [
    "--csv",
    csv,
    "--key",
    "device",
    "--target",
    "load",
    "--horizon",
    `${golden.horizon}`,
    "--json",
  ];
  const { code, stdout, stderr } = await runStreamflow(["analyze", "batch", ...args]);
  assert.equal(code, 0, stderr);
  const { devices, listed, totals } = JSON.parse(stdout) as AnalysisResult;
  golden.devices.forEach(({ anomalyTimes, ...expected }, i) => {
    assertNear(devices[i], expected, expected.device);
    const times = listed.filter(({ device }) => device === expected.device).map(({ timeMs }) => timeMs);
    assert.deepEqual(times, anomalyTimes);
  });
  assert.equal(devices.length, golden.devices.length);
  assert.equal(totals.anomalies, listed.length);
});

Deno.test("analyze batch --store keeps each row once, however often it runs; another analysis has rows of its own", () =>
  withFolder(async (folder) => {
    const place = join(folder, "fl.sqlite");
    const run = async (...more: string[]) => {
      const args = ["--csv", csv, "--key", "device", "--target", "load", "--store", place, "--json", ...more];
      const { code, stdout, stderr } = await runStreamflow(["analyze", "batch", ...args]);
      assert.equal(code, 0, stderr);
      return JSON.parse(stdout) as AnalysisResult;
    };
    const { devices, totals } = await run();
    using database = new DatabaseSync(place, { readOnly: true });
    const count = (table: string) =>
      Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()!["n"]);
    const both = () => [count("anomalies"), count("device_statistics")];
    assert.ok(totals.anomalies > 0);
    assert.deepEqual(both(), [totals.anomalies, devices.length]);
    await run();
    assert.deepEqual(both(), [totals.anomalies, devices.length]);
    const other = await run("--horizon", "5");
    assert.deepEqual(both(), [totals.anomalies + other.totals.anomalies, 2 * devices.length]);
    const means = database.prepare("SELECT DISTINCT device, mean FROM device_statistics ORDER BY device")
      .all();
    assert.deepEqual(means.map(({ mean }) => mean), devices.map(({ mean }) => mean));
  }));

const REFUSALS: readonly (readonly [name: string, args: readonly string[], code: number, said: RegExp])[] = [
  ["a data set without series", ["--dataset", "nsl-kdd"], 2, /not the readings of devices/],
  ["a target that is not there", ["--target", "nothing"], 2, /the features power/],
  ["a model that is not there", ["--model", "/nonexistent/model.safetensors"], 1, /there is no/],
  ["--key without a file", ["--key", "device"], 2, /about the rows of a CSV file/],
  ["standard input to a store", ["--csv", "-", "--store", "/tmp/never.sqlite"], 2, /known by its content/],
];
for (const [name, args, code, said] of REFUSALS) {
  Deno.test(`analyze batch refuses ${name}`, async () => {
    const stdin = "timestamp,x\n2026-01-01T00:00:00Z,1\n2026-01-01T00:00:01Z,2\n";
    const found = await runStreamflow(["analyze", "batch", ...args], { stdin });
    assert.equal(found.code, code, found.stderr);
    assert.match(found.stderr, said);
  });
}

Deno.test("more devices than an analysis holds are refused, and a column of row numbers as --key is suspected", () =>
  withFile(
    `timestamp,row,x\n${
      Array.from({ length: 10_001 }, (_, i) => `${new Date(1.7e12 + i * 1e3).toISOString()},r${i},1\n`).join(
        "",
      )
    }`,
    async (path) => {
      const { code, stderr } = await runStreamflow(["analyze", "batch", "--csv", path, "--key", "row"]);
      assert.equal(code, 1);
      assert.match(stderr, /more than 10000 devices[^]*--key/);
    },
    "many.csv",
  ));
