/** What commands say and do about a CSV file's rows, through the real program. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { testClusters } from "../../support/cluster.ts";
import { runStreamflow } from "../../support/run.ts";
import { withFolder } from "../../support/folder.ts";
import { readRecordsAt } from "../../support/topics.ts";

const embedded = testClusters().find(({ name }) => name === "embedded")!;
const decoder = new TextDecoder();

const BAD = "time,v\n2024-01-01,1\nTotal,9\n2024-01-02,x\n2024-01-03,3\n";

Deno.test("produce --on-error: ends at a bad row, leaves it out, or sends it to the dead letters", () =>
  withFolder(async (folder) => {
    await using cluster = await embedded.open();
    const file = join(folder, "bad.csv");
    await Deno.writeTextFile(file, BAD);
    const produce = (topic: string, ...args: string[]) =>
      runStreamflow([
        ...["produce", "--csv", file, "--topic", topic, "--rate", "0", "--json", ...args],
        ...["--bootstrap-server", cluster.bootstrapServer],
      ]);
    const fail = await produce("fail");
    assert.equal(fail.code, 1);
    assert.match(fail.stderr, /error: .*bad\.csv, line 3: 'Total' in column 'time' is no time/);
    assert.match(fail.stderr, /hint: .*--timestamp-format .*--on-error skip/);
    assert.match(
      fail.stderr,
      /bad\.csv: fields between commas .*; time from 'time' as ISO 8601, taken as UTC; /,
    );

    const skip = await produce("skip", "--on-error", "skip");
    assert.equal(skip.code, 0, skip.stderr);
    assert.equal(JSON.parse(skip.stdout).acknowledged, 2);
    assert.equal(JSON.parse(skip.stdout).rows.bad, 2);
    assert.match(skip.stderr, /2 rows that are no readings left out \(the first is line 3: 'Total'/);

    const dlq = await produce("dlq", "--on-error", "dlq", "--dead-letter", "dead");
    assert.equal(dlq.code, 0, dlq.stderr);
    assert.deepEqual(JSON.parse(dlq.stdout).rows, {
      rows: 4,
      bad: 2,
      empty: 0,
      incomplete: 0,
      missing: 0,
      deadLetters: 2,
    });
    assert.equal((await readRecordsAt(cluster.bootstrapServer, "dlq")).length, 2);
    const letters = (await readRecordsAt(cluster.bootstrapServer, "dead")).map(({ value, headers }) => ({
      value: decoder.decode(value!),
      ...Object.fromEntries(
        headers.map(({ key, value }) => [key.replace("streamflow.", ""), decoder.decode(value)]),
      ),
    }));
    assert.deepEqual(letters.map(({ time: _, ...letter }: Record<string, string>) => letter), [
      {
        ...{ value: '["Total","9"]', reason: "bad-row", topic: "dlq", file, line: "3" },
        detail: "'Total' in column 'time' is no time as the others are (ISO 8601, taken as UTC)",
      },
      {
        ...{ value: '["2024-01-02","x"]', reason: "bad-row", topic: "dlq", file, line: "4" },
        detail: "'x' in column 'v' is not a number",
      },
    ]);
    const shown = await runStreamflow([
      ...["dlq", "list", "--dead-letter", "dead", "--bootstrap-server", cluster.bootstrapServer],
    ]);
    assert.match(shown.stdout, /bad-row/);
  }));

Deno.test("produce gives rows of two files of one name, and of two inputs, other ids; the same ones when it runs again", () =>
  withFolder(async (folder) => {
    await using cluster = await embedded.open();
    const produce = async (file: string, stdin?: string) => {
      const { code, stderr } = await runStreamflow(
        [
          "produce",
          "--csv",
          file,
          "--topic",
          "ids",
          "--rate",
          "0",
          "--bootstrap-server",
          cluster.bootstrapServer,
        ],
        stdin === undefined ? {} : { stdin },
      );
      assert.equal(code, 0, stderr);
    };
    const day = (n: number) => `time,v\n2024-01-0${n} 00:00:00,${n}\n2024-01-0${n} 00:01:00,2\n`;
    for (const [i, name] of ["mon", "tue", "mon"].entries()) {
      await Deno.mkdir(join(folder, name), { recursive: true });
      await Deno.writeTextFile(join(folder, name, "readings.csv"), day(1 + i % 2));
      await produce(join(folder, name, "readings.csv"));
    }
    for (const n of [3, 4, 3]) await produce("-", day(n));
    const ids = (await readRecordsAt(cluster.bootstrapServer, "ids")).map(({ value }) =>
      JSON.parse(decoder.decode(value!)).id
    );
    const runs = Array.from({ length: 6 }, (_, run) => ids.slice(2 * run, 2 * run + 2));
    assert.equal(new Set(ids).size, 8, ids.join());
    assert.deepEqual([runs[2], runs[5]], [runs[0], runs[3]]);
  }));

function series(rows: readonly string[]): string {
  return `time,value\n${rows.join("\n")}\n`;
}

/** A level that rises in the middle. */
const RISING = Array.from({ length: 300 }, (_, i) => {
  const time = new Date(Date.UTC(2024, 0, 1) + i * 300_000).toISOString();
  return `${time},${(i < 200 ? 50 : 80) + Math.sin(i * i)}`;
});

