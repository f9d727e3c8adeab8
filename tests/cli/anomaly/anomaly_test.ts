/** `anomaly score`, through the real program: report, JSON, scores in a file, labels, a folder, and what it refuses. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Random } from "../../../nn/random.ts";
import { runStreamflow } from "../../support/run.ts";
import { withFolder } from "../../support/folder.ts";

const ROWS = 600;
const SPIKE_ROW = 400;

/** A calm series with one spike, a row a minute. */
function csv(): string {
  const random = new Random(1);
  const start = Date.UTC(2026, 0, 5);
  const lines = Array.from({ length: ROWS }, (_, row) => {
    const value = row === SPIKE_ROW ? 99 : 20 + Math.sin(row / 9) + 0.1 * random.normal();
    return `${new Date(start + row * 60_000).toISOString()},${value.toFixed(3)},${row % 7}`;
  });
  return `timestamp,value,other\n${lines.join("\n")}\n`;
}

async function withSeries(run: (folder: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    await Deno.mkdir(join(folder, "data", "few"), { recursive: true });
    await Deno.writeTextFile(join(folder, "data", "few", "one.csv"), csv());
    await Deno.writeTextFile(join(folder, "data", "few", "two.csv"), csv());
    const labels = {
      "few/one.csv": [["2026-01-05 06:30:00.000000", "2026-01-05 06:50:00.000000"]],
      "few/two.csv": [],
    };
    await Deno.writeTextFile(join(folder, "labels.json"), JSON.stringify(labels));
    await run(folder);
  });
}

const score = (...args: readonly string[]) => runStreamflow(["anomaly", "score", ...args]);

Deno.test("anomaly score reports the spike in words, as JSON and in a file", () =>
  withSeries(async (folder) => {
    const file = join(folder, "data", "few", "one.csv"), out = join(folder, "scores.csv");
    const report = await score("--csv", file, "--out", out);
    assert.equal(report.code, 0, report.stderr);
    assert.match(report.stdout, /600 rows of 'value'/);
    assert.match(report.stdout, /The first 90 rows only teach/);
    assert.match(report.stdout, /Expected is the median of the 36 rows before\n/);
    assert.match(
      report.stdout,
      /2026-01-05T06:40:00\.000Z {2}score 0\.\d{3} {2}value 99, above the 19\.\d+ that was expected/,
    );
    const lines = (await Deno.readTextFile(out)).trimEnd().split("\n");
    assert.equal(lines.length, ROWS + 1);
    assert.equal(lines[0], "timestamp,value,score,expected");
    const scores = lines.slice(1).map((line) => Number(line.split(",")[2]));
    assert.equal(scores.indexOf(Math.max(...scores)), SPIKE_ROW);

    const json = JSON.parse((await score("--csv", file, "--json", "--detector", "z-score")).stdout);
    assert.deepEqual([json.rows, json.probationRows, json.detector, json.threshold], [
      600,
      90,
      "z-score",
      0.5,
    ]);
    const spike = json.anomalies.find((anomaly: { row: number }) => anomaly.row === SPIKE_ROW + 1);
    assert.deepEqual([spike.value, spike.time], [99, "2026-01-05T06:40:00.000Z"]);
  }));

Deno.test("anomaly score takes another column, and knows no time when there is none", () =>
  withSeries(async (folder) => {
    const file = join(folder, "plain.csv");
    await Deno.writeTextFile(
      file,
      `a,b\n${Array.from({ length: 100 }, (_, row) => `${row % 5},7`).join("\n")}\n`,
    );
    const other = await score("--csv", file, "--features", "b");
    assert.match(other.stdout, /100 rows of 'b', 1970-01-01T00:00:00\.000Z to 1970-01-01T00:01:39/);
    assert.match(other.stdout, /after them 0 anomalies/);
    assert.match(other.stderr, /no column has the time/);
    const both = await score("--csv", file);
    assert.equal(both.code, 2);
    assert.match(both.stderr, /several columns with numbers: a, b/);
  }));

Deno.test("anomaly score gives the Numenta score of a labelled series and of a folder", () =>
  withSeries(async (folder) => {
    const labels = join(folder, "labels.json");
    const one = await score("--csv", join(folder, "data", "few", "one.csv"), "--labels", labels, "--json");
    const { nab } = JSON.parse(one.stdout);
    assert.deepEqual([nab.best.found, nab.best.windows, nab.best.falsePositives], [1, 1, 0]);
    // Row 400 of 390 to 410: y = −11/21.
    const sigmoid = (y: number) => 2 / (1 + Math.exp(5 * y)) - 1;
    assert.ok(Math.abs(nab.best.score - (50 + 50 * sigmoid(-11 / 21) / sigmoid(-1))) < 1e-9);

    const all = await score("--csv", join(folder, "data"), "--labels", labels);
    assert.match(
      all.stdout,
      /one\.csv.*\n.*two\.csv.*\nDetector novelty, 2 series: Numenta score -?\d+\.\d\d/,
    );
  }));

Deno.test("anomaly score refuses what it cannot score, and says why", () =>
  withSeries(async (folder) => {
    const file = join(folder, "data", "few", "one.csv");
    const bad = join(folder, "bad.csv"), short = join(folder, "short.csv");
    await Deno.writeTextFile(bad, `value\n${"1\n".repeat(30)}oops\n`);
    await Deno.writeTextFile(short, `value\n${"1\n".repeat(5)}`);
    const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
      [[], 2, /needs a series/],
      [["--csv", join(folder, "none.csv")], 1, /no such file/],
      [["--csv", file, "--features", "valeu"], 1, /no column 'valeu'/],
      [["--csv", bad], 1, /line 32: 'oops' in column 'value' is not a number/],
      [["--csv", short], 1, /has 5 rows, at least 20/],
      [["--csv", folder], 2, /is a folder/],
      [["--csv", file, "--labels", bad], 1, /cannot read .*bad\.csv/],
      [["--csv", bad, "--labels", join(folder, "labels.json")], 1, /the labels do not name/],
      [["--csv", file, "--out", file], 2, /name the same file/],
      [["--csv", file, "--out", join(folder, "no", "x.csv")], 2, /there is no folder/],
      [["--csv", file, "--detector", "magic"], 2, /--detector must be one of/],
    ];
    for (const [args, code, message] of cases) {
      const { code: found, stderr } = await score(...args);
      assert.equal(found, code, `${args.join(" ")}: ${stderr}`);
      assert.match(stderr, message);
    }
  }));
