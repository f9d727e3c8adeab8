/** The analysis on Spark, in local mode: its table is that of `analyze batch`, of readings that a store has exported. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DeviceStatistics } from "../../src/analytics/device.ts";
import { assertNear } from "../analytics/near.ts";
import { testClusters } from "../support/cluster.ts";
import { withFolder } from "../support/folder.ts";
import { type RunResult, runStreamflow } from "../support/run.ts";

const script = fileURLToPath(new URL("../../ops/spark/analyze.py", import.meta.url));
const csv = fileURLToPath(new URL("../golden/analytics/devices.csv", import.meta.url));

/** A Python that has the packages of `.ci/spark.txt`. */
const python = Deno.env.get("STREAMFLOW_TEST_SPARK") ?? "python3";

/** Little data on one machine: no page, and few parts. */
const SUBMIT =
  "--master local[2] --conf spark.ui.enabled=false --conf spark.sql.shuffle.partitions=2 pyspark-shell";

/** Why Spark cannot run here; `null` where it can. */
async function missing(): Promise<string | null> {
  for (
    const [command, args, what] of [
      [python, ["-c", "import pyspark, pandas, pyarrow, onnx, onnxruntime"], "the packages of .ci/spark.txt"],
      ["java", ["-version"], "Java"],
    ] as const
  ) {
    const found = await new Deno.Command(command, {
      args: [...args],
      stdout: "null",
      stderr: "null",
      stdin: "null",
    })
      .output().catch(() => null);
    if (!found?.success) return `${command} does not have ${what}`;
  }
  return null;
}

const reason = await missing();
if (reason !== null) console.log(`Spark skipped: ${reason} (STREAMFLOW_TEST_SPARK names another Python)`);

async function must(result: Promise<RunResult>): Promise<RunResult> {
  const found = await result;
  assert.equal(found.code, 0, found.stderr);
  return found;
}

async function analyzeOnSpark(args: readonly string[]): Promise<DeviceStatistics[]> {
  const { success, stdout, stderr } = await new Deno.Command(python, {
    args: [script, ...args],
    env: { PYSPARK_PYTHON: python, SPARK_LOCAL_IP: "127.0.0.1", PYSPARK_SUBMIT_ARGS: SUBMIT },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  assert.ok(success, decoder.decode(stderr));
  return decoder.decode(stdout).trim().split("\n").map((line) => JSON.parse(line));
}

Deno.test({
  name: "the table of ops/spark/analyze.py is that of analyze batch to 1e-9, with a model and without",
  ignore: reason !== null,
  fn: () =>
    withFolder(async (folder) => {
      await using cluster = await testClusters().find(({ name }) => name === "embedded")!.open();
      const at = ["--bootstrap-server", cluster.bootstrapServer];
      const [store, parquet] = [join(folder, "fl.sqlite"), join(folder, "device_data.parquet")];
      const rows = ["--csv", csv, "--key", "device"];
      await must(runStreamflow(["produce", ...at, ...rows, "--rate", "0", "--partitions", "2", "--quiet"]));
      await must(runStreamflow(["store", "copy", ...at, "--store", store, "--until-idle", "2", "--quiet"]));
      const table = ["--table", "device_data", "--format", "parquet", "--out", parquet];
      await must(runStreamflow(["store", "export", "--store", store, ...table, "--quiet"]));
      // A graph has weights of 32 bits: imported again they are the same numbers on both sides.
      const [trained, onnx, model] = ["trained.safetensors", "model.onnx", "model.safetensors"].map((name) =>
        join(folder, name)
      ) as [string, string, string];
      const task = [
        "--features",
        "load",
        "--target",
        "load",
        "--horizon",
        "3",
        "--lookback",
        "8",
        "--epochs",
        "2",
      ];
      await must(runStreamflow(["train", ...rows, ...task, "--model", trained, "--quiet"]));
      await must(runStreamflow(["export", "--model", trained, "--onnx", onnx]));
      await must(runStreamflow(["import", "--onnx", onnx, "--model", model]));
      for (
        const [ours, theirs] of [
          [["--model", model], ["--onnx", onnx]],
          [["--target", "load", "--horizon", "3"], ["--target", "load", "--horizon", "3"]],
        ] as const
      ) {
        const { stdout } = await must(runStreamflow(["analyze", "batch", ...rows, ...ours, "--json"]));
        const expected = JSON.parse(stdout).devices as DeviceStatistics[];
        const found = await analyzeOnSpark(["--parquet", parquet, ...theirs]);
        assert.equal(found.length, expected.length);
        expected.forEach((one, i) => assertNear(found[i], one, one.device));
        assert.equal(expected.some(({ model }) => model !== null), ours[0] === "--model");
      }
    }),
});