Deno.test("anomaly score and train read a file with the newest first as the same file in order", () =>
  withFolder(async (folder) => {
    const [ascending, descending] = [join(folder, "up", "f.csv"), join(folder, "down", "f.csv")] as const;
    for (const file of [ascending, descending]) await Deno.mkdir(join(file, ".."));
    await Deno.writeTextFile(ascending, series(RISING));
    await Deno.writeTextFile(descending, series(RISING.toReversed()));
    const score = async (file: string) => {
      const args = ["anomaly", "score", "--csv", file, "--detector", "z-score", "--json"];
      const { code, stdout, stderr } = await runStreamflow(args);
      assert.equal(code, 0, stderr);
      const { file: _, anomalies, ...rest } = JSON.parse(stdout);
      return { stderr, rest, anomalies: anomalies.map(({ row: _, ...anomaly }: { row: number }) => anomaly) };
    };
    const [up, down] = [await score(ascending), await score(descending)];
    assert.deepEqual(down.anomalies, up.anomalies);
    assert.deepEqual(down.rest, up.rest);
    assert.equal(up.anomalies[0].value > 75, true);
    assert.match(down.stderr, /sorted by time, as line 3 goes back/);
    const train = async (file: string, model: string) => {
      const { code, stdout, stderr } = await runStreamflow([
        ...["train", "--csv", file, "--lookback", "3", "--horizon", "1", "--hidden", "2", "--epochs", "1"],
        ...["--model", join(folder, model), "--json"],
      ]);
      assert.equal(code, 0, stderr);
      assert.match(stderr, /fields between commas/);
      return JSON.parse(stdout);
    };
    const [one, other] = [await train(ascending, "a.safetensors"), await train(descending, "b.safetensors")];
    assert.deepEqual(other.test, one.test);
    assert.deepEqual(other.stream, one.stream);
  }));

Deno.test("train leaves out rows that lack a value, and says so; dlq is for what goes to a topic", () =>
  withFolder(async (folder) => {
    const file = join(folder, "gaps.csv");
    await Deno.writeTextFile(
      file,
      series(RISING.map((row, i) => i % 50 === 7 ? row.replace(/,.*/, ",NA") : row)),
    );
    const train = (...args: string[]) =>
      runStreamflow([
        ...["train", "--csv", file, "--lookback", "3", "--horizon", "1", "--hidden", "2", "--epochs", "1"],
        ...["--model", join(folder, "m.safetensors"), ...args],
      ]);
    const { code, stderr } = await train();
    assert.equal(code, 0, stderr);
    assert.match(stderr, /gaps\.csv: 6 rows without any value left out/);
    const dlq = await train("--on-error", "dlq");
    assert.equal(dlq.code, 2);
    assert.match(dlq.stderr, /nothing is sent here\n {2}hint: use --on-error skip/);
  }));

Deno.test("a file of another kind where a model is wanted is called by its kind", () =>
  withFolder(async (folder) => {
    const onnx = await Deno.readFile(new URL("../../golden/onnx/torch_mlp.onnx", import.meta.url));
    const kinds: [name: string, content: string | Uint8Array, message: RegExp, hint: RegExp][] = [
      ["plant.csv", "time,temp\n2024-01-31,20.5\n", /plant\.csv is a CSV file, and no model/, /train --csv/],
      ["de.csv", "zeit;temp\n2024-01-31;20,5\n", /is a CSV file, and no model/, /train --csv/],
      [
        "net.onnx",
        onnx,
        /net\.onnx is an ONNX model; a safetensors file is expected/,
        /streamflow import --onnx/,
      ],
      ["a.json", '{"a": 1}', /is a JSON file, and no model/, /streamflow train/],
      ["a.keras", new Uint8Array([0x50, 0x4b, 3, 4, 0, 0]), /is a zip archive .*, and no model/, /train/],
      ["a.gz", new Uint8Array([0x1f, 0x8b, 8, 0, 0]), /is a gzip file, and no model/, /train/],
      ["a.html", "\n<!doctype html><p>404", /is an HTML page, and no model/, /train/],
      ["a.h5", new Uint8Array([0x89, 0x48, 0x44, 0x46, 13, 10]), /is an HDF5 file, and no model/, /train/],
      ["a.pt", new Uint8Array([0x80, 2, 0x8a, 10]), /is a Python pickle .*, and no model/, /train/],
      ["lfs.safetensors", "version https://git-lfs.github.com/spec/v1\n", /a pointer of Git LFS/, /train/],
      ["empty", "", /empty is empty/, /train/],
    ];
    for (const [name, content, message, hint] of kinds) {
      const path = join(folder, name);
      await Deno.writeFile(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
      const { code, stderr } = await runStreamflow(["inspect", path]);
      assert.equal(code, 1, stderr);
      const lines = stderr.trimEnd().split("\n");
      assert.equal(lines.length, 2, stderr);
      assert.match(lines[0]!, message);
      assert.match(lines[1]!, hint);
    }
    const directory = await runStreamflow(["inspect", folder]);
    assert.match(directory.stderr, /it is a folder\n {2}hint: /);
    const csv = await runStreamflow(["import", "--onnx", join(folder, "plant.csv")]);
    assert.match(csv.stderr, /plant\.csv is a CSV file, and no model/);
  }));
