/** Other published sets → readings: weather stations, rivers, half-hours of the lab; by real files where they are here. */
import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { runStreamflow } from "../../support/run.ts";
import { withFolder } from "../../support/folder.ts";
import { sharedFile } from "../../support/shared_data.ts";

const WEATHER = sharedFile("singapore-weather/air-temperature_2017_01_c20170601.csv.gz");
/** Some four days. */
const WEATHER_ROWS = 100_000;
const HALF_HOURS = sharedFile("intel-lab-30min");

async function prepare(folder: string, ...args: string[]) {
  const { code, stdout, stderr } = await runStreamflow(["datasets", "prepare", ...args, "--json"], {
    cwd: folder,
  });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

Deno.test({
  name: "rows of 18 weather stations become means over ten minutes, in UTC",
  ignore: WEATHER === null,
  fn: () =>
    withFolder(async (folder) => {
      const all = gunzipSync(await Deno.readFile(WEATHER!)).toString().split("\n");
      const file = `${folder}/air-temperature.csv`;
      await Deno.writeTextFile(file, all.slice(0, 1 + WEATHER_ROWS).join("\n"));
      const said = await prepare(folder, "singapore-weather", "--file", file, "--every", "10m");
      assert.equal(said.lines, WEATHER_ROWS);
      assert.deepEqual([said.sources, said.key, said.features], [18, "station", ["temperature"]]);
      const rows = (await Deno.readTextFile(`${folder}/singapore-weather.csv`)).split("\n");
      assert.equal(rows[0], "time,station,temperature");
      // 2017-01-01 00:00 in Singapore.
      assert.match(rows[1]!, /^2016-12-31T16:00:00\.000Z,S\d+,\d\d\.\d+$/);
      assert.equal(rows.length - 2, said.rows);
    }),
});

Deno.test({
  name: "the half-hours of 50 motes become readings of motes",
  ignore: HALF_HOURS === null,
  fn: () =>
    withFolder(async (folder) => {
      const said = await prepare(folder, "intel-lab-30min", "--file", HALF_HOURS!);
      assert.deepEqual([said.rows, said.sources], [12_000, 50]);
      const rows = (await Deno.readTextFile(`${folder}/intel-lab-30min.csv`)).split("\n");
      assert.match(rows[1]!, /^2004-02-28T00:00:00\.000Z,mote-01,18\.3,\d+(\.\d+)?$/);
    }),
});

Deno.test("river stations are joined, -9999 and NULL are missing", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/rivers`);
    const header =
      "datetime, temp, temp_cor, temp_qual, cond, cond_cor, cond_qual, ph, ph_cor, ph_qual, do, do_cor, do_qual";
    for (
      const [n, station] of ["BlackSmithFork", "MainStreet", "Mendon", "TonyGrove", "WaterLab"].entries()
    ) {
      await Deno.writeTextFile(
        `${folder}/rivers/${station}2019.csv`,
        [
          header,
          `2019-01-01 00:00:00.000,1.3${n},NULL,NULL,443.4,439.0,NULL,8.37,8.33,NULL,11.18,11.18,NULL`,
          `2019-01-01 00:15:00.000,-9999,NULL,NULL,443.3,438.9,NULL,8.36,8.32,NULL,NULL,11.17,NULL`,
          `2019-01-01 00:30:00.000,-9999,NULL,NULL,-9999,438.9,NULL,NULL,8.32,NULL,NULL,11.17,NULL`,
          "",
        ].join("\n"),
      );
    }
    const said = await prepare(folder, "logan-river", "--file", "rivers");
    assert.deepEqual([said.lines, said.rows, said.sources, said.leftOut["have no value"]], [15, 10, 5, 5]);
    const rows = (await Deno.readTextFile(`${folder}/logan-river.csv`)).split("\n");
    assert.equal(rows[0], "time,station,temperature,oxygen,ph,conductivity");
    assert.equal(rows[1], "2019-01-01T00:00:00.000Z,BlackSmithFork,1.3,11.18,8.37,443.4");
    assert.equal(rows[6], "2019-01-01T00:15:00.000Z,BlackSmithFork,,,8.36,443.3");
  }));
