/** `federated simulate` with the real program: its table, its JSON, what it refuses, and the model file that other commands take. */
import assert from "node:assert/strict";
import { consumeFlags, newRoad, produceFlags } from "../../support/account.ts";
import { testClusters } from "../../support/cluster.ts";
import { withFolder } from "../../support/folder.ts";
import { failureOf, runStreamflow } from "../../support/run.ts";
import { readRecordsAt, textOf } from "../../support/topics.ts";
import { deviceWave } from "../../federated/sets.ts";

const DEVICES = 4, HOURS = 300;
const FLAGS = [
  ...["--key", "station", "--horizon", "4", "--lookback", "6", "--hidden", "8", "--rounds", "4"],
  ...["--batch-size", "16", "--learning-rate", "0.01"],
];

/** A CSV file of stations whose level is a wave. */
async function writeStations(folder: string): Promise<string> {
  const waves = Array.from({ length: DEVICES }, (_, device) => deviceWave(device, HOURS));
  const rows = Array.from(
    { length: HOURS },
    (_, hour) =>
      waves.map((wave, device) =>
        `${new Date(Date.UTC(2024, 0, 1, hour)).toISOString()},station-${device},${wave[hour]!.toFixed(4)}`
      ),
  ).flat();
  const path = `${folder}/stations.csv`;
  await Deno.writeTextFile(path, ["time,station,level", ...rows, ""].join("\n"));
  return path;
}

Deno.test("simulate prints the strategies side by side, with the faults named", () =>
  withFolder(async (folder) => {
    const csv = await writeStations(folder);
    const { code, stdout, stderr } = await runStreamflow([
      ...["federated", "simulate", "--csv", csv, ...FLAGS, "--strategy", "fedavg,median"],
      ...["--drop", "0.1", "--poison", "0.25", "--quiet"],
    ]);
    assert.equal(code, 0, stderr);
    for (const wanted of [/last value\s+\d/, /local: every device alone\s+\d/, /centralised: .*\d/]) {
      assert.match(stdout, wanted);
    }
    assert.match(
      stdout,
      /strategy\s+global\s+personalised\s+with faults: global\s+÷ clean\s+personalised\s+refused/,
    );
    assert.match(stdout, /fedavg(\s+\d\S*){6}\n\s+median(\s+\d\S*){6}\n/);
    assert.match(
      stdout,
      /10 % of the updates do not come in time, 1 of 4 devices are poisoned: station-\d sign-flip/,
    );
    assert.deepEqual(await Array.fromAsync(Deno.readDir(folder), ({ name }) => name), ["stations.csv"]);
  }));

for (const kind of testClusters()) {
  Deno.test({
    name:
      `the global model is an ordinary model file: inspect, evaluate, export and consume, on the ${kind.name} cluster`,
    ignore: kind.missing !== null,
    fn: () =>
      withFolder(async (folder) => {
        const csv = await writeStations(folder), model = `${folder}/global.safetensors`;
        const run = async (...args: string[]) => {
          const { code, stdout, stderr } = await runStreamflow(args);
          assert.equal(code, 0, stderr);
          return stdout;
        };
        const simulate = ["federated", "simulate", "--csv", csv, ...FLAGS, "--strategy", "fedavg", "--json"];
        const simulated = JSON.parse(await run(...simulate, "--model", model));
        assert.equal(simulated.data.devices, DEVICES);
        const again = JSON.parse(await run(...simulate, "--model", `${folder}/again.safetensors`));
        assert.equal(again.model.sha256, simulated.model.sha256);

        const inspected = JSON.parse(await run("inspect", model, "--json"));
        assert.equal(inspected.version, simulated.model.version);
        assert.match(await run("inspect", model), /strategy fedavg/);

        // evaluate finds the same error on the same unseen time.
        const evaluated = JSON.parse(
          await run(
            "evaluate",
            "--model",
            model,
            "--csv",
            csv,
            "--key",
            "station",
            "--split",
            "test",
            "--json",
          ),
        );
        const { network, lastValue } = evaluated.bySource.contestants;
        const { global } = simulated.strategies[0].clean;
        assert.ok(Math.abs(network.mse / global - 1) < 1e-9, `${network.mse} ${global}`);
        assert.ok(Math.abs(lastValue.mse / simulated.mse.lastValue - 1) < 1e-9);
        await run("export", "--model", model, "--onnx", `${folder}/global.onnx`);
        assert.ok((await Deno.stat(`${folder}/global.onnx`)).size > 0);

        await using cluster = await kind.open();
        const road = newRoad(cluster.bootstrapServer);
        await run("produce", "--csv", csv, "--key", "station", "--rate", "0", ...produceFlags(road));
        await run("consume", "--model", model, "--until-idle", "2s", ...consumeFlags(road));
        const predictions = (await readRecordsAt(road.bootstrapServer, road.output)).map((record) =>
          JSON.parse(textOf(record))
        );
        assert.equal(predictions.length, DEVICES * HOURS);
        const byNetwork = predictions.filter(({ prediction: { by } }) => by === "network");
        assert.equal(byNetwork.length, DEVICES * (HOURS - 5));
        assert.equal(byNetwork[0].model.version, simulated.model.version);
      }),
  });
}

const REFUSED: readonly (readonly [string, readonly string[], RegExp])[] = [
  ["an unknown strategy", ["--strategy", "fedavg,average"], /Unknown strategy "average"/],
  [
    "more participants than sources",
    ["--participants", "19"],
    /Cannot take 19 participants from meters: it has 18/,
  ],
  ["one source", ["--csv", "one.csv"], /all of its readings are of one source/],
  ["flags of a CSV file without one", ["--key", "station"], /--key is about the rows of a CSV file/],
  ["a share above 1", ["--poison", "2"], /--poison must be a number from 0 to 1/],
  ["traffic", ["--dataset", "isp"], /isp holds the traffic of a link/],
  ["rows that are no series", ["--dataset", "nsl-kdd"], /its rows are not the series of devices/],
];

for (const [name, flags, message] of REFUSED) {
  Deno.test(`simulate refuses ${name}`, () =>
    withFolder(async (cwd) => {
      await Deno.writeTextFile(
        `${cwd}/one.csv`,
        "time,level\n2024-01-01T00:00:00Z,1\n2024-01-01T01:00:00Z,2\n",
      );
      const result = await runStreamflow(["federated", "simulate", ...flags], { cwd });
      assert.equal(result.code, 2, result.stderr);
      assert.match(failureOf(result).join("\n"), message);
      assert.equal(result.stdout, "");
    }));
}
