/** The command line that asks for the same again. */
import assert from "node:assert/strict";
import { commandLineOf } from "../../../src/cli/program/command_line.ts";

Deno.test("commandLineOf() names what was given, by whatever way, and no defaults", () => {
  const line = commandLineOf({
    name: "train",
    keys: ["csv", "features", "horizon", "seed", "loop"],
    settings: { csv: "a.csv", features: ["x", "y"], horizon: 6, seed: 1, loop: true },
    origin: {
      csv: "flag --csv",
      features: "environment STREAMFLOW_FEATURES",
      horizon: "streamflow.toml",
      loop: "flag --loop",
    },
  });
  assert.equal(line, "streamflow train --csv a.csv --features x,y --horizon 6 --loop");
});

Deno.test("commandLineOf() leaves out secrets, the way to the cluster and how things are shown", () => {
  const settings = {
    saslPassword: "hunter2",
    saslUsername: "me",
    bootstrapServer: [{ host: "secret.example", port: 1 }],
    json: true,
    quiet: true,
    seed: 3,
  };
  const keys = Object.keys(settings) as (keyof typeof settings)[];
  const origin = Object.fromEntries(keys.map((key) => [key, "flag"]));
  assert.equal(commandLineOf({ name: "train", keys, settings, origin }), "streamflow train --seed 3");
});

Deno.test({
  name: "commandLineOf() quotes for a shell",
  ignore: Deno.build.os === "windows",
  async fn() {
    const csv = 'it\'s $HOME/`x` *.csv; "y"\nz';
    const line = commandLineOf({
      name: "train",
      keys: ["csv"],
      settings: { csv },
      origin: { csv: "flag --csv" },
    });
    const args = ["-c", line.replace(/^streamflow /, "printf '%s\\0' ")];
    const { stdout } = await new Deno.Command("sh", { args }).output();
    assert.deepEqual(new TextDecoder().decode(stdout).split("\0"), ["train", "--csv", csv, ""]);
  },
});
